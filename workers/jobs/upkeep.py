"""Jobs nobody waits for: deleting what is a day old, ending approvals that ran out."""

from __future__ import annotations

from uuid import UUID

from core.jobs_feed.service import purge_content as purge_postings
from core.log import get_logger
from core.messaging.service import purge_messages
from core.notifications.notifier import Notifier
from core.proposals.approval import expire
from core.runtime import Runtime

log = get_logger(__name__)


async def purge_content(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    async with rt.db.begin(tenant_id) as session:
        postings = await purge_postings(session, clock=rt.clock)
        stories = await purge_messages(session, clock=rt.clock)
    if postings or stories:
        log.info("content.purged", postings=postings, stories=stories)


async def expire_approvals(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    async with rt.db.begin(tenant_id) as session:
        expired = await expire(session, clock=rt.clock)
    for action_id in expired:
        await notifier.action(tenant_id, action_id)
