"""Ukrainian words of the trade in English: `glossary_uk/*.txt`, read once.

A line is `english, english: слово, кілька слів`: everything on the left means everything on the right. A word is found by its
stem, else as a form of a listed one (`inflection.py`); a phrase by its words in this order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import TypeVar

from core.matching.inflection import is_infinitive, noun_key, verb_keys
from core.matching.words import normalise, stem

_FOLDER = Path(__file__).with_name("glossary_uk")
_GENERAL = {"trade", "verbs", "work"}
_NAMES = "names.txt"
_OF_DOING = re.compile(r"нн(?:я|ям|ю|і|ями|ях)$|[аеі]нь$")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# "перекладаю" is close enough to "переклад": most of the word is the same, and what is not is an ending.
_LEAST_PREFIX = 5
_SAME_SHARE = 0.7
_ENDING = 3

Senses = tuple[tuple[str, ...], ...]
"""Every sense of a word or phrase with its English synonyms, as the lines of the files give them."""
_Key = TypeVar("_Key", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class _Book:
    """Senses by stem, by form and by phrase; phrases stand under the key of their first word, the longest first."""

    words: dict[str, Senses]
    stems: dict[str, Senses]
    nouns: dict[str, Senses]
    verbs: dict[str, Senses]
    phrases: dict[str, list[tuple[tuple[str, ...], Senses]]]
    prefixes: dict[str, list[str]]
    names: dict[str, str]


def in_english(word: str) -> Senses:
    """The senses of a Ukrainian word in lower case by the list, in any of its forms; empty for one that is not listed."""
    book = _book()
    if found := book.words.get(word):
        return found
    # A verb's ending is the longer one and so the surer sign, but "завданням" is no form of a verb.
    as_verb = next((found for key in verb_keys(word) if (found := book.verbs.get(key))), ())
    as_noun = book.stems.get(stem(word)) or book.nouns.get(noun_key(word), ())
    return as_noun or as_verb if _OF_DOING.search(word) else as_verb or as_noun


def phrase_in_english(words: Sequence[str]) -> tuple[int, Senses]:
    """How many of the words, from the first, make a listed phrase, and its senses; (0, ()) if none do."""
    keys = [noun_key(word) for word in words]
    for phrase, senses in _book().phrases.get(keys[0], ()) if keys else ():
        if tuple(keys[: len(phrase)]) == phrase:
            return len(phrase), senses
    return 0, ()


def name_in_english(word: str) -> str | None:
    """The English spelling of a product's name that is listed in Cyrillic ("джира" is "jira"), in any of its forms."""
    return _book().names.get(noun_key(word))


def kin_in_english(word: str) -> Senses:
    """The senses of the listed word closest to an unlisted one, if they share all but an ending."""
    book = _book()
    for size in range(len(word), max(_LEAST_PREFIX, ceil(_SAME_SHARE * len(word))) - 1, -1):
        kin = [known for known in book.prefixes.get(word[:size], ()) if len(known) <= size + _ENDING]
        if kin:
            return book.stems[min(kin, key=len)]
    return ()


def words_of(text: str) -> list[re.Match[str]]:
    """The words of a text; an apostrophe is a letter here ("об'єкт")."""
    return list(_WORD.finditer(text))


@cache
def _book() -> _Book:
    whole: dict[str, Senses] = {}
    stems: dict[str, Senses] = {}
    nouns: dict[str, Senses] = {}
    verbs: dict[str, Senses] = {}
    phrases: dict[tuple[str, ...], Senses] = {}
    names: dict[str, str] = {}
    # What a craft means by a word comes before what everybody does.
    for path in sorted(_FOLDER.glob("*.txt"), key=lambda path: (path.stem in _GENERAL, path.stem)):
        known = frozenset(whole) if path.stem in _GENERAL else frozenset()
        for line in normalise(path.read_text(encoding="utf-8")).splitlines():
            left, colon, right = line.partition(":")
            if line.startswith("#") or not colon:
                continue
            english = tuple(part.strip() for part in left.split(",") if part.strip())
            for entry in right.split(","):
                words = [match.group() for match in words_of(entry.casefold())]
                if not words or " ".join(words) in known:
                    continue
                _add(whole, " ".join(words), english)
                if len(words) > 1:
                    _add(phrases, tuple(noun_key(word) for word in words), english)
                else:
                    (word,) = words
                    _add(stems, stem(word), english)
                    if is_infinitive(word):
                        for key in verb_keys(word)[:1]:
                            _add(verbs, key, english)
                    else:
                        _add(nouns, noun_key(word), english)
                        if path.name == _NAMES:
                            names.setdefault(noun_key(word), english[0])
    by_first: dict[str, list[tuple[tuple[str, ...], Senses]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        by_first.setdefault(phrase[0], []).append((phrase, phrases[phrase]))
    prefixes: dict[str, list[str]] = {}
    for known in stems:
        for size in range(_LEAST_PREFIX, len(known) + 1):
            prefixes.setdefault(known[:size], []).append(known)
    return _Book(whole, stems, nouns, verbs, by_first, prefixes, names)


def _add(table: dict[_Key, Senses], key: _Key, english: tuple[str, ...]) -> None:
    table[key] = tuple(dict.fromkeys((*table.get(key, ()), english)))
