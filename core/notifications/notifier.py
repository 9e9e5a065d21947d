"""The seam to whoever tells the user: core decides what changed, the bot decides how it looks."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class DraftWatcher(Protocol):
    """Shows a draft while it is being written. May drop frames; never raises for a chat that is gone."""

    async def progress(self, text: str) -> None: ...


class Notifier(Protocol):
    """Tells a tenant about a row; reads the row itself, so a late or repeated call shows the present state."""

    async def card(self, tenant_id: UUID, card_id: UUID) -> None: ...

    async def digest(self, tenant_id: UUID) -> None: ...

    def draft_watcher(self, tenant_id: UUID, draft_id: UUID) -> DraftWatcher: ...

    async def draft(self, tenant_id: UUID, draft_id: UUID) -> None: ...

    async def action(self, tenant_id: UUID, action_id: UUID) -> None: ...

    async def stories(self, tenant_id: UUID, room_id: UUID) -> None: ...

    async def link(self, tenant_id: UUID, ref: UUID) -> None: ...

    async def notice(self, tenant_id: UUID, code: str) -> None: ...

    async def step_up(self, tenant_id: UUID, challenge_id: UUID) -> None: ...
