"""English words as Ukrainians spell them by ear: "лайтрум" is Lightroom, "шопіфай" Shopify.

Two words sound alike when their consonants agree, folded to what both alphabets can tell apart, with vowels in the same places;
which vowel it is, people hear too differently. A long word may have one vowel more or less. What agrees by so little must also
look alike as a whole, and short words never count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгґдеєжзиіїйклмнопрстуфхцшщюяыэ", "abvggdeejsiiiiklmnoprstufhsŝŝuaie", strict=True)),
        "ч": "č",
        "ь": "",
        "ъ": "",
        "ё": "o",
        "'": "",
    }
)
# In order: what English spells with several letters, or with one that it does not say.
_LATIN = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^kn|gn(?=e?$)", "n"),
        (r"^wr", "r"),
        (r"tion", "son"),
        (r"ph", "f"),
        (r"igh(?=t)", "ai"),
        (r"tch|ch", "č"),
        (r"sch|sh", "ŝ"),
        (r"th", "t"),
        (r"ck|q(?!u)", "k"),
        (r"qu", "kv"),
        (r"xc(?=[eiy])|x", "ks"),
        (r"dj|dg(?=e)", "j"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"w(?=[aeiouy])", "v"),
        (r"(?<=[aeo])w|(?<=[^aeiou])e$", ""),
        (r"w", "v"),
        (r"z", "s"),
        (r"y", "i"),
    )
)
_VOWELS = re.compile(r"[aeiou]+")
_SPELLED = re.compile(r"[а-яіїєґё']+")
_LEAST_LETTERS = 5
_LEAST_CONSONANTS = 3
_LONG = 4
_LEAST_LIKENESS = 0.65


class Index:
    """English words to be found by their sound."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_bones: dict[str, list[tuple[str, str]]] = {}
        for word in dict.fromkeys(words):
            if len(word) >= _LEAST_LETTERS and word.isascii() and word.isalpha():
                shape = _shape(_english(word))
                self._by_bones.setdefault(_bones(shape), []).append((shape, word))

    def find(self, *spellings: str) -> str | None:
        """The word that the first of the Cyrillic `spellings` with a match stands for: with its ending, without it."""
        for spelling in spellings:
            if len(spelling) < _LEAST_LETTERS - 1 or not _SPELLED.fullmatch(spelling):
                continue
            heard = _ukrainian(spelling)
            shape = _shape(heard)
            bones = _bones(shape)
            if len(bones) < _LEAST_CONSONANTS:
                continue
            likeness = {
                word: _alike(heard, word)
                for other, word in self._by_bones.get(bones, ())
                if other == shape or (len(bones) >= _LONG and abs(len(other) - len(shape)) == 1)
            }
            best = max(likeness, key=likeness.__getitem__, default=None)
            if best is not None and likeness[best] >= _LEAST_LIKENESS:
                return best
        return None


def _ukrainian(word: str) -> str:
    return word.replace("дж", "ж").replace("тч", "ч").translate(_CYRILLIC)


def _english(word: str) -> str:
    for pattern, sound in _LATIN:
        word = pattern.sub(sound, word)
    return word


def _shape(heard: str) -> str:
    """Consonants without doublings, and an "a" wherever vowels stand, but for the end, which is an ending."""
    marked = _VOWELS.sub("a", heard)
    single = "".join(char for place, char in enumerate(marked) if char != marked[place - 1 : place])
    return single.rstrip("a")


def _bones(shape: str) -> str:
    return shape.replace("a", "")


def _alike(heard: str, word: str) -> float:
    return max(SequenceMatcher(None, heard, other).ratio() for other in (word, _english(word)))
