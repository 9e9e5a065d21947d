"""What to hand to an English embedding model for a text that may be written in Ukrainian."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from core.matching.skills import display_name, exactly, find_skills
from core.matching.translation import Gloss, glosses, has_cyrillic

_CYRILLIC = re.compile(r"[а-яіїєґё]", re.IGNORECASE)
_FOREIGN_SHARE = 0.3
_MEANINGS = 3


def embedding_text(text: str) -> str:
    """The text itself; for one with Cyrillic words, the English names of its skills and its words as far as we know them.

    The model knows English only: a Ukrainian sentence lands nowhere near its translation, its words one by one do. A text
    of which nothing is known comes back as it is.
    """
    if not has_cyrillic(text):
        return text
    words = [display_name(slug) for slug in skills_said(text)]
    known = " ".join(words).casefold()
    for part in glosses(text):
        for gloss in part:
            words += [english for english in gloss.english[:_MEANINGS] if english.casefold() not in known]
    return ", ".join(dict.fromkeys(word for word in words if not word.isdigit())) or text


def skills_said(text: str) -> tuple[str, ...]:
    """Slugs of the skills that a text names, in a Ukrainian one also those that only its translation names."""
    named = find_skills(text)
    if not has_cyrillic(text):
        return named
    said = (exactly(phrase) for part in glosses(text) for phrase in _renderings(part))
    return tuple(dict.fromkeys((*named, *(slug for slug in said if slug is not None))))


def _renderings(part: Sequence[Gloss]) -> Iterator[str]:
    """What a Ukrainian text may say in English: its unambiguous words, and phrases of two or three neighbours.

    "Машинне навчання" keeps its order, "корекція кольору" turns around, "тестування мобільних застосунків" ends with its head.
    """
    for gloss in part:
        if len(gloss.senses) == 1 and gloss.sure and not gloss.raw.isascii():
            yield from gloss.english
    # A preposition is listed nowhere and stands between what belongs together.
    known = [gloss.english[:_MEANINGS] for gloss in part if gloss.english]
    for first, second in pairwise(known):
        for one, two in product(first, second):
            yield f"{one} {two}"
            yield f"{two} {one}"
    for place in range(len(known) - 2):
        for one, two, three in product(*known[place : place + 3]):
            yield f"{one} {two} {three}"
            yield f"{two} {three} {one}"


def is_cyrillic(text: str) -> bool:
    """Whether at least three letters of ten are Cyrillic."""
    letters = sum(1 for char in text if char.isalpha())
    return letters > 0 and len(_CYRILLIC.findall(text)) / letters >= _FOREIGN_SHARE
