"""How much a word tells. No corpus of postings is kept, so this stands in for document frequency."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from core.matching.words import key_of

_DATA = Path(__file__).with_name("word_weights.json")
GENERIC_WEIGHT = 0.15


def weight_of(key: str) -> float:
    """0 for function words and single characters, little for marketplace talk, 1 for everything else."""
    if key in _empty() or (len(key) < 2 and not key.isdigit()) or key.isdigit():
        return 0.0
    return GENERIC_WEIGHT if key in _generic() else 1.0


@cache
def _empty() -> frozenset[str]:
    return _keys("empty")


@cache
def _generic() -> frozenset[str]:
    return _keys("generic")


def _keys(section: str) -> frozenset[str]:
    groups: dict[str, str] = json.loads(_DATA.read_text(encoding="utf-8"))[section]
    return frozenset(key for words in groups.values() for word in words.split() for key in key_of(word))
