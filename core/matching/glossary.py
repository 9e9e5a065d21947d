"""Ukrainian words of the trade in English: `glossary_uk/*.txt`, read once.

A line is `english, english: слово, кілька слів`: everything on the left means everything on the right. A word is found by its
stem, else as a form of a listed one (`inflection.py`); a phrase by its words in this order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

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
    book = _Book({}, {}, {}, {}, {}, {}, {})
    # What a craft means by a word comes before what everybody does.
    for path in sorted(_FOLDER.glob("*.txt"), key=lambda path: (path.stem in _GENERAL, path.stem)):
        taken = frozenset(book.words) if path.stem in _GENERAL else frozenset()
        for entry, english in _entries(path):
            if entry not in taken:
                _add(book.words, entry, english)
                _list(book, tuple(entry.split()), english, is_name=path.name == _NAMES)
    for listed in book.phrases.values():
        listed.sort(key=lambda phrase: -len(phrase[0]))
    for known in book.stems:
        for size in range(_LEAST_PREFIX, len(known) + 1):
            book.prefixes.setdefault(known[:size], []).append(known)
    return book


def _entries(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(Words of one entry parted by blanks, its English) for everything on the right of a line."""
    for line in normalise(path.read_text(encoding="utf-8")).splitlines():
        left, colon, right = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        english = tuple(part.strip() for part in left.split(",") if part.strip())
        for entry in right.split(","):
            if words := [match.group() for match in words_of(entry.casefold())]:
                yield " ".join(words), english


def _list(book: _Book, words: tuple[str, ...], english: tuple[str, ...], *, is_name: bool) -> None:
    if len(words) > 1:
        phrase = tuple(noun_key(word) for word in words)
        listed = book.phrases.setdefault(phrase[0], [])
        # Two entries that differ in endings alone are one phrase.
        known = next((other for other in listed if other[0] == phrase), None)
        if known is None:
            listed.append((phrase, (english,)))
        elif english not in known[1]:
            listed[listed.index(known)] = (phrase, (*known[1], english))
        return
    (word,) = words
    _add(book.stems, stem(word), english)
    if is_infinitive(word):
        for key in verb_keys(word)[:1]:
            _add(book.verbs, key, english)
        return
    _add(book.nouns, noun_key(word), english)
    if is_name:
        book.names.setdefault(noun_key(word), english[0])


def _add(table: dict[str, Senses], key: str, english: tuple[str, ...]) -> None:
    table[key] = tuple(dict.fromkeys((*table.get(key, ()), english)))
