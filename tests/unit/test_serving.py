"""What is served looks and behaves as what was declared, for every kind of function."""

from __future__ import annotations

import asyncio
import copy
import doctest
import inspect
import pickle
import pydoc
import sys
import threading
import types
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pseudocode import NotGenerated, SpecError, serving
from pseudocode.errors import SettingsError, StoreError
from tests.declaring import Declaring, declaring

PLAIN_TEXT = pydoc.TextDoc()
IMPORT = "from pseudocode import pseudo_function\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Declaring]:
    with declaring(tmp_path) as made:
        yield made


def served(home: Declaring, declaration: str, code: str, before: str = "") -> Any:
    """The declared function `f`."""
    home.write("declared_f", f"{IMPORT}{before}\n@pseudo_function\n{declaration}", f=code)
    return home.load("declared_f").f


PLAIN = "def f(a: int, b: int = 2) -> int:\n    '''Add.\n\n    >>> f(1)\n    3\n    '''\n"
SUM = "def f(a: int, b: int = 2) -> int:\n    return a + b\n"


CACHED = """\
import functools

@functools.cache
def f(n):
    return 1 if n < 2 else n * f(n - 1)
"""
COUNTED = """\
def f():
    f.calls += 1
    return f.calls

f.calls = 10
"""
NAMED_OTHERWISE = "def _g(n):\n    return n + 1\n\nf = _g\n"


def returning(parameters: str, answer: str) -> str:
    return f"def f({parameters}):\n    return {answer}\n"


@pytest.mark.parametrize(
    ("declared", "code", "call", "answer"),
    [
        ("*args: int", returning("*args", "sum(args)"), "f(1, 2, 3)", 6),
        ("a, b, /, c=3", returning("a, b, /, c=3", "[a, b, c]"), "f(1, 2)", [1, 2, 3]),
        ("a, /, b", returning("x, b", "[x, b]"), "f(1, b=2)", [1, 2]),
        ("*, key, other=5", returning("*, key, other=5", "key, other"), "f(key=1)", (1, 5)),
        (
            "a, *b, c=1, **d",
            returning("a, *b, c=1, **d", "a, b, c, d"),
            "f(1, 2)",
            (1, (2,), 1, {}),
        ),
        ("a, *b, c=1, **d", returning("x, *y, c=1, **z", "y, z"), "f(1, 2, e=3)", ((2,), {"e": 3})),
        ("a=1, *, b=2", returning("a=7, *, b=8", "a, b"), "f()", (1, 2)),
        ("a, b=[]", returning("a, b=None", "b"), "f(1)", []),
        ("n", returning("n, _memo=None", "n, _memo"), "f(1)", (1, None)),
        ("n", NAMED_OTHERWISE, "f(1)", 2),
        ("n", CACHED, "f(5)", 120),
        ("n", returning("n", "1 if n < 2 else n * f(n - 1)"), "f(5)", 120),
        ("n, base=2", returning("n, base=9", "f(n - 1) if n else base"), "f(3)", 2),
        ("", COUNTED, "f() and f() > 11", True),
    ],
)
def test_a_call_runs_the_accepted_code_with_the_declared_parameters(
    home: Declaring, declared: str, code: str, call: str, answer: object
) -> None:
    f = served(home, f"def f({declared}): ...\n", code)
    for _ in range(2):
        assert eval(call, {"f": f}) == answer


@pytest.mark.parametrize(
    ("declaration", "code", "wrong"),
    [
        ("def f(a, /): ...", "def f(a):\n return a", "f(a=1)"),
        ("def f(a, *, b): ...", "def f(a, b):\n return a", "f(1, 2)"),
        ("def f(a): ...", "def f(a=3):\n return a", "f()"),
        ("def f(a): ...", "def f(a, b=3):\n return a", "f(1, 2)"),
        ("def f(): ...", "def f(*args, **kwargs):\n return 1", "f(1)"),
    ],
)
def test_what_was_not_declared_is_refused(
    home: Declaring, declaration: str, code: str, wrong: str
) -> None:
    f = served(home, declaration + "\n", code + "\n")
    for _ in range(2):
        with pytest.raises(TypeError):
            eval(wrong, {"f": f})


def test_defaults_are_the_very_objects_of_the_declaration(home: Declaring) -> None:
    code = "def f(a: object = None) -> object:\n    return a\n"
    f = served(home, "def f(a: object = MISSING) -> object: ...\n", code, "MISSING = object()")
    assert f() is sys.modules["declared_f"].MISSING
    assert f() is sys.modules["declared_f"].MISSING


def test_it_looks_as_it_was_declared_before_and_after_the_first_call(home: Declaring) -> None:
    f = served(home, PLAIN, "def f(a, b=7):\n    return a + b\n")
    for _ in range(2):
        assert (f.__name__, f.__qualname__, f.__module__) == ("f", "f", "declared_f")
        assert f.__doc__.startswith("Add.")
        assert str(inspect.signature(f)) == "(a: int, b: int = 2) -> int"
        assert typing.get_type_hints(f) == {"a": int, "b": int, "return": int}
        assert f.__annotations__ == {"a": int, "b": int, "return": int}
        assert f.__defaults__ == (2,)
        assert isinstance(f, types.FunctionType)
        assert inspect.getsource(f).startswith("@pseudo_function\ndef f(a: int")
        assert "f(a: int, b: int = 2) -> int" in pydoc.render_doc(f, renderer=PLAIN_TEXT)
        assert copy.copy(f) is f
        assert copy.deepcopy(f) is f
        assert pickle.loads(pickle.dumps(f)) is f
        assert f(1) == 3


def test_the_doctests_of_the_module_run_its_accepted_code(home: Declaring) -> None:
    f = served(home, PLAIN, SUM)
    module = sys.modules["declared_f"]
    assert doctest.testmod(module) == (0, 1)
    assert f(1) == 3
    assert doctest.testmod(module) == (0, 1)


KINDS: list[tuple[str, str, Callable[[Any], bool]]] = [
    (
        "async def f(n: int) -> int: ...\n",
        "async def f(n):\n    return n\n",
        inspect.iscoroutinefunction,
    ),
    (
        "def f(n: int) -> Iterator[int]: ...\n",
        "def f(n):\n    yield from range(n)\n",
        inspect.isgeneratorfunction,
    ),
    ("def f(n: int):\n    yield\n", "def f(n):\n    yield n\n", inspect.isgeneratorfunction),
    (
        "async def f(n: int) -> AsyncIterator[int]: ...\n",
        "async def f(n):\n    for i in range(n):\n        yield i\n",
        inspect.isasyncgenfunction,
    ),
    (
        "async def f(n: int) -> 'typing.AsyncGenerator[int, None]': ...\n",
        "async def f(n):\n    yield n\n",
        inspect.isasyncgenfunction,
    ),
]
TYPES = "import typing\nfrom typing import AsyncIterator, Iterator\n"


@pytest.mark.parametrize(("declaration", "code", "is_kind"), KINDS)
@pytest.mark.parametrize("accepted", [True, False])
def test_the_kind_of_a_function_is_told_at_once(
    home: Declaring,
    declaration: str,
    code: str,
    is_kind: Callable[[Any], bool],
    accepted: bool,
) -> None:
    text = f"{IMPORT}{TYPES}\n@pseudo_function\n{declaration}"
    home.write("declared_f", text, **({"f": code} if accepted else {}))
    f = home.load("declared_f").f
    if accepted or is_kind is not inspect.isgeneratorfunction or "yield" in declaration:
        assert is_kind(f)


@pytest.mark.parametrize(("declaration", "code", "is_kind"), KINDS)
def test_and_stays_the_same_after_a_call(
    home: Declaring, declaration: str, code: str, is_kind: Callable[[Any], bool]
) -> None:
    f = served(home, declaration, code, TYPES)
    for _ in range(2):
        assert is_kind(f)
        made = f(2)
        if inspect.iscoroutine(made):
            assert asyncio.run(made) == 2
        elif isinstance(made, AsyncIterator):
            assert asyncio.run(_collected(made))
        else:
            assert list(made)


async def _collected(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def test_an_iterator_that_checks_its_arguments_does_so_when_it_is_called(home: Declaring) -> None:
    code = "def f(n):\n    if n < 0:\n        raise ValueError(n)\n    return iter(range(n))\n"
    f = served(home, "def f(n: int) -> Iterator[int]: ...\n", code, TYPES)
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            f(-1)
        assert list(f(2)) == [0, 1]
        assert not inspect.isgeneratorfunction(f)


async def test_the_first_asynchronous_generator_can_be_spoken_to(home: Declaring) -> None:
    code = """
async def f(n):
    got = []
    try:
        while True:
            try:
                got.append((yield list(got)))
            except ValueError:
                got.append("error")
    finally:
        ended.append(n)
"""
    f = served(home, "async def f(n: int) -> AsyncIterator[int]: ...\n", code, TYPES + "ended = []")
    for number in range(2):
        talk = f(number)
        assert await anext(talk) == []
        assert await talk.asend(1) == [1]
        assert await talk.athrow(ValueError()) == [1, "error"]
        await talk.aclose()
    assert sys.modules["declared_f"].ended == [0, 1]


DECORATED = """\
import functools
from contextlib import contextmanager
from pseudocode import pseudo_function

@functools.cache
@pseudo_function
def above(n: int) -> list[int]: ...

@pseudo_function
@functools.cache
def below(n: int) -> list[int]:
    '''Cached.'''

@pseudo_function
@contextmanager
def held(n: int):
    yield n

class Space:
    kept = None
"""


def test_other_decorators_are_applied_once(home: Declaring) -> None:
    listed = "def {0}(n):\n    return [n]\n"
    held = "from contextlib import contextmanager\n@contextmanager\ndef held(n):\n    yield n + 1\n"
    home.write(
        "declared_d",
        DECORATED,
        above=listed.format("above"),
        below=listed.format("below"),
        held=held,
    )
    module = home.load("declared_d")
    for name in ("above", "below"):
        f = getattr(module, name)
        assert f(3) == [3]
        assert f(3) is f(3)
        assert f.cache_info().misses == 1
        assert f.__name__ == name
        assert str(inspect.signature(f)) == "(n: int) -> list[int]"
        assert typing.get_type_hints(f) == {"n": int, "return": list[int]}
    for _ in range(2):
        with module.held(4) as number:
            assert number == 5


OVERLOADED = """\
from typing import TypeVar, overload
from pseudocode import pseudo_function

T = TypeVar("T", int, str)

@overload
def double(value: int) -> int: ...
@overload
def double(value: str) -> str: ...
@pseudo_function
def double(value):
    '''Twice the value.'''

@pseudo_function
def first(items: list[T]) -> T: ...
"""


def test_overloads_and_type_variables(home: Declaring) -> None:
    home.write(
        "declared_o",
        OVERLOADED,
        double="def double(value):\n    return value * 2\n",
        first="def first(items: list[T]) -> T:\n    return items[0]\n",
    )
    module = home.load("declared_o")
    assert (module.double(4), module.double("ab")) == (8, "abab")
    assert len(typing.get_overloads(module.double)) == 2
    assert module.first([3, 4]) == 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_type_parameters(home: Declaring) -> None:
    code = "def f[T](items: list[T]) -> T:\n    return items[0]\n"
    f = served(home, "def f[T](items: list[T]) -> T: ...\n", code)
    for _ in range(2):
        assert f([3]) == 3
        assert [str(p) for p in f.__type_params__] == ["T"]


def test_something_else_than_a_function_is_refused() -> None:
    import pseudocode

    for wrong in (3, int, len):
        with pytest.raises(SpecError, match="pseudo_function stands on"):
            pseudocode.pseudo_function(wrong)  # type: ignore[type-var]  # that is what is tested


def test_names_that_the_module_binds_later_or_anew_are_seen(home: Declaring) -> None:
    text = (
        f"{IMPORT}\nlimit = 1\n@pseudo_function\ndef f() -> list[int]: ...\n"
        "early = f\ndef change(to):\n    global limit\n    limit = to\n"
    )
    home.write("declared_f", text, f="def f():\n    return [limit, len([later])]\n")
    module = home.load("declared_f")
    vars(module)["later"] = 3
    assert module.f() == [1, 1]
    module.change(5)
    assert module.f() == [5, 1]


def test_tracebacks_show_the_lines_of_the_accepted_file(home: Declaring) -> None:
    f = served(home, "def f(n): ...\n", "def f(n):\n    return 1 / n\n")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            f(0)
        frame = caught.traceback[-1]
        assert str(frame.path).endswith("declared_f.f.py")
        assert str(frame.statement).strip() == "return 1 / n"


def test_many_threads_may_call_for_the_first_time(home: Declaring) -> None:
    code = "RUNS.append(1)\ndef f(n):\n    return n + 1\n"
    f = served(home, "def f(n): ...\n", code, "RUNS = []")
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(f(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [2] * 8
    assert sys.modules["declared_f"].RUNS == [1]


def test_an_exception_while_the_code_is_loaded_is_not_the_last_word(home: Declaring) -> None:
    f = served(home, "def f(n): ...\n", "import missing_f\ndef f(n):\n    return missing_f.N\n")
    with pytest.raises(ModuleNotFoundError):
        f(1)
    (home.folder / "missing_f.py").write_text("N = 4\n")
    assert f(1) == 4


@pytest.mark.parametrize("code", ["def f(:\n", "x = 1\n", "def f():\n  return '\0'\n"])
def test_damaged_code_is_an_error_that_names_its_file(home: Declaring, code: str) -> None:
    f = served(home, "def f(): ...\n", code)
    with pytest.raises(StoreError, match=r"declared_f\.f\.py: the accepted code is damaged"):
        f()


@pytest.mark.parametrize("source", ["the decorator", "the environment"])
def test_an_unknown_mode_is_an_error(
    home: Declaring, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = "(mode='now')" if source == "the decorator" else ""
    if not option:
        monkeypatch.setenv(serving.VARIABLE, "now")
    home.write("declared_f", f"{IMPORT}@pseudo_function{option}\ndef f(): ...\n")
    with pytest.raises(SettingsError, match="there are the modes serve and generate"):
        home.load("declared_f").f()


def test_a_file_that_is_gone_is_told(home: Declaring) -> None:
    home.write("declared_f", f"{IMPORT}@pseudo_function\ndef f(): ...\n")
    f = home.load("declared_f").f
    with pytest.raises(NotGenerated):
        f()
    f = home.load("declared_f").f
    home.path("declared_f").unlink()
    with pytest.raises((NotGenerated, SpecError)):
        f()
