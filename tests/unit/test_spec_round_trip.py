"""Any declaration is found, means the same once it is formatted, and not once it is changed."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pseudocode.spec.discovery import find_specs

RUFF = shutil.which("ruff", path=sysconfig.get_path("scripts")) or "ruff"
HEAD = """\
from __future__ import annotations
import typing
from typing import Any, overload
from pseudocode import pseudo_class, pseudo_function
def other(*given): return lambda wrapped: wrapped
"""
TYPES = (
    *("int", "'Later'", "list[ int ]", "int|None", "dict[str,tuple[int, ...]]", "typing.Any"),
    *("(int)", "Any if 1 else int", "lambda x,/,*y: x", "type( 3 )", "None", "list['Later']"),
)
DEFAULTS = (
    *("1", "-1", "0xFF", "1_000", "1e5", "3J", "'it''s'", '"quo\\"te"', "b'\\x00'", "rb'\\d'"),
    *("None", "...", "()", "(1,)", "[ 1,2 ]", "{'a':1, **{}}", "{*()}", "not True", "a_b . c"),
    *("x[1:2, ::3]", "lambda: (yield)", "[i for i in 'ab' if i]"),
    *("f'{x!r:>{y}}'", "1 if x else 2", "-2**2"),
    *("(-2)**2", "a<b<c", "x:=3", "'a' 'b'", "1 .real", "not(a and(b or c))", "print(*a, **b)"),
)  # fmt: skip
NAMES = ("a", "b", "c_", "_d", "é", "self", "cls", "type", "match", "ﬁ", "x1")


@dataclass(frozen=True)
class Parameter:
    name: str
    annotation: str | None
    default: str | None

    def __str__(self) -> str:
        annotation = f" :{self.annotation}" if self.annotation else ""
        default = f"= ({self.default})" if self.default else ""
        return f"{self.name}{annotation}{default}"


@dataclass(frozen=True)
class Function:
    """A declaration of which every part can be changed."""

    name: str
    is_async: bool
    positional: tuple[Parameter, ...]
    plain: tuple[Parameter, ...]
    rest: Parameter | None
    keyword: tuple[Parameter, ...]
    others: Parameter | None
    returns: str | None
    docstring: str | None
    body: str
    above: str
    options: str

    def text(self, marked: str = "@pseudo_function") -> str:
        parts = [*map(str, self.positional), *(["/"] if self.positional else [])]
        parts += map(str, self.plain)
        parts += [f"*{self.rest}"] if self.rest else ["*"] if self.keyword else []
        parts += map(str, self.keyword)
        parts += [f"** {self.others}"] if self.others else []
        returns = f"->{self.returns}" if self.returns else ""
        head = (
            f"{'async ' if self.is_async else ''}def  {self.name}( {' , '.join(parts)} ){returns}:"
        )
        lines = [self.above, f"{marked}{self.options if marked else ''}", head]
        if self.docstring is not None:
            lines.append(f"  {quoted(self.docstring)}")
        lines += [f"  {line}" for line in self.body.split("\n")]
        return "\n".join(line for line in lines if line.strip()) + "\n"


def quoted(docstring: str) -> str:
    """As people write it, with its lines as they are; else as one line with escapes."""
    if "\r" in docstring or not all(c.isprintable() or c in "\n\t\f" for c in docstring):
        return repr(docstring)
    escaped = docstring.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}"""'


def parameters(defaults: st.SearchStrategy[str | None]) -> st.SearchStrategy[Any]:
    annotations = st.none() | st.sampled_from(TYPES)
    return st.builds(Parameter, st.just("?"), annotations, defaults)


OPTIONAL = parameters(st.none() | st.sampled_from(DEFAULTS))
BARE = parameters(st.none())
DOCSTRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "Say it.\n\n    Twice.\n\n      Deeper.\n  ",
        'Quotes " and \'\'\' and """ and \\ and \\n at the end "',
        "Tabs\n\tand\n    \tmore\n",
        "Ends in a backslash \\",
        "  Blanks at the start.\n\n    Blanks   \n    at the ends.  \n\n    \n    ",
        "Less\n  than\n any margin",
        "",
        " ",
        "\n\nFar down.",
        "Args:\n    a: int\n\nReturns:\n    nothing",
    ]
)


@st.composite
def functions(draw: Any, name: str) -> Function:
    names = iter(draw(st.permutations(NAMES)))

    def named(found: list[Parameter]) -> tuple[Parameter, ...]:
        return tuple(replace(p, name=next(names)) for p in found)

    def one() -> Parameter | None:
        return replace(draw(BARE), name=next(names)) if draw(st.booleans()) else None

    positional = named(draw(st.lists(OPTIONAL, max_size=2)))
    plain = named(draw(st.lists(OPTIONAL, max_size=3)))
    # Once there was a default, all that follow have one.
    with_default = False
    ordered = []
    for parameter in (*positional, *plain):
        with_default = with_default or parameter.default is not None
        filled = replace(parameter, default=parameter.default or ("0" if with_default else None))
        ordered.append(filled)
    return Function(
        name=name,
        is_async=draw(st.booleans()),
        positional=tuple(ordered[: len(positional)]),
        plain=tuple(ordered[len(positional) :]),
        rest=one(),
        keyword=named(draw(st.lists(OPTIONAL, max_size=2))),
        others=one(),
        returns=draw(st.none() | st.sampled_from(TYPES)),
        docstring=draw(st.none() | DOCSTRINGS.filter(lambda text: ">>>" not in text)),
        body=draw(st.sampled_from(["...", "pass", "raise  NotImplementedError", "...; ..."])),
        above=draw(st.sampled_from(["", "@other(1 ,  2)", "# why", "@overload\ndef g(): ..."])),
        options=draw(st.sampled_from(["", "()", "( review=True,env = ['A' , \"B\"] )"])),
    )


@st.composite
def classes(draw: Any, name: str) -> str:
    docstring = draw(st.none() | DOCSTRINGS.filter(lambda text: ">>>" not in text))
    bases = draw(st.sampled_from(["", "()", "( Exception )", "(list, metaclass=type)"]))
    fields = draw(st.lists(st.sampled_from(["x:int", "y : str='a'", "Z=3", "pass"]), max_size=3))
    methods = [draw(functions(f"m{n}")).text("") for n in range(draw(st.integers(0, 3)))]
    above = draw(st.sampled_from(["", "@property", "@classmethod"]))
    parts = [quoted(docstring)] if docstring is not None else []
    parts += fields
    parts += [line for method in methods for line in f"{above}\n{method}".split("\n")]
    body = "\n".join(f"  {line}" for line in [*parts, "..."] if line.strip())
    return f"@pseudo_class\nclass  {name}{bases}:\n{body}\n"


def digests(text: str) -> dict[str, str]:
    found = find_specs("specs/a.py", text.encode("utf-8"))
    assert not found.problems, found.problems
    return {spec.name: spec.digest for spec in found.specs}


def formatted(text: str) -> str:
    command = [RUFF, "format", "--isolated", "--line-length", "60", "-"]
    done = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = done.communicate(text.encode("utf-8"))
    assert done.returncode == 0
    return out.decode("utf-8")


FILES = st.tuples(
    *(functions(f"f{n}").map(Function.text) for n in range(8)),
    *(classes(f"C{n}") for n in range(3)),
).map(lambda parts: HEAD + "".join(parts))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_every_declaration_is_found_and_stays_what_it_is_when_it_is_formatted(text: str) -> None:
    ast.parse(text)
    before = digests(text)
    assert len(before) == 11
    assert digests(formatted(text)) == before


def renamed(found: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    return (replace(found[0], name="quite_new"), *found[1:])


@given(functions("f"), st.data())
def test_a_change_of_meaning_is_noticed(declared: Function, data: st.DataObject) -> None:
    new = Parameter("quite_new", None, None)
    changes = [
        replace(declared, is_async=not declared.is_async),
        replace(declared, docstring=f"{declared.docstring or ''}x"),
        replace(declared, returns="quite_new"),
        replace(declared, rest=None if declared.rest else new),
        replace(declared, others=None if declared.others else new),
        replace(declared, keyword=(*declared.keyword, new)),
        replace(declared, keyword=(*declared.keyword, replace(new, default="1"))),
        replace(declared, options="(network=True)"),
    ]
    for field in ("positional", "plain", "keyword"):
        found: tuple[Parameter, ...] = getattr(declared, field)
        if found:
            last = found[-1]
            changes.append(replace(declared, **{field: renamed(found)}))  # type: ignore[arg-type]
            for change in (replace(last, annotation="quite_new"), replace(last, default="'new'")):
                changes.append(replace(declared, **{field: (*found[:-1], change)}))  # type: ignore[arg-type]
    changed = data.draw(st.sampled_from(changes))
    try:
        ast.parse(changed.text())
    except SyntaxError:  # a default before a parameter without one
        return
    assert digests(HEAD + changed.text())["f"] != digests(HEAD + declared.text())["f"]
