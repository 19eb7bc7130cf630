"""Specs that use each other, in the app: waiting, and testing again."""

from __future__ import annotations

from pathlib import Path

from pseudocode.store.accepted import accepted_path, read_accepted, render
from pseudocode.store.supply import look_up, used_facts
from pseudocode.wiring import load_specs
from tests.server import ModelServer, code
from tests.tui.driving import Desk, desk_over

SOURCE = '''
from pseudocode import pseudo_function


@pseudo_function
def low(x: int) -> int:
    """Twice a number.

    >>> low(2)
    4
    """


@pseudo_function
def top(x: int) -> int:
    """Four times a number.

    >>> top(low(1))
    8
    """
'''
LOW = "def low(x: int) -> int:\n    return x + x\n"
TOP = "def top(x: int) -> int:\n    return low(low(x))\n"


def accept(folder: Path, name: str, source: str) -> None:
    spec = next(s for s in load_specs(folder).specs if s.name == name)
    path = Path(accepted_path(spec.path, spec.module, spec.name))
    path.parent.mkdir(exist_ok=True)
    facts = used_facts(spec, source)
    path.write_text(render(source, declared_in="easy.py", digest=spec.digest, facts=facts))


def prepared(folder: Path) -> None:
    """Both accepted, then the lower one replaced."""
    folder.mkdir()
    (folder / "easy.py").write_text(SOURCE)
    accept(folder, "low", LOW)
    accept(folder, "top", TOP)
    accept(folder, "low", LOW.replace("x + x", "2 * x"))


async def shows(desk: Desk, line: str) -> None:
    await desk.until(lambda: line in desk.specs, f"{line!r} in the list")


async def test_what_has_to_be_tested_again_says_so_and_is(
    tmp_path: Path, model_server: ModelServer
) -> None:
    folder = tmp_path / "specs"
    prepared(folder)
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await shows(desk, "  ✓ low")
        assert "  ↻ top to re-test" in desk.specs
        await desk.press("n")
        await desk.status("what its code uses changed · g tests it again")
        await desk.press("g")
        await shows(desk, "  ✓ top")
    assert model_server.requests == []
    (top,) = (spec for spec in load_specs(folder).specs if spec.name == "top")
    assert look_up(top).state == "fresh"


async def test_what_fails_by_now_is_written_anew(tmp_path: Path, model_server: ModelServer) -> None:
    folder = tmp_path / "specs"
    prepared(folder)
    accept(folder, "low", LOW.replace("x + x", "x + 2"))
    model_server.script.append(code("def top(x: int) -> int:\n    return low(x) + low(x) - 0\n"))
    model_server.otherwise = lambda _: code("def top(x: int) -> int:\n    return 8\n")
    async with desk_over(folder, url=model_server.url, source=SOURCE) as desk:
        await shows(desk, "  ↻ top to re-test")
        await desk.press("n", "g")
        await shows(desk, "  ● top needs you")
    assert len(model_server.requests) >= 1


async def test_work_waits_for_what_it_needs_and_then_begins(
    tmp_path: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([code(LOW), code(TOP)])
    async with desk_over(tmp_path / "specs", url=model_server.url, source=SOURCE) as desk:
        await desk.press("n", "g")
        await shows(desk, "  … top waiting")
        await desk.status("waits for easy.low, which is not accepted")
        assert model_server.requests == []
        await desk.press("p", "g")
        await shows(desk, "  ● low needs you")
        await desk.press("a")
        await shows(desk, "  ● top needs you")
        await desk.press("n", "a")
        await shows(desk, "  ✓ top")
        # What is approved below, once more and in another way, means a test above.
        model_server.script.append(code(LOW.replace("x + x", "2 * x")))
        await desk.press("p", "g")
        await shows(desk, "  ● low needs you")
        await desk.press("a")
        await shows(desk, "  ↻ top to re-test")
    found = read_accepted(accepted_path(str(tmp_path / "specs" / "easy.py"), "easy", "top"))
    assert found is not None
    assert found.code == TOP


async def test_waiting_can_be_stopped(tmp_path: Path, model_server: ModelServer) -> None:
    async with desk_over(tmp_path / "specs", url=model_server.url, source=SOURCE) as desk:
        await desk.press("n", "g")
        await shows(desk, "  … top waiting")
        await desk.press("s")
        await shows(desk, "  ○ top")
    assert model_server.requests == []


async def test_of_a_whole_folder_what_others_use_is_written_first(
    tmp_path: Path, model_server: ModelServer
) -> None:
    low, top = SOURCE.split("@pseudo_function\n")[1:]
    head = SOURCE.partition("@")[0]
    source = "@pseudo_function\n".join([head, f"{top}\n\n", low])
    model_server.otherwise = lambda asked: code(TOP if "def top" in asked.last else LOW)
    async with desk_over(tmp_path / "specs", url=model_server.url, source=source) as desk:
        await shows(desk, "  ○ low")
        assert desk.specs == ["easy.py", "  ○ top", "  ○ low"]
        await desk.press("ctrl+g")
        await desk.until(lambda: "Generate 2 specs?" in desk.dialog_title, "the question")
        await desk.press("y")
        await shows(desk, "  ● low needs you")
        assert desk.specs[1] == "  … top waiting"
        await desk.status("waits for")
        assert ["def top" in asked.last for asked in model_server.requests] == [False]
        await desk.press("n", "a")
        await shows(desk, "  ✓ low")
        await shows(desk, "  ● top needs you")
        assert "def top" in model_server.requests[-1].last
