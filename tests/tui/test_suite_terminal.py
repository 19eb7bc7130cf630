"""Examples, tests by rounds, changes on disk: in a real pseudo terminal, with nothing but keys."""

from __future__ import annotations

from pathlib import Path

from tests import server
from tests.server import ModelServer
from tests.tui.driving import RIGHT
from tests.tui.test_terminal import terminal

SOURCE = '''
from pseudocode import pseudo_function


@pseudo_function
def double(number: int) -> int:
    """Return it times two.

    >>> double(4)
    8
    """
'''
WRONG = "def double(number: int) -> int:\n    return 8 if number == 4 else number"


def test_an_example_is_saved_elsewhere_another_is_added_and_all_is_approved(
    tmp_path: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([server.code(WRONG), server.code(RIGHT)])
    specs = tmp_path / "specs"
    specs.mkdir()
    path = specs / "easy.py"
    path.write_text(SOURCE, encoding="utf-8")
    with terminal(tmp_path, "specs", "--base-url", model_server.url, "--model", "any") as opened:
        opened.shows("g generates")
        opened.child.send("g")
        opened.shows("a accepts")
        more = SOURCE.replace("    8\n", "    8\n    >>> double(3)\n    6\n")
        path.write_text(more, encoding="utf-8")
        opened.shows("1 of 2 examples pass by now")
        opened.child.send("g")
        opened.shows("a accepts")
        opened.child.send("+")
        opened.shows("enter runs it")
        opened.child.send("10\r")
        opened.shows("is this right?")
        opened.child.send("y")
        opened.shows("3 of 3 examples pass")
        opened.child.send("T")
        opened.shows("3 tests, 2 rounds")
        opened.shows("▲ ✓")
        opened.child.send("q")
        opened.shows("a accepts")
        opened.child.send("a")
        opened.shows("accepted")
        opened.child.send("q")
        assert opened.ends() == 0
    assert path.read_text(encoding="utf-8") == more.replace(
        "    6\n", "    6\n    >>> double(10)\n    20\n"
    )
    assert (specs / "__pseudocode__" / "easy.double.py").exists()
