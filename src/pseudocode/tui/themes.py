"""The two themes of this program; Textual's own can be chosen as well.

Every text in them has at least the contrast of 4.5 to 1 against what is behind it that WCAG 2.2
asks for at level AA; a test computes it from what is on the screen.
"""

from __future__ import annotations

from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="pseudocode-dark",
    primary="#79b8ff",
    secondary="#9fb3c8",
    accent="#f2b66d",
    warning="#f0c264",
    error="#ff8a80",
    success="#85e0a3",
    foreground="#dde3ea",
    background="#10151c",
    surface="#161c25",
    panel="#222b37",
    dark=True,
    variables={
        "text-muted": "#9aa7b5",
        "primary-muted": "#22364c",
        "text-disabled": "#8794a3",
        "text-primary": "#8fc5ff",
        "text-secondary": "#b4c4d4",
        "text-accent": "#f2b66d",
        "text-warning": "#f0c264",
        "text-error": "#ff938a",
        "text-success": "#85e0a3",
        "footer-key-foreground": "#f2b66d",
        "footer-description-foreground": "#c3ccd6",
        "block-cursor-foreground": "#0b1016",
        "block-cursor-background": "#79b8ff",
        "block-cursor-blurred-foreground": "#dde3ea",
        "block-cursor-blurred-background": "#2c3948",
        "input-selection-background": "#2f5d8c",
        "border-blurred": "#33404f",
    },
)
LIGHT = Theme(
    name="pseudocode-light",
    primary="#0b5cad",
    secondary="#44546a",
    accent="#8a4a00",
    warning="#7a5200",
    error="#b3201a",
    success="#14663a",
    foreground="#20262d",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e4e1d9",
    dark=False,
    variables={
        "text-muted": "#4d5661",
        "primary-muted": "#d3e3f3",
        "text-disabled": "#5b6470",
        "text-primary": "#0b5cad",
        "text-secondary": "#44546a",
        "text-accent": "#844600",
        "text-warning": "#735000",
        "text-error": "#aa1e18",
        "text-success": "#136037",
        "footer-key-foreground": "#844600",
        "footer-description-foreground": "#3a424c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0b5cad",
        "block-cursor-blurred-foreground": "#20262d",
        "block-cursor-blurred-background": "#dbe5f0",
        "input-selection-background": "#bcd6f2",
        "border-blurred": "#c9c5bb",
    },
)
OURS = (DARK, LIGHT)


def _palette(theme: Theme, names: str) -> TerminalTheme:
    """The eight colours of terminals, as tables use them, in colours of a theme."""
    found = [_rgb(getattr(theme, name) or "#808080") for name in names.split()]
    background, foreground = _rgb(theme.background or ""), _rgb(theme.foreground or "")
    return TerminalTheme(background, foreground, found, found)


def _rgb(text: str) -> tuple[int, int, int]:
    return Color.parse(text).rgb


_COLOURS = "foreground error success warning primary accent secondary foreground"
"""Black, red, green, yellow, blue, magenta, cyan and white."""
ON_DARK, ON_LIGHT = _palette(DARK, _COLOURS), _palette(LIGHT, _COLOURS)
