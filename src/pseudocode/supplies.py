"""What is accepted for specs, and around them, as it is on disk now.

The store is imported where it is needed, as in `wiring`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pseudocode.spec.model import Spec
    from pseudocode.store.accepted import Accepted
    from pseudocode.store.supply import Kept


def supplied(spec: Spec) -> Spec:
    """A spec with what is accepted around it now."""
    from pseudocode.store import supply

    return supply.Supplier().supply(spec)


def look_up(spec: Spec) -> Kept:
    """What is kept of a spec: fresh, stale or to be tested again, and why.

    Args:
        spec: With what is accepted around it.

    Raises:
        OSError: When it cannot be read.
        StoreError: When a generated file was edited, or something else is in its place.
    """
    from pseudocode.store import supply

    return supply.look_up(spec)


def confirm(spec: Spec, accepted: Accepted) -> None:
    """Note that accepted code passes with what it uses now; where that can't be, nothing is."""
    from pseudocode.store import supply

    with suppress(OSError):
        supply.confirm(spec, accepted)
