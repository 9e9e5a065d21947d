"""What to hand to an English embedding model for a text that may be written in Ukrainian."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from core.matching.skills import exactly, find_skills
from core.matching.translation import CYRILLIC, Gloss, glosses, has_cyrillic

_FOREIGN = re.compile(r"[а-яіїєґё][а-яіїєґё' -]*[а-яіїєґё]|[а-яіїєґё]", re.IGNORECASE)
_FOREIGN_SHARE = 0.3
_MEANINGS = 3


def embedding_text(text: str) -> str:
    """The text itself; for one with Cyrillic words, the likeliest English of each in their order, as far as we know them.

    The model knows English only: a Ukrainian sentence lands nowhere near its translation, its words one by one do. A text
    of which nothing is known comes back as it is.
    """
    if not has_cyrillic(text):
        return text
    if not is_cyrillic(text):
        return _FOREIGN.sub(lambda match: ", ".join(_english_parts(match.group())) or match.group(), text)
    return ", ".join(_english_parts(text)) or text


def _english_parts(text: str) -> Iterator[str]:
    for part in glosses(text):
        # A guess that is no kin of a listed word may be no word at all.
        known = (gloss for gloss in part if gloss.english and not gloss.guessed and not gloss.raw.isdigit())
        if said := " ".join(gloss.english[0] for gloss in known):
            yield said


def skills_said(text: str) -> tuple[str, ...]:
    """Slugs of the skills that a text names, in a Ukrainian one also those that only its translation names."""
    named = find_skills(text)
    if not has_cyrillic(text):
        return named
    said: list[str] = []
    for part in glosses(text):
        said += (slug for gloss in part for slug in _meant(gloss))
        said += (slug for phrase in _renderings(part) if (slug := exactly(phrase)) is not None)
    return tuple(dict.fromkeys((*named, *said)))


def _meant(gloss: Gloss) -> list[str]:
    """Skills that a word or phrase names in whatever sense it is meant."""
    if gloss.raw.isascii() or not gloss.sure or not gloss.senses:
        return []
    first, *others = ([exactly(english) for english in sense] for sense in gloss.senses)
    return [slug for slug in first if slug is not None and all(slug in other for other in others)]


def _renderings(part: Sequence[Gloss]) -> Iterator[str]:
    """What a Ukrainian text may say in English with phrases of two or three neighbours.

    "Машинне навчання" keeps its order, "корекція кольору" turns around, "тестування мобільних застосунків" ends with its head.
    """
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
    return letters > 0 and len(CYRILLIC.findall(text)) / letters >= _FOREIGN_SHARE
