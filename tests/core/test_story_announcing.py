"""Which of a client's messages are announced: the new ones, never the history."""

from __future__ import annotations

from sqlalchemy import select

from core.jobs import Job, has_item
from core.messaging.models import Direction, Room, Story
from core.messaging.sync import sync_rooms
from tests.core.acting import Desk, Freelancer


async def client_stories(olena: Freelancer) -> list[Story]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        found = await session.scalars(
            select(Story).where(Story.direction == Direction.IN).order_by(Story.written_at)
        )
        return list(found)


async def asked_for_a_card(olena: Freelancer, room: Room) -> bool:
    async with olena.rt.db.begin() as session:
        return await has_item(session, Job.DELIVER_STORY, tenant_id=olena.tenant_id, ref=room.id)


async def test_what_was_written_before_linking_is_kept_but_not_announced(desk: Desk) -> None:
    olena = await desk.freelancer()
    await desk.owner_sql("update app.upwork_accounts set linked_at = now() + interval '1 hour'")
    room = await olena.room()
    [story] = await client_stories(olena)
    assert story.delivered_at is not None
    assert not await asked_for_a_card(olena, room)

    await desk.server.control("POST", f"/rooms/{room.upwork_room_id}/write", message="Are you there?")
    await sync_rooms(desk.rt, tenant_id=olena.tenant_id)
    fresh = (await client_stories(olena))[-1]
    assert fresh.delivered_at is None
    assert await asked_for_a_card(olena, room)


async def test_what_was_written_after_linking_is_announced(desk: Desk) -> None:
    olena = await desk.freelancer()
    room = await olena.room()
    [story] = await client_stories(olena)
    assert story.delivered_at is None
    assert await asked_for_a_card(olena, room)
