"""The report of a bench: tables as text, the same as data, and where they go."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pseudocode.bench.curves import draw
from pseudocode.bench.results import Results
from pseudocode.bench.statistics import Interval
from pseudocode.bench.summary import Standing, Summary, plain, summarise
from pseudocode.cost import in_dollars
from pseudocode.errors import StoreError
from pseudocode.inert import one_line

NOTE = (
    "In brackets: 95 % intervals, by a bootstrap over tasks and their seeds. False accepts are the"
    " share of accepted code that fails the hidden tests. Tokens and seconds are means of a run."
)


def write_report(folder: Path) -> list[Summary]:
    """Make the report of a folder anew: `report.md`, `report.json`, and a plot for each summary.

    Raises:
        StoreError: When there are no results, or files cannot be read or written.
    """
    summaries = summarise(Results(folder).read().values())
    if not summaries:
        raise StoreError(f"there are no results of a bench in {folder}")
    pictures = {_picture(number): draw(each) for number, each in enumerate(summaries)}
    texts = {
        "report.md": as_markdown(summaries),
        "report.json": json.dumps(as_data(summaries), indent=1) + "\n",
        **pictures,
    }
    for name, text in texts.items():
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{folder / name} cannot be written: {error.strerror}") from None
    return summaries


def as_data(summaries: Sequence[Summary]) -> list[Any]:
    """The summaries as values for JSON."""
    return [plain(_fields(summary)) for summary in summaries]


def as_markdown(summaries: Sequence[Summary]) -> str:
    """All tables, as Markdown that can be read as it stands."""
    parts = []
    for number, summary in enumerate(summaries):
        parts += [f"## {title(summary)}", *tables(summary), f"![Curves]({_picture(number)})"]
    return "\n\n".join(["# Bench", *parts, NOTE]) + "\n"


def title(summary: Summary) -> str:
    """What was measured, on one line."""
    return one_line(
        f"{summary.suite}: {summary.tasks} tasks, {summary.seeds} seeds,"
        f" {summary.budget:,} generated tokens a task, model {summary.model}",
        500,
    )


def tables(summary: Summary) -> list[str]:
    """The policies, the policies against each other, and what was reached by each round."""
    head = ["policy", "runs", "solved", "correct", "false accepts", "generated", "prompt"]
    rows = [_row(standing) for standing in summary.standings]
    found = [_table([*head, "seconds", "cost"], rows)]
    if summary.ratios and summary.hidden:
        against = [
            [one_line(r.policy), one_line(r.other), _interval(r.times, _times), str(r.runs)]
            for r in summary.ratios
        ]
        found.append(_table(["policy", "against", "correct tasks", "runs"], against))
    by_round = [
        [
            one_line(standing.policy),
            str(each.number),
            str(each.seen),
            _interval(each.solved, _percent),
            _interval(each.correct, _percent),
            _interval(each.false_accepts, _percent),
            _interval(each.generated, _count),
        ]
        for standing in summary.standings
        for each in standing.rounds
    ]
    head = ["policy", "by round", "runs in it", "solved", "correct", "false accepts", "generated"]
    return [*found, _table(head, by_round)]


def _row(standing: Standing) -> list[str]:
    dollars = standing.dollars
    return [
        one_line(standing.policy),
        str(standing.runs),
        _interval(standing.solved, _percent),
        _interval(standing.correct, _percent),
        _interval(standing.false_accepts, _percent),
        _interval(standing.generated, _count),
        _interval(standing.prompted, _count),
        _interval(standing.seconds, lambda number: f"{number:.1f}"),
        "unknown" if dollars is None else in_dollars(dollars),
    ]


def _interval(interval: Interval, form: Callable[[float], str]) -> str:
    if math.isnan(interval.value):
        return "-"
    return f"{form(interval.value)} [{form(interval.low)}, {form(interval.high)}]"


def _percent(number: float) -> str:
    return "?" if math.isnan(number) else f"{number:.1%}"


def _count(number: float) -> str:
    return "?" if math.isnan(number) else f"{number:,.0f}"


def _times(number: float) -> str:
    return "∞" if math.isinf(number) else f"{number:.2f}×"


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as they have to be."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _picture(number: int) -> str:
    return f"curves{'' if not number else f'-{number + 1}'}.svg"


def _fields(summary: Summary) -> dict[str, Any]:
    """As nested values; what is a named tuple keeps its names."""
    told = {f.name: getattr(summary, f.name) for f in fields(summary)}
    told["standings"] = [
        {f.name: getattr(each, f.name) for f in fields(each)} for each in summary.standings
    ]
    return told
