"""A reply rate in words: never a bare percentage, and none at all while it would be luck."""

from __future__ import annotations

from bot.texts import Words
from core.analytics.rates import FLOOR, Tally, wilson


def rate_text(words: Words, tally: Tally) -> str:
    """ "8 of 40 answered: 20% (10–35%)", or that there is not enough, or nothing, yet."""
    if not tally.n:
        return words.plain("rate.none")
    if not tally.enough or tally.rate is None:
        return words.plain("rate.not_enough", n=tally.n, hits=tally.hits, floor=FLOOR)
    low, high = wilson(tally.hits, tally.n)
    return words.plain(
        "rate.known",
        n=tally.n,
        hits=tally.hits,
        share=f"{tally.rate:.0%}",
        low=f"{low * 100:.0f}",
        high=f"{high * 100:.0f}",
    )
