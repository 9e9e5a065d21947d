"""What scoring needs to know of a posting or a profile, read once and used for many pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import JobPosting
from core.matching.skills import canonical, find_skills, implied
from core.matching.word_weights import weight_of
from core.matching.words import key_of, normalise, split_words
from core.profile.facts import FactKind, Profile
from core.searches.criteria import Criteria

TITLE_REPEAT = 3
SKILL_FACT_TERMS = 2.0


@dataclass(frozen=True, slots=True)
class PostingReading:
    """`wanted` maps a skill slug (or an unknown tag in lower case) to how much the posting insists on it, 0..1.

    `terms` are stems with their fielded frequency, `keys` all stems in order, `tagged` whether the client set tags.
    """

    wanted: Mapping[str, float]
    terms: Mapping[str, float]
    keys: tuple[str, ...]
    tagged: bool


@dataclass(frozen=True, slots=True)
class ProfileReading:
    """`held` are the profile's skills with what they imply, `phrases` skills the vocabulary does not know,

    `terms` query weights of its words, `labels` and `matrix` the facts with vectors (one unit-length row each).
    """

    held: frozenset[str]
    phrases: Mapping[tuple[str, ...], str]
    terms: Mapping[str, float]
    labels: tuple[str, ...] = ()
    matrix: NDArray[np.float32] | None = field(default=None, compare=False)
    hourly_rate: Decimal | None = None
    empty: bool = False


TAG_INSISTENCE = 1.0
TITLE_INSISTENCE = 1.0
TEXT_INSISTENCE = 0.6


def tag_name(tag: str) -> str:
    """A tag that the vocabulary does not know, as a comparable name: "Grunt-JS" is "grunt js"."""
    return " ".join(tag.casefold().replace("-", " ").split())


def read_posting(posting: JobPosting) -> PostingReading:
    """Skills from tags, title and text, and the posting's words."""
    wanted: dict[str, float] = {}
    for tag in posting.skills:
        slug = canonical(tag)
        for name in (slug,) if slug else find_skills(tag) or (tag_name(tag),):
            wanted[name] = TAG_INSISTENCE
    wanted.pop("", None)
    for slug in find_skills(posting.title):
        wanted[slug] = max(wanted.get(slug, 0.0), TITLE_INSISTENCE)
    for slug in find_skills(posting.description):
        wanted.setdefault(slug, TEXT_INSISTENCE)
    title = key_of(posting.title)
    body = key_of(posting.description)
    terms: Counter[str] = Counter(body)
    for key in title:
        terms[key] += TITLE_REPEAT
    for tag in posting.skills:
        for key in key_of(tag):
            terms[key] += 1
    return PostingReading(wanted, terms, (*title, "", *body), bool(posting.skills))


def read_profile(profile: Profile, criteria: Criteria | None = None) -> ProfileReading:
    """Skills, words and vectors of a profile; with no facts at all the saved search speaks for the user."""
    held: set[str] = set(find_skills(profile.headline))
    phrases: dict[tuple[str, ...], str] = {}
    terms: Counter[str] = Counter()
    texts = [(profile.headline, 2.0)]
    labels: list[str] = []
    rows: list[tuple[float, ...]] = []
    for fact in profile.facts:
        skills = fact.skills or find_skills(fact.text)
        held.update(skills)
        key = key_of(fact.text)
        if fact.kind is FactKind.SKILL and not skills and 1 <= len(key) <= 4:
            phrases[key] = fact.text.strip()
        texts.append((fact.text, SKILL_FACT_TERMS if fact.kind is FactKind.SKILL else 1.0))
        if fact.vector is not None:
            labels.append(fact.label)
            rows.append(fact.vector)
    empty = not profile.facts and not profile.headline.strip()
    if empty and criteria is not None:
        held.update(find_skills(criteria.query))
        held.update(slug for tag in criteria.skills if (slug := canonical(tag)) is not None)
        texts.append((" ".join((criteria.query, *criteria.skills)), SKILL_FACT_TERMS))
    for text, share in texts:
        for word in split_words(normalise(text)):
            terms[word.key] += share * weight_of(word.key)  # type: ignore[assignment]  # Counter of floats
    return ProfileReading(
        held=implied(held),
        phrases=phrases,
        terms={key: weight for key, weight in terms.items() if weight > 0},
        labels=tuple(labels),
        matrix=np.asarray(rows, dtype=np.float32) if rows else None,
        hourly_rate=profile.hourly_rate,
        empty=empty,
    )
