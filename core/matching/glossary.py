"""Ukrainian words of the trade in English: `glossary_uk.txt`, read once, found by stem."""

from __future__ import annotations

from functools import cache
from math import ceil
from pathlib import Path

from core.matching.words import key_of

_FILE = Path(__file__).with_name("glossary_uk.txt")
# "перекладаю" is close enough to "переклад": most of the word is the same, and what is not is an ending.
_LEAST_PREFIX = 5
_SAME_SHARE = 0.7
_ENDING = 3


def in_english(stem: str) -> tuple[str, ...]:
    """What a Ukrainian stem may mean; empty for one that is not listed."""
    return _meanings().get(stem, ())


def kin_in_english(word: str) -> tuple[str, ...]:
    """What the listed word closest to an unlisted one means, if they share all but an ending."""
    for size in range(len(word), max(_LEAST_PREFIX, ceil(_SAME_SHARE * len(word))) - 1, -1):
        kin = [stem for stem in _by_prefix().get(word[:size], ()) if len(stem) <= size + _ENDING]
        if kin:
            return _meanings()[min(kin, key=len)]
    return ()


@cache
def _by_prefix() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stem in _meanings():
        for size in range(_LEAST_PREFIX, len(stem) + 1):
            found.setdefault(stem[:size], []).append(stem)
    return found


@cache
def _meanings() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        english, colon, words = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        for word in words.split():
            # A hyphenated word is several stems to the splitter; the last one carries the meaning.
            stem = key_of(word)[-1]
            found[stem] = tuple(dict.fromkeys((*found.get(stem, ()), english)))
    return found
