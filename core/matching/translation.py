"""A Ukrainian text read in English, word by word and phrase by phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from core.matching.glossary import Senses, in_english, kin_in_english, phrase_in_english, words_of
from core.matching.loanwords import anglicised
from core.matching.skills import by_sound
from core.matching.words import normalise, stem

CYRILLIC = re.compile(r"[а-яіїєґё]", re.IGNORECASE)
_PART = re.compile(r"[.,;:!?()\n]|\s[-–—]\s")
_JOINT = re.compile(r"[\s/&+-]{1,3}")
_LONGEST = 5
# First halves of compounds, as "відеомонтаж" and "вебзастосунки" have them.
_HALVES = {
    "відео": "video", "фото": "photo", "веб": "web", "аудіо": "audio", "інтернет": "internet",
    "онлайн": "online", "медіа": "media", "авто": "auto", "крипто": "crypto", "кібер": "cyber",
    "нейро": "neural", "мікро": "micro", "мульти": "multi", "гео": "geo", "техно": "tech", "бізнес": "business",
    "топ": "top", "міні": "mini", "супер": "super", "еко": "eco", "теле": "tele", "радіо": "radio",
    "кіно": "film", "ігро": "game", "контент": "content", "смарт": "smart", "само": "self", "багато": "multi",
    "енерго": "energy", "електро": "electric", "мото": "motor", "спорт": "sport", "арт": "art", "біо": "bio",
}  # fmt: skip
_LEAST_HALF = 3
# Keyboards without an "і" make people type a Latin one.
_LOOKALIKES = str.maketrans("aceikopxy", "асеікорху")


@dataclass(frozen=True, slots=True)
class Gloss:
    """A word or phrase of the text (`raw`) with its senses, the likeliest first, each by its English synonyms; none for one that
    is not understood.

    A word in Latin letters means itself. `sure` is whether a list says so and not a likeness, `guessed` whether the English is
    made up from the sound of a word that nothing listed is like.
    """

    raw: str
    senses: Senses
    sure: bool = True
    guessed: bool = False

    @property
    def english(self) -> tuple[str, ...]:
        """Everything it may mean, the likeliest first."""
        return tuple(dict.fromkeys(english for sense in self.senses for english in sense))


def glosses(text: str) -> Iterator[tuple[Gloss, ...]]:
    """What each part of the text between two stops says, in order."""
    for part in _PART.split(normalise(text)):
        if read := tuple(_read(part)):
            yield read


def english_of(word: str) -> tuple[str, ...]:
    """What one Ukrainian word in any form may mean: by the glossary, as a compound or kin of what is listed there, as a name
    spelled by ear, or as an international word."""
    return Gloss(word, _understood(_one_script(word))[0]).english


def has_cyrillic(text: str) -> bool:
    """Whether there is anything to translate."""
    return CYRILLIC.search(text) is not None


def _read(part: str) -> Iterator[Gloss]:
    words = words_of(part)
    place = 0
    while place < len(words):
        run = [_one_script(words[place].group())]
        for before, after in zip(words[place:], words[place + 1 : place + _LONGEST], strict=False):
            if not _JOINT.fullmatch(part, before.end(), after.start()):
                break
            run.append(_one_script(after.group()))
        size, senses = phrase_in_english(run)
        raw = words[place].group()
        if size:
            yield Gloss(part[words[place].start() : words[place + size - 1].end()], senses)
        elif has_cyrillic(raw):
            yield Gloss(raw, *_understood(run[0]))
        else:
            yield Gloss(raw, ((raw,),))
        place += size or 1


def _one_script(word: str) -> str:
    """The word in lower case, its Latin letters as the Cyrillic ones they look like if it has any Cyrillic letter."""
    lower = word.casefold()
    return lower.translate(_LOOKALIKES) if has_cyrillic(lower) else lower


@lru_cache(maxsize=20_000)
def _understood(word: str) -> tuple[Senses, bool, bool]:
    """(Senses, whether a list says so, whether they are a mere guess)."""
    if not has_cyrillic(word):
        return (), False, False
    if listed := in_english(word):
        return listed, True, False
    if heard := by_sound(word, stem(word)):
        return ((heard,),), True, False
    for half, english in _HALVES.items():
        rest = word.removeprefix(half)
        if rest != word and len(rest) >= _LEAST_HALF and (senses := in_english(rest) or kin_in_english(rest)):
            return tuple(tuple(f"{english} {one}" for one in sense) for sense in senses), True, False
    if kin := kin_in_english(word):
        return kin, False, False
    guess = anglicised(word)
    return (((guess,),) if guess else ()), False, True
