"""An ordinary user with a copy of the checkout, for where tests run as root."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pseudocode.runner import places
from tests.edges import processes

NOBODY = 65534
_LIBRARIES = ("numpy", "numpy.libs", "pandas", "pandas.libs", "requests")
"""What generated code of the tests imports, with what that needs."""
_NEEDED = ("certifi", "charset_normalizer", "dateutil", "idna", "pytz", "six.py", "urllib3")


@dataclass(frozen=True, slots=True)
class Ordinary:
    """How to run Python as that user."""

    command: tuple[str, ...]
    checkout: Path
    env: dict[str, str]


def why_not() -> str:
    """Why there can be no other user; empty where there can."""
    if sys.platform != "linux" or os.geteuid():
        return "only root can be another user"
    if not shutil.which("setpriv"):
        return "setpriv is missing"
    for needed in (_python(), sysconfig.get_paths()["purelib"]):
        if not places.others_can_reach(needed):
            return f"{needed} is closed to other users"
    return ""


def _python() -> str:
    python = os.path.realpath(sys.executable)
    if places.others_can_reach(python):
        return python
    return f"/usr/bin/python3.{sys.version_info.minor}"


@asynccontextmanager
async def ordinary_user() -> AsyncIterator[Ordinary]:
    """Copy the checkout to where everybody can read it, with an interpreter for it."""
    assert not why_not(), why_not()
    with tempfile.TemporaryDirectory(prefix="pseudocode-copy-") as name:
        folder, checkout = Path(name), Path(__file__).parents[2]
        for part in ("src", "tests"):
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(checkout / part, folder / part, ignore=unwanted)
        shutil.copy(checkout / "pyproject.toml", folder)
        folder.chmod(0o755)
        made = await processes.run(
            *(_python(), "-m", "venv", "--without-pip", str(folder / "venv")), cwd=folder, env={}
        )
        assert made.code == 0, made.err
        (site,) = (folder / "venv/lib").glob("python*/site-packages")
        packages = Path(sysconfig.get_paths()["purelib"])
        (site / "copy.pth").write_text(f"{folder / 'src'}\n{packages}\n")
        _link(packages, site)
        temporary = folder / "tmp"
        temporary.mkdir(mode=0o777)
        temporary.chmod(0o777)
        drop = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        yield Ordinary(
            (*drop, str(folder / "venv/bin/python")),
            folder,
            {"TMPDIR": str(temporary), "HOME": str(temporary)},
        )


def _link(packages: Path, site: Path) -> None:
    """Libraries have to be in the environment itself for a worker to read them."""
    for name in (*_LIBRARIES, *_NEEDED):
        if (packages / name).is_dir():
            shutil.copytree(packages / name, site / name, copy_function=_linked)
        elif (packages / name).exists():
            _linked(packages / name, site / name)


def _linked(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy(source, target)
