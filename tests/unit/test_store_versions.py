from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pseudocode import earlier, projects
from pseudocode.errors import Held, StoreError
from pseudocode.spec.model import Spec
from pseudocode.store.accepted import accepted_path, read_accepted
from pseudocode.store.files import write_atomically
from pseudocode.store.versions import (
    difference,
    history,
    present_code,
    put_aside,
    restore,
    undo,
)
from pseudocode.wiring import project_root
from tests.making import now, spec_of


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "specs" / "__pseudocode__").mkdir(parents=True)
    return spec_of(path=str(tmp_path / "specs" / "sums.py"))


def kept(spec: Spec) -> Path:
    return Path(accepted_path(spec.path, spec.module, spec.name))


def put(spec: Spec, code: str) -> None:
    put_aside(spec, now)
    write_atomically(kept(spec), f"# digest: {code}\n\n{code}\n")


def code(spec: Spec) -> str | None:
    accepted = read_accepted(str(kept(spec)))
    return accepted.code.strip() if accepted else None


def codes(spec: Spec) -> list[tuple[str, bool]]:
    return [(version.accepted.code.strip(), version.undone) for version in history(spec)]


def test_what_is_replaced_is_kept_in_its_order_for_its_owner(spec: Spec) -> None:
    for text in ("a", "b", "c"):
        put(spec, text)
    assert codes(spec) == [("a", False), ("b", False)]
    assert [version.number for version in history(spec)] == [1, 2]
    assert {stat.S_IMODE(version.path.stat().st_mode) for version in history(spec)} == {0o600}


def test_undo_goes_back_step_by_step_and_loses_nothing(spec: Spec) -> None:
    for text in ("a", "b", "c"):
        put(spec, text)
    kept(spec).write_text("# digest: c\n\nedited by hand\n")
    for wanted in ("b", "a", None):
        undo(spec, now)
        assert code(spec) == wanted
    assert codes(spec) == [("edited by hand", True), ("b", True), ("a", True)]
    with pytest.raises(StoreError, match="nothing to undo"):
        undo(spec, now)


def test_after_an_undo_it_goes_on_from_there(spec: Spec) -> None:
    for text in ("a", "b"):
        put(spec, text)
    undo(spec, now)
    put(spec, "c")
    assert codes(spec) == [("b", True), ("a", False)]
    undo(spec, now)
    assert code(spec) == "a"


def test_what_was_put_aside_before_a_crash_is_not_put_aside_twice(spec: Spec) -> None:
    put(spec, "a")
    put_aside(spec, now)
    put(spec, "b")
    assert codes(spec) == [("a", False)]


def test_what_was_brought_back_before_a_crash_is_not_brought_back_twice(spec: Spec) -> None:
    for text in ("a", "b", "c"):
        put(spec, text)
    kept(spec).write_text(history(spec)[-1].path.read_text())
    undo(spec, now)
    assert code(spec) == "a"


def test_any_version_is_brought_back_and_undo_takes_that_back(spec: Spec) -> None:
    for text in ("a", "b", "c"):
        put(spec, text)
    assert restore(spec, history(spec)[0], now).code.strip() == "a"
    assert (code(spec), present_code(spec).strip()) == ("a", "a")
    assert codes(spec) == [("b", False), ("c", False)]
    undo(spec, now)
    assert code(spec) == "c"
    (taken_back,) = (version for version in history(spec) if version.undone)
    restore(spec, taken_back, now)
    assert code(spec) == "a"
    undo(spec, now)
    undo(spec, now)
    undo(spec, now)
    assert (code(spec), present_code(spec)) == (None, "")
    restore(spec, history(spec)[-1], now)
    assert code(spec) == "b"


def test_what_somebody_works_on_is_not_brought_back(spec: Spec) -> None:
    for text in ("a", "b"):
        put(spec, text)
    lock = projects.sessions_of(project_root(Path(spec.path))).lock(spec)
    with pytest.raises(Held, match="held by process"):
        earlier.restore(spec, history(spec)[0])
    lock.release()
    assert code(spec) == "b"
    earlier.restore(spec, history(spec)[0])
    assert code(spec) == "a"


def test_foreign_files_among_the_versions_are_passed_over(spec: Spec) -> None:
    for text in ("a", "b"):
        put(spec, text)
    (history(spec)[0].path.parent / "notes.txt").write_text("mine")
    assert codes(spec) == [("a", False)]


def test_a_difference_is_told_line_by_line() -> None:
    assert difference("a\nb", "a\nc", ("old", "new"))[2:] == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
