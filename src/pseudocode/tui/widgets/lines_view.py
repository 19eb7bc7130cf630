"""Lines, of which only those in sight are drawn: the list, the code and the conversation."""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from pseudocode.tui.wrapping import breaks

_KEPT_STRIPS = 500


class LinesView(ScrollView, can_focus=True):
    """A scrolling view of lines that a subclass holds, with a cursor on one of them.

    However many there are, a frame costs what is in sight. Lines that are too long go on below
    themselves; `wraps` turns that off.
    """

    DEFAULT_CSS = """
    LinesView { overflow-x: hidden; scrollbar-gutter: stable; }
    LinesView { text-wrap: nowrap; text-overflow: fold; }
    LinesView > .lines--cursor { background: $block-cursor-blurred-background; }
    LinesView:focus > .lines--cursor { background: $primary-muted; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="lines.up"),
        Binding("down", "move(1)", "Down", show=False, id="lines.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="lines.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="lines.page_down"),
        Binding("home", "edge(-1)", "First line", show=False, id="lines.first"),
        Binding("end", "edge(1)", "Last line", show=False, id="lines.last"),
        Binding("enter", "open", "Open", show=False, id="lines.open"),
    ]
    wraps = True
    wraps_words = False
    """Whether a long line breaks between words, as prose does."""
    always_shows_cursor = False
    """Whether the cursor shows without the focus."""

    class Moved(Message):
        """The cursor is on another line."""

        def __init__(self, view: LinesView, line: int) -> None:
            super().__init__()
            self.view = view
            self.line = line

        @property
        def control(self) -> LinesView:
            """Where."""
            return self.view

    class Opened(Moved):
        """The person wants more of a line."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.cursor = 0
        """The number of the line that the cursor is on, from 0."""
        self._firsts: list[int] = []
        """The row that each line begins in."""
        self._rows = 0
        self._width = 0
        self._strips: dict[tuple[int, bool], list[Strip]] = {}
        self._drawn_in: object = None

    # -- what a subclass says

    def count_lines(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def text_at(self, line: int) -> str:
        """What stands in a line, without tabs, escapes or line breaks."""
        raise NotImplementedError

    def content_at(self, line: int) -> Content:
        """The same as it looks."""
        return Content(self.text_at(line))

    @property
    def gutter_width(self) -> int:
        """Cells before each line."""
        return 0

    def gutter_at(self, line: int) -> Content:
        """What stands in them; it is never selected."""
        return Content()

    def style_at(self, line: int) -> str:
        """How the whole line is tinted; nothing is usual."""
        return ""

    def stops_at(self, line: int) -> bool:
        """Whether the cursor may be on a line."""
        return True

    # -- what it tells

    @property
    def shown_text(self) -> str:
        """All lines with what stands before them."""
        lines = range(self.count_lines())
        return "\n".join(f"{self.gutter_at(n)}{self.text_at(n)}" for n in lines)

    def lines_changed(self, since: int = 0, *, follow: bool = False) -> None:
        """Show lines anew.

        Args:
            since: The first line that is another one, or new.
            follow: Whether to go along with the end, if that is in sight.
        """
        at_end = follow and self.scroll_offset.y >= self.max_scroll_y
        self._measure(since)
        if since:
            for key in [key for key in self._strips if key[0] >= since]:
                del self._strips[key]
        else:
            self._strips.clear()
        # Not by the property: how much there is to scroll moves no other pane.
        self.set_reactive(LinesView.virtual_size, Size(self._width, self._rows))
        self._scroll_update(self.virtual_size)
        if at_end:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
        self.refresh()

    def line_changed(self, line: int) -> None:
        """Draw one line anew that takes the same room as before."""
        for key in ((line, True), (line, False)):
            self._strips.pop(key, None)
        if line < len(self._firsts):
            self.refresh_lines(self._firsts[line], self._height_of(line))

    def move_to(self, line: int, *, tell: bool = True) -> None:
        """Put the cursor on a line, or on the nearest that it may be on, and show it."""
        found = self._nearest(line, 1 if line >= self.cursor else -1)
        if found is None:
            return
        before, self.cursor = self.cursor, found
        self.line_changed(before)
        self.line_changed(found)
        self.show_line(found)
        if tell:
            self.post_message(self.Moved(self, found))

    def show_line(self, line: int) -> None:
        """Scroll as far as is needed for a line to be in sight."""
        if line >= len(self._firsts) or not self.size.height:
            return
        first = self._firsts[line]
        last = first + min(self._height_of(line), self.size.height) - 1
        top, height = self.scroll_offset.y, self.size.height
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif last >= top + height:
            self.scroll_to(y=last - height + 1, animate=False, force=True)

    # -- keys and mouse

    def action_move(self, by: int) -> None:
        """One line on or back; where the cursor does not show, the lines move."""
        if self._cursor_shows:
            found = self._nearest(self.cursor + by, by)
            if found is not None:
                self.move_to(found)

    def action_page(self, by: int) -> None:
        """A page on or back."""
        height = max(self.size.height - 1, 1)
        row = (self._firsts[self.cursor] if self._firsts else 0) + by * height
        self.move_to(self._line_of(max(0, min(row, self._rows - 1))))

    def action_edge(self, by: int) -> None:
        """To the first line or to the last."""
        self.move_to(self.count_lines() - 1 if by > 0 else 0)

    def action_open(self) -> None:
        """Tell that the person wants more of the line."""
        if self.count_lines():
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: Click) -> None:
        """Go to the line that is clicked."""
        inside = event.get_content_offset(self)
        if inside is None or event.button != 1:
            return
        row = inside.y + self.scroll_offset.y
        if row < self._rows and self.stops_at(line := self._line_of(row)):
            self.move_to(line)

    def on_focus(self) -> None:
        """The cursor comes out."""
        self.line_changed(self.cursor)

    def on_blur(self) -> None:
        """The cursor steps back."""
        self.line_changed(self.cursor)

    def on_resize(self, _: Resize) -> None:
        """Lines break elsewhere."""
        if self._room != self._width:
            top = self._line_of(self.scroll_offset.y) if self._firsts else 0
            at_end = self.scroll_offset.y >= self.max_scroll_y > 0
            self.lines_changed()
            if at_end:
                self.scroll_end(animate=False, immediate=True, x_axis=False)
            elif self._firsts:
                self.scroll_to(y=self._firsts[top], animate=False, force=True)

    # -- drawing

    @property
    def _cursor_shows(self) -> bool:
        return self.always_shows_cursor or self.has_focus

    @property
    def _room(self) -> int:
        """Cells that a row has, the scrollbar's always left free: lines must not jump."""
        return max(self.scrollable_content_region.width, 1)

    def _nearest(self, line: int, by: int) -> int | None:
        """The line itself or the next one in a direction, else in the other."""
        count = self.count_lines()
        if not count:
            return None
        line = max(0, min(line, count - 1))
        ahead = range(line, count) if by > 0 else range(line, -1, -1)
        behind = range(line, -1, -1) if by > 0 else range(line, count)
        return next((n for way in (ahead, behind) for n in way if self.stops_at(n)), None)

    def _measure(self, since: int) -> None:
        if self._room != self._width:
            since, self._width = 0, self._room
            self._strips.clear()
        count = self.count_lines()
        since = min(since, len(self._firsts), count)
        row = self._firsts[since] if since < len(self._firsts) else self._rows
        row = row if since else 0
        del self._firsts[since:]
        if self.wraps:
            for line in range(since, count):
                self._firsts.append(row)
                row += self._rows_for(line)
        else:
            self._firsts.extend(range(since, count))
            row = count
        self._rows = row
        self.cursor = max(0, min(self.cursor, count - 1))

    def _rows_for(self, line: int) -> int:
        room = max(self._width - self.gutter_width, 2)
        return len(breaks(self.text_at(line), room, words=self.wraps_words)) + 1

    def _height_of(self, line: int) -> int:
        end = self._firsts[line + 1] if line + 1 < len(self._firsts) else self._rows
        return end - self._firsts[line]

    def _line_of(self, row: int) -> int:
        return max(bisect_right(self._firsts, row) - 1, 0)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        row = self.scroll_offset.y + y
        if row >= self._rows or self.count_lines() != len(self._firsts):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        line = self._line_of(row)
        strips = self._strips_of(line)
        return strips[min(row - self._firsts[line], len(strips) - 1)]

    def _strips_of(self, line: int) -> list[Strip]:
        drawn_in = (self.app.theme, self.app.ansi_color, self.visual_style)
        if drawn_in != self._drawn_in or len(self._strips) > _KEPT_STRIPS:
            self._strips.clear()
            self._drawn_in = drawn_in
        key = (line, line == self.cursor and self._cursor_shows)
        if key not in self._strips or self.text_selection is not None:
            self._strips[key] = self._draw(*key)
        return self._strips[key]

    def _draw(self, line: int, has_cursor: bool) -> list[Strip]:
        style = self.get_visual_style("lines--cursor") if has_cursor else self.visual_style
        if not has_cursor and (tint := self.style_at(line)):
            style += self._get_style(tint)
        room = max(self._width - self.gutter_width, 2)
        content = self._selected(line, self.content_at(line))
        if self.wraps:
            parts = content.divide(breaks(content.plain, room, words=self.wraps_words))
        else:
            parts = [content.truncate(room, ellipsis=True)]
        gutter, blank = self.gutter_at(line), Content(" " * self.gutter_width)
        drawn, at = [], 0
        for part in parts:
            shown = part.rstrip() or Content(" ")
            strips = [self._drawn(shown, room, style).apply_offsets(at, line)]
            if self.gutter_width:
                before = blank if at else gutter
                strips.insert(0, self._drawn(before, self.gutter_width, style))
            drawn.append(Strip.join(strips).extend_cell_length(self.size.width, style.rich_style))
            at += len(part)
        return drawn

    def _drawn(self, content: Content, width: int, style: Style) -> Strip:
        (strip,) = Visual.to_strips(self, content, width, 1, style, apply_selection=False)
        return strip

    def _selected(self, line: int, content: Content) -> Content:
        selection = self.text_selection
        if selection is None or (span := selection.get_span(line)) is None:
            return content
        start, end = span
        chosen = Style.from_styles(self.screen.get_component_styles("screen--selection"))
        return content.stylize(chosen, start, len(content) if end == -1 else end)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, clean of what stands before the lines."""
        text = "\n".join(self.text_at(n) for n in range(self.count_lines()))
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected."""
        self._strips.clear()
        self.refresh()
