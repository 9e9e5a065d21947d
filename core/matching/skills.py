"""The skill vocabulary: which skills a text names, what a tag means, what a skill implies and what is close to it.

Written for this product in `vocabulary/*.json`: one skill per line, {"name", "aliases", "weak", "risky", "parents", "broad"}.
`weak` names are also ordinary words ("Excel", "Swift") and need a capital or a neighbour; `risky` ones ("Go", "R")
count only in a list of skills or before a word such as "developer". `broad` ones ("English") narrow nothing down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from core.matching.glossary import in_english, name_in_english
from core.matching.sounds import Index
from core.matching.words import Word, key_of, normalise, split_words, stem

# Shorter ones ("тг", "жс") are too easily something else in a text about other things.
_LEAST_NAME = 4
_FOLDER = Path(__file__).with_name("vocabulary")
# A link to github.com names no skill. Bare names such as "make.com" stay: some tools are called that.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|(?<![^\s<(])[^\s@]{1,64}@[^\s@]{1,255}|(?<![\w-])[\w-]{1,63}\.(?:com|org|net|io|dev|ua)/\S+",
    re.IGNORECASE,
)
# What is said to applicants and about their letters names no skill: "in your cover letter", "prove that you are no bot".
_TO_APPLICANTS = re.compile(
    r"\b(?:your|ur|in\s+(?:a|the)|no|without(?:\s+a)?)\s+(?:\w+\s+)?cover\s+letters?\b|\b(?:your|ur)\s+(?:cv|resume)\b"
    r"|\b(?:not\s+an?|no|are\s+(?:not\s+)?an?)\s+(?:ro)?bots?\b|\bfilter\s+out\s+bots\b|\bне\s+(?:ро)?бот\b"
    r"|\bcopy[\s-]*(?:and[\s-]*)?pasted?\s+(?:stuff|proposals?|bids?|applications?|answers?|messages?|texts?|letters?|replies|responses?)\b"
    r"|\b(?:ai|chat\s?gpt|gpt)[\s-]*(?:generated|written|made)?\s+(?:\w+\s+)?(?:proposals?|bids?|intros?|answers?|applications?|letters?|replies|responses?)\b"
    r"|\bai\s+(?:source\s+)?files?\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:no|without|avoid|skip|except|instead\s+of|rather\s+than|not\s+(?:in|with|using)|(?:don't|do\s+not)\s+(?:use|want|need)|без|крім|замість)\s+"
    r"(?:the\s+|any\s+|an?\s+|use\s+of\s+)?$",
    re.IGNORECASE,
)
# A line break or a spaced slash parts two items of a list; "Node.js", "CI/CD" and "e-commerce" are one.
_JOINT = re.compile(r"[ \t\xa0]{1,3}|[ ]?[-–&+][ ]?|[_./']")
_CONNECTOR = re.compile(
    r"\s*(?:[,/&+|;•·]|\band\b|\bor\b|\bта\b|\bі\b|\bй\b|\bи\b|\bабо\b|\bили\b|\s)*\s*", re.IGNORECASE
)
_LIST_BEFORE = re.compile(r"(?:^|[\n,;/|•·*:(\[\-–])[ \t]*$")
_LIST_AFTER = re.compile(r"[ \t]*(?:$|[\n,;/|•·)\]]|\.(?:\s|$))")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n•*\-–])[\s\"'«(]*$")


@dataclass(frozen=True, slots=True)
class Skill:
    slug: str
    name: str
    group: str
    parents: tuple[str, ...]
    broad: bool = False


def find_skills(text: str) -> tuple[str, ...]:
    """Slugs of the skills that `text` names, in order of first appearance, without what they only imply."""
    return tuple(count_skills(text))


def count_skills(text: str) -> dict[str, int]:
    """How often `text` names each skill, in order of first appearance."""
    text = _TO_APPLICANTS.sub(_blank, _ADDRESS.sub(_blank, normalise(text)))
    words = [_heard(word) for word in split_words(text)]
    found: dict[str, int] = {}
    strong: list[tuple[int, int, str]] = []
    doubtful: list[tuple[int, int, str, str]] = []
    position = 0
    while position < len(words):
        size, slug, strength = _longest(text, words, position)
        if size == 0:
            position += 1
            continue
        # What is an ordinary word in English too is none in Cyrillic letters: "ексель" is nothing but Excel.
        by_ear = all(word.key.isascii() > word.raw.isascii() for word in words[position : position + size])
        if strength == "strong" or by_ear:
            strong.append((position, position + size, slug))
        else:
            doubtful.append((position, position + size, slug, strength))
        position += size
    scan = _Scan(text, words, {hit[0] for hit in strong}, {hit[1] for hit in strong})
    hits = list(strong)
    # A name accepted in a list vouches for its neighbour, so "R, Go" needs a second look.
    for _ in range(2):
        for doubt in list(doubtful):
            start, end, slug, strength = doubt
            if scan.is_meant(start, end, strength):
                hits.append((start, end, slug))
                scan.starts.add(start)
                scan.ends.add(end)
                doubtful.remove(doubt)
    for start, _, slug in sorted(hits):
        place = words[start].start
        if _REFUSED.search(text, max(0, place - 40), place) or _is_a_suffix(text, words, start):
            continue
        found[slug] = found.get(slug, 0) + 1
    for _, _, slug, _ in doubtful:
        # A text that means the skill in one place means it wherever it uses the name.
        if slug in found:
            found[slug] += 1
    return found


def _is_a_suffix(text: str, words: list[Word], position: int) -> bool:
    """Whether a short code is the tail of another name: the "S3" of "ESP32-S3"."""
    word = words[position]
    if not position or len(word.raw) > 3 or not word.raw[-1].isdecimal():
        return False
    return text[words[position - 1].end : word.start] == "-" and words[position - 1].raw[-1].isdecimal()


def canonical(tag: str) -> str | None:
    """The slug that a skill tag ("node-js", "Node.js", "MySQL Administration") means; `None` for an unknown tag."""
    key = tuple(_heard(word).key for word in split_words(normalise(tag)))
    entry = _aliases().get(key)
    while entry is None and len(key) > 1 and key[-1] in _context("decoration"):
        key = key[:-1]
        entry = _aliases().get(key)
    return entry[0] if entry else None


def exactly(phrase: str) -> str | None:
    """The slug of the skill that has this name, and no other meaning in ordinary talk."""
    slug, strength = _aliases().get(key_of(phrase), (None, ""))
    return slug if strength == "strong" else None


@lru_cache(maxsize=20_000)
def by_sound(spelling: str, key: str) -> str | None:
    """The English word of the vocabulary that a Ukrainian spelling ("лайтрумі", with its stem) stands for.

    `None` for an ordinary word that the glossary lists, or that sounds like no name.
    """
    if key.isascii():
        return None
    name = name_in_english(spelling)
    if name in _alias_words() and len(key) >= _LEAST_NAME:
        return name
    return None if in_english(spelling) else _sounds().find(spelling, key)


def _heard(word: Word) -> Word:
    if word.raw.isascii() or word.key in _alias_words():
        return word
    name = by_sound(word.raw.casefold(), word.key)
    return replace(word, key=name) if name else word


@cache
def _alias_words() -> frozenset[str]:
    return frozenset(key for alias in _aliases() for key in alias)


@cache
def _sounds() -> Index:
    return Index(sorted(_alias_words()))


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


def child_count(skill: str) -> int:
    """How many skills directly imply this one; a measure of how broad it is."""
    return _child_counts().get(skill, 0)


@cache
def _child_counts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for skill in vocabulary().values():
        for parent in skill.parents:
            counts[parent] = counts.get(parent, 0) + 1
    return counts


@cache
def vocabulary() -> dict[str, Skill]:
    """Every skill by slug."""
    skills: dict[str, Skill] = {}
    for group, slug, entry in _entries():
        skills[slug] = Skill(
            slug, entry["name"], group, tuple(entry.get("parents", ())), entry.get("broad", False)
        )
    return skills


@cache
def _context(section: str) -> frozenset[str]:
    """Stems of the words that stand around skill names: "after" ("Go developer") and "decoration" ("MySQL Administration")."""
    sections: dict[str, str] = json.loads((_FOLDER / "context.json").read_text(encoding="utf-8"))
    return frozenset(key for word in sections[section].split() for key in key_of(word))


def _entries() -> Iterable[tuple[str, str, dict[str, Any]]]:
    for path in sorted(_FOLDER.glob("*.json")):
        if path.name not in {"related.json", "context.json"}:
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


def _blank(match: re.Match[str]) -> str:
    return "\n" * len(match.group())


def _longest(text: str, words: list[Word], position: int) -> tuple[int, str, str]:
    """Longest vocabulary entry that starts at `position`: (number of words, slug, strength), (0, "", "") if none."""
    table = _aliases()
    first = words[position].key
    if first not in _longest_by_first() and first[-1].isdecimal():
        # "Vue3" and "React18" name a version, "s3" and "ec2" are names of their own and were found above.
        bare = table.get((stem(first.rstrip("0123456789")),)) if first[:3].isalpha() else None
        return (1, *bare) if bare else (0, "", "")
    most = _longest_by_first().get(first, 0)
    keys = [first]
    best = (0, "", "")
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


@dataclass(frozen=True, slots=True)
class _Scan:
    """A text with its words and where the certain skills start and end (word positions)."""

    text: str
    words: list[Word]
    starts: set[int]
    ends: set[int]

    def is_meant(self, start: int, end: int, strength: str) -> bool:
        """Whether an ambiguous name stands where only a skill would stand."""
        first, last = self.words[start], self.words[end - 1]
        if end < len(self.words):
            following = self.words[end]
            if following.key in _context("after") and _JOINT.fullmatch(self.text, last.end, following.start):
                return True
        capital = first.raw[0].isupper()
        joint = self._joint_to_skill(start, end)
        if joint is not None and (capital or strength == "weak" or "," in joint or "/" in joint):
            return True
        before = self.text[max(0, first.start - 8) : first.start]
        if capital and _LIST_BEFORE.search(before) and _LIST_AFTER.match(self.text, last.end):
            return True
        return strength == "weak" and capital and not _SENTENCE_START.search(before)

    def _joint_to_skill(self, start: int, end: int) -> str | None:
        """What lies between this name and a certain skill beside it, if only a comma, a slash or an "and" does."""
        for position in (end, end + 1):
            if position in self.starts:
                joint = self.text[self.words[end - 1].end : self.words[position].start]
                if _CONNECTOR.fullmatch(joint):
                    return joint
        for position in (start, start - 1):
            if position in self.ends:
                joint = self.text[self.words[position - 1].end : self.words[start].start]
                if _CONNECTOR.fullmatch(joint):
                    return joint
        return None
