"""What to hand to an English embedding model for a text that may be written in Ukrainian."""

from __future__ import annotations

import re

from core.matching.glossary import in_english
from core.matching.skills import display_name, find_skills
from core.matching.words import normalise, split_words

_CYRILLIC = re.compile(r"[а-яіїєґё]", re.IGNORECASE)
_FOREIGN_SHARE = 0.3


def embedding_text(text: str) -> str:
    """The text itself; for a mostly Cyrillic one, the English names of its skills and its words as far as we know them.

    The model knows English only: a Ukrainian sentence lands nowhere near its translation, its words one by one do. A text
    of which nothing is known comes back as it is.
    """
    if not is_cyrillic(text):
        return text
    words = [display_name(slug) for slug in find_skills(text)]
    known = " ".join(words).casefold()
    for word in split_words(normalise(text)):
        meanings = in_english(word.key) or ((word.raw,) if word.raw.isascii() else ())
        words += [
            english for english in meanings if english.casefold() not in known and not english.isdigit()
        ]
    return ", ".join(dict.fromkeys(words)) or text


def is_cyrillic(text: str) -> bool:
    """Whether at least three letters of ten are Cyrillic."""
    letters = sum(1 for char in text if char.isalpha())
    return letters > 0 and len(_CYRILLIC.findall(text)) / letters >= _FOREIGN_SHARE
