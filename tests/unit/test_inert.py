from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.inert import one_line, visible

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
any_text = st.text(st.characters(exclude_categories=[])) | st.text(
    st.sampled_from("a\n\t\r\x1b\x07\x9b\u202e\u2066\u200b\ufeff\u2028\ud800\x00")
)


def is_harmful(character: str) -> bool:
    if character in "\n\t":
        return False
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")
        or unicodedata.bidirectional(character) in BIDI
    )


@given(any_text)
def test_no_control_or_direction_survives(text: str) -> None:
    assert not [c for c in visible(text) if is_harmful(c)]


INVISIBLE = (
    "\xad\u061c\u180e\u200b\u200d\u2060\u2064\u206a\u206f\ufeff\ufff9\ufffb"
    "\U000e0001\U000e0041\U000f0000\U0010fffd"
)


@pytest.mark.parametrize("character", INVISIBLE, ids=[f"U+{ord(c):04X}" for c in INVISIBLE])
def test_what_cannot_be_seen_is_spelled_out(character: str) -> None:
    assert visible(f"a{character}b") == f"a<U+{ord(character):04X}>b"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], include_characters="\n\t")))
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(any_text)
def test_making_visible_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("a\r\nb", "a\nb"),
        ("100%\rdone", "100%<U+000D>done"),
        ("x\u202ey", "x<U+202E>y"),
        ("\udcff", "<U+DCFF>"),
    ],
)
def test_what_is_spelled_out_names_the_character(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(any_text, st.integers(min_value=1, max_value=50))
def test_one_line_is_one_line_no_longer_than_asked(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1
    assert not [c for c in line if is_harmful(c)]


def test_a_cut_line_says_so() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
    assert one_line(" a\n  b\t c ") == "a b c"
