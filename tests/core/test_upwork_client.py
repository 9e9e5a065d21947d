"""Everything that can go wrong on the wire, each with its own error, and never a second mutation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from core.db import Database
from core.errors import AppError, LimitReached, NeedsReauth, NetworkInTransaction, Unavailable
from core.http import USER_AGENT
from core.searches.criteria import Criteria
from core.upwork import client as client_module
from core.upwork import documents, operations
from core.upwork.errors import (
    Blocked,
    BytesLeft,
    CircuitOpen,
    MissingScope,
    NotPermitted,
    NotSent,
    Refused,
    Throttled,
)
from core.upwork.models import AccountStatus
from core.upwork.rate import RateLimiter
from core.upwork.views import Priority, ProfileView
from tests.core.upwork_side import OwnerSql, Side

ANYTHING = Criteria(query="")


@pytest.fixture
async def room(side: Side) -> tuple[UUID, str]:
    """A linked tenant and a room to write in."""
    tenant_id = await side.link()
    job = await side.server.control("POST", "/jobs", title="Posting", description="Work for a small team.")
    receipt = await operations.create_proposal(
        side.client, tenant_id, job_id=job["id"], amount=Decimal(50), cover_letter="Text"
    )
    await side.server.control("POST", f"/proposals/{receipt.proposal_id}/answer", message="Hello")
    (found,) = await operations.list_rooms(side.client, tenant_id)
    return tenant_id, found.room_id


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "DEADLINE_SECONDS", 0.5)


async def say(side: Side, room: tuple[UUID, str], text: str = "Gladly") -> str:
    return await operations.send_story(side.client, room[0], room_id=room[1], text=text)


async def texts(side: Side, room: tuple[UUID, str]) -> list[str]:
    """What Upwork really has."""
    return [story["message"] for story in await side.server.control("GET", f"/rooms/{room[1]}/stories")]


@dataclass(frozen=True)
class Case:
    """One fault: what a read raises, what a mutation raises, whether the mutation happened all the same."""

    kind: str
    read: type[AppError]
    write: type[AppError]
    happened: bool = False


FAULTS = [
    Case("429", Throttled, Throttled),
    Case("403_html", Blocked, Blocked),
    Case("502", Unavailable, BytesLeft),
    Case("truncated", Unavailable, BytesLeft, happened=True),
    Case("reset", Unavailable, BytesLeft),
    Case("reset_after", Unavailable, BytesLeft, happened=True),
    Case("drop_before", Unavailable, BytesLeft),
    Case("hang", Unavailable, BytesLeft),
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.kind)
async def test_each_fault_has_its_error_and_sends_nothing_twice(
    side: Side, room: tuple[UUID, str], case: Case
) -> None:
    await side.server.fault("createRoomStoryV2", case.kind, seconds=1.0)
    with pytest.raises(AppError) as failed:
        await say(side, room)
    assert type(failed.value) is case.write
    assert await side.server.count("createRoomStoryV2") == 1
    assert ("Gladly" in await texts(side, room)) is case.happened

    side.clock.advance(3600)
    asked = await side.server.count("roomStories")
    await side.server.fault("roomStories", case.kind, seconds=1.0)
    with pytest.raises(AppError) as failed:
        await operations.list_stories(side.client, *room)
    assert type(failed.value) is case.read
    assert await side.server.count("roomStories") == asked + 1


async def test_nobody_listening_means_not_sent(side: Side, room: tuple[UUID, str]) -> None:
    means = side.client.means
    nowhere = means.settings.model_copy(update={"upwork_graphql_url": "http://127.0.0.1:9/graphql"})
    side.client.means = type(means)(means.db, means.http, means.vault, nowhere, means.clock)
    with pytest.raises(NotSent):
        await say(side, room)


async def test_vague_failures_of_a_mutation_are_unknown_and_clear_ones_refused(
    side: Side, room: tuple[UUID, str]
) -> None:
    await side.server.fault("createRoomStoryV2", "partial", fields=["Mutation.createRoomStoryV2"])
    with pytest.raises(BytesLeft):
        await say(side, room)
    with pytest.raises(Refused):
        await operations.send_story(side.client, room[0], room_id="no-such-room", text="Gladly")
    assert await texts(side, room) == ["Hello"]


async def test_a_refused_token_is_renewed_once_for_reads_and_mutations(
    side: Side, room: tuple[UUID, str]
) -> None:
    for operation in ("roomStories", "createRoomStoryV2"):
        before = (await side.stored(room[0])).token_version
        await side.server.fault(operation, "401")
        if operation == "roomStories":
            await operations.list_stories(side.client, *room)
        else:
            await say(side, room)
        assert (await side.stored(room[0])).token_version == before + 1
    assert await side.server.count("oauth.refresh") == 2
    assert (await texts(side, room)).count("Gladly") == 1


async def test_a_token_that_stays_refused_parks_the_account(
    side: Side, room: tuple[UUID, str], owner_sql: OwnerSql
) -> None:
    await side.server.fault("createRoomStoryV2", "401", times=5)
    with pytest.raises(NeedsReauth):
        await say(side, room)
    assert (await side.stored(room[0])).status == AccountStatus.NEEDS_REAUTH
    assert await side.server.count("oauth.refresh") == 1
    asked = await side.server.count("createRoomStoryV2")
    with pytest.raises(NeedsReauth):
        await say(side, room)
    assert await side.server.count("createRoomStoryV2") == asked
    events = await owner_sql("select event from app.audit_events order by created_at")
    assert events.count(("upwork.needs_reauth",)) == 1


async def test_missing_scopes_cost_only_the_fields_they_name_and_are_remembered(side: Side) -> None:
    tenant_id = await side.link()
    await side.server.control("POST", "/jobs", title="Posting", description="Text", questions=["Which?"])
    await side.server.control(
        "POST",
        "/applications",
        client_id="test-client",
        missing_scopes=["JobActivity.totalHired", "JobActivity.invitesSent", "Money.currency"],
    )
    for requests in (2, 3):
        (posting,) = await operations.search_jobs(side.client, tenant_id, ANYTHING)
        assert posting.questions[0].text == "Which?"
        assert posting.interviewing is not None
        assert posting.hired is None
        assert await side.server.count("marketplaceJobPostingsSearch") == requests
    account = await side.client.account(tenant_id)
    assert account.capabilities.dropped_fields == {
        "JobActivity.totalHired",
        "JobActivity.invitesSent",
        "Money.currency",
    }


async def test_a_scope_nothing_works_without_is_said_plainly(side: Side) -> None:
    for missing in ("Query.marketplaceJobPostingsSearch", "MarketplaceJobPostingSearchResult.id"):
        tenant_id = await side.link()
        await side.server.control("POST", "/applications", client_id="test-client", missing_scopes=[missing])
        with pytest.raises(MissingScope) as refused:
            await operations.search_jobs(side.client, tenant_id, ANYTHING)
        assert refused.value.data["fields"] == (missing,)


async def test_a_mutation_without_its_scope_closes_the_lane(side: Side, room: tuple[UUID, str]) -> None:
    await side.server.control(
        "POST", "/applications", client_id="test-client", missing_scopes=["Mutation.createRoomStoryV2"]
    )
    with pytest.raises(MissingScope):
        await say(side, room)
    account = await side.client.account(room[0])
    assert account.capabilities.send_story is False
    assert account.capabilities.create_proposal is True
    assert await texts(side, room) == ["Hello"]
    asked = await side.server.count("createRoomStoryV2")
    with pytest.raises(MissingScope):
        await say(side, room)
    assert await side.server.count("createRoomStoryV2") == asked


async def test_a_null_that_swallowed_a_posting_is_asked_around(side: Side) -> None:
    tenant_id = await side.link()
    await side.server.control(
        "POST", "/jobs", title="Posting", description="Text", kind="HOURLY", hourly_min=40.0
    )
    await side.server.fault(
        "marketplaceJobPostingsSearch", "partial", fields=["MarketplaceJobPostingSearchResult.amount"]
    )
    (posting,) = await operations.search_jobs(side.client, tenant_id, ANYTHING)
    assert posting.title == "Posting"
    assert posting.hourly_min == 40
    assert await side.server.count("marketplaceJobPostingsSearch") == 2
    assert (await side.client.account(tenant_id)).capabilities.dropped_fields == frozenset()


async def test_partial_data_is_kept(side: Side) -> None:
    tenant_id = await side.link()
    await side.server.control("POST", "/jobs", title="Posting", description="Text")
    await side.server.fault(
        "marketplaceJobPostingsSearch", "partial", fields=["MarketplaceJobPosting.activityStat"], times=9
    )
    result = await side.client.execute(
        tenant_id,
        documents.SEARCH_JOBS,
        {"filter": {"pagination_eq": {"first": 5, "after": "0"}}, "sort": []},
        priority=Priority.BACKGROUND,
    )
    assert result.data["marketplaceJobPostingsSearch"]["edges"][0]["node"]["title"] == "Posting"
    assert result.errors


async def test_somebody_elses_room_is_not_permitted(side: Side, room: tuple[UUID, str]) -> None:
    accounts = await side.server.control("GET", "/accounts")
    stranger = await side.link(account=accounts[1]["id"])
    with pytest.raises((NotPermitted, Refused, Unavailable)):
        await operations.send_story(side.client, stranger, room_id=room[1], text="Let me in")
    assert await texts(side, room) == ["Hello"]


async def test_after_429_nobody_asks_until_the_pause_is_over(side: Side) -> None:
    tenant_id = await side.link()
    await side.server.fault("user", "429", retry_after=120)
    with pytest.raises(Throttled) as throttled:
        await operations.me(side.client, tenant_id)
    assert throttled.value.retry_after == 120
    with pytest.raises(CircuitOpen) as paused:
        await operations.me(side.client, tenant_id)
    assert 0 < paused.value.retry_after <= 120
    assert await side.server.count("user") == 1
    side.clock.advance(121)
    assert (await operations.me(side.client, tenant_id)).user_id
    assert (await operations.me(side.client, tenant_id)).user_id


async def test_requests_carry_agent_tenant_and_token(side: Side) -> None:
    tenant_id = await side.link()
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"user": {"id": "1", "nid": "n"}}})

    means = side.client.means
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        side.client.means = type(means)(means.db, http, means.vault, means.settings, means.clock)
        await operations.me(side.client, tenant_id)
        await operations.me(side.client, tenant_id, access_token="before-the-account-is-stored")
    row = await side.stored(tenant_id)
    assert seen[0].headers["user-agent"] == USER_AGENT
    assert seen[0].headers["x-upwork-api-tenantid"] == row.organization_id
    assert seen[0].headers["authorization"].startswith("Bearer oauth2v2_")
    assert seen[1].headers["authorization"] == "Bearer before-the-account-is-stored"
    assert "x-upwork-api-tenantid" not in seen[1].headers


TRANSPORT = [
    (httpx.ConnectError, NotSent, NotSent),
    (httpx.ConnectTimeout, NotSent, NotSent),
    (httpx.PoolTimeout, NotSent, NotSent),
    (httpx.WriteError, Unavailable, BytesLeft),
    (httpx.ReadTimeout, Unavailable, BytesLeft),
    (httpx.RemoteProtocolError, Unavailable, BytesLeft),
]
BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"data": null}',
    b'{"data": {"user": 7}}',
    b"\xff\xfe",
    b"[" * 5000,
]


async def both_ways(
    side: Side, tenant_id: UUID, answer: Callable[[httpx.Request], httpx.Response]
) -> list[AppError]:
    """What a read and a mutation raise when the transport behaves like `answer`, each with the breaker closed."""
    means, raised = side.client.means, []
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        side.client.means = type(means)(means.db, http, means.vault, means.settings, means.clock)
        for attempt in (
            operations.me(side.client, tenant_id),
            operations.send_story(side.client, tenant_id, room_id="1", text="Text"),
        ):
            with pytest.raises(AppError) as failed:
                await attempt
            raised.append(failed.value)
            side.clock.advance(3600)
    side.client.means = means
    return raised


async def test_transport_errors_tell_sent_from_not_sent(side: Side) -> None:
    tenant_id = await side.link(expires_in=10**6)
    for error, read, write in TRANSPORT:

        def fail(_request: httpx.Request, error: type[httpx.HTTPError] = error) -> httpx.Response:
            raise error("")

        raised = await both_ways(side, tenant_id, fail)
        assert [type(item) for item in raised] == [read, write], error


async def test_unusable_answers_are_unavailable_or_unknown(side: Side) -> None:
    tenant_id = await side.link(expires_in=10**6)
    for body in BODIES:

        def answer(_request: httpx.Request, body: bytes = body) -> httpx.Response:
            return httpx.Response(200, content=body)

        raised = await both_ways(side, tenant_id, answer)
        assert [type(item) for item in raised] == [Unavailable, BytesLeft], body


async def test_a_noisy_tenant_is_told_to_wait_and_a_quiet_one_is_served(side: Side, redis: Redis) -> None:
    side.client.governor.rate = RateLimiter(redis)
    await side.server.control("POST", "/settings", per_second=10, per_minute=300)
    noisy, quiet = await side.link(), await side.link()
    crowd = [
        asyncio.create_task(operations.me(side.client, noisy, priority=Priority.BACKGROUND))
        for _ in range(300)
    ]
    await asyncio.sleep(0)
    assert (await operations.me(side.client, quiet, priority=Priority.BACKGROUND)).user_id
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LimitReached)]
    assert len(refused) > 250
    assert len(refused) + sum(isinstance(outcome, ProfileView) for outcome in outcomes) == 300
    assert (await side.server.control("GET", "/counters"))["refused"] == {}
    assert await side.client.governor.budget.spent() == await side.server.count("user")


async def test_no_request_leaves_inside_a_transaction(side: Side, db: Database) -> None:
    tenant_id = await side.link()
    async with db.begin(tenant_id):
        with pytest.raises((NetworkInTransaction, RuntimeError)):
            await operations.me(side.client, tenant_id)
    assert await side.server.count("user") == 0
