"""Every operation against the sandbox's Upwork, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from core.errors import NeedsReauth
from core.jobs_feed.posting import ContractType
from core.searches.criteria import Criteria
from core.upwork import capabilities, operations
from core.upwork.errors import Refused
from core.upwork.requests import Answer
from core.upwork.views import Priority, ProposalStatus, SubmittedProposal
from tests.core.upwork_side import Side


async def post_job(side: Side, title: str = "Build a FastAPI service", **details: object) -> str:
    words = {"description": "Work for a small team.", **details}
    made = await side.server.control("POST", "/jobs", title=title, **words)
    return str(made["id"])


async def apply(side: Side, tenant_id: UUID, job_id: str) -> SubmittedProposal:
    return await operations.create_proposal(
        side.client, tenant_id, job_id=job_id, amount=Decimal("65.50"), cover_letter="I build services."
    )


async def test_search_finds_a_posting_with_its_details(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side, "Build a FastAPI service for invoices")
    found = await operations.search_jobs(side.client, tenant_id, Criteria(query="invoices fastapi"))
    (posting,) = [item for item in found if item.upwork_id == job_id]
    assert posting.title == "Build a FastAPI service for invoices"
    assert posting.ciphertext.startswith("~0")
    assert posting.contract in set(ContractType)
    assert posting.client.country
    assert abs(posting.published_at - side.clock.now()) < timedelta(minutes=5)


async def test_search_pages_by_offset_until_nothing_comes(side: Side) -> None:
    tenant_id = await side.link()
    await side.server.control("POST", "/feed", now=7)
    anything = Criteria(query="")
    pages = [
        await operations.search_jobs(side.client, tenant_id, anything, first=3, offset=offset)
        for offset in (0, 3, 6, 9)
    ]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert len({posting.upwork_id for page in pages for posting in page}) == 7


async def test_the_profile_carries_text_skills_and_figures(side: Side) -> None:
    tenant_id = await side.link()
    person = await operations.me(side.client, tenant_id)
    full = await operations.my_profile(side.client, tenant_id)
    (company, *_) = await operations.companies(side.client, tenant_id)
    row = await side.stored(tenant_id)
    assert (person.user_id, person.nid) == (row.upwork_user_id, row.upwork_nid)
    assert full.overview
    assert full.skills
    assert full.job_success is not None
    assert company.organization_id == row.organization_id


async def test_a_proposal_is_created_once_and_found_again(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side)
    assert await operations.find_proposal(side.client, tenant_id, job_id) is None
    receipt = await apply(side, tenant_id, job_id)
    found = await operations.find_proposal(side.client, tenant_id, job_id)
    assert found is not None
    assert found.proposal_id == receipt.proposal_id
    assert found.status is ProposalStatus.SUBMITTED
    assert (found.rate, found.cover_letter) == (Decimal("65.5"), "I build services.")
    assert found.created_at is not None
    assert abs(found.created_at - side.clock.now()) < timedelta(minutes=5)
    assert await side.server.count("createJobProposal") == 1


async def test_a_refused_proposal_says_why(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side)
    await apply(side, tenant_id, job_id)
    with pytest.raises(Refused) as refused:
        await apply(side, tenant_id, job_id)
    assert refused.value.data["reason"]
    assert len(await side.server.control("GET", "/proposals")) == 1


async def test_answers_travel_with_the_proposal(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side, questions=["Which stack?"])
    (posting,) = await operations.search_jobs(side.client, tenant_id, Criteria(query="FastAPI"))
    assert [question.text for question in posting.questions] == ["Which stack?"]
    await operations.create_proposal(
        side.client,
        tenant_id,
        job_id=job_id,
        amount=Decimal(900),
        cover_letter="Text with 🙂 and \u202ebidi",
        answers=[Answer("Which stack?", "Python")],
    )
    (stored,) = await side.server.control("GET", "/proposals")
    assert stored["cover_letter"] == "Text with 🙂 and \u202ebidi"
    assert "Python" in str(stored)


async def test_messages_go_both_ways(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side)
    receipt = await apply(side, tenant_id, job_id)
    start = side.clock.now() - timedelta(minutes=1)
    await side.server.control("POST", f"/proposals/{receipt.proposal_id}/answer", message="Can we talk?")
    (room,) = await operations.list_rooms(side.client, tenant_id, since=start)
    assert room.proposal_id == receipt.proposal_id
    assert room.job_id == job_id
    story_id = await operations.send_story(
        side.client, tenant_id, room_id=room.room_id, text="Gladly <b>today</b>"
    )
    stories = await operations.list_stories(side.client, tenant_id, room.room_id, since=start)
    assert [story.text for story in stories] == ["Can we talk?", "Gladly <b>today</b>"]
    assert stories[-1].story_id == story_id
    row = await side.stored(tenant_id)
    assert [story.author_id == row.upwork_user_id for story in stories] == [False, True]


async def test_long_listings_are_paged_without_repeats(side: Side) -> None:
    tenant_id = await side.link()
    job_id = await post_job(side)
    receipt = await apply(side, tenant_id, job_id)
    await side.server.control("POST", f"/proposals/{receipt.proposal_id}/answer", message="Hello")
    (room,) = await operations.list_rooms(side.client, tenant_id)
    for number in range(70):
        await side.server.control("POST", f"/rooms/{room.room_id}/write", message=f"part {number}")
    everything = await operations.list_stories(
        side.client, tenant_id, room.room_id, since=side.clock.now() - timedelta(hours=1)
    )
    latest = await operations.list_stories(side.client, tenant_id, room.room_id)
    assert [story.text for story in everything] == ["Hello", *(f"part {number}" for number in range(70))]
    assert len(latest) == 50
    assert latest[-1].text == "part 69"


async def test_every_status_is_listed(side: Side) -> None:
    tenant_id = await side.link()
    jobs = [await post_job(side, f"Posting {number}") for number in range(3)]
    receipts = [await apply(side, tenant_id, job_id) for job_id in jobs]
    await side.server.control("POST", f"/proposals/{receipts[0].proposal_id}/decline")
    await side.server.control("POST", f"/proposals/{receipts[1].proposal_id}/view")
    listed = {view.proposal_id: view for view in await operations.list_proposals(side.client, tenant_id)}
    assert set(listed) == {receipt.proposal_id for receipt in receipts}
    assert listed[receipts[0].proposal_id].status is ProposalStatus.DECLINED
    assert listed[receipts[1].proposal_id].viewed_by_client is True


async def test_the_probe_finds_what_the_schema_has(side: Side) -> None:
    tenant_id = await side.link()
    found = await capabilities.probe(side.client, tenant_id)
    assert (found.create_proposal, found.send_story, found.viewed_by_client) == (True, True, True)
    await side.server.control("POST", "/settings", additions=False)
    found = await capabilities.probe(side.client, tenant_id, priority=Priority.PERSON)
    assert (found.create_proposal, found.send_story, found.viewed_by_client) == (False, True, False)
    account = await side.client.account(tenant_id)
    assert account.capabilities == found
    assert await operations.list_proposals(side.client, tenant_id) == []


async def test_without_an_account_nothing_is_asked(side: Side) -> None:
    tenant_id = (await side.make_tenant()).tenant_id
    with pytest.raises(NeedsReauth):
        await operations.me(side.client, tenant_id)
    assert await side.server.count("user") == 0
