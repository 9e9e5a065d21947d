"""How much of a letter stood in an earlier one, told so that small changes hide nothing.

The words are read as a person sees them: no invisible characters, look-alike letters plain, endings cut, numbers equal. A word
counts as old when it lies in a run of `RUN` words that the earlier letter has too, so one new word frees itself and not the
four runs around it; the order of sentences does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.drafting.lookalikes import view_of

RUN = 4
SHORTEST = 12
"""Words below which two texts are alike by chance."""
NEAR_COPY = 0.6
"""`benchmarks.eval_claims` prints what lies on either side of it."""
_WORD = re.compile(r"\w+")
_READ = 12_000


def overlap(text: str, other: str) -> float:
    """Share, 0..1, of the words of `text` that lie in runs which also stand in `other`; 0 for a text too short to compare."""
    words = _words(text)
    return _old(words, _runs(_words(other))) / len(words) if len(words) >= SHORTEST else 0.0


def nearest(text: str, earlier: Sequence[str]) -> tuple[float, int]:
    """The largest share and the place of that letter in `earlier`; (0.0, 0) without any."""
    words = _words(text)
    if len(words) < SHORTEST:
        return 0.0, 0
    shares = [(_old(words, _runs(_words(other))) / len(words), -place) for place, other in enumerate(earlier)]
    share, place = max(shares, default=(0.0, 0))
    return share, -place


def _words(text: str) -> list[str]:
    return [_plain(word) for word in _WORD.findall(view_of(text[:_READ]).text)]


def _plain(word: str) -> str:
    if word.isdigit():
        return "0"
    return word[: max(4, len(word) - 2)]


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)}


def _old(words: Sequence[str], known: set[tuple[str, ...]]) -> int:
    """How many of `words` lie in a known run."""
    covered = 0
    reached = 0
    for place in range(len(words) - RUN + 1):
        if tuple(words[place : place + RUN]) in known:
            covered += place + RUN - max(place, reached)
            reached = place + RUN
    return covered
