"""Choosing the facts a draft may lean on: the few of the user's own statements that fit this posting best."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from core.jobs_feed.posting import JobPosting
from core.profile.facts import Fact, FactKind, Profile

GOOD_FIT = 2.5
"""Relevance of a fact that shares a skill, or several telling words, with a posting; below it the likeness is chance."""
POSTING_READ = 20_000
"""Characters of a posting that are looked at; no honest one is longer."""

_WORD = re.compile(r"[^\W_][\w+#.-]*[\w+#]|[^\W_]")
_STOP_WORDS = (
    "the and for you are with this that our need will have from your who can should must all any not but they what how about"
    " work working job project projects experience years year looking please into been was were has had also more than using"
    " use used make build built want help team time good great strong skills skill new one two some such other их для это или"
    " як що для або про від під при над нам вам мені треба потрібно роботи проєкт проєкту досвід"
)
_STOP = frozenset(_STOP_WORDS.split())
_KIND_WEIGHT = {
    FactKind.PROJECT: 1.25,
    FactKind.EXPERIENCE: 1.15,
    FactKind.SKILL: 1.0,
    FactKind.LINK: 0.8,
    FactKind.EDUCATION: 0.75,
    FactKind.LANGUAGE: 0.7,
    FactKind.OTHER: 0.9,
}


def words_of(text: str) -> list[str]:
    """Lower-case content words, plural and case endings cut so that "invoices" meets "invoice"."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if len(word) > 1 and word not in _STOP]


def _stem(word: str) -> str:
    if len(word) > 5 and "а" <= word[0] <= "ґ":
        return word[: max(5, len(word) - 2)]
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def select_facts(
    profile: Profile, posting: JobPosting, limit: int = 8, *, vector: Sequence[float] | None = None
) -> tuple[Fact, ...]:
    """The `limit` facts most relevant to `posting`, best first; facts that fit nothing are left out.

    Skills shared with the posting's tags weigh most, then rare shared words, then (if `vector` is the posting's
    unit-length embedding) the cosine. Ties keep the user's order.
    """
    if not profile.facts:
        return ()
    scored = [(relevance, fact) for fact, relevance in rank_facts(profile.facts, posting, vector=vector)]
    return tuple(fact for relevance, fact in scored if relevance > 0)[:limit]


def rank_facts(
    facts: Sequence[Fact], posting: JobPosting, *, vector: Sequence[float] | None = None
) -> list[tuple[Fact, float]]:
    """Every fact with its relevance (0 = nothing in common), best first."""
    about = posting.text[:POSTING_READ]
    wanted = Counter(words_of(about)) + Counter({word: 3 for tag in posting.skills for word in words_of(tag)})
    tags = {tag.lower() for tag in posting.skills}
    frequency = Counter(word for fact in facts for word in set(words_of(fact.text)))
    ranked: list[tuple[Fact, float]] = []
    for fact in facts:
        own = set(words_of(fact.text))
        lexical = sum(
            math.log(1 + len(facts) / frequency[word]) * min(wanted[word], 4) ** 0.5
            for word in own
            if wanted[word]
        ) / math.sqrt(len(own) + 4)
        text = about.lower()
        skills = sum(
            2.0 if skill.lower().replace("-", " ") in tags or skill.lower() in tags else 0.8
            for skill in fact.skills
            if skill.lower() in tags or skill.lower().replace("-", " ") in tags or skill.lower() in text
        )
        cosine = (
            sum(a * b for a, b in zip(fact.vector, vector, strict=False)) if vector and fact.vector else 0.0
        )
        relevance = (lexical + skills + 2.5 * max(0.0, cosine - 0.15)) * _KIND_WEIGHT[fact.kind]
        ranked.append((fact, relevance))
    ranked.sort(key=lambda pair: (-pair[1], pair[0].number))
    return ranked
