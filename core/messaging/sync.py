"""Asking Upwork for rooms with news, and their stories."""

from __future__ import annotations

from uuid import UUID

from core.log import get_logger
from core.messaging import service
from core.runtime import Runtime
from core.upwork import operations
from core.upwork.views import RoomView

log = get_logger(__name__)


async def sync_rooms(rt: Runtime, *, tenant_id: UUID) -> int:
    """Job.SYNC_ROOMS: returns how many new stories were stored. Only rooms whose latest story changed are opened."""
    me = (await rt.upwork.account(tenant_id)).upwork_user_id
    rooms = await operations.list_rooms(rt.upwork, tenant_id)
    new = 0
    for view in rooms:
        new += await _sync_room(rt, tenant_id, view, me)
    return new


async def _sync_room(rt: Runtime, tenant_id: UUID, view: RoomView, me: str) -> int:
    async with rt.db.begin(tenant_id) as session:
        room, news = await service.store_room(session, await rt.keys(session), view, clock=rt.clock)
        since = await service.newest_story_at(session, room_id=room.id)
    if not news:
        return 0
    stories = await operations.list_stories(rt.upwork, tenant_id, view.room_id, since=since)
    async with rt.db.begin(tenant_id) as session:
        return await service.store_stories(
            session,
            await rt.keys(session),
            room_id=room.id,
            stories=stories,
            me=me,
            last_story_id=view.last_story_id,
            clock=rt.clock,
        )
