"""Voice notes, pictures and files: read where the models are."""

from __future__ import annotations

from uuid import UUID

from core.media import workflow
from core.notifications.notifier import Notifier
from core.runtime import Runtime


async def read_media(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await workflow.read_media(rt, notifier, tenant_id=tenant_id, media_id=ref)


async def give_up(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await workflow.give_up(rt, notifier, tenant_id=tenant_id, media_id=ref)
