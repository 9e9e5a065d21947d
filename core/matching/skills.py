"""The skill vocabulary: which skills a text names, what a tag means, what a skill implies and what is close to it.

Written for this product in `vocabulary/*.json`: one skill per line, {"name", "aliases", "weak", "risky", "parents"}.
`weak` names are also ordinary words ("Excel", "Swift") and need a capital or a neighbour; `risky` ones ("Go", "R")
count only in a list of skills or before a word such as "developer".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.matching.words import Word, key_of, normalise, split_words

_FOLDER = Path(__file__).with_name("vocabulary")
_JOINT = re.compile(r"[ \t\n\r\xa0\-–_./&'+]{1,3}")
_CONNECTOR = re.compile(r"\s*(?:[,/&+|;•·]|\band\b|\bor\b|\bта\b|\bі\b|\bй\b|\bи\b|\bабо\b|\bили\b|\s)*\s*", re.IGNORECASE)
_LIST_BEFORE = re.compile(r"(?:^|[\n,;/|•·*:(\[\-–+&])[ \t]*$")
_LIST_AFTER = re.compile(r"[ \t]*(?:$|[\n,;/|•·)\]&+]|\.(?:\s|$))")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n•*\-–])[\s\"'«(]*$")
_AFTER = frozenset(
    key
    for phrase in (
        "developer development programming programmer language lang engineer engineering backend microservices script scripts "
        "scripting code coder coding expert specialist framework library sdk api studio package packages shiny markdown formulas "
        "formula spreadsheet spreadsheets sheet sheets file files macro macros template templates workbook dashboard "
        "розробник розробка програміст програмування мова бекенд скрипт скрипти таблиця таблиці файл файли макрос "
        "разработчик разработка программист таблица"
    ).split()
    for key in key_of(phrase)
)


@dataclass(frozen=True, slots=True)
class Skill:
    slug: str
    name: str
    group: str
    parents: tuple[str, ...]


def find_skills(text: str) -> tuple[str, ...]:
    """Slugs of the skills that `text` names, in order of first appearance, without what they only imply."""
    text = normalise(text)
    words = list(split_words(text))
    found: dict[str, int] = {}
    strong: list[tuple[int, int, str]] = []
    doubtful: list[tuple[int, int, str, str]] = []
    position = 0
    while position < len(words):
        size, slug, strength = _longest(text, words, position)
        if size == 0:
            position += 1
            continue
        if strength == "strong":
            strong.append((position, position + size, slug))
        else:
            doubtful.append((position, position + size, slug, strength))
        position += size
    starts = {start for start, _, _ in strong}
    ends = {end for _, end, _ in strong}
    hits = list(strong)
    for start, end, slug, strength in doubtful:
        if _is_meant(text, words, start, end, strength, starts, ends):
            hits.append((start, end, slug))
    for start, _, slug in sorted(hits):
        found.setdefault(slug, start)
    return tuple(found)


def canonical(tag: str) -> str | None:
    """The slug that a skill tag ("node-js", "Node.js", "MySQL Administration") means; `None` for an unknown tag."""
    key = key_of(tag)
    entry = _aliases().get(key)
    while entry is None and len(key) > 1 and key[-1] in _DECORATIONS:
        key = key[:-1]
        entry = _aliases().get(key)
    return entry[0] if entry else None


def display_name(slug: str) -> str:
    """The skill as people write it; an unknown slug is its own name."""
    skill = vocabulary().get(slug)
    return skill.name if skill else slug


def implied(skills: Iterable[str]) -> frozenset[str]:
    """The skills and everything they imply: who knows FastAPI knows Python."""
    known = vocabulary()
    closed: set[str] = set()
    waiting = list(skills)
    while waiting:
        slug = waiting.pop()
        if slug not in closed:
            closed.add(slug)
            waiting.extend(known[slug].parents if slug in known else ())
    return frozenset(closed)


def related(skill: str) -> tuple[str, ...]:
    """Close neighbours (React and Vue), parents and children; what a person with `skill` could soon do."""
    return _neighbours().get(skill, ())


@cache
def vocabulary() -> dict[str, Skill]:
    """Every skill by slug."""
    skills: dict[str, Skill] = {}
    for group, slug, entry in _entries():
        skills[slug] = Skill(slug, entry["name"], group, tuple(entry.get("parents", ())))
    return skills


_DECORATIONS = frozenset(
    key
    for word in "administration admin development developer programming framework expert specialist software skills skill tool tools".split()
    for key in key_of(word)
)


def _entries() -> Iterable[tuple[str, str, dict[str, Any]]]:
    for path in sorted(_FOLDER.glob("*.json")):
        if path.name != "related.json":
            for entry in json.loads(path.read_text(encoding="utf-8")):
                yield path.stem, entry["name"].casefold(), entry


@cache
def _aliases() -> dict[tuple[str, ...], tuple[str, str]]:
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for _, slug, entry in _entries():
        for strength in ("weak", "risky"):
            for alias in entry.get(strength, ()):
                table.setdefault(key_of(alias), (slug, strength))
        table.setdefault(key_of(entry["name"]), (slug, "strong"))
        for alias in entry.get("aliases", ()):
            table.setdefault(key_of(alias), (slug, "strong"))
    table.pop((), None)
    return table


@cache
def _longest_by_first() -> dict[str, int]:
    sizes: dict[str, int] = {}
    for key in _aliases():
        sizes[key[0]] = max(sizes.get(key[0], 0), len(key))
    return sizes


@cache
def _neighbours() -> dict[str, tuple[str, ...]]:
    near: dict[str, dict[str, None]] = {}
    groups = json.loads((_FOLDER / "related.json").read_text(encoding="utf-8"))
    for group in groups:
        for slug in group:
            near.setdefault(slug, {}).update(dict.fromkeys(other for other in group if other != slug))
    for skill in vocabulary().values():
        for parent in skill.parents:
            near.setdefault(skill.slug, {})[parent] = None
            near.setdefault(parent, {})[skill.slug] = None
    return {slug: tuple(others) for slug, others in near.items()}


def _longest(text: str, words: list[Word], position: int) -> tuple[int, str, str]:
    """Longest vocabulary entry that starts at `position`: (number of words, slug, strength), (0, "", "") if none."""
    most = _longest_by_first().get(words[position].key, 0)
    keys = [words[position].key]
    best = (0, "", "")
    table = _aliases()
    for size in range(1, most + 1):
        if size > 1:
            if position + size > len(words):
                break
            previous, word = words[position + size - 2], words[position + size - 1]
            if not _JOINT.fullmatch(text, previous.end, word.start):
                break
            keys.append(word.key)
        entry = table.get(tuple(keys))
        if entry is not None:
            best = (size, *entry)
    return best


def _is_meant(
    text: str, words: list[Word], start: int, end: int, strength: str, starts: set[int], ends: set[int]
) -> bool:
    """Whether an ambiguous name stands where only a skill would stand."""
    first, last = words[start], words[end - 1]
    if end < len(words) and words[end].key in _AFTER and _JOINT.fullmatch(text, last.end, words[end].start):
        return True
    capital = first.raw[0].isupper()
    if _beside_skill(text, words, start, end, starts, ends) and (capital or strength == "weak"):
        return True
    before = text[max(0, first.start - 8) : first.start]
    alone = _LIST_BEFORE.search(before) and _LIST_AFTER.match(text, last.end)
    if alone and capital:
        return True
    return strength == "weak" and capital and not _SENTENCE_START.search(before)


def _beside_skill(text: str, words: list[Word], start: int, end: int, starts: set[int], ends: set[int]) -> bool:
    for gap in (0, 1):
        if end + gap in starts and end + gap < len(words):
            if _CONNECTOR.fullmatch(text, words[end - 1].end, words[end + gap].start):
                return True
        if start - gap in ends and start - gap > 0:
            if _CONNECTOR.fullmatch(text, words[start - gap - 1].end, words[start].start):
                return True
    return False
