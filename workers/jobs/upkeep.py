"""Jobs nobody waits for: deleting what is a day old, ending approvals that ran out."""

from __future__ import annotations

from uuid import UUID

from core.accounts.service import load_account
from core.errors import AppError
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.approval import expire
from core.proposals.execution import ring_forgotten
from core.purge import purge_content as purge_everything
from core.runtime import Runtime
from workers.job import NOT_AGAIN

log = get_logger(__name__)


async def purge_content(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float | None:
    if await load_account(rt.db, tenant_id=tenant_id) is None:
        return NOT_AGAIN
    await purge_everything(rt, tenant_id=tenant_id)
    return None


async def expire_approvals(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float | None:
    if await load_account(rt.db, tenant_id=tenant_id) is None:
        return NOT_AGAIN
    async with rt.db.begin(tenant_id) as session:
        expired = await expire(session, clock=rt.clock)
        if forgotten := await ring_forgotten(session):
            log.warning("actions.forgotten", count=forgotten)
    for action_id in expired:
        try:
            await notifier.action(tenant_id, action_id)
        except AppError as error:
            # `expire` has asked for the card to be shown by a job of its own.
            log.info("action.not_told", action_id=str(action_id), error=error.code)
    return None
