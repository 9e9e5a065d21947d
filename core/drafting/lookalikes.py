"""Reading text as a person would see it: hidden characters gone, look-alike letters and digits made plain, places kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LATIN_TWINS = dict(
    zip(
        "аеорсухіјѕһԁвтмкнгпибзαβεικνορτυχο",
        "aeopcyxijshdbtmkhgnubzabeiknoptuxo",
        strict=True,
    )
)
_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class View:
    """`text` is the plain lower-case reading; `places[i]` is where its character `i` stands in the original."""

    text: str
    places: tuple[int, ...]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of the view's `start:end` (not empty)."""
        return self.places[start], self.places[end - 1] + 1


def view_of(text: str) -> View:
    """NFKC, lower case, without format characters and combining marks, digits of every script as 0-9.

    Letters that only look Latin are read as Latin where a word mixes alphabets; honest Cyrillic stays Cyrillic.
    """
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in {"Cf", "Mn", "Me", "Cc"} and sign not in "\n\t":
            continue
        for plain in _plain(sign):
            signs.append(plain)
            places.append(place)
    joined = "".join(signs)
    mended = _TOKEN.sub(lambda match: _one_alphabet(match.group()), joined)
    return View(mended, tuple(places), len(text))


def _plain(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", sign).lower()
    return "".join(part for part in folded if unicodedata.category(part) not in {"Mn", "Me", "Cf"}) or " "


def _one_alphabet(word: str) -> str:
    has_latin = any("a" <= sign <= "z" for sign in word)
    if not has_latin or word.isascii():
        return word
    return "".join(_LATIN_TWINS.get(sign, sign) for sign in word)
