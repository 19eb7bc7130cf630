"""What stays until the app ends is left out when garbage is looked for."""

from __future__ import annotations

import gc

_THRESHOLDS = 5_000, 20, 20
"""Objects and passes: the usual ones are from when a megabyte was much."""


def keep() -> None:
    """Take all that there is by now as lasting.

    Looking through the modules, styles and specs for cycles takes a tenth of a second and more,
    comes in the middle of anything, and finds next to nothing.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
