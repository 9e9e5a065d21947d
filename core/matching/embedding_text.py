"""What to hand to an English embedding model for a text that may be written in Ukrainian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, product

from core.matching.glossary import in_english, kin_in_english
from core.matching.skills import by_sound, display_name, exactly, find_skills
from core.matching.words import Word, normalise, split_words

_CYRILLIC = re.compile(r"[а-яіїєґё]", re.IGNORECASE)
_FOREIGN_SHARE = 0.3
_PART = re.compile(r"[.,;:!?()\n]|\s[-–—]\s")
_MEANINGS = 2


def embedding_text(text: str) -> str:
    """The text itself; for a mostly Cyrillic one, the English names of its skills and its words as far as we know them.

    The model knows English only: a Ukrainian sentence lands nowhere near its translation, its words one by one do. A text
    of which nothing is known comes back as it is.
    """
    if not is_cyrillic(text):
        return text
    words = [display_name(slug) for slug in skills_said(text)]
    known = " ".join(words).casefold()
    for word in split_words(normalise(text)):
        meanings = (word.raw,) if word.raw.isascii() else english_of(word)
        words += [
            english for english in meanings if english.casefold() not in known and not english.isdigit()
        ]
    return ", ".join(dict.fromkeys(words)) or text


def skills_said(text: str) -> tuple[str, ...]:
    """Slugs of the skills that a text names, in a Ukrainian one also those that only its translation names."""
    named = find_skills(text)
    if not is_cyrillic(text):
        return named
    said = (exactly(phrase) for phrase in _renderings(text))
    return tuple(dict.fromkeys((*named, *(slug for slug in said if slug is not None))))


def _renderings(text: str) -> Iterator[str]:
    """What a Ukrainian text may say in English: its unambiguous words, and phrases of two or three neighbours.

    "Машинне навчання" keeps its order, "корекція кольору" turns around, "тестування мобільних застосунків" ends with its head.
    """
    for part in _PART.split(normalise(text)):
        said = list(split_words(part))
        words = [(word.raw,) if word.raw.isascii() else english_of(word) for word in said]
        # A preposition is listed nowhere and stands between what belongs together.
        known = [meanings[:_MEANINGS] for meanings in words if meanings]
        for word, meanings in zip(said, words, strict=True):
            if len(meanings) == 1 and not word.raw.isascii():
                yield meanings[0]
        for first, second in pairwise(known):
            for one, two in product(first, second):
                yield f"{one} {two}"
                yield f"{two} {one}"
        for place in range(len(known) - 2):
            for one, two, three in product(*known[place : place + 3]):
                yield f"{one} {two} {three}"
                yield f"{two} {three} {one}"


def english_of(word: Word) -> tuple[str, ...]:
    """What a Ukrainian word may mean: by the glossary, as kin of a word listed there, or as a name spelled by ear."""
    if word.raw.isascii():
        return ()
    spelling = word.raw.casefold()
    if listed := in_english(word.key) or kin_in_english(spelling):
        return listed
    heard = by_sound(spelling, word.key)
    return (heard,) if heard else ()


def is_cyrillic(text: str) -> bool:
    """Whether at least three letters of ten are Cyrillic."""
    letters = sum(1 for char in text if char.isalpha())
    return letters > 0 and len(_CYRILLIC.findall(text)) / letters >= _FOREIGN_SHARE
