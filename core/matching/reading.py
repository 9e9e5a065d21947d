"""What scoring needs to know of a posting or a profile, read once and used for many pairs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import JobPosting
from core.matching.embedding_text import embedding_text, is_cyrillic, skills_said
from core.matching.flags import Flag, find_flags
from core.matching.skills import canonical, count_skills, display_name, find_skills, implied
from core.matching.translation import glosses, has_cyrillic
from core.matching.word_weights import weight_of
from core.matching.words import key_of, normalise, split_words
from core.profile.facts import FactKind, Profile
from core.searches.criteria import Criteria

TITLE_REPEAT = 3
SKILL_FACT_TERMS = 2.0
# A word with several meanings has only one of them where it stands.
OTHER_MEANING = 0.5


@dataclass(frozen=True, slots=True)
class PostingReading:
    """`wanted` maps a skill slug (or an unknown tag in lower case) to how much the posting insists on it, 0..1.

    `terms` are stems with their fielded frequency, `spelled` how the posting writes each, `keys` all stems in order,
    `tagged` whether the client set tags, `flags` the red flags of the text and the pay.
    """

    wanted: Mapping[str, float]
    terms: Mapping[str, float]
    spelled: Mapping[str, str]
    keys: tuple[str, ...]
    tagged: bool
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileReading:
    """`held` are the profile's skills with what they imply, `phrases` skills the vocabulary does not know,

    `terms` query weights of its words, `labels` and `matrix` the facts with vectors (one unit-length row each). `translated`:
    part of it is Ukrainian and was read word by word.
    """

    held: frozenset[str]
    phrases: Mapping[tuple[str, ...], str]
    terms: Mapping[str, float]
    labels: tuple[str, ...] = ()
    matrix: NDArray[np.float32] | None = field(default=None, compare=False)
    hourly_rate: Decimal | None = None
    empty: bool = False
    translated: bool = False


TAG = 1.0
TITLE, TEXT = 1.0, 0.6
TAGGED_TITLE, TAGGED_TEXT = 0.7, 0.3
# A text without tags that comes back to a skill insists on it; thrice named is as good as in the title.
AGAIN = 0.2


def tag_name(tag: str) -> str:
    """A tag that the vocabulary does not know, as a comparable name: "Grunt-JS" is "grunt js"."""
    return " ".join(tag.casefold().replace("-", " ").split())


def read_posting(posting: JobPosting) -> PostingReading:
    """Skills from tags, title and text, and the posting's words."""
    wanted: dict[str, float] = {}
    for tag in posting.skills:
        slug = canonical(tag)
        for name in (slug,) if slug else find_skills(tag) or (tag_name(tag),):
            wanted[name] = TAG
    wanted.pop("", None)
    # The client's own tags say what counts; beside them a skill that the text names is half a wish or a mere topic.
    in_title, in_text = (TAGGED_TITLE, TAGGED_TEXT) if wanted else (TITLE, TEXT)
    for slug in find_skills(posting.title):
        wanted.setdefault(slug, in_title)
    for slug, times in count_skills(posting.description).items():
        insistence = in_text if posting.skills else min(in_title, in_text + AGAIN * (times - 1))
        wanted.setdefault(slug, insistence)
    title = list(split_words(normalise(posting.title)))
    body = list(split_words(normalise(posting.description)))
    terms: Counter[str] = Counter(word.key for word in body)
    for word in title:
        terms[word.key] += TITLE_REPEAT
    for tag in posting.skills:
        terms.update(key_of(tag))
    return PostingReading(
        wanted=wanted,
        terms=terms,
        spelled={word.key: word.raw for word in reversed((*title, *body))},
        # The empty key keeps a phrase from being found across the end of the title.
        keys=(*(word.key for word in title), "", *(word.key for word in body)),
        tagged=bool(posting.skills),
        flags=find_flags(posting),
    )


def read_profile(profile: Profile, criteria: Criteria | None = None) -> ProfileReading:
    """Skills, words and vectors of a profile; with no facts at all the saved search speaks for the user."""
    held: set[str] = set(skills_said(profile.headline))
    phrases: dict[tuple[str, ...], str] = {}
    terms: dict[str, float] = {}
    texts = [(profile.headline, 2.0)]
    labels: list[str] = []
    rows: list[tuple[float, ...]] = []
    for fact in profile.facts:
        held.update(fact.skills or find_skills(fact.text))
        if has_cyrillic(fact.text):
            held.update(skills_said(fact.text))
        if fact.kind is FactKind.SKILL and (slug := canonical(fact.text)):
            held.add(slug)
        if fact.kind is FactKind.SKILL:
            phrases.update(_unknown_skills(fact.text))
        texts.append((fact.text, SKILL_FACT_TERMS if fact.kind is FactKind.SKILL else 1.0))
        # The model reads English only; a Ukrainian fact without a known word has a vector that means nothing.
        if fact.vector is not None and (embedding_text(fact.text) != fact.text or not is_cyrillic(fact.text)):
            labels.append(fact.label)
            rows.append(fact.vector)
    empty = not profile.facts and not profile.headline.strip()
    if empty and criteria is not None:
        held.update(skills_said(criteria.query))
        held.update(slug for tag in criteria.skills if (slug := canonical(tag)) is not None)
        texts.append((" ".join((criteria.query, *criteria.skills)), SKILL_FACT_TERMS))
    for text, share in texts:
        for key, part in _keys_said(text):
            terms[key] = terms.get(key, 0.0) + share * part * weight_of(key)
    return ProfileReading(
        held=implied(held),
        phrases=phrases,
        terms={key: weight for key, weight in terms.items() if weight > 0},
        labels=tuple(labels),
        matrix=np.asarray(rows, dtype=np.float32) if rows else None,
        hourly_rate=profile.hourly_rate,
        empty=empty,
        translated=any(is_cyrillic(text) for text, _ in texts),
    )


def _keys_said(text: str) -> Iterator[tuple[str, float]]:
    """Every word of a text with how surely it is said. Postings are written in English: a Ukrainian word stands for what it means
    there, and a skill that goes by a Ukrainian name for its own."""
    if not has_cyrillic(text):
        yield from ((word.key, 1.0) for word in split_words(normalise(text)))
        return
    said: set[str] = set()
    for part in glosses(text):
        for gloss in part:
            for place, meaning in enumerate(gloss.english):
                for key in key_of(meaning):
                    said.add(key)
                    yield key, 1.0 if place == 0 else OTHER_MEANING
    for slug in skills_said(text):
        for key in key_of(display_name(slug)):
            if key not in said:
                said.add(key)
                yield key, 1.0


def _unknown_skills(text: str) -> dict[tuple[str, ...], str]:
    """Items of a skill list that the vocabulary does not know; they are looked for in postings as they stand."""
    unknown: dict[tuple[str, ...], str] = {}
    for item in re.split(r"[,;|•·\n]", text):
        key = key_of(item)
        if (
            1 <= len(key) <= 4
            and sum(map(weight_of, key)) >= 1
            and canonical(item) is None
            and not find_skills(item)
        ):
            unknown[key] = item.strip()
    return unknown
