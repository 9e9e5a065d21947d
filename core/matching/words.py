"""From text to comparable words: one tokenizer and light stemmers for English, Ukrainian and Russian.

Ours on purpose: the same function reads profiles, postings and skill names, so a stem only has to be consistent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# C++, C#, F#, .NET keep their signs; "Node.js" is two words joined by a dot, wherever it appears.
_WORD = re.compile(r"(?<![\w.])\.net(?!\w)|[^\W_]+(?:\+\+(?!\w)|#(?!\w))?", re.IGNORECASE)
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "‘": "'"})

_CYRILLIC_ENDING = re.compile(
    r"(?<=\w{3})(?:[ії]єю|[ії][яюїєй]|[уюо]вання|ування|иками|[аеі]ння|ями|ами|[оеє]?го|[оеє]му|[иы]ми|[оеє]ві|[ая]х|ів|їв|[ое][вй]|[ийыії]й|ої|[єоеї]ю|"
    r"ії|и[яюе]|[иыі][хм]|[оеєая]м|ую|юю|ая|яя|[ое]е|[іїиыаяуюеєоьй])$"
)
_ENGLISH_KEEP_S = ("ss", "us", "is")


# Nobody's word is longer, and the stem cache should not keep a page of "aaaa".
MAX_STEMMED = 40


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `key` is its comparable stem, `raw` the text as written, `start`/`end` its place."""

    key: str
    raw: str
    start: int
    end: int


def split_words(text: str) -> Iterator[Word]:
    """Every word in order. Offsets are into the NFKC form, which is what `normalise` returns."""
    for match in _WORD.finditer(text):
        raw = match.group()
        lower = raw.casefold()
        yield Word(stem(lower) if len(lower) <= MAX_STEMMED else lower, raw, match.start(), match.end())


def normalise(text: str) -> str:
    """NFKC with plain apostrophes and no lone surrogates, so that look-alike spellings become one."""
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", safe).translate(_APOSTROPHES)


def key_of(text: str) -> tuple[str, ...]:
    """The stems of a phrase, the form in which names and aliases are compared."""
    return tuple(word.key for word in split_words(normalise(text)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A consistent, light stem of a lower-case word; not a dictionary form."""
    if len(word) < 4 or not word[-1].isalpha():
        return word
    if "а" <= word[-1] <= "я" or word[-1] in "іїєґ":
        return _CYRILLIC_ENDING.sub("", word)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(_ENGLISH_KEEP_S):
        return word[:-1]
    return word
