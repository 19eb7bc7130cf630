"""Series, frames, indexes and moments of pandas, by way of arrays.

pandas is imported only where data of it is at hand. What cannot cross exactly does not cross.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from pseudocode.runner.bounds import MAX_BYTES, Unencodable, described
from pseudocode.runner.containers import Inner

# Of other forms of names, pandas would open files.
_ZONE = re.compile(r"(?!dateutil)[A-Za-z0-9_+:-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2}")
_FREQUENCY = re.compile(r"-?\d{0,6}[A-Za-z]{1,4}(-[A-Z]{3})?")
_MASKED = re.compile(r"U?Int(8|16|32|64)|Float(32|64)|boolean")


def write_table(value: Any, inner: Inner) -> list[Any] | None:
    """The value as tag and payload; None when it is of another type.

    Raises:
        Unencodable: When it holds what does not cross.
    """
    pandas: Any = sys.modules.get("pandas")
    if pandas is None:
        return None
    for singleton in ("NaT", "NA"):
        if value is getattr(pandas, singleton):
            return [singleton, None]
    for name, (write, _) in _KINDS.items():
        if type(value) is getattr(pandas, name):
            return [name, write(pandas, value, inner)]
    return None


def read_table(name: str, payload: Any, inner: Inner) -> Any:
    """The value that `write_table` was given.

    Raises:
        Exception: Any, when the payload is not of our making.
    """
    if name not in _KINDS and name not in ("NaT", "NA"):
        raise Unencodable("malformed answer: of no known kind")
    import pandas

    if name in _KINDS:
        return _KINDS[name][1](pandas, payload, inner)
    return getattr(pandas, name)


def _write_timestamp(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    return [inner(value.to_datetime64()), _zone(pandas, value.tz)]


def _read_timestamp(pandas: Any, payload: Any, inner: Inner) -> Any:
    moment, zone = payload
    made = pandas.Timestamp(_of_kind(inner(moment), "M"))
    return made if zone is None else made.tz_localize("UTC").tz_convert(_checked(zone, _ZONE))


def _write_timedelta(_: Any, value: Any, inner: Inner) -> Any:
    return inner(value.to_timedelta64())


def _read_timedelta(pandas: Any, payload: Any, inner: Inner) -> Any:
    return pandas.Timedelta(_of_kind(inner(payload), "m"))


def _of_kind(scalar: Any, kind: str) -> Any:
    if scalar.dtype.kind != kind or scalar.ndim:
        raise Unencodable("malformed answer: no moment and no span of time")
    return scalar


def _write_series(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    return [_column(pandas, value, inner), inner(value.index), inner(value.name)]


def _read_series(pandas: Any, payload: Any, inner: Inner) -> Any:
    column, index, name = payload
    return _series(pandas, column, inner, _index(pandas, index, inner), inner(name))


def _series(pandas: Any, column: Any, inner: Inner, index: Any = None, name: Any = None) -> Any:
    values, dtype = _values(pandas, column, inner)
    made = pandas.Series(values, index=index, dtype=dtype, name=name)
    return _exact(made, dtype)


def _exact(made: Any, dtype: Any) -> Any:
    if made.dtype != dtype:
        raise Unencodable("malformed answer: a column of another dtype")
    return made


def _index(pandas: Any, data: Any, inner: Inner) -> Any:
    index = inner(data)
    if not isinstance(index, pandas.Index):
        raise Unencodable("malformed answer: no index")
    return index


def _write_frame(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    columns = [_column(pandas, value.iloc[:, n], inner) for n in range(value.shape[1])]
    return [inner(value.columns), inner(value.index), columns]


def _read_frame(pandas: Any, payload: Any, inner: Inner) -> Any:
    names, rows, columns = payload
    heads, index = _index(pandas, names, inner), _index(pandas, rows, inner)
    if not columns:
        return pandas.DataFrame(index=index, columns=heads)
    made = pandas.DataFrame({n: _series(pandas, c, inner) for n, c in enumerate(columns)})
    made.index, made.columns = index, heads
    return made


def _write_range(_: Any, value: Any, inner: Inner) -> list[Any]:
    if len(value) > MAX_BYTES:
        raise Unencodable("the answer is too large")
    return [inner(range(value.start, value.stop, value.step)), inner(value.name)]


def _read_range(pandas: Any, payload: Any, inner: Inner) -> Any:
    numbers, name = map(inner, payload)
    if len(numbers) > MAX_BYTES:
        raise Unencodable("malformed answer: an index that is too long")
    return pandas.RangeIndex(numbers, name=name)


def _write_index(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    return [_column(pandas, value, inner), inner(value.name)]


def _read_index(pandas: Any, payload: Any, inner: Inner) -> Any:
    column, name = payload
    values, dtype = _values(pandas, column, inner)
    return _exact(pandas.Index(values, dtype=dtype, name=inner(name)), dtype)


def _write_timed(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    offsets = pandas.tseries.frequencies
    known = value.freqstr
    if known is not None and (
        not _FREQUENCY.fullmatch(known) or offsets.to_offset(known) != value.freq
    ):
        raise Unencodable("an index with a frequency of its own", value)
    return [*_write_index(pandas, value, inner), known]


def _read_timed(pandas: Any, payload: Any, inner: Inner) -> Any:
    column, name, frequency = payload
    made = _read_index(pandas, [column, name], inner)
    if not isinstance(made, pandas.DatetimeIndex | pandas.TimedeltaIndex):
        raise Unencodable("malformed answer: no index of moments or spans")
    made.freq = _checked(frequency, _FREQUENCY)
    return made


def _write_levels(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    bare = value.set_names([None] * value.nlevels)  # a name may be the number of another level
    levels = [_column(pandas, bare.get_level_values(n), inner) for n in range(value.nlevels)]
    return [[level, inner(name)] for level, name in zip(levels, value.names, strict=True)]


def _read_levels(pandas: Any, payload: Any, inner: Inner) -> Any:
    levels = [_read_index(pandas, level, inner) for level in payload]
    return pandas.MultiIndex.from_arrays(levels, names=[level.name for level in levels])


def _column(pandas: Any, value: Any, inner: Inner) -> list[Any]:
    """The values of a series or index, with their dtype."""
    dtype = value.dtype
    if str(dtype) == "object":
        return ["object", [inner(item) for item in value.to_numpy()]]
    if type(dtype).__module__.partition(".")[0] == "numpy":
        return ["numpy", inner(value.to_numpy())]
    if type(dtype) is pandas.DatetimeTZDtype:
        moments = pandas.DatetimeIndex(value).tz_convert("UTC").tz_localize(None)
        return ["zoned", [_zone(pandas, dtype.tz), inner(moments.to_numpy())]]
    missing = value.isna()
    if type(dtype) is pandas.StringDtype and str(dtype) in ("str", "string"):
        texts = [inner(None if gone else text) for text, gone in zip(value, missing, strict=True)]
        return ["text", [str(dtype), dtype.storage, texts]]
    if _MASKED.fullmatch(str(dtype)) and hasattr(dtype, "numpy_dtype"):
        data = value.array.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return ["masked", [str(dtype), inner(data), inner(value.array.isna())]]
    raise Unencodable(f"an answer of type {described(type(value))} of {dtype}", value)


def _values(pandas: Any, column: Any, inner: Inner) -> tuple[Any, Any]:
    """The values of an encoded column, and the dtype that they must be given."""
    kind, payload = column
    if kind == "object":
        return _objects([inner(item) for item in payload]), pandas.Series([], dtype=object).dtype
    if kind == "numpy":
        array = inner(payload)
        return array, array.dtype
    if kind == "zoned":
        zone, moments = payload
        made = pandas.DatetimeIndex(inner(moments)).tz_localize("UTC")
        made = made.tz_convert(_checked(zone, _ZONE))
        return made, made.dtype
    if kind == "text":
        name, storage, texts = payload
        dtype = _text_dtype(pandas, name, storage)
        return _objects([inner(text) for text in texts]), dtype
    name, data, mask = payload
    if kind != "masked" or not _MASKED.fullmatch(name):
        raise Unencodable("malformed answer: no column")
    dtype = pandas.api.types.pandas_dtype(name)
    return dtype.construct_array_type()(inner(data), inner(mask)), dtype


def _text_dtype(pandas: Any, name: str, storage: str) -> Any:
    if name == "string":
        return pandas.StringDtype(storage)
    return pandas.StringDtype(storage, na_value=float("nan"))


def _objects(items: list[Any]) -> Any:
    import numpy

    made = numpy.empty(len(items), dtype=object)
    for place, item in enumerate(items):  # a slice would spread what is a list itself
        made[place] = item
    return made


def _zone(pandas: Any, zone: Any) -> str | None:
    """The name of a time zone, where pandas finds the same zone under this name."""
    if zone is None:
        return None
    name = str(zone)
    if not _ZONE.fullmatch(name) or pandas.DatetimeTZDtype("ns", name).tz != zone:
        raise Unencodable("a time zone of its own", zone)
    return name


def _checked(text: str | None, form: re.Pattern[str]) -> str | None:
    if text is not None and not form.fullmatch(text):
        raise Unencodable("malformed answer: an odd name")
    return text


_KINDS: dict[str, tuple[Callable[[Any, Any, Inner], Any], Callable[[Any, Any, Inner], Any]]] = {
    "Series": (_write_series, _read_series),
    "DataFrame": (_write_frame, _read_frame),
    "RangeIndex": (_write_range, _read_range),
    "DatetimeIndex": (_write_timed, _read_timed),
    "TimedeltaIndex": (_write_timed, _read_timed),
    "MultiIndex": (_write_levels, _read_levels),
    "Index": (_write_index, _read_index),
    "Timestamp": (_write_timestamp, _read_timestamp),
    "Timedelta": (_write_timedelta, _read_timedelta),
}
