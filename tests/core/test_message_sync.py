"""Clients' messages: each one card, none of the years before linking, none lost to an absence."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from core.accounts.service import mark_reachable, mark_unreachable
from core.jobs import Job, WorkItem
from core.messaging import service as messaging
from core.messaging.models import Direction, Room, Story
from core.messaging.sync import sync_rooms
from tests.core.acting import Desk, Freelancer
from tests.core.upwork_side import MovableClock

ROOMS, STORIES = "roomList", "roomStories"


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def write(desk: Desk, room: Room, words: str) -> None:
    await desk.server.control("POST", f"/rooms/{room.upwork_room_id}/write", message=words)


async def stories(olena: Freelancer) -> list[Story]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return list(await session.scalars(select(Story).order_by(Story.written_at)))


async def waiting(desk: Desk, olena: Freelancer) -> int:
    """Messages that a card was asked for and not yet shown."""
    async with desk.rt.db.begin() as session:
        rooms = (await session.scalars(select(WorkItem.ref).where(WorkItem.job == Job.DELIVER_STORY))).all()
    async with desk.rt.db.begin(olena.tenant_id) as session:
        return sum([len(await messaging.undelivered(session, room_id=room_id)) for room_id in rooms])


async def test_each_message_is_stored_once_and_asks_for_one_card(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    assert await waiting(desk, olena) == 1
    for number in range(3):
        await write(desk, room, f"Message {number}")
        assert await sync_rooms(desk.rt, tenant_id=olena.tenant_id) == 1
        assert await sync_rooms(desk.rt, tenant_id=olena.tenant_id) == 0
    assert await waiting(desk, olena) == 4
    assert [story.direction for story in await stories(olena)] == [Direction.IN] * 4


async def test_rooms_without_news_are_not_opened(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    opened = await desk.server.count(STORIES)
    for _ in range(3):
        await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    assert await desk.server.count(STORIES) == opened
    await write(desk, room, "News")
    await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    assert await desk.server.count(STORIES) == opened + 1


async def test_our_own_messages_ask_for_no_card(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    await olena.reply(room, "I can start on Monday.")
    await desk.work(Job.EXECUTE_ACTION)
    before = await waiting(desk, olena)
    assert await sync_rooms(desk.rt, tenant_id=olena.tenant_id) == 1
    assert await waiting(desk, olena) == before
    assert [story.direction for story in await stories(olena)] == [Direction.IN, Direction.OUT]


async def test_the_years_before_linking_are_no_news(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    room = await olena.room()
    await write(desk, room, "Years ago")
    await desk.owner_sql("delete from app.stories")
    await desk.owner_sql("delete from app.drafts where room_id is not null")
    await desk.owner_sql("delete from app.rooms")
    await desk.owner_sql("delete from app.work_items where job = 'deliver_story'")
    # Linked (again) two days after all of that was written.
    clock.advance(hours=48)
    await desk.server.control("POST", "/clock", advance=48 * 3600)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await session.execute(
            text("update app.upwork_accounts set linked_at = :now"),
            {"now": clock.now()},
        )
    await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    assert await stories(olena) == []
    await write(desk, room, "Are you still there?")
    assert await sync_rooms(desk.rt, tenant_id=olena.tenant_id) == 1
    assert await waiting(desk, olena) == 1


async def test_what_was_written_during_an_absence_is_made_up_for(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    room = await olena.room()
    await desk.server.control("POST", "/clock", advance=60)
    await write(desk, room, "First day")
    await desk.server.control("POST", "/clock", advance=5 * 24 * 3600)
    await write(desk, room, "Fifth day")
    clock.advance(hours=5 * 24 + 1)
    assert await sync_rooms(desk.rt, tenant_id=olena.tenant_id) == 2
    assert await waiting(desk, olena) == 3


async def test_messages_for_somebody_who_was_away_come_when_they_are_back(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await olena.room()
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await mark_unreachable(session, clock=clock)
    await desk.work(Job.DELIVER_STORY)
    assert await waiting(desk, olena) == 0
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await mark_reachable(session)
    assert await waiting(desk, olena) == 1
    async with desk.rt.db.begin(olena.tenant_id) as session:
        for story in await session.scalars(select(Story)):
            story.delivered_at = clock.now()
        await mark_unreachable(session, clock=clock)
    await desk.work(Job.DELIVER_STORY)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await mark_reachable(session)
    assert await waiting(desk, olena) == 0


@pytest.mark.parametrize("words", ["<b>&</b>\n\n`x`", "x" * 20_000, "\u202egnp.exe\u200b", "🦊" * 3000])
async def test_any_message_opens_as_it_was_written(desk: Desk, olena: Freelancer, words: str) -> None:
    room = await olena.room()
    await write(desk, room, words)
    await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    [story] = [story for story in await stories(olena) if story.direction == Direction.IN][-1:]
    async with desk.rt.db.begin(olena.tenant_id) as session:
        keys = await desk.rt.keys(session)
        card = await messaging.get_story_card(session, keys, story_id=story.id)
    assert card.text == words
    rows: list[tuple[Any, ...]] = await desk.owner_sql("select body_sealed from app.stories")
    assert not any(words.encode()[:12] in bytes(sealed) for (sealed,) in rows)


async def test_one_rooms_trouble_does_not_lose_what_was_read_before(desk: Desk, olena: Freelancer) -> None:
    first = await olena.room()
    second = await olena.approved(title="Logo", description="A warm logo with a loaf and some wheat on it.")
    await desk.work(Job.EXECUTE_ACTION)
    remote = (await olena.action(second.id)).remote_id
    await desk.server.control("POST", f"/proposals/{remote}/answer", message="And you?")
    await write(desk, first, "Hello?")
    await desk.server.fault(STORIES, "502")
    with pytest.raises(Exception, match="HTTP 502"):
        await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    assert len(await stories(olena)) == 3
