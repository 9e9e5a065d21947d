"""Finds the words a user never wants to see, in any form of the word and in the posting's language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from core.matching.skills import canonical, find_skills
from core.matching.words import key_of

_DATA = Path(__file__).with_name("exclusions.json")


def mentioned(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Which of `words` (or phrases) `text` contains: whole words in any case and number, a skill by any of its names

    ("вордпрес" finds WordPress), and what the table of meanings puts beside them ("казино" finds gambling).
    """
    words = tuple(words)
    if not words:
        return ()
    keys = key_of(text)
    skills = frozenset(find_skills(text))
    found: list[str] = []
    for word in words:
        spellings = {key_of(word), *_meanings().get(key_of(word), ())}
        if canonical(word) in skills or any(_contains(keys, spelling) for spelling in spellings if spelling):
            found.append(word)
    return tuple(found)


def _contains(keys: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    first = phrase[0]
    return any(
        keys[start] == first and keys[start : start + size] == phrase for start in range(len(keys) - size + 1)
    )


@cache
def _meanings() -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    table: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
    for group in json.loads(_DATA.read_text(encoding="utf-8")):
        keys = frozenset(key_of(word) for word in group)
        for key in keys:
            table[key] = keys
    return table
