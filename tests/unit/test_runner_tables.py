from __future__ import annotations

import datetime
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudocode.runner.encoding import Unencodable, decode, encode, is_plain
from tests.unit.mutation import mutated

np: Any = pytest.importorskip("numpy")
pd: Any = pytest.importorskip("pandas")
MANY = 60
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "UTC+03:30"]


def crossed(value: object) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


def assert_same(again: Any, value: Any) -> None:
    assert type(again) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(again, value, check_freq=True, check_exact=True)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(again, value, check_freq=True, check_exact=True)
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(again, value, exact=True)
        assert getattr(again, "freq", None) == getattr(value, "freq", None)
    assert repr(again) == repr(value)


numbers = st.integers(-100, 100)
texts = st.none() | st.text(max_size=4)
moments = st.datetimes(datetime.datetime(1800, 1, 1), datetime.datetime(2200, 1, 1))
labels = st.none() | numbers | st.floats() | texts | st.booleans()
objects = labels | st.lists(numbers, max_size=2)


def column(draw: Any, size: int, of: st.SearchStrategy[Any] = objects) -> Any:
    """A series of any kind that crosses, without name."""

    def some(of: st.SearchStrategy[Any]) -> Any:
        return draw(st.lists(of, min_size=size, max_size=size))

    kind = draw(st.sampled_from("ifobtTmMzdZ"))
    if kind == "i":
        return pd.Series(
            some(numbers), dtype=draw(st.sampled_from(["i8", "i1", "u2", "f4"])).replace("u2", "i2")
        )
    if kind == "f":
        return pd.Series(some(st.floats()), dtype="f8")
    if kind == "o":
        return pd.Series(some(of), dtype=object)
    if kind == "b":
        return pd.Series(some(st.booleans()), dtype=bool)
    if kind in "tT":
        return pd.Series(some(texts), dtype="str" if kind == "t" else "string")
    if kind == "M":
        return pd.Series(some(st.none() | st.booleans()), dtype="boolean")
    if kind == "m":
        masked = draw(st.sampled_from(["Int64", "Int8", "Float32"]))
        return pd.Series(some(st.none() | numbers), dtype=masked)
    unit = draw(st.sampled_from(["ns", "us", "s"]))
    made = pd.Series(some(st.none() | moments), dtype=f"M8[{unit}]")
    if kind == "z":
        return made.dt.tz_localize("UTC").dt.tz_convert(draw(st.sampled_from(ZONES)))
    return made - pd.Timestamp(0) if kind == "d" else made


@st.composite
def indexes(draw: Any, size: int) -> Any:
    kind = draw(st.sampled_from(["range", "one", "levels", "dates"]))
    if kind == "range":
        return pd.RangeIndex(3, 3 + 2 * size, 2, name=draw(texts))
    if kind == "dates":
        rule = draw(st.sampled_from(["D", "MS", "2h", "W-MON", "YE"]))
        return pd.date_range(
            "2024", periods=size, freq=rule, tz=draw(st.sampled_from([None, *ZONES]))
        )
    if kind == "one" or not size:
        return pd.Index(column(draw, size, labels), name=draw(texts))
    levels = [
        draw(st.lists(of, min_size=size, max_size=size)) for of in (numbers, st.text(max_size=2))
    ]
    return pd.MultiIndex.from_arrays(levels, names=[draw(texts), draw(numbers)])


@st.composite
def series(draw: Any) -> Any:
    size = draw(st.integers(0, 4))
    made = column(draw, size)
    made.index = draw(indexes(size))
    made.name = draw(texts | numbers)
    return made


@st.composite
def frames(draw: Any) -> Any:
    rows, width = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    if not width:
        return pd.DataFrame(index=draw(indexes(rows)))
    made = pd.DataFrame({n: column(draw, rows) for n in range(width)})
    made.index, made.columns = draw(indexes(rows)), draw(indexes(width))
    return made


@settings(max_examples=MANY)
@given(st.integers(0, 4).flatmap(indexes))
def test_indexes_come_back_as_they_were(value: Any) -> None:
    assert_same(crossed(value), value)
    assert not is_plain(encode(value))


@settings(max_examples=MANY)
@given(series())
def test_series_come_back_as_they_were(value: Any) -> None:
    assert_same(crossed(value), value)


@settings(max_examples=MANY)
@given(frames())
def test_frames_come_back_as_they_were(value: Any) -> None:
    assert_same(crossed(value), value)


@given(moments, st.sampled_from([None, *ZONES]), st.sampled_from(["s", "ms", "us", "ns"]))
def test_moments_and_spans_come_back_as_they_were(
    moment: datetime.datetime, zone: str | None, unit: str
) -> None:
    value = pd.Timestamp(moment).as_unit("us").as_unit(unit, round_ok=True)
    value = value if zone is None else value.tz_localize("UTC").tz_convert(zone)
    span = pd.Timestamp(moment) - pd.Timestamp(0)
    for value_ in (value, span):
        again = crossed([value_])[0]
        assert type(again) is type(value_)
        assert (again, again.unit, repr(again)) == (
            value_,
            value_.unit,
            repr(value_),
        )


EXACT = [
    pd.NaT, pd.NA, [pd.NA, {"a": pd.NaT}], pd.DataFrame(), pd.DataFrame(columns=["a"]),
    pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame({"a": [1]}, index=[("x",)]),
    pd.Series([pd.Timestamp("2024")], dtype=object), pd.Series({"a": [1], "b": None}),
    pd.Series([1.5, None]), pd.timedelta_range("1h", periods=2), pd.RangeIndex(0),
    pd.Timestamp("2024-10-27 00:30", tz="UTC").tz_convert("Europe/Berlin"),
    pd.Timestamp("2024-10-27 01:30", tz="UTC").tz_convert("Europe/Berlin"),
]  # fmt: skip


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_odd_values_come_back_exactly(value: Any) -> None:
    again = crossed(value)
    assert_same(again, value)
    if value is pd.NaT or value is pd.NA:
        assert again is value


class Sly(pd.DataFrame):  # type: ignore[misc]
    __module__ = "pandas"

    def __repr__(self) -> str:
        return "   a\n0  1"


class Fake:
    """Says that it is a table, of pandas."""

    __module__ = "pandas"
    __class__ = pd.DataFrame


FALSE_UTC = datetime.timezone(datetime.timedelta(hours=1), "UTC")
HOLIDAYS = pd.offsets.CustomBusinessDay(holidays=["2024-01-02"])
REFUSED = {
    "subclass": Sly({"a": [1]}),
    "fake": Fake(),
    "category": pd.Series(["a"], dtype="category"),
    "category index": pd.CategoricalIndex(["a"]),
    "period": pd.Period("2024"),
    "period column": pd.Series(pd.period_range("2024", periods=2)),
    "interval": pd.interval_range(0, 2),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 1])),
    "objects": pd.Series([object()]),
    "long": pd.RangeIndex(10**12),
    "zone": pd.Timestamp("2024", tz=datetime.timezone(datetime.timedelta(hours=1), "X")),
    "false name": pd.Timestamp("2024", tz=FALSE_UTC),
    "false name of a column": pd.Series([pd.Timestamp("2024", tz=FALSE_UTC)]),
    "holidays": pd.date_range("2024", periods=2, freq=HOLIDAYS),
    "offset": pd.offsets.Day(1),
    "group": pd.DataFrame({"a": [1]}).groupby("a"),
}  # fmt: skip


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_cannot_cross_exactly_does_not_cross(value: object) -> None:
    with pytest.raises(Unencodable):
        encode(value)


DAYS = encode(pd.date_range("2024", periods=2))[1][0]
ONES = encode(np.array([1, 2]))
ROWS = encode(pd.RangeIndex(2))


@pytest.mark.parametrize(
    "data",
    [
        ["Series", []],
        ["Series", [["numpy", ONES], ["list", [None, True]], None]],
        ["Series", [["numpy", ONES], encode(pd.RangeIndex(3)), None]],
        ["Series", [["numpy", ONES], ROWS, ["list", []]]],
        ["Series", [["numpy", encode(np.array(["a", "b"]))], ROWS, None]],
        ["Series", [["masked", ["object", ONES, ONES]], ROWS, None]],
        ["Series", [["masked", ["Int8", ONES, ONES]], ROWS, None]],
        ["Series", [["text", ["str", "nowhere", ["a", "b"]]], ROWS, None]],
        ["Series", [["other", ONES], ROWS, None]],
        ["DataFrame", [encode(pd.Index(["a", "b"])), ROWS, [["numpy", ONES]]]],
        ["DataFrame", [ROWS, encode(pd.RangeIndex(3)), [["numpy", ONES]] * 2]],
        ["RangeIndex", [["range", ["0x0", "0x" + "f" * 60, "0x1"]], None]],
        ["RangeIndex", [["list", []], None]],
        ["RangeIndex", [["range", ["0x0", "0xffffffffff", "0x1"]], None]],
        ["DatetimeIndex", [DAYS, None, "h"]],
        ["DatetimeIndex", [DAYS, None, "(yes)"]],
        ["DatetimeIndex", [["numpy", ONES], None, "D"]],
        ["DatetimeIndex", [["zoned", ["dateutil//dev/zero", DAYS[1]]], None, None]],
        ["DatetimeIndex", [["zoned", ["../../x", DAYS[1]]], None, None]],
        ["MultiIndex", []],
        ["MultiIndex", [[["numpy", ONES], None], [["object", [None]], None]]],
        ["Timestamp", [encode(np.timedelta64(1, "s")), None]],
        ["Timestamp", ["2024", None]],
        ["Timestamp", [encode(np.datetime64(1, "s")), "dateutil//dev/zero"]],
        ["Timestamp", [encode(np.datetime64(1, "s")), "tzlocal()"]],
        ["Timedelta", "1h"],
        ["Timedelta", ONES],
        ["read_pickle", "/etc/passwd"],
    ],
    ids=lambda data: repr(data)[:60],
)  # fmt: skip
def test_tables_not_of_our_making_are_refused(data: Any) -> None:
    with pytest.raises(Unencodable):
        decode(data)


@settings(max_examples=MANY)
@given(series() | frames(), st.data())
def test_encodings_that_were_changed_decode_or_are_refused(value: Any, data: st.DataObject) -> None:
    changed = mutated(json.loads(json.dumps(encode([value]))), data.draw)
    with suppress(Unencodable):
        decode(changed)
