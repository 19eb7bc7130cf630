"""Valid encodings, changed in one place: nearer to what passes than chance gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "", "x", "0x1", "-0x1", 0, -1, 1 << 70, 1.5, [], {}, [[]], ["a", "b"],
     ["int", "0x1"], ["list", []], ["dict", []], ["float", "nan"], "<U1", "|O8", "<f8", "__class__"]
)  # fmt: skip


def mutated(data: Any, draw: Draw) -> Any:
    """The data with one part, anywhere within, replaced, doubled, dropped or shortened."""
    if isinstance(data, list) and data and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(data) - 1))
        return [*data[:place], mutated(data[place], draw), *data[place + 1 :]]
    changes: list[Any] = [draw(ODD)]
    if isinstance(data, list | str) and data:
        changes += [data[1:], data[:-1], data * 2, data[::-1]]
    return draw(st.sampled_from(changes))
