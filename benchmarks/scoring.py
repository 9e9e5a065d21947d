"""Postings scored per second without vectors, beside a plain word count of the same texts."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from core.jobs_feed.posting import ClientFacts, ContractType, JobPosting
from core.matching.reading import read_profile
from core.matching.score import score_posting
from core.profile.facts import Fact, Profile
from core.profile.parsing import parse_profile
from core.searches.criteria import Criteria

_POSTINGS = 300
_PROFILE = (
    "Python back-end developer.\nBuilt FastAPI services with PostgreSQL for a clinic.\nMoved a shop's reports to Airflow.\n"
    "Wrote Stripe billing for a language school.\nEnglish: C1. $45/hr"
)


def _posting(number: int, now: datetime) -> JobPosting:
    return JobPosting(
        upwork_id=str(number),
        ciphertext=f"~02{number}",
        title=f"FastAPI service number {number}",
        description="We need a Python developer for an API with PostgreSQL, tests and documentation. " * 8,
        published_at=now - timedelta(minutes=number),
        contract=ContractType.HOURLY,
        hourly_min=Decimal(30),
        hourly_max=Decimal(60),
        skills=("Python", "FastAPI", "PostgreSQL"),
        applicants=number % 40,
        client=ClientFacts(payment_verified=True, hires=number % 20, posted_jobs=25, spent=Decimal(12_000)),
    )


def main() -> None:
    now = datetime.now(UTC)
    parsed = parse_profile(_PROFILE)
    facts = tuple(
        Fact(uuid4(), number, fact.kind, fact.text, fact.skills)
        for number, fact in enumerate(parsed.facts, 1)
    )
    profile = Profile(parsed.headline, facts, parsed.hourly_rate)
    criteria = Criteria(query="python fastapi")
    reading = read_profile(profile, criteria)
    postings = [_posting(number, now) for number in range(_POSTINGS)]
    start = time.perf_counter()
    for posting in postings:
        Counter(posting.text.lower().split())
    baseline = _POSTINGS / (time.perf_counter() - start)
    start = time.perf_counter()
    for posting in postings:
        score_posting(posting, profile, criteria, now=now, profile_reading=reading)
    rate = _POSTINGS / (time.perf_counter() - start)
    print(f"{rate:7.0f} postings/s, one for every {baseline / rate:.0f} word counts ({baseline:.0f}/s)")
