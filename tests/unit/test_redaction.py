from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pseudocode.providers.redaction import STARS, Redaction, Stream, basic

KEY = "sk-very-secret-4711"
LOGIN = "someone:p%40ssw0rd-4712"


def streamed(pieces: list[str], redaction: Redaction) -> str:
    stream = Stream(redaction)
    return "".join([*map(stream.take, pieces), stream.rest()])


@pytest.mark.parametrize("secret", [KEY, "p%40ssw0rd-4712", "p@ssw0rd-4712", basic(LOGIN)])
def test_every_form_of_a_secret_is_struck_out(secret: str) -> None:
    assert Redaction(KEY, LOGIN)(f"a {secret} b{secret}") == f"a {STARS} b{STARS}"


def test_names_and_hosts_are_no_secrets() -> None:
    assert Redaction(KEY, LOGIN)("someone at sk-very.example") == "someone at sk-very.example"


@pytest.mark.parametrize(("key", "login"), [("", ""), ("none", "me:x"), ("ollama", ":"), ("", "a")])
def test_what_guards_nothing_is_left_in_the_text(key: str, login: str) -> None:
    text = "none of ollama's examples: a x"
    assert Redaction(key, login)(text) == text
    assert streamed(list(text), Redaction(key, login)) == text


@given(st.lists(st.text("sk-very4711 x", max_size=6) | st.sampled_from([KEY, KEY[:9], KEY[9:]])))
@example(list(f"a{KEY}b"))
@example([f"s{KEY}", KEY[:-1]])
def test_however_text_is_cut_no_secret_comes_through(pieces: list[str]) -> None:
    redaction, whole = Redaction(KEY, LOGIN), "".join(pieces)
    told = streamed(pieces, redaction)
    assert KEY not in told
    assert not told.endswith(KEY[:8])
    if told.endswith(STARS) and not redaction(whole).endswith(STARS):
        assert redaction(whole).startswith(told.removesuffix(STARS))
    else:
        assert told == redaction(whole)


def test_text_is_held_back_only_where_a_secret_may_begin() -> None:
    stream = Stream(Redaction(KEY, ""))
    assert [stream.take(piece) for piece in ("def f", "(s", "k", "ip):", "sk-v")] == [
        "def f",
        "(",
        "",
        "skip):",
        "",
    ]
    assert stream.rest() == "sk-v"
    assert stream.rest() == ""
