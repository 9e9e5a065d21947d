"""Postings and profiles for the matching tests, plain ones and arbitrary ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st

from core.jobs_feed.posting import ClientFacts, ContractType, ExperienceLevel, JobPosting
from core.matching.skills import find_skills
from core.profile.facts import Fact, FactKind, Profile

# Two cores are shared by everybody; a slow example is not a wrong one.
patient = settings(deadline=None)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def make_posting(**changes: Any) -> JobPosting:
    """A fresh hourly FastAPI job from an unknown client; `changes` replace fields."""
    fields: dict[str, Any] = {
        "upwork_id": "1900000000000000001",
        "ciphertext": "~021900000000000000001",
        "title": "FastAPI developer for a booking service",
        "description": "We need an API in Python with PostgreSQL. Two weeks of work, tests included.",
        "published_at": NOW - timedelta(minutes=4),
    }
    return JobPosting(**(fields | changes))


def make_profile(*statements: str, headline: str = "", **changes: Any) -> Profile:
    """A profile whose facts are the statements, each with the skills that it names."""
    facts = tuple(
        Fact(UUID(int=number), number, FactKind.OTHER, text, find_skills(text))
        for number, text in enumerate(statements, start=1)
    )
    return Profile(headline, facts, **changes)


PYTHON = make_profile(
    "Built a booking platform with FastAPI and PostgreSQL",
    "Seven years of Python",
    headline="Python developer",
)

_money = st.none() | st.decimals(Decimal(0), Decimal(10_000_000), places=2)
_count = st.none() | st.integers(0, 100_000)
_times = st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it

any_client = st.builds(
    ClientFacts,
    country=st.none() | st.text(max_size=20),
    city=st.none() | st.text(max_size=20),
    payment_verified=st.none() | st.booleans(),
    hires=_count,
    posted_jobs=_count,
    reviews=_count,
    feedback=st.none() | st.decimals(Decimal(0), Decimal(5), places=2),
    spent=_money,
    member_since=st.none() | _times,
)
any_posting = st.builds(
    JobPosting,
    upwork_id=st.text("0123456789", min_size=1, max_size=19),
    ciphertext=st.text("~0123456789", min_size=1, max_size=22),
    title=st.text(max_size=80),
    description=st.text(max_size=400),
    published_at=_times,
    contract=st.none() | st.sampled_from(ContractType),
    budget=_money,
    hourly_min=_money,
    hourly_max=_money,
    currency=st.sampled_from(["USD", "EUR", "usd"]),
    experience=st.none() | st.sampled_from(ExperienceLevel),
    skills=st.lists(
        st.sampled_from(["Python", "web-design", "", "C++"]) | st.text(max_size=20), max_size=5
    ).map(tuple),
    applicants=_count,
    interviewing=_count,
    invites=_count,
    hired=_count,
    freelancers_to_hire=st.integers(0, 50),
    renewed_at=st.none() | _times,
    applied=st.booleans(),
    preferred_locations=st.lists(st.text(max_size=15), max_size=3).map(tuple),
    location_mandatory=st.booleans(),
    client=any_client,
)
