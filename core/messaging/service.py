"""Rooms and stories: storing what Upwork has, opening what a card shows, and erasing what is a day old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.jobs_feed.service import CONTENT_LIFE, PURGE_MARGIN
from core.messaging.models import Direction, Room, Story
from core.upwork.views import RoomView, StoryView

_WAITING = and_(Story.direction == Direction.IN, Story.delivered_at.is_(None), Story.body_sealed.is_not(None))


@dataclass(frozen=True, slots=True)
class StoryCard:
    """What a message card shows. `text` and `author` are None once the content was purged."""

    story: Story
    room: Room
    room_name: str
    topic: str
    author: str | None
    text: str | None


async def store_room(
    session: AsyncSession, keys: TenantKeys, view: RoomView, *, clock: Clock
) -> tuple[Room, bool]:
    """The room's row, and whether it has news since the last look.

    Its name is kept with what was written in it: looking at a quiet room again does not keep the name any longer.
    """
    row = Room(tenant_id=tenant_of(session), id=uuid4())
    added = await session.scalar(
        insert(Room)
        .values(
            tenant_id=row.tenant_id,
            id=row.id,
            upwork_room_id=view.room_id,
            upwork_job_id=view.job_id,
            name_sealed=keys.seal(row, "name_sealed", view.name or ""),
            topic_sealed=keys.seal(row, "topic_sealed", view.topic or ""),
            fetched_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_room_id"])
        .returning(Room.id)
    )
    room: Room = (
        await session.scalars(select(Room).where(Room.upwork_room_id == view.room_id).with_for_update())
    ).one()
    if view.job_id:
        room.upwork_job_id = view.job_id
    if view.last_story_id is not None:
        return room, view.last_story_id != room.last_story_id
    newest = await newest_story_at(session, room_id=room.id)
    later = view.last_story_at is not None and (newest is None or view.last_story_at > newest)
    return room, added is not None or later


async def newest_story_at(session: AsyncSession, *, room_id: UUID) -> datetime | None:
    newest: datetime | None = await session.scalar(
        select(func.max(Story.written_at)).where(Story.room_id == room_id)
    )
    return newest


async def store_stories(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    room_id: UUID,
    view: RoomView,
    stories: Sequence[StoryView],
    me: str,
    told_before: datetime,
    clock: Clock,
) -> list[Direction]:
    """Keep stories that are not there yet; asks for a card per message of the client's, unless it was written before
    `told_before`: the person knows those. Returns the new ones' directions."""
    tenant_id = tenant_of(session)
    new = []
    for story in stories:
        row = Story(tenant_id=tenant_id, id=uuid4())
        direction = Direction.OUT if story.author_id == me else Direction.IN
        known = direction is Direction.IN and story.written_at < told_before
        inserted = await session.scalar(
            insert(Story)
            .values(
                tenant_id=tenant_id,
                id=row.id,
                room_id=room_id,
                upwork_story_id=story.story_id,
                direction=direction,
                body_sealed=keys.seal(row, "body_sealed", story.text),
                author_sealed=keys.seal(row, "author_sealed", story.author_name or ""),
                written_at=story.written_at,
                fetched_at=clock.now(),
                delivered_at=clock.now() if known else None,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_story_id"])
            .returning(Story.id)
        )
        if inserted is None:
            continue
        new.append(direction)
        if direction is Direction.IN and not known:
            await enqueue(session, Job.DELIVER_STORY, tenant_id=tenant_id, ref=room_id)
    room = await session.get_one(Room, (tenant_id, room_id), with_for_update=True)
    room.last_story_id = view.last_story_id
    if new:
        room.name_sealed = keys.seal(room, "name_sealed", view.name or "")
        room.topic_sealed = keys.seal(room, "topic_sealed", view.topic or "")
        room.fetched_at = clock.now()
    return new


async def ring_undelivered(session: AsyncSession) -> None:
    """Ask for the cards of clients' messages that could not be delivered while their text still lives."""
    rooms = await session.scalars(select(Story.room_id).where(_WAITING).distinct())
    for room_id in rooms.all():
        await enqueue(session, Job.DELIVER_STORY, tenant_id=tenant_of(session), ref=room_id)


async def undelivered(session: AsyncSession, *, room_id: UUID) -> list[UUID]:
    """Ids of a room's client messages that were not shown yet, oldest first."""
    found = await session.scalars(
        select(Story.id)
        .where(_WAITING, Story.room_id == room_id)
        .order_by(Story.written_at, Story.created_at, Story.id)
    )
    return list(found)


async def get_room(session: AsyncSession, *, room_id: UUID) -> Room:
    """Raises NotFound for an id that is not this tenant's."""
    room = await session.get(Room, (tenant_of(session), room_id))
    if room is None:
        raise NotFound(subject="room")
    return room


async def get_story_card(session: AsyncSession, keys: TenantKeys, *, story_id: UUID) -> StoryCard:
    """Raises NotFound for an id that is not this tenant's."""
    story = await session.get(Story, (tenant_of(session), story_id))
    if story is None:
        raise NotFound(subject="story")
    room = await get_room(session, room_id=story.room_id)
    return StoryCard(
        story=story,
        room=room,
        room_name=keys.unseal(room, "name_sealed"),
        topic=keys.unseal(room, "topic_sealed"),
        author=keys.unseal(story, "author_sealed") or None,
        text=keys.unseal(story, "body_sealed") if story.body_sealed is not None else None,
    )


async def list_rooms(session: AsyncSession, keys: TenantKeys, *, limit: int = 10) -> list[StoryCard]:
    """The latest client message of each room, newest first."""
    newest = (
        select(Story.room_id, func.max(Story.written_at).label("at"))
        .where(Story.direction == Direction.IN)
        .group_by(Story.room_id)
        .subquery()
    )
    stories = await session.scalars(
        select(Story)
        .join(newest, (Story.room_id == newest.c.room_id) & (Story.written_at == newest.c.at))
        .order_by(Story.written_at.desc())
        .limit(limit)
    )
    return [await get_story_card(session, keys, story_id=story.id) for story in stories]


async def purge_messages(session: AsyncSession, *, clock: Clock) -> int:
    """Erase the text of messages, and names of rooms, fetched a day ago; ids stay so that nothing is shown twice."""
    old = clock.now() - CONTENT_LIFE + PURGE_MARGIN
    stories = await session.scalars(
        update(Story)
        .where(Story.fetched_at <= old, Story.body_sealed.is_not(None))
        .values(body_sealed=None, author_sealed=None)
        .returning(Story.id)
    )
    await session.execute(
        update(Room)
        .where(Room.fetched_at <= old, Room.name_sealed.is_not(None))
        .values(name_sealed=None, topic_sealed=None)
    )
    return len(stories.all())
