"""Every kind of declaration through the command line, with a model that is wrong at first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.edges import processes
from tests.edges.processes import COMMAND, Ended
from tests.server import ModelServer, code, reply


class Project:
    """A folder with specs, and commands run in it."""

    def __init__(self, root: Path, server: ModelServer) -> None:
        self.root = root
        self._server = server
        self.write("pyproject.toml", "[project]\nname = 'example'\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    async def do(self, *arguments: str) -> Ended:
        env = {"OPENAI_BASE_URL": self._server.url, "OPENAI_API_KEY": "sk-none"}
        state = {"XDG_STATE_HOME": str(self.root / "state")}
        return await processes.run_warm(*arguments, cwd=self.root, env=env | state)


@pytest.fixture
def project(tmp_path: Path, model_server: ModelServer) -> Project:
    return Project(tmp_path / "project", model_server)


TWO_FER = "def two_fer(name='you'):\n    return f'One for {name}, %s for me.'\n"
TWO_FER_TEST = """\
import unittest
from two_fer import two_fer


class TwoFerTest(unittest.TestCase):
    def test_no_name_given(self):
        self.assertEqual(two_fer(), "One for you, one for me.")

    def test_a_name_given(self):
        self.assertEqual(two_fer("Alice"), "One for Alice, one for me.")
"""


async def test_an_undecorated_module_with_tests_beside_it(
    project: Project, model_server: ModelServer
) -> None:
    project.write("two_fer.py", "def two_fer(name):\n    pass\n")
    project.write("two_fer_test.py", TWO_FER_TEST)
    model_server.script.extend([code(TWO_FER % "two"), code(TWO_FER % "one")])
    ended = await project.do("run", ".")
    assert (ended.code, "accepted 1 of 1" in ended.out) == (0, True), ended
    first, second = (request.last for request in model_server.requests)
    assert "def two_fer(name):" in first
    assert "test_a_name_given" in first
    assert "0 of 2 tests pass" in second
    assert "One for you, two for me." in second
    kept = project.root / "__pseudocode__" / "two_fer.two_fer.py"
    assert "one for me" in kept.read_text(encoding="utf-8")
    assert (await project.do("check", ".")).code == 0


STACK = """\
from pseudocode import pseudo_class

@pseudo_class
class Stack:
    \"\"\"Last in, first out.

    >>> stack = Stack()
    >>> stack.push(3)
    >>> stack.pop()
    3
    \"\"\"

    def push(self, item: int) -> None: ...

    def pop(self) -> int: ...
"""
SOLVED = """\
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item: int) -> None:
        self.items.append(item)

    def pop(self) -> int:
        return self.items.pop()
"""


async def test_a_class(project: Project, model_server: ModelServer) -> None:
    project.write("specs/stacks.py", STACK)
    without = SOLVED.replace("def pop", "def pull")
    model_server.script.extend([code(without), code(SOLVED)])
    ended = await project.do("run", "specs")
    assert ended.code == 0, ended
    assert "The method Stack.pop is missing." in model_server.requests[1].last
    program = "from specs.stacks import Stack; s = Stack(); s.push(7); print(s.pop())"
    used = await processes.run(COMMAND[0], "-c", program, cwd=project.root, env={})
    assert used.out == "7\n"


FILE = """\
import json
from pseudocode import pseudo_file

def test_port(contents):
    assert json.loads(contents)["port"] == 5000

pseudo_file("deploy/app.json", "Settings of the app, with the port 5000.", [test_port])
"""


def block(text: str) -> str:
    return f"````json\n{text}\n````"


async def test_a_file(project: Project, model_server: ModelServer) -> None:
    project.write("specs/deploy.py", FILE)
    wrong = ['{"port": 5000', '{"port": 80}', '{"port": 5000}']
    model_server.script.extend([reply(block(text)) for text in wrong])
    ended = await project.do("run", "specs")
    assert ended.code == 0, ended
    assert "not well-formed" in model_server.requests[1].last
    assert "assert 80 == 5000" in model_server.requests[2].last
    target = project.root / "deploy" / "app.json"
    assert json.loads(target.read_text(encoding="utf-8")) == {"port": 5000}
    assert (await project.do("check", "specs")).code == 0

    target.write_text('{"port": 5001}\n', encoding="utf-8")
    checked = await project.do("check", "specs")
    assert (checked.code, "edited since it was accepted" in checked.out) == (1, True)


async def test_a_file_of_the_persons_own_is_not_replaced(
    project: Project, model_server: ModelServer
) -> None:
    project.write("specs/deploy.py", FILE)
    project.write("deploy/app.json", "mine\n")
    model_server.script.append(reply(block('{"port": 5000}')))
    ended = await project.do("run", "specs")
    assert ended.code == 1
    assert "holds something that was not generated" in ended.out
    assert (project.root / "deploy" / "app.json").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "~/.bashrc", ".git/hooks/x", "conftest.py", "a\\0b"]
)
async def test_names_that_lead_elsewhere_are_refused(project: Project, name: str) -> None:
    project.write("specs/deploy.py", FILE.replace("deploy/app.json", name))
    ended = await project.do("run", "specs")
    assert ended.code == 2
    assert "specs/deploy.py:7: pseudo_file(" in ended.err


async def test_a_link_out_of_the_project_is_not_followed(
    project: Project, model_server: ModelServer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project.write("specs/deploy.py", FILE)
    (project.root / "deploy").symlink_to(outside)
    model_server.script.append(reply(block('{"port": 5000}')))
    ended = await project.do("run", "specs")
    assert "link" in ended.out
    assert list(outside.iterdir()) == []
