"""What the product asks Upwork for, one typed function each.

Errors are those of `UpworkClient.execute`. Mutations raise NotSent (safe to try again), Refused (Upwork said no), or BytesLeft
(nobody knows: read back, never send again).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from core.errors import Unavailable
from core.jobs_feed.posting import JobPosting
from core.log import get_logger
from core.searches.criteria import Criteria
from core.upwork import documents, mapping, requests
from core.upwork.client import UpworkClient
from core.upwork.documents import Operation
from core.upwork.errors import BytesLeft, MissingScope, Refused
from core.upwork.requests import Answer
from core.upwork.views import (
    CompanyView,
    Priority,
    ProfileView,
    ProposalStatus,
    ProposalView,
    RoomView,
    StoryView,
    SubmittedProposal,
)
from core.upwork.wire import dig, flag, nodes, text

log = get_logger(__name__)

# Where a proposal that was just sent is found first; then the states that take longer to reach.
EVERY_STATUS = tuple(requests.WIRE_STATUS)
MAX_PAGES = 25

View = TypeVar("View")


async def search_jobs(
    client: UpworkClient,
    tenant_id: UUID,
    criteria: Criteria,
    *,
    first: int = requests.SEARCH_PAGE,
    offset: int = 0,
    priority: Priority = Priority.BACKGROUND,
) -> list[JobPosting]:
    """One page of the user's own search, newest first. An empty list is the end; Upwork's total is unreliable.

    Rates, budgets, excluded words and age are not filtered by Upwork: check the criteria again.
    """
    variables = requests.search_jobs(criteria, first=first, offset=offset)
    result = await client.execute(tenant_id, documents.SEARCH_JOBS, variables, priority=priority)
    return _views(nodes(dig(result.data, "marketplaceJobPostingsSearch")), mapping.search_posting)


async def me(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    access_token: str | None = None,
    priority: Priority = Priority.PERSON,
) -> ProfileView:
    """Whose account it is, ids and name only. Raises Unavailable when Upwork does not say."""
    result = await client.execute(tenant_id, documents.ME, {}, priority=priority, access_token=access_token)
    person = mapping.profile(dig(result.data, "user"))
    if person is None:
        raise Unavailable("Upwork did not say whose account this is")
    return person


async def my_profile(
    client: UpworkClient, tenant_id: UUID, *, priority: Priority = Priority.PERSON
) -> ProfileView:
    """The person with their public profile and figures, as far as the key may read them."""
    result = await client.execute(tenant_id, documents.ME, {}, priority=priority)
    details = await _optional(client, tenant_id, documents.PROFILE, {}, priority=priority)
    figures = await _optional(client, tenant_id, documents.PROFILE_AGGREGATES, {}, priority=priority)
    person = mapping.profile(
        dig(result.data, "user"),
        dig(details, "user", "freelancerProfile"),
        dig(figures, "user", "freelancerProfile"),
    )
    if person is None:
        raise Unavailable("Upwork did not say whose account this is")
    return person


async def companies(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    access_token: str | None = None,
    priority: Priority = Priority.PERSON,
) -> list[CompanyView]:
    """The organizations the person may act for; the id of one goes into the tenant header."""
    result = await client.execute(
        tenant_id, documents.COMPANIES, {}, priority=priority, access_token=access_token
    )
    items = dig(result.data, "companySelector", "items")
    return _views(items if isinstance(items, list) else (), mapping.company)


async def list_proposals(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    statuses: Sequence[ProposalStatus] = EVERY_STATUS,
    since: datetime | None = None,
    priority: Priority = Priority.BACKGROUND,
) -> list[ProposalView]:
    """The person's own proposals, newest first within each status, back to those created at `since`.

    Upwork takes one status per request, so this is at least one request for each.
    """
    found: dict[str, ProposalView] = {}
    for status in statuses:
        for view in await _proposals(client, tenant_id, status, since=since, priority=priority):
            found.setdefault(view.proposal_id, view)
    return list(found.values())


async def find_proposal(
    client: UpworkClient,
    tenant_id: UUID,
    job_id: str,
    *,
    since: datetime | None = None,
    priority: Priority = Priority.PERSON,
) -> ProposalView | None:
    """The person's own proposal for a job, unless it was withdrawn; `None` after every status was read without finding it.

    `since` bounds the search should Upwork ignore the filter by job. This is the read-back: an error means "not known".
    """
    for status in EVERY_STATUS:
        if status is ProposalStatus.WITHDRAWN:
            continue
        for view in await _proposals(
            client, tenant_id, status, since=since, job_ids=(job_id,), priority=priority
        ):
            if view.job_id == job_id:
                return view
    return None


async def create_proposal(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    job_id: str,
    amount: Decimal,
    cover_letter: str,
    answers: Sequence[Answer] = (),
    duration: int | None = None,
    boost_connects: int | None = None,
    priority: Priority = Priority.PERSON,
) -> SubmittedProposal:
    """Submit a proposal. Spends Connects, cannot be undone, has no idempotency key: call it once per approval.

    `amount` is what the client pays, per hour or for the whole job. Upwork's own `error` raises Refused with its text.
    """
    account = await client.account(tenant_id)
    if account.organization_id is None:
        raise Refused("no organization", reason="this account has no organization to send from")
    variables = requests.create_job_proposal(
        user_id=account.upwork_user_id,
        user_nid=account.upwork_nid,
        organization_id=account.organization_id,
        job_id=job_id,
        amount=amount,
        cover_letter=cover_letter,
        answers=answers,
        duration=duration,
        boost_connects=boost_connects,
    )
    result = await client.execute(tenant_id, documents.CREATE_JOB_PROPOSAL, variables, priority=priority)
    receipt = dig(result.data, "createJobProposal")
    proposal_id, status = text(dig(receipt, "newProposalId")), text(dig(receipt, "status"))
    reason = text(dig(receipt, "error"))
    if proposal_id is not None:
        if reason is not None:
            log.warning("upwork.proposal_with_error", proposal=proposal_id, status=(status or "")[:40])
        return SubmittedProposal(proposal_id, status)
    if reason is not None:
        raise Refused("refused", reason=reason[:300])
    raise BytesLeft("CreateJobProposal: no id and no error")


async def list_rooms(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    since: datetime | None = None,
    priority: Priority = Priority.BACKGROUND,
) -> list[RoomView]:
    """Conversations with activity since a moment, or all of them. Pages until nothing new comes: listings overlap."""

    async def listing(start: datetime | None) -> list[RoomView]:
        async def page(after: str) -> Any:
            variables = requests.rooms(after=after, since=start)
            result = await client.execute(tenant_id, documents.ROOMS, variables, priority=priority)
            return dig(result.data, "roomList")

        return await _paged(page, mapping.room, key=lambda view: view.room_id)

    try:
        return await listing(since)
    except MissingScope:
        raise
    except Refused:
        if since is None:
            raise
        # The format of the activity filter is not documented; without it the listing is longer and complete.
        found = await listing(None)
        return [view for view in found if view.last_story_at is None or view.last_story_at >= since]


async def list_stories(
    client: UpworkClient,
    tenant_id: UUID,
    room_id: str,
    *,
    since: datetime | None = None,
    priority: Priority = Priority.BACKGROUND,
) -> list[StoryView]:
    """Messages of a room written at or after `since`, oldest first. Without `since` only the latest page."""

    async def page(after: str) -> Any:
        result = await client.execute(
            tenant_id, documents.ROOM_STORIES, requests.room_stories(room_id, after=after), priority=priority
        )
        return dig(result.data, "roomStories")

    def enough(views: Sequence[StoryView]) -> bool:
        # Upwork lists the newest first; should that ever change, a page in the other order is no reason to stop.
        descending = all(a.written_at >= b.written_at for a, b in pairwise(views))
        return since is None or (descending and bool(views) and views[-1].written_at < since)

    found = await _paged(
        page, lambda node: mapping.story(node, room_id), key=lambda view: view.story_id, enough=enough
    )
    recent = [view for view in found if since is None or view.written_at >= since]
    return sorted(recent, key=lambda view: (view.written_at, view.story_id))


async def send_story(
    client: UpworkClient,
    tenant_id: UUID,
    *,
    room_id: str,
    text: str,
    priority: Priority = Priority.PERSON,
) -> str:
    """Write a message into a room; the id Upwork gave it. Has no idempotency key: call it once per approval."""
    result = await client.execute(
        tenant_id, documents.CREATE_ROOM_STORY, requests.create_room_story(room_id, text), priority=priority
    )
    story_id = dig(result.data, "createRoomStoryV2", "id")
    if not isinstance(story_id, str) or not story_id:
        raise BytesLeft("CreateRoomStory: no id")
    return story_id


async def _proposals(
    client: UpworkClient,
    tenant_id: UUID,
    status: ProposalStatus,
    *,
    since: datetime | None,
    priority: Priority,
    job_ids: Sequence[str] = (),
) -> list[ProposalView]:
    async def page(after: str) -> Any:
        variables = requests.proposals(status, after=after, job_ids=job_ids)
        result = await client.execute(tenant_id, documents.PROPOSALS, variables, priority=priority)
        return dig(result.data, "vendorProposals")

    def enough(views: Sequence[ProposalView]) -> bool:
        last = views[-1].created_at if views else None
        return since is not None and last is not None and last < since

    return await _paged(page, mapping.proposal, key=lambda view: view.proposal_id, enough=enough)


async def _paged(
    page: Callable[[str], Any],
    view: Callable[[object], View | None],
    *,
    key: Callable[[View], str],
    enough: Callable[[Sequence[View]], bool] = lambda _views: False,
) -> list[View]:
    """Every view of a listing, once each. Ends at the first page without anything new; pages by cursor, else by offset.

    The page marks need a permission of their own and may be missing; then a page with nothing new is the only end.
    """
    found: dict[str, View] = {}
    after, seen = requests.FIRST_PAGE, 0
    for _ in range(MAX_PAGES):
        connection = await page(after)
        edges = dig(connection, "edges")
        views = _views(nodes(connection), view)
        fresh = [item for item in views if key(item) not in found]
        found.update((key(item), item) for item in fresh)
        seen += len(edges) if isinstance(edges, list) else 0
        if not fresh or enough(views) or flag(dig(connection, "pageInfo", "hasNextPage")) is False:
            break
        after = text(dig(connection, "pageInfo", "endCursor")) or str(seen)
    return list(found.values())


def _views(items: Any, view: Callable[[object], View | None]) -> list[View]:
    return [found for item in items if (found := view(item)) is not None]


async def _optional(
    client: UpworkClient,
    tenant_id: UUID,
    operation: Operation,
    variables: dict[str, Any],
    *,
    priority: Priority,
) -> dict[str, Any]:
    """The data of a query that adds detail; empty when the key may not read it."""
    try:
        return (await client.execute(tenant_id, operation, variables, priority=priority)).data
    except Refused:
        return {}
