from __future__ import annotations

import json
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.runner.arrays import is_scalar_of
from pseudocode.runner.encoding import MAX_BYTES, Unencodable, decode, encode, is_plain
from tests.unit.mutation import mutated

np: Any = pytest.importorskip("numpy")
from hypothesis.extra import numpy as npst  # noqa: E402


def crossed(value: object) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


dtypes = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="<") | npst.integer_dtypes(endianness=">"),
    npst.unsigned_integer_dtypes(endianness="<") | npst.unsigned_integer_dtypes(endianness=">"),
    npst.floating_dtypes(endianness="<") | npst.floating_dtypes(endianness=">"),
    npst.complex_number_dtypes(),
    npst.byte_string_dtypes(min_len=1),
    npst.unicode_string_dtypes(min_len=1, endianness="<")
    | npst.unicode_string_dtypes(min_len=1, endianness=">"),
    npst.datetime64_dtypes(endianness="<") | npst.datetime64_dtypes(endianness=">"),
    npst.timedelta64_dtypes(),
)
arrays = npst.arrays(dtypes, npst.array_shapes(min_dims=0, min_side=0, max_dims=4, max_side=4))


@given(arrays)
def test_arrays_come_back_as_they_were(value: Any) -> None:
    again = crossed(value)
    assert type(again) is np.ndarray
    assert (again.dtype, again.shape) == (value.dtype, value.shape)
    assert again.tobytes() == value.tobytes()
    assert again.flags.writeable
    assert not is_plain(encode(value))


@given(arrays.filter(lambda array: array.size > 0))
def test_scalars_come_back_as_they_were(array: Any) -> None:
    value = array.reshape(-1)[0]
    again = crossed([value])[0]
    assert type(again) is type(value)
    assert again.tobytes() == value.tobytes()
    assert repr(again) == repr(value)


EXACT = [
    np.float64("nan"), np.array([np.nan, np.inf, -np.inf, -0.0]), np.array(5), np.array([]),
    np.zeros((0, 3)), np.arange(12).reshape(3, 4)[:, ::2], np.broadcast_to(np.int8(1), (2, 3)),
    np.asfortranarray(np.arange(6).reshape(2, 3)), np.datetime64("NaT"), np.str_(""),
    np.bytes_(b""), np.array(["", "\ud800"]), np.datetime64("2024-01-01", "25s"), np.bool_(True),
    np.longdouble(1) / 3, {"a": (np.int8(1), [np.float32(0.1)])}, np.array([1 + 2j]),
]  # fmt: skip


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_odd_values_come_back_exactly(value: Any) -> None:
    again = crossed(value)
    assert type(again) is type(value)
    assert repr(again) == repr(value)
    assert getattr(again, "dtype", None) == getattr(value, "dtype", None)


class Sly(np.ndarray):  # type: ignore[misc]
    __module__ = "numpy"

    def __repr__(self) -> str:
        return "array([1, 2])"


class Float(np.float64):  # type: ignore[misc]
    __module__ = "numpy"

    def __repr__(self) -> str:
        return "np.float64(1.0)"


class Fake:
    """Says that it is an array, of numpy."""

    __module__ = "numpy"
    __class__ = np.ndarray
    dtype = np.dtype("<i8")
    shape = (1,)
    nbytes = 8

    def tobytes(self) -> bytes:
        return bytes(8)


REFUSED = {
    "subclass": np.array([1, 2]).view(Sly),
    "scalar subclass": Float(1.0),
    "fake": Fake(),
    "object": np.array([1, None]),
    "masked": np.ma.array([1, 2]),
    "record": np.zeros(2, dtype=[("a", "i4")]),
    "void": np.void(b"ab"),
    "dtype": np.dtype("i4"),
    "type": np.float64,
    "function": np.sum,
    "zeros": np.str_("a\0"),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_nothing_but_arrays_of_numbers_texts_and_times_crosses(value: object) -> None:
    with pytest.raises(Unencodable):
        encode(value)


def test_a_class_put_in_the_place_of_numpys_does_not_cross(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "ndarray", Fake)
    with pytest.raises(Unencodable):
        encode(Fake())


def test_arrays_are_bounded_in_all() -> None:
    half = np.zeros(MAX_BYTES // 2, dtype="u1")
    assert crossed([half, half])[1].size == half.size
    data = encode(half)
    for value in ([half, half, half], np.broadcast_to(np.int8(0), (10**6, 10**6))):
        with pytest.raises(Unencodable, match="too large"):
            encode(value)
    with pytest.raises(Unencodable, match="too large"):
        decode(["list", [data, data, data]])


@pytest.mark.parametrize(
    "content",
    [
        ["|O8", [1], "AAAAAAAAAAA="], ["<i8", [1], "AAAA"], ["<i8", [-1], ""], ["<i8", [], ""],
        ["|b1", [1], "Ag=="], ["<U1", [1], "AAARAQ=="], ["<U1", [1], "////fw=="],
        ["<M8[zz]", [0], ""], ["<U0", [10**9], ""], ["|u1", [1], "A A=="],
        ["|u1", [True], "AA=="], ["|u1", "", "AA=="],
        ["|u1", [1.0], "AA=="], ["i4,i4", [0], ""], ["|V8", [0], ""], ["<f3", [0], ""],
        ["|u1", [1] * 99, "AA=="], ["|u1", [0, 1 << 80], ""], ["|u1", [1]], 5, None,
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("tag", ["ndarray", "npscalar"])
def test_arrays_not_of_our_making_are_refused(tag: str, content: Any) -> None:
    with pytest.raises(Unencodable):
        decode([tag, content])


def test_an_array_is_no_scalar() -> None:
    with pytest.raises(Unencodable):
        decode(["npscalar", ["|u1", [1], "AA=="]])


@given(arrays, st.data())
def test_encodings_that_were_changed_decode_or_are_refused(value: Any, data: st.DataObject) -> None:
    changed = mutated(json.loads(json.dumps(encode([value]))), data.draw)
    with suppress(Unencodable):
        repr(decode(changed))


HONEST = [
    (np.int64(24), "24"), (np.uint8(255), "255"), (np.float64(3.0), "3.0"),
    (np.bool_(True), "True"), (np.float32(0.1), "0.1"), (np.float16(0.5), "0.5"),
    (np.str_("a"), "'a'"), (np.int8(-1), "-1"),
    (np.bytes_(b"a"), "b'a'"), (np.float64(-0.0), "-0.0"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "literal"), HONEST, ids=repr)
def test_a_scalar_is_told_by_the_literal_that_it_holds(value: Any, literal: str) -> None:
    assert is_scalar_of(encode(value), literal)


OTHER = [
    (np.int64(24), "25"), (np.int64(24), "24.0"), (np.float64(3.0), "3"), (np.bool_(True), "1"),
    (np.int8(1), "True"), (np.float64(-0.0), "0.0"), (np.str_("a"), "'b'"), (np.str_("a"), "b'a'"),
    (np.array(24), "24"), (np.int8(1), "300"), (np.datetime64(1, "s"), "1"), (24, "24"),
    (np.int64(24), "x"), (np.longdouble(1), "1.0"), (np.complex128(1), "(1+0j)"), ([24], "[24]"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "literal"), OTHER, ids=repr)
def test_no_other_literal_tells_it(value: Any, literal: str) -> None:
    assert not is_scalar_of(encode(value), literal)


@given(st.integers(-128, 127))
def test_any_byte_order_holds(number: int) -> None:
    data = ["npscalar", encode(np.array(number, dtype=">i4"))[1]]
    assert is_scalar_of(data, str(number))
    assert decode(data) == struct.unpack(">i", struct.pack(">i", number))[0]


@pytest.mark.parametrize("data", [None, 5, [], ["npscalar"], ["npscalar", [1, 2, 3]], {"a": 1}])
def test_odd_data_is_no_scalar(data: Any) -> None:
    assert not is_scalar_of(data, "1")
