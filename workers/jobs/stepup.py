"""Telling the chat how a step-up went."""

from __future__ import annotations

from uuid import UUID

from core.notifications.notifier import Notifier
from core.runtime import Runtime


async def tell_step_up(rt: Runtime, notifier: Notifier, tenant_id: UUID, challenge_id: UUID) -> None:
    await notifier.step_up(tenant_id, challenge_id)
