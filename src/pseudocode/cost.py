"""What tokens cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of money, as far as prices are known."""

    dollars: float = 0.0
    """US dollars."""
    unpriced: int = 0
    """Tokens whose price is not known."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.dollars + other.dollars, self.unpriced + other.unpriced)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.dollars - other.dollars, self.unpriced - other.unpriced)

    @property
    def known(self) -> float | None:
        """US dollars, or nothing where some price is not known."""
        return None if self.unpriced else round(self.dollars, 9)

    def __str__(self) -> str:
        """In words: `$0.0123`, `cost unknown`, or what is known of it and that there is more."""
        if not self.unpriced:
            return in_dollars(self.dollars)
        return f"{in_dollars(self.dollars)} and unknown" if self.dollars else "cost unknown"


NOTHING = Cost()


def estimate(cost: Cost) -> str:
    """What something is about to cost, in words; empty where it costs nothing."""
    if cost == NOTHING:
        return ""
    return str(cost) if cost.unpriced else f"≈{cost}"


def in_dollars(amount: float) -> str:
    """With as many digits as tell something: cents for what is dear, less for what is not."""
    if amount == 0:
        return "$0"
    if amount < 0.00005:
        return "below $0.0001"
    return f"${amount:.4f}" if amount < 1 else f"${amount:,.2f}"
