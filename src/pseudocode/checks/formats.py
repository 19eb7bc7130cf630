"""Whether the contents of a generated file are well-formed, by its name."""

from __future__ import annotations

import asyncio
import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import PurePosixPath
from xml.etree import ElementTree

from pseudocode.events import CandidateChecked
from pseudocode.spec.model import Spec
from pseudocode.spec.parsing import parse

SECONDS = 5.0


class FormatChecker:
    """Parses what a file is to hold; what cannot be parsed needs no test to show it."""

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        """Return the contents as they would be accepted, or what is wrong with them."""
        reader = _parser(spec.name)
        if reader is None:
            return CandidateChecked(candidate=0, code=code)
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.to_thread(reader, code)
        except ImportError as error:
            note = f"not checked: {error.name} is not installed (pip install pseudocode-tui[files])"
            return CandidateChecked(candidate=0, code=code, notes=(note,))
        except TimeoutError:
            return _faulty(code, "it takes too long to parse")
        except Exception as error:  # each library has its own
            return _faulty(code, " ".join(str(error).split()) or type(error).__name__)
        return CandidateChecked(candidate=0, code=code)


def _faulty(code: str, why: str) -> CandidateChecked:
    return CandidateChecked(candidate=0, code=code, faults=(f"The file is not well-formed: {why}",))


def _parser(name: str) -> Callable[[str], object] | None:
    path = PurePosixPath(name)
    plain = path.name.lower()
    if plain in ("dockerfile", "containerfile") or plain.endswith(".dockerfile"):
        return _dockerfile
    return _BY_SUFFIX.get(path.suffix.lower())


def _yaml(text: str) -> None:
    import yaml

    for _ in yaml.parse(text, Loader=yaml.SafeLoader):  # events: no alias is ever expanded
        pass


def _ini(text: str) -> None:
    configparser.ConfigParser(interpolation=None, allow_no_value=True).read_string(text)


def _json_lines(text: str) -> None:
    for line in text.splitlines():
        if line.strip():
            json.loads(line)


def _dockerfile(text: str) -> None:
    import io

    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    instructions = [entry["instruction"] for entry in parser.structure]
    steps = [name for name in instructions if name not in ("COMMENT", "ARG")]
    if not steps or steps[0] != "FROM":
        raise ValueError("a Dockerfile begins with FROM")
    if unknown := sorted(set(steps) - _INSTRUCTIONS):
        raise ValueError(f"unknown instruction {unknown[0]}")


_INSTRUCTIONS = {
    *("ADD", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
    *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}
_BY_SUFFIX: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".jsonl": _json_lines,
    ".toml": tomllib.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".xml": ElementTree.fromstring,  # expat itself bounds what entities grow to
    ".svg": ElementTree.fromstring,
    ".ini": _ini,
    ".cfg": _ini,
    ".py": parse,
}
