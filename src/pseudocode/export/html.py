"""A recorded session as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from pseudocode.events import Case, Event
from pseudocode.export.text import SIGNS
from pseudocode.export.transcript import Detail, Entry, entries
from pseudocode.inert import visible

_OPEN = ("declaration", "code", "notes")
"""What is to be seen at once; prompts and answers unfold."""
_STYLE = """\
:root { color-scheme: light dark; --quiet: #666; --good: #176f2c; --bad: #b3261e; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --quiet: #999; --good: #6fd08c; --bad: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
p { margin: .8rem 0 .3rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); } .good { color: var(--good); }
.bad, .warning { color: var(--bad); } .person { font-weight: bold; }
pre { overflow-x: auto; padding: .7rem; border: 1px solid var(--line); border-radius: .4rem; }
pre, td { font: 14px/1.45 ui-monospace, monospace; }
summary { cursor: pointer; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .15rem .6rem; border-top: 1px solid var(--line);
  vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def as_html(name: str, events: Iterable[Event]) -> str:
    """The whole session.

    Args:
        name: Of the session, for the title.
        events: The recording.
    """
    title = escape(visible(name))
    dark = f"@media (prefers-color-scheme: dark) {{\n{_colours('github-dark')}\n}}"
    style = "\n".join([_STYLE, _colours("default"), dark])
    body = "\n".join(map(_section, entries(events)))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}\n</style>\n<h1>{title}</h1>\n{body}\n</html>\n"
    )


def _section(entry: Entry) -> str:
    headline = escape(entry.headline.strip("─ "))
    first = f"<h2>{headline}</h2>" if entry.tone == "round" else _paragraph(headline, entry.tone)
    return "\n".join([first, *map(_detail, entry.details), _table(entry.cases)]).rstrip()


def _paragraph(text: str, tone: str) -> str:
    return f'<p class="{tone}">{text}</p>'


def _detail(detail: Detail) -> str:
    lexer = get_lexer_by_name(detail.language)
    text = f"<pre>{highlight(detail.text, lexer, _formatter('default'))}</pre>"
    if detail.caption in _OPEN:
        return text
    return f"<details><summary>{escape(detail.caption)}</summary>\n{text}\n</details>"


def _formatter(style: str) -> HtmlFormatter[str]:
    options: dict[str, Any] = {"nowrap": True, "style": style}
    return HtmlFormatter(**options)


def _colours(style: str) -> str:
    rules: str = _formatter(style).get_style_defs("pre")  # type: ignore[no-untyped-call]
    return rules


def _table(cases: tuple[Case, ...]) -> str:
    if not cases:
        return ""
    head = "<tr><th></th><th>call</th><th>expected</th><th>got</th></tr>"
    return "\n".join(["<table>", head, *map(_row, cases), "</table>"])


def _row(case: Case) -> str:
    tone = "bad" if case.went_wrong else "good" if case.outcome == "passed" else "quiet"
    texts = (SIGNS[case.outcome], case.call, case.expected, case.error or case.got)
    cells = "".join(f"<td>{escape(visible(text))}</td>" for text in texts)
    return f'<tr class="{tone}">{cells}</tr>'
