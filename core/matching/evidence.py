"""What an axis is made of: a score, how sure we are of it, and the reasons, as codes that the bot puts into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Param = str | int | float | bool | tuple[str, ...]

NEUTRAL = 50.0
RANK_OF_EXPLANATION = 0.6


class Sign(StrEnum):
    PLUS = "plus"
    MINUS = "minus"
    NEUTRAL = "neutral"


class EvidenceCode(StrEnum):
    """Every reason a card can give. The params of each are listed beside it."""

    # Fit
    SKILLS_MATCHED = "skills_matched"  # skills: canonical names the profile has and the posting asks for
    SKILLS_RELATED = "skills_related"  # skills: asked for, and the profile has a close neighbour
    SKILLS_MISSING = "skills_missing"  # skills: asked for, nothing like it in the profile
    FACT_SUPPORTS = "fact_supports"  # fact: "F3", similarity: 0..1
    READ_BY_WORDS = "read_by_words"  # the profile is Ukrainian, the posting English
    FACTS_FAR = "facts_far"  # similarity: 0..1 of the best fact
    WORDS_SHARED = "words_shared"  # words: the rarest words that both texts use
    WORDS_FEW = "words_few"
    RATE_COVERED = "rate_covered"  # rate, offered: US dollars per hour
    RATE_NOT_COVERED = "rate_not_covered"  # rate, offered: US dollars per hour
    PROFILE_EMPTY = "profile_empty"
    LEARNED = "learned"  # answers, before, after: totals without and with what they taught
    OWN_RULE = "own_rule"  # a rule the person made of a habit keeps it quiet
    # Client
    CLIENT_VERIFIED = "client_verified"
    CLIENT_UNVERIFIED = "client_unverified"
    CLIENT_HIRE_RATE = "client_hire_rate"  # rate: 0..1, hires, posted
    CLIENT_SPENT = "client_spent"  # dollars
    CLIENT_SPENT_NOTHING = "client_spent_nothing"
    CLIENT_FEEDBACK = "client_feedback"  # stars: 0..5, reviews
    CLIENT_HIRES = "client_hires"  # hires
    CLIENT_MEMBER = "client_member"  # years: whole years on Upwork
    CLIENT_NEW = "client_new"
    CLIENT_UNKNOWN = "client_unknown"
    # Odds
    POSTED = "posted"  # minutes since it was published or renewed
    APPLICANTS = "applicants"  # count
    INTERVIEWING = "interviewing"  # count
    INVITES = "invites"  # count
    HIRED = "hired"  # count, wanted
    APPLIED = "applied"
    CHANCES = "chances"  # reply, hire: 0..1, sure: 0..1 how much of it is their own history, proposals: how many of theirs
    CHANCES_PUBLISHED = "chances_published"  # reply, hire: 0..1, from published averages alone
    # connects: up to how many pay off, uplift: 0..1 by which the chance is taken to grow, gained: 0..1 by which it grows so,
    # value: US dollars the job would bring
    BOOST = "boost"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason. `points` is what it moved the axis by, from where the axis starts; reasons that only explain have 0."""

    code: EvidenceCode
    sign: Sign
    params: Mapping[str, Param] = field(default_factory=dict)
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Axis:
    """`score` 0..100, `confidence` 0..1 is the share of the axis's signals that were known; `evidence` weightiest first."""

    score: float
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """A known input of an axis: `value` 0..100 with its weight; the first evidence is credited with the points."""

    value: float
    weight: float
    evidence: tuple[Evidence, ...] = ()


def sign_of(value: float, *, dead_zone: float = 5.0) -> Sign:
    """Which way a 0..100 value speaks; values within `dead_zone` of neutral say nothing."""
    if value > NEUTRAL + dead_zone:
        return Sign.PLUS
    return Sign.MINUS if value < NEUTRAL - dead_zone else Sign.NEUTRAL


def weigh(
    signals: Iterable[Signal],
    *,
    prior: float,
    full: float,
    start: float = NEUTRAL,
    ceiling: float = 100.0,
    extra: tuple[Evidence, ...] = (),
) -> Axis:
    """Weighted mean of the known signals and of `start`, so that silence pulls to it and never to 0.

    `prior` is the weight of `start`, `full` the weight of all signals were they known (for the confidence),
    `ceiling` a hard cap on the score. `start` plus the points of all evidence is the score before the cap.
    """
    known = [signal for signal in signals if signal.weight > 0]
    total = prior + sum(signal.weight for signal in known)
    score = start
    ranked: list[tuple[float, Evidence]] = []
    for signal in known:
        points = signal.weight * (min(100.0, max(0.0, signal.value)) - start) / total
        score += points
        for position, item in enumerate(signal.evidence):
            # What explains a weighty signal is worth more of a card's few lines than the whole of a light one.
            rank = abs(points) * RANK_OF_EXPLANATION**position
            ranked.append((rank, replace(item, points=round(points, 2)) if position == 0 else item))
    ranked.sort(key=lambda pair: -pair[0])
    confidence = min(1.0, sum(signal.weight for signal in known) / full) if full > 0 else 0.0
    return Axis(
        round(max(0.0, min(ceiling, score)), 2), round(confidence, 3), (*(item for _, item in ranked), *extra)
    )
