"""A freelancer with a profile and searches, and clients who post: what the tests of the feed start from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.jobs import Job, WorkItem
from core.jobs_feed.models import JobCard, PostingRow
from core.profile import service as profiles
from core.searches import service as searches
from core.searches.criteria import Criteria
from tests.core.acting import Desk, Freelancer

PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend on Stripe for a marketplace: 40,000 orders a month.
English: fluent. Rate: $55/hr
"""
SEARCH = "marketplaceJobPostingsSearch"
GOOD_CLIENT = {
    "verified": True,
    "hires": 40,
    "posted_jobs": 42,
    "spent": 90000.0,
    "feedback": 4.95,
    "reviews": 30,
}


async def known(desk: Desk, **account: Any) -> Freelancer:
    freelancer = await desk.freelancer(**account)
    await tell(freelancer)
    return freelancer


async def tell(freelancer: Freelancer, text: str = PROFILE) -> None:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        keys = await freelancer.rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(text), replace=True)


async def search(freelancer: Freelancer, **criteria: Any) -> UUID:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        keys = await freelancer.rt.keys(session)
        return (await searches.add_search(session, keys, Criteria(**({"query": "python"} | criteria)))).id


async def post(desk: Desk, title: str = "FastAPI backend", **job: Any) -> str:
    order = {
        "title": title,
        "description": f"We need a Python developer for {title}: FastAPI, PostgreSQL, Stripe and Docker. Tests wanted.",
        "skills": ["Python", "FastAPI", "PostgreSQL"],
        "hourly_min": 45,
        "hourly_max": 70,
        "client": GOOD_CLIENT,
        **job,
    }
    posted = await desk.server.control("POST", "/jobs", **order)
    return str(posted["id"])


async def poll(desk: Desk) -> None:
    await desk.work(Job.POLL_SEARCH, hurry=True)
    await desk.work(Job.SCORE_POSTINGS, hurry=True)


async def cards(freelancer: Freelancer) -> list[JobCard]:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        return list(await session.scalars(select(JobCard).order_by(JobCard.created_at)))


async def stored(freelancer: Freelancer) -> list[PostingRow]:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        return list(await session.scalars(select(PostingRow)))


async def items(desk: Desk, job: Job) -> list[WorkItem]:
    async with desk.rt.db.begin() as session:
        return list(await session.scalars(select(WorkItem).where(WorkItem.job == job)))
