"""A person's copy of their data, and the end of their account."""

from __future__ import annotations

from uuid import UUID

from core.notifications.notifier import Notifier
from core.privacy import erasure, export
from core.runtime import Runtime

_SHOWN_EVERY = 8
"""Tables between two looks of the progress in the chat: Telegram limits how often a message changes."""


async def export_data(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    async def told(done: int, total: int) -> None:
        if done < total and done % _SHOWN_EVERY == 0:
            await notifier.export(tenant_id, ref, done=done, total=total)

    await export.build(rt, tenant_id=tenant_id, export_id=ref, told=told)
    await notifier.export(tenant_id, ref, done=1, total=1)


async def erase_tenant(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float | None:
    return await erasure.erase(rt, notifier, tenant_id=tenant_id)
