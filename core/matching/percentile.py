"""Where a score stands among the user's recent ones."""

from __future__ import annotations

from collections.abc import Sequence

MIN_RECENT = 10


def percentile(value: float, recent: Sequence[float]) -> int | None:
    """Share of `recent` that lies below `value`, 0..100, ties counted half; `None` under `MIN_RECENT` values.

    Below that count a percentile would be a story about two or three cards.
    """
    if len(recent) < MIN_RECENT:
        return None
    below = sum(1 for other in recent if other < value)
    equal = sum(1 for other in recent if other == value)
    return round(100 * (below + equal / 2) / len(recent))
