"""Both ends of the wire in one process, with JSON between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.runner.calls import FRAMES, CannotCross, Remote, answer
from pseudocode.runner.channel import Record

HOME = "/scratch/of/the/judge"


class Own(ValueError):
    pass


Own.__module__ = "sums"
NAMES = {"Own": Own}


def described(error: BaseException) -> Record:
    return {"text": f"{type(error).__name__}: {error}", "frames": ["line 2, in f: boom"]}


def over_the_wire(function: Callable[..., Any]) -> Remote:
    def exchange(call: Record) -> Record:
        told = answer({"f": function}, json.loads(json.dumps(call)), NAMES, described)
        back: Record = json.loads(json.dumps(told))
        return back

    return Remote("f", exchange, NAMES, HOME)


def lying(told: Any) -> Remote:
    """To a worker that answers what it likes."""
    return Remote("f", lambda _: told, NAMES, HOME)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.binary()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=10,
)


@given(
    st.lists(plain, max_size=3),
    st.dictionaries(st.from_regex(r"k[a-z]{1,5}", fullmatch=True), plain),
)
def test_arguments_and_answers_come_as_they_went(args: list[Any], kwargs: dict[str, Any]) -> None:
    remote = over_the_wire(lambda *a, **k: (list(a), k, "end"))
    assert remote(*args, **kwargs) == (args, kwargs, "end")


@pytest.mark.parametrize(
    ("given_", "change", "wanted"),
    [
        ([3, 1], lambda v: v.sort(), [1, 3]),
        ({"a": 1}, lambda v: v.update(b=2), {"a": 1, "b": 2}),
        ({1}, lambda v: v.add(2), {1, 2}),
        (bytearray(b"a"), lambda v: v.append(98), bytearray(b"ab")),
    ],
)
def test_changes_in_place_arrive(given_: Any, change: Any, wanted: Any) -> None:
    assert over_the_wire(change)(given_) is None
    assert given_ == wanted


def test_an_argument_that_is_returned_is_the_same_object() -> None:
    numbers = [1]
    assert over_the_wire(lambda v: v)(numbers) is numbers


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KeyError("a"), KeyError),
        (Own("mine"), Own),
        (json.JSONDecodeError("bad", "doc", 0), ValueError),
        (SystemExit(3), SystemExit),
        (KeyboardInterrupt(), RuntimeError),
    ],
)
def test_exceptions_cross_with_the_lines_of_the_code(
    error: BaseException, kind: type[BaseException]
) -> None:
    with pytest.raises(kind) as caught:
        over_the_wire(raising(error))()
    assert getattr(caught.value, FRAMES) == ["line 2, in f: boom"]
    assert not hasattr(caught.value, "__notes__")  # a test may match all that it says


@pytest.mark.parametrize(
    "kinds",
    [
        [["unittest", "SkipTest"]],
        [["unittest.case", "SkipTest"]],
        [["_pytest.outcomes", "Skipped"]],
        [["builtins", "KeyboardInterrupt"]],
        [["builtins", "BaseException"]],
        [["os", "system"]],
        [["builtins", "eval"]],
        [],
    ],
)
def test_no_exception_decides_over_a_test(kinds: list[list[str]]) -> None:
    told = {"error": {"kinds": kinds, "args": ["list", ["1"]], "text": "E: x", "frames": []}}
    with pytest.raises(RuntimeError, match="E: x"):
        lying(told)()


@pytest.mark.parametrize(
    "told",
    [{}, {"value": ["object", 1]}, {"value": 5}, {"opaque": "a generator"}, {"value": [[]]}],
)
def test_what_cannot_be_read_is_told(told: Record) -> None:
    with pytest.raises(CannotCross):
        lying(told)()


@pytest.mark.parametrize("argument", [len, object(), f"{HOME}/a.txt", [f"{HOME}/a"]])
def test_what_cannot_cross_is_told(argument: object) -> None:
    with pytest.raises(CannotCross):
        over_the_wire(lambda v: v)(argument)


def test_an_answer_that_is_no_data_is_told() -> None:
    with pytest.raises(CannotCross, match="cannot leave its process"):
        over_the_wire(lambda: iter([1]))()


def test_output_and_warnings_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    import warnings

    def act() -> None:
        print("hello")
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    with pytest.warns(DeprecationWarning, match="old"):
        over_the_wire(act)()
    assert capsys.readouterr().out == "hello\n"


async def coroutine(number: int) -> int:
    return number + 1


def test_coroutines_are_run_at_their_own_end() -> None:
    assert over_the_wire(coroutine)(1) == 2
