"""The fit axis: how much of what the posting asks for does this profile show? Skills, words and meaning together."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.evidence import Axis, Evidence, EvidenceCode, Sign, Signal, weigh
from core.matching.gates import contract_of
from core.matching.meaning import surprise
from core.matching.reading import PostingReading, ProfileReading, tag_name
from core.matching.skills import child_count, display_name, related, vocabulary
from core.matching.word_weights import weight_of

SKILLS_WEIGHT = 4.0
TAGGED_WEIGHT = 9.0
WORDS_WEIGHT = 3.0
MEANING_WEIGHT = 3.0
RATE_WEIGHT = 0.5
FULL_WEIGHT = TAGGED_WEIGHT + WORDS_WEIGHT + MEANING_WEIGHT
PRIOR_WEIGHT = 1.0
# Most postings do not fit most people, so a fit that nothing is known about starts below the middle.
START = 30.0

RELATED_CREDIT = 0.35
# Nobody has every tag a client can think of: this share of them is a full match.
FULL_SHARE = 0.7
UNSEEN_TAGGED = 0.6
UNSEEN_TEXT = 1.2
BROAD = 0.3
# A skill that a tagged posting only mentions in passing is not held against anybody by name.
WORTH_NAMING = 0.5
TOP_FACTS = 5
SHOWN = 6

K1 = 1.2
B = 0.6
TYPICAL_LENGTH = 150.0
WORDS_HALF = 6.0
# From nothing in common to surely the same subject: as a cosine, and in standard deviations above the background.
COSINE_RANGE = (0.1, 0.5)
SURPRISE_RANGE = (-0.5, 2.0)
SUPPORTS_AT = 0.38


def rate_fit(
    posting: JobPosting,
    posting_reading: PostingReading,
    profile_reading: ProfileReading,
    *,
    vector: Sequence[float] | None = None,
    text_rank: float | None = None,
) -> Axis:
    """Score the fit. Without vectors, or with a posting that names no skill, the rest decides with less confidence."""
    if profile_reading.empty and not profile_reading.terms:
        return weigh(
            (),
            prior=PRIOR_WEIGHT,
            full=FULL_WEIGHT,
            extra=(Evidence(EvidenceCode.PROFILE_EMPTY, Sign.NEUTRAL),),
        )
    signals = [
        signal
        for signal in (
            _skills(posting_reading, profile_reading),
            _words(posting_reading, profile_reading, text_rank),
            _meaning(profile_reading, vector),
            _rate(posting, profile_reading),
        )
        if signal is not None
    ]
    told = (Evidence(EvidenceCode.READ_BY_WORDS, Sign.NEUTRAL),) if profile_reading.translated else ()
    return weigh(signals, prior=PRIOR_WEIGHT, full=FULL_WEIGHT, start=START, extra=told)


def _skills(posting: PostingReading, profile: ProfileReading) -> Signal | None:
    matched: list[tuple[float, str]] = []
    close: list[tuple[float, str]] = []
    missing: list[tuple[float, str]] = []
    wanted = sum(insistence * specificity(slug) for slug, insistence in posting.wanted.items())
    earned = 0.0
    for slug, insistence in posting.wanted.items():
        weight = insistence * specificity(slug)
        if slug in profile.held:
            earned += weight
            matched.append((weight, display_name(slug)))
        elif any(other in profile.held for other in related(slug)):
            earned += RELATED_CREDIT * weight
            close.append((weight, display_name(slug)))
        elif insistence >= WORTH_NAMING:
            missing.append((weight, display_name(slug)))
    for key, name in profile.phrases.items():
        if tag_name(name) in posting.wanted:
            earned += posting.wanted[tag_name(name)]
            matched.append((1.0, name))
            missing = [item for item in missing if item[1] != tag_name(name)]
        elif _contains(posting.keys, key):
            wanted += 1.0
            earned += 1.0
            matched.append((1.0, name))
    if wanted == 0:
        return None
    share = earned / (wanted + (UNSEEN_TAGGED if posting.tagged else UNSEEN_TEXT))
    value = 100 * min(1.0, share / FULL_SHARE)
    evidence: list[Evidence] = []
    for code, sign, found in (
        (EvidenceCode.SKILLS_MATCHED, Sign.PLUS, matched),
        (EvidenceCode.SKILLS_RELATED, Sign.NEUTRAL, close),
        (EvidenceCode.SKILLS_MISSING, Sign.MINUS, missing),
    ):
        if found:
            names = tuple(name for _, name in sorted(found, key=lambda item: -item[0])[:SHOWN])
            evidence.append(Evidence(code, sign, {"skills": names}))
    # The points belong to the reason that speaks their way.
    evidence.sort(key=lambda item: item.sign is not (Sign.PLUS if value >= START else Sign.MINUS))
    return Signal(value, TAGGED_WEIGHT if posting.tagged else SKILLS_WEIGHT, tuple(evidence))


def specificity(slug: str) -> float:
    """How much a skill narrows the field: broad ones, and those that many others imply, count less."""
    skill = vocabulary().get(slug)
    if skill is not None and skill.broad:
        return BROAD
    children = child_count(slug)
    return 1.0 / (1.0 + 0.2 * log(1 + children))


def _words(posting: PostingReading, profile: ProfileReading, text_rank: float | None) -> Signal | None:
    if not profile.terms or not posting.terms:
        return None
    length = sum(posting.terms.values())
    normal = K1 * (1 - B + B * length / TYPICAL_LENGTH)
    shared: list[tuple[float, str]] = []
    for key, weight in profile.terms.items():
        frequency = posting.terms.get(key, 0.0)
        if frequency:
            gain = (
                weight_of(key) * (weight / (weight + 1.0)) * 2 * frequency * (K1 + 1) / (frequency + normal)
            )
            shared.append((gain, key))
    total = sum(gain for gain, _ in shared)
    value = 100 * total / (total + WORDS_HALF)
    if text_rank is not None:
        value = 0.7 * value + 0.3 * 100 * min(1.0, max(0.0, text_rank))
    words = tuple(
        posting.spelled.get(key, key) for gain, key in sorted(shared, reverse=True)[:SHOWN] if gain > 0.5
    )
    if not words:
        return Signal(value, WORDS_WEIGHT, (Evidence(EvidenceCode.WORDS_FEW, Sign.MINUS),))
    sign = Sign.PLUS if value >= START else Sign.NEUTRAL
    return Signal(value, WORDS_WEIGHT, (Evidence(EvidenceCode.WORDS_SHARED, sign, {"words": words}),))


def _meaning(profile: ProfileReading, vector: Sequence[float] | None) -> Signal | None:
    if vector is None or profile.matrix is None:
        return None
    target = np.asarray(vector, dtype=np.float32)
    if target.shape != profile.matrix.shape[1:]:
        return None
    similarities = profile.matrix @ target
    if not np.isfinite(similarities).all():
        return None
    order = np.argsort(-similarities)[:TOP_FACTS]
    best = float(similarities[order[0]])
    # The cosine orders what is near, the surprise what is far; neither is better alone.
    value = 50 * (
        _within(COSINE_RANGE, float(similarities[order].mean()))
        + _within(SURPRISE_RANGE, float(surprise(similarities[order], target).mean()))
    )
    evidence = [
        Evidence(
            EvidenceCode.FACT_SUPPORTS,
            Sign.PLUS,
            {"fact": profile.labels[index], "similarity": round(float(similarities[index]), 2)},
        )
        for index in order
        if similarities[index] >= SUPPORTS_AT
    ]
    if not evidence:
        sign = Sign.NEUTRAL if value >= START else Sign.MINUS
        evidence = [Evidence(EvidenceCode.FACTS_FAR, sign, {"similarity": round(best, 2)})]
    return Signal(value, MEANING_WEIGHT, tuple(evidence))


def _within(bounds: tuple[float, float], value: float) -> float:
    """Where a value lies between two bounds, 0..1."""
    low, high = bounds
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _rate(posting: JobPosting, profile: ProfileReading) -> Signal | None:
    offered = posting.hourly_max or posting.hourly_min
    if not profile.hourly_rate or not offered or posting.currency.upper() != "USD":
        return None
    if contract_of(posting) is not ContractType.HOURLY:
        return None
    covered = offered >= profile.hourly_rate
    ratio = float(offered / profile.hourly_rate)
    value = 80.0 if covered else max(0.0, 80.0 - 120.0 * (1.0 - ratio))
    code = EvidenceCode.RATE_COVERED if covered else EvidenceCode.RATE_NOT_COVERED
    params = {"rate": float(profile.hourly_rate), "offered": float(offered)}
    return Signal(value, RATE_WEIGHT, (Evidence(code, Sign.PLUS if covered else Sign.MINUS, params),))


def _contains(keys: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(keys[start : start + size] == phrase for start in range(len(keys) - size + 1))
