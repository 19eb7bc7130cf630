from __future__ import annotations

import pytest

from pseudocode.checks.formats import FormatChecker
from pseudocode.spec.model import Spec


def spec(name: str) -> Spec:
    return Spec(kind="file", name=name, module="m", path="specs/m.py", line=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"a": 1}'),
        ("a.jsonl", '{"a": 1}\n\n[2]\n'),
        ("a.toml", "a = 1"),
        ("a.yaml", "a: [1, 2]\n---\nb: 2\n"),
        ("a.yml", "- a"),
        ("a.xml", "<a><b/></a>"),
        ("a.ini", "[a]\nb = 1"),
        ("a.py", "def f(): ..."),
        ("Dockerfile", "ARG V=3\nFROM python:$V\nRUN pip install x\n"),
        ("deploy/app.dockerfile", "FROM scratch\n"),
        ("notes.md", "whatever {"),
    ],
)
async def test_well_formed_files_pass_as_they_are(name: str, text: str) -> None:
    checked = await FormatChecker().check(spec(name), text)
    assert (checked.code, checked.faults, checked.notes) == (text, (), ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"a": 1'),
        ("a.json", "[" * 100_000),
        ("a.jsonl", '{"a": 1}\n{'),
        ("a.toml", "a = "),
        ("a.yaml", "a: [1, 2"),
        ("a.yaml", "a: b: c"),
        ("a.xml", "<a><b></a>"),
        ("a.ini", "b = 1"),
        ("a.py", "def f(:"),
        ("Dockerfile", "RUN x\n"),
        ("Dockerfile", "FROM a\nFETCH b\n"),
    ],
)
async def test_others_are_faults(name: str, text: str) -> None:
    (fault,) = (await FormatChecker().check(spec(name), text)).faults
    assert fault.startswith("The file is not well-formed: ")
    assert "\n" not in fault


async def test_entities_that_multiply_are_refused() -> None:
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    text = f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><a>&e12;</a>'
    assert (await FormatChecker().check(spec("a.xml"), text)).faults


async def test_aliases_that_multiply_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 12)]
    assert not (await FormatChecker().check(spec("a.yaml"), "\n".join(lines))).faults
