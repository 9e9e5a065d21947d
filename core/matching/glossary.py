"""Ukrainian words of the trade in English: `glossary_uk.txt`, read once, found by stem."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.matching.words import key_of

_FILE = Path(__file__).with_name("glossary_uk.txt")


def in_english(stem: str) -> tuple[str, ...]:
    """What a Ukrainian stem may mean; empty for one that is not listed."""
    return _meanings().get(stem, ())


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
