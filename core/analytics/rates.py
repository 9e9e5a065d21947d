"""A share with the doubt that belongs to it: how often something happened of how many times, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FLOOR = 20
"""Below so many outcomes a rate says more about luck than about the text, so none is shown."""

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Tally:
    """`hits` of `n` outcomes that are known; `waiting` are still open and count as neither."""

    n: int = 0
    hits: int = 0
    waiting: int = 0

    @property
    def rate(self) -> float | None:
        """0..1; None before the first outcome."""
        return self.hits / self.n if self.n else None

    @property
    def enough(self) -> bool:
        return self.n >= FLOOR


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval, 1927); (0, 1) when nothing is known."""
    if n <= 0:
        return 0.0, 1.0
    share, square = hits / n, _Z * _Z
    middle = share + square / (2 * n)
    reach = _Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    low, high = (middle - reach) / (1 + square / n), (middle + reach) / (1 + square / n)
    return max(0.0, low), min(1.0, high)
