"""The odds axis: how good is the chance to be read and answered, given how fresh and how crowded the posting is?"""

from __future__ import annotations

from datetime import datetime
from math import log

from core.jobs_feed.posting import JobPosting
from core.matching.evidence import Axis, Evidence, EvidenceCode, Param, Sign, Signal, sign_of, weigh

AGE_WEIGHT = 3.0
APPLICANTS_WEIGHT = 4.0
INTERVIEWING_WEIGHT = 2.0
INVITES_WEIGHT = 1.0
FULL_WEIGHT = AGE_WEIGHT + APPLICANTS_WEIGHT + INTERVIEWING_WEIGHT + INVITES_WEIGHT
PRIOR_WEIGHT = 1.0

# Minutes since posting → value. Clients read the first proposals; after a day most shortlists are closed.
AGE_CURVE = ((5.0, 97.0), (60.0, 78.0), (360.0, 55.0), (1440.0, 32.0), (4320.0, 15.0), (10080.0, 5.0))
CROWD_HALF = 18.0
FILLED_CEILING = 5.0


def rate_odds(posting: JobPosting, *, now: datetime) -> Axis:
    """Score the chance; counts that Upwork hid are left out and lower the confidence."""
    # When a posting of the person's own was put up nobody knows.
    signals = [] if posting.own else [_age(posting, now)]
    if posting.applicants is not None:
        value = 97 / (1 + (max(0, posting.applicants) / CROWD_HALF) ** 1.25)
        signals.append(_count(EvidenceCode.APPLICANTS, posting.applicants, value, APPLICANTS_WEIGHT))
    if posting.interviewing is not None:
        value = 68 / (1 + max(0, posting.interviewing) / 2.0)
        signals.append(_count(EvidenceCode.INTERVIEWING, posting.interviewing, value, INTERVIEWING_WEIGHT))
    if posting.invites is not None:
        value = 62 / (1 + max(0, posting.invites) / 6.0)
        signals.append(_count(EvidenceCode.INVITES, posting.invites, value, INVITES_WEIGHT))
    ceiling = 100.0
    extra: list[Evidence] = []
    wanted = max(1, posting.freelancers_to_hire)
    if posting.hired:
        params: dict[str, Param] = {"count": posting.hired, "wanted": wanted}
        extra.append(Evidence(EvidenceCode.HIRED, Sign.MINUS, params))
        if posting.hired >= wanted:
            ceiling = FILLED_CEILING
    if posting.applied:
        extra.append(Evidence(EvidenceCode.APPLIED, Sign.NEUTRAL))
    return weigh(signals, prior=PRIOR_WEIGHT, full=FULL_WEIGHT, ceiling=ceiling, extra=tuple(extra))


def minutes_old(posting: JobPosting, now: datetime) -> float:
    """Minutes since the client last put the posting up; a clock that runs behind gives 0, never a negative age."""
    fresh = max(posting.published_at, posting.renewed_at) if posting.renewed_at else posting.published_at
    return max(0.0, (now - fresh).total_seconds() / 60)


def _age(posting: JobPosting, now: datetime) -> Signal:
    minutes = minutes_old(posting, now)
    value = _interpolate(minutes)
    return Signal(
        value, AGE_WEIGHT, (Evidence(EvidenceCode.POSTED, sign_of(value), {"minutes": int(minutes)}),)
    )


def _interpolate(minutes: float) -> float:
    previous_minutes, previous = AGE_CURVE[0]
    if minutes <= previous_minutes:
        return previous
    for point, value in AGE_CURVE[1:]:
        if minutes <= point:
            share = log(minutes / previous_minutes) / log(point / previous_minutes)
            return previous + (value - previous) * share
        previous_minutes, previous = point, value
    return previous


def _count(code: EvidenceCode, count: int, value: float, weight: float) -> Signal:
    return Signal(value, weight, (Evidence(code, sign_of(value), {"count": count}),))
