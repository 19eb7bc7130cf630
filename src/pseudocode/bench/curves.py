"""Solve rate over generated tokens: as SVG, and in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from xml.sax.saxutils import escape

from pseudocode.bench.summary import Standing, Summary
from pseudocode.inert import one_line

WIDTH, HEIGHT = 760, 420
LEFT, TOP, RIGHT, BOTTOM = 60, 40, 150, 50
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's, which can be told apart by everybody."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Between the lines of a plot; the smallest is taken that needs no more than `LINES`."""
LINES, QUARTERS = 6, 4
_STYLE = "font-family='sans-serif' font-size='12' fill='#333'"


def draw(summary: Summary) -> str:
    """The curves as SVG: correct tasks as a line, those that only seem solved dashed."""
    frame = _Frame(summary)
    what = "correct" if summary.hidden else "solved"
    heading = f"{summary.suite}, {summary.model}: tasks that are {what} within so many tokens"
    parts = [_text(LEFT, 22, heading), *frame.axes()]
    for index, standing in enumerate(summary.standings):
        colour = COLOURS[index % len(COLOURS)]
        parts += frame.curves(standing, colour, summary.hidden)
        parts += _legend(standing.policy, colour, index)
    if summary.hidden:
        y = TOP + 20 * len(summary.standings) + 10
        parts.append(_text(WIDTH - RIGHT + 12, y, "dashed: visible tests"))
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}'"
        f" width='{WIDTH}' height='{HEIGHT}'>\n"
        f"<rect width='100%' height='100%' fill='white'/>\n{body}\n</svg>\n"
    )


class _Frame:
    """Where points go."""

    def __init__(self, summary: Summary) -> None:
        self._last = summary.budget
        highest = max((p.solved for s in summary.standings for p in s.curve), default=0.0)
        self._step = next((step for step in STEPS if step * LINES >= highest), STEPS[-1])
        self._top = self._step * max(1, math.ceil(highest / self._step))

    def x(self, tokens: float) -> float:
        return round(LEFT + tokens / self._last * (WIDTH - LEFT - RIGHT), 1)

    def y(self, rate: float) -> float:
        return round(HEIGHT - BOTTOM - rate / self._top * (HEIGHT - TOP - BOTTOM), 1)

    def axes(self) -> list[str]:
        parts = []
        right, bottom = self.x(self._last), self.y(0)
        for number in range(round(self._top / self._step) + 1):
            y = self.y(number * self._step)
            parts.append(f"<path d='M{LEFT} {y}H{right}' stroke='#ddd'/>")
            parts.append(_text(LEFT - 6, y + 4, f"{number * self._step:.0%}", "end"))
        for number in range(QUARTERS + 1):
            tokens = self._last * number / QUARTERS
            parts.append(_text(self.x(tokens), bottom + 18, f"{tokens:,.0f}", "middle"))
        middle = (LEFT + right) / 2
        parts.append(_text(middle, bottom + 38, "generated tokens of a task", "middle"))
        return [*parts, f"<path d='M{LEFT} {TOP}V{bottom}H{right}' fill='none' stroke='#333'/>"]

    def curves(self, standing: Standing, colour: str, hidden: bool) -> list[str]:
        solved = [(p.tokens, p.solved) for p in standing.curve]
        if not hidden:
            return [self._line(solved, colour)]
        correct = [(p.tokens, p.correct) for p in standing.curve]
        dashed = " stroke-dasharray='4 4' stroke-opacity='0.6'"
        return [self._line(solved, colour, dashed), self._line(correct, colour)]

    def _line(self, points: Sequence[tuple[int, float]], colour: str, more: str = "") -> str:
        told = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        return f"<polyline points='{told}' fill='none' stroke='{colour}' stroke-width='2'{more}/>"


def _legend(name: str, colour: str, index: int) -> list[str]:
    x, y = WIDTH - RIGHT + 12, TOP + 20 * index + 4
    line = f"<path d='M{x} {y - 4}h20' stroke='{colour}' stroke-width='3'/>"
    return [line, _text(x + 26, y, name)]


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    shown = escape(one_line(text, 100))
    return f"<text x='{x}' y='{y}' text-anchor='{anchor}' {_STYLE}>{shown}</text>"


def in_terminal(summary: Summary, width: int) -> str:
    """The curves in characters; a hint where what draws them is not installed."""
    if find_spec("plotille") is None:
        return "a plot in the terminal needs plotille: pip install 'pseudocode-tui[bench]'"
    import plotille

    figure = plotille.Figure()
    figure.width, figure.height = max(20, min(width - 24, 100)), 16
    figure.set_x_limits(min_=0, max_=summary.budget)
    highest = max((p.solved for s in summary.standings for p in s.curve), default=0.0)
    figure.set_y_limits(min_=0, max_=highest or 1.0)
    figure.x_label, figure.y_label = "tokens", "correct" if summary.hidden else "solved"
    figure.color_mode = "byte"
    figure.register_label_formatter(float, _label)
    for index, standing in enumerate(summary.standings):
        points = standing.curve
        rates = [p.correct if summary.hidden else p.solved for p in points]
        marker = chr(ord("a") + index % 26)
        tokens = [float(p.tokens) for p in points]
        figure.plot(tokens, rates, label=one_line(standing.policy, 40), marker=marker)
    return str(figure.show(legend=True))


def _label(number: float, chars: int, *_args: object, **_more: object) -> str:
    text = f"{number:.2f}" if number < 1 else f"{number:.0f}"
    return text.rjust(chars)
