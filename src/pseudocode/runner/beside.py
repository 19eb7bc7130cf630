"""Tests with the candidate in their own process, which a determined one can deceive.

Which tests there are is found out before it comes. Canaries, tests whose outcome is known here
alone, show a candidate that decides over outcomes itself.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from pseudocode.loop import RunnerError
from pseudocode.runner.channel import Record
from pseudocode.runner.examples import loading_fault
from pseudocode.runner.heard import (
    Heard,
    collecting_fault,
    complain_of_broken,
    ended_by_itself,
    listen,
)
from pseudocode.runner.permissions import judge_rules, seconds_for
from pseudocode.runner.workers import Setup, Worker
from pseudocode.spec.model import Spec
from pseudocode.spec.outline import Function, outline
from pseudocode.spec.parsing import parse

Start = Callable[[Setup], Awaitable[Worker]]

CANARIES = (False, True, False, True)
"""Which of them pass; where they stand among the tests is drawn anew each time."""
_AT_THE_END = 1 << 30
_NO_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError|SyntaxError)[^\n]*")


def served_apart(spec: Spec, code: str) -> dict[str, bool] | None:
    """What tests can call from another process: functions, and whether they are coroutines.

    Nothing where they need more than that: classes, constants, generators, and code that imports
    what lies beside it.
    """
    if spec.kind != "module":
        return None if spec.kind == "class" else {}
    tree = parse(code)
    found = outline(tree.body)
    used = {name for suite in spec.suites for name in suite.uses}
    if "*" in used:
        used |= {*found.functions, *found.classes, *found.constants}
    used -= {"*"}
    crosses = all(name in found.functions and _crosses(found.functions[name]) for name in used)
    if not used or not crosses or _imports_from(Path(spec.path).parent, tree):
        return None
    return {n: isinstance(found.functions[n], ast.AsyncFunctionDef) for n in sorted(used)}


def _crosses(node: Function) -> bool:
    yields = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(node))
    return not node.decorator_list and not yields


def _imports_from(folder: Path, tree: ast.Module) -> bool:
    """Whether code imports a module that lies in a folder."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                return True
            names.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
    return any((folder / name).is_dir() or (folder / f"{name}.py").exists() for name in names)


def judge_setup(spec: Spec) -> Setup:
    """How a judge for the tests beside a spec is started."""
    return Setup(program="judge", rules=judge_rules(spec), environ=(), opening="{}")


async def tested_beside(
    spec: Spec, code: str, request: Record, start: Start, ids: list[str] | None
) -> Heard:
    """Run tests against a candidate in their own process.

    Args:
        spec: What is tested.
        code: The candidate.
        request: What a judge is told.
        start: Starts the process.
        ids: Which tests; all where nothing is given.

    Raises:
        RunnerError: When the tests themselves are broken.
    """
    judge = await start(judge_setup(spec))
    seconds = seconds_for(spec)
    heard = Heard()
    try:
        async with asyncio.timeout(seconds):
            await judge.send(request | {"beside": True})
            first = await listen(judge, heard, None)
            if "collected" not in first:
                raise await ended_by_itself(judge)
            heard = await _with_code(code, judge, ids, first)
    except TimeoutError:
        heard.fault = f"the time limit of {seconds:g} s was reached"
    finally:
        await judge.end()
    heard.beside = frozenset(item["id"] for item in heard.items)
    return heard


async def _with_code(code: str, judge: Worker, ids: list[str] | None, first: Record) -> Heard:
    """The second half: the code comes, and the tests run."""
    stubbed = [item["id"] for item in first["collected"]]
    canaries = _canaries(ids or stubbed or ["test"])
    told = [(place, name, passes) for name, (place, passes) in canaries.items()]
    await judge.send({"code": code, "canaries": told, "ids": ids})
    heard = Heard()
    await listen(judge, heard, None)
    heard.fault = heard.fault or _fault(heard, first, judge.reason)
    if heard.fault and not heard.items:
        heard.items = first["collected"]
    elif not heard.fault:
        gone = sorted({*map(_base, ids or stubbed)} - {_base(i["id"]) for i in heard.items})
        heard.fault = f"{gone[0]} was not run" if gone else _meddling(heard, canaries)
    heard.told = {i["id"]: heard.told[i["id"]] for i in heard.items if i["id"] in heard.told}
    return heard


def _fault(heard: Heard, first: Record, reason: str) -> str:
    """Why the tests could not run with the code.

    Raises:
        RunnerError: When they could not without it, either.
    """
    finished = heard.finished
    if finished is None:
        return reason
    if finished["loading"]:
        return loading_fault({"loaded": False, "error": finished["loading"]})
    complain_of_broken(finished)
    if not finished["errors"]:
        return ""
    text = collecting_fault(str(finished["errors"][0]))
    before, now = (_NO_MODULE.findall("\n".join(map(str, e["errors"]))) for e in (first, finished))
    if now and now == before:
        raise RunnerError(f"the tests could not be collected: {text}")
    return f"the tests could not be collected with this code: {text}"


def _base(name: str) -> str:
    """A test without its parameters, which may come from the code."""
    file, _, test = name.rpartition("::")
    return f"{file}::{test.partition('[')[0]}"


def _canaries(ids: list[str]) -> dict[str, tuple[int, bool]]:
    """Names like those of the tests, at places among them; one that fails comes after them all."""
    draw = random.SystemRandom()
    # What the last test's call has meddled with shows in what runs after it.
    outcomes = [*draw.sample(CANARIES, len(CANARIES)), False]
    taken = {name.rpartition("::")[2] for name in ids}
    found: dict[str, tuple[int, bool]] = {}
    for number, passes in enumerate(outcomes):
        like = draw.choice(ids).rpartition("::")[2].partition("[")[0]
        name = next(n for i in itertools.count(2) if (n := f"{like}_{i}") not in {*taken, *found})
        last = number == len(CANARIES)
        place = _AT_THE_END if last else draw.randrange(len(ids) + 1)
        found[name] = (place, passes)
    return found


def _meddling(heard: Heard, expected: dict[str, tuple[int, bool]]) -> str:
    """What shows that the candidate has decided over its tests; empty where nothing does."""
    if heard.finished and heard.finished["tampered"]:
        return str(heard.finished["tampered"])
    outcomes = {name.rpartition("::")[2]: told["outcome"] for name, told in heard.told.items()}
    for name, (_, passes) in expected.items():
        if outcomes.get(name) != ("passed" if passes else "failed"):
            return "the code meddled with its tests: one that must fail or pass did not"
    return ""
