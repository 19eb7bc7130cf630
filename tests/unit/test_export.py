"""Transcripts: everything is in them, and nothing in them can act."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from pseudocode.events import Commented, Event, ReplyReceived
from pseudocode.export.html import as_html
from pseudocode.export.markdown import as_markdown
from pseudocode.export.text import as_text
from pseudocode.export.transcript import entries
from pseudocode.inert import visible
from tests.making import MINUS, RIGHT, round_of, session_of

HOSTILE = "</pre><script>alert(1)</script>\n````\n# [x](javascript:1) \x1b]52;c;x\x07 \u202e | `a`"


def events(said: str = "shorter, please") -> list[Event]:
    session = session_of(approval="person")
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text=said))
    round_of(session, RIGHT, "3", "7", reason="comment")
    return session.events


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_form_tells_what_happened() -> None:
    lines = "\n".join(as_text(events()))
    for text in (lines, as_markdown("s", events()), Page(as_html("s", events())).text):
        assert "return a - b" in text
        assert "return a + b" in text
        assert "shorter, please" in text
        assert "0 of 2 examples pass" in text
        assert "2 of 2 examples pass" in text
        assert "add" in text
        assert "-1" in text
    assert "expected 3, got -1" in lines
    assert "prompt 2" not in lines
    assert "prompt 2" in "\n".join(as_text(events(), whole=True))
    assert "prompt 2" in as_markdown("s", events())


def test_nothing_in_them_can_act() -> None:
    page = Page(as_html(HOSTILE, events(HOSTILE)))
    assert "script" not in page.tags
    assert not {a for a in page.attributes if a.startswith("on")} | page.attributes & {"src"}
    assert "alert(1)" in page.text
    for text in (
        "\n".join(as_text(events(HOSTILE))),
        as_markdown(HOSTILE, events(HOSTILE)),
        as_html(HOSTILE, events(HOSTILE)),
    ):
        assert not re.search("[\x1b\x07\u202e]", text)
    assert "[x](javascript" not in as_markdown("s", events(HOSTILE))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_an_answer_of_any_text_is_whole_in_each(text: str) -> None:
    session = session_of()
    round_of(session, RIGHT)
    session.append(ReplyReceived(candidate=0, text=f"x{text}x", finish="stop"))
    shown = visible(f"x{text}x")
    assert shown in Page(as_html("s", session.events)).text
    markdown = as_markdown("s", session.events)
    fence = re.findall("^(`{3,})markdown$", markdown, re.MULTILINE)[-1]
    assert f"{fence}markdown\n{shown}\n{fence}" in markdown
    assert fence not in shown


def test_what_the_model_reasoned_stands_apart_from_its_answer() -> None:
    replied = ReplyReceived(
        candidate=0,
        text="x",
        finish="stop",
        reasoning="first this",
        completion_tokens=30,
        cached_tokens=1200,
        seconds=2.0,
        first_token_seconds=0.5,
        retries=("it answered 500",),
        warning="only a part was read",
    )
    (entry,) = entries([replied])
    assert entry.headline.split("\n") == [
        "asked again: it answered 500",
        "answer 1: 30 tokens in 2.0 s, 20 a second, 1,200 of the prompt cached",
        "! only a part was read",
    ]
    assert entry.tone == "warning"
    assert [detail.caption for detail in entry.details] == ["reasoning", "answer 1"]
