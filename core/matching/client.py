"""The client axis: will this client hire, and pay? From what Upwork says about them; silence counts as neutral."""

from __future__ import annotations

from datetime import datetime
from math import log10

from core.jobs_feed.posting import ClientFacts
from core.matching.evidence import Axis, Evidence, EvidenceCode, Sign, Signal, sign_of, weigh

VERIFIED_WEIGHT = 3.0
HIRE_RATE_WEIGHT = 3.0
SPENT_WEIGHT = 2.0
FEEDBACK_WEIGHT = 2.0
HIRES_WEIGHT = 1.0
MEMBER_WEIGHT = 0.5
PRIOR_WEIGHT = 2.0
FULL_WEIGHT = (
    VERIFIED_WEIGHT + HIRE_RATE_WEIGHT + SPENT_WEIGHT + FEEDBACK_WEIGHT + HIRES_WEIGHT + MEMBER_WEIGHT
)

# A typical client hires on about half of their postings; one posting is not yet a habit.
TYPICAL_HIRE_RATE = 0.5
HABIT_POSTINGS = 3.0
TRUSTED_REVIEWS = 3.0


def rate_client(client: ClientFacts, *, now: datetime) -> Axis:
    """Score a client; every unknown field leaves its weight out and so lowers the confidence."""
    signals = [
        signal
        for signal in (
            _verification(client),
            _hire_rate(client),
            _spending(client),
            _feedback(client),
            _hires(client),
            _membership(client, now),
        )
        if signal is not None
    ]
    extra: tuple[Evidence, ...] = ()
    if not signals:
        extra = (Evidence(EvidenceCode.CLIENT_UNKNOWN, Sign.NEUTRAL),)
    elif is_new(client):
        extra = (Evidence(EvidenceCode.CLIENT_NEW, Sign.NEUTRAL),)
    return weigh(signals, prior=PRIOR_WEIGHT, full=FULL_WEIGHT, extra=extra)


def is_new(client: ClientFacts) -> bool:
    """A first posting: nobody hired yet and nothing spent, as far as Upwork says."""
    return (
        client.posted_jobs is not None and client.posted_jobs <= 1 and not client.hires and not client.spent
    )


def _verification(client: ClientFacts) -> Signal | None:
    if client.payment_verified is None:
        return None
    if client.payment_verified:
        return Signal(85, VERIFIED_WEIGHT, (Evidence(EvidenceCode.CLIENT_VERIFIED, Sign.PLUS),))
    return Signal(20, VERIFIED_WEIGHT, (Evidence(EvidenceCode.CLIENT_UNVERIFIED, Sign.MINUS),))


def _hire_rate(client: ClientFacts) -> Signal | None:
    if client.hire_rate is None or not client.posted_jobs or client.hires is None:
        return None
    posted = max(0, client.posted_jobs)
    hires = min(max(0, client.hires), posted)
    smoothed = (hires + TYPICAL_HIRE_RATE * HABIT_POSTINGS) / (posted + HABIT_POSTINGS)
    value = 100 * smoothed
    params = {"rate": round(max(0.0, client.hire_rate), 2), "hires": client.hires, "posted": posted}
    return Signal(value, HIRE_RATE_WEIGHT, (Evidence(EvidenceCode.CLIENT_HIRE_RATE, sign_of(value), params),))


def _spending(client: ClientFacts) -> Signal | None:
    if client.spent is None:
        return None
    dollars = max(0.0, float(client.spent))
    if dollars < 1:
        if is_new(client):
            return None
        return Signal(30, SPENT_WEIGHT, (Evidence(EvidenceCode.CLIENT_SPENT_NOTHING, Sign.MINUS),))
    # $100 says little, $1,000 is a real client, $100,000 a regular employer: one step per power of ten.
    value = min(98.0, 30 + 14 * log10(1 + dollars))
    params = {"dollars": round(dollars)}
    return Signal(value, SPENT_WEIGHT, (Evidence(EvidenceCode.CLIENT_SPENT, sign_of(value), params),))


def _feedback(client: ClientFacts) -> Signal | None:
    # Upwork sends 0 stars for "nobody has rated them yet".
    if client.feedback is None or client.feedback <= 0 or client.reviews == 0:
        return None
    stars = min(5.0, float(client.feedback))
    value = max(0.0, 95 - (5.0 - stars) * 45)
    reviews = client.reviews if client.reviews is not None else 1
    weight = FEEDBACK_WEIGHT * reviews / (reviews + TRUSTED_REVIEWS)
    params = {"stars": round(stars, 2), "reviews": reviews}
    return Signal(value, weight, (Evidence(EvidenceCode.CLIENT_FEEDBACK, sign_of(value), params),))


def _hires(client: ClientFacts) -> Signal | None:
    if client.hires is None or (client.hires <= 0 and is_new(client)):
        return None
    value = min(95.0, 35 + 30 * log10(1 + max(0, client.hires)))
    params = {"hires": client.hires}
    return Signal(value, HIRES_WEIGHT, (Evidence(EvidenceCode.CLIENT_HIRES, sign_of(value), params),))


def _membership(client: ClientFacts, now: datetime) -> Signal | None:
    if client.member_since is None:
        return None
    years = max(0.0, (now - client.member_since).days / 365.25)
    value = min(80.0, 40 + 8 * years)
    return Signal(
        value, MEMBER_WEIGHT, (Evidence(EvidenceCode.CLIENT_MEMBER, sign_of(value), {"years": int(years)}),)
    )
