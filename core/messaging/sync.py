"""Asking Upwork for rooms with news, and their stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from core.messaging import service
from core.messaging.models import Direction, Story
from core.proposals.sync import look_for_replies
from core.runtime import Runtime
from core.upwork import operations
from core.upwork.models import UpworkAccount
from core.upwork.views import RoomView

NEWS = timedelta(hours=24)
"""How far back every look reaches, and how much of the time before linking is read as context."""

LONGEST_ABSENCE = timedelta(days=14)


async def sync_rooms(rt: Runtime, *, tenant_id: UUID) -> int:
    """Job.SYNC_ROOMS: returns how many new stories were stored. Only rooms whose latest story changed are opened.

    The years of conversations before linking are left where they are: nobody wants them as cards.
    """
    me = (await rt.upwork.account(tenant_id)).upwork_user_id
    window = await _window(rt, tenant_id)
    rooms = await operations.list_rooms(rt.upwork, tenant_id, since=window.since)
    new = 0
    for view in rooms:
        new += await _sync_room(rt, tenant_id, view, me, window)
    return new


@dataclass(frozen=True, slots=True)
class _Window:
    """Before `beginning` nothing is read, rooms without activity since `since` need no look (it makes up for an absence), and
    what was written before `told_before` is kept as context but not announced."""

    beginning: datetime
    since: datetime
    told_before: datetime


async def _window(rt: Runtime, tenant_id: UUID) -> _Window:
    now = rt.clock.now()
    async with rt.db.begin(tenant_id) as session:
        linked_at = await session.scalar(select(UpworkAccount.linked_at))
        newest = await session.scalar(select(func.max(Story.written_at)))
    beginning = (linked_at or now) - NEWS
    since = max(min(newest or beginning, now - NEWS), beginning, now - LONGEST_ABSENCE)
    # After linking anew, what came while the account was not linked is news: only what was there at first is not.
    linked_at = linked_at or now
    told_before = min(linked_at, newest or linked_at)
    return _Window(beginning, since, told_before)


async def _sync_room(rt: Runtime, tenant_id: UUID, view: RoomView, me: str, window: _Window) -> int:
    async with rt.db.begin(tenant_id) as session:
        room, news = await service.store_room(session, await rt.keys(session), view, clock=rt.clock)
        newest = await service.newest_story_at(session, room_id=room.id)
    if not news:
        return 0
    stories = await operations.list_stories(
        rt.upwork, tenant_id, view.room_id, since=newest or window.beginning
    )
    async with rt.db.begin(tenant_id) as session:
        new = await service.store_stories(
            session,
            await rt.keys(session),
            room_id=room.id,
            view=view,
            stories=stories,
            me=me,
            told_before=window.told_before,
            clock=rt.clock,
        )
        if Direction.OUT in new:
            await look_for_replies(session, upwork_room_id=view.room_id)
    return len(new)
