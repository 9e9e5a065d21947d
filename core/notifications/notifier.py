"""The seam to whoever tells the user: core decides what changed, the bot decides how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from core.accounts.service import Account
    from core.notifications.report import Report
    from core.security.alerts.models import Alert
    from core.templates.improving import Improvement


class Trouble(StrEnum):
    """What concerns the whole installation and those who run it."""

    WEBHOOK_MOVED = "webhook_moved"
    KEY_WORN = "key_worn"


class DraftWatcher(Protocol):
    """Shows a draft while it is being written. May drop frames; never raises for a chat that is gone."""

    async def progress(self, text: str) -> None: ...


class Notifier(Protocol):
    """Tells a tenant about a row; reads the row itself, so a late or repeated call shows the present state."""

    async def card(self, tenant_id: UUID, card_id: UUID) -> None: ...

    async def reading(self, tenant_id: UUID, card_id: UUID) -> None:
        """Show what a model read in the card's message, if there is one already. Never sends a message."""

    async def digest(self, tenant_id: UUID) -> None: ...

    def draft_watcher(self, tenant_id: UUID, draft_id: UUID) -> DraftWatcher: ...

    async def draft(self, tenant_id: UUID, draft_id: UUID) -> None: ...

    async def template(self, tenant_id: UUID, template_id: UUID, outcome: Improvement) -> None:
        """Show what a model made of a template, or say why nothing came of it."""

    async def fetch(self, tenant_id: UUID, file_id: str, *, most: int) -> bytes:
        """A file that its person sent, `most` bytes at most; they see that something is being done.

        Raises Invalid ("file_too_big" with `mb`, "file_gone") or Unavailable."""

    async def media(self, tenant_id: UUID, media_id: UUID) -> None:
        """Show what is known of a voice note, a picture or a file by now."""

    async def action(self, tenant_id: UUID, action_id: UUID) -> None: ...

    async def stories(self, tenant_id: UUID, room_id: UUID) -> None: ...

    async def link(self, tenant_id: UUID, ref: UUID) -> None: ...

    async def step_up(self, tenant_id: UUID, challenge_id: UUID) -> None: ...

    async def alert(self, tenant_id: UUID, alert_id: UUID) -> None:
        """Tell the person of an alert, once. One that was raised in the chat itself is not told there again."""

    async def watcher(self, chat_id: int, locale: str | None, news: Alert | Trouble) -> None:
        """Tell one chat of somebody's alert, or of trouble with the installation. Never raises for a chat that is gone."""

    async def report(self, tenant_id: UUID, report: Report) -> None: ...

    async def webhook_url(self) -> str:
        """Where Telegram delivers updates; empty while the bot polls."""

    async def export(self, tenant_id: UUID, export_id: UUID, *, done: int, total: int) -> None:
        """How far a copy of the data is; with `done` at `total` it is there, or is not wanted any more."""

    async def unsend(self, chat_id: int, message_ids: Sequence[int]) -> None:
        """Delete messages of ours, as far as Telegram lets us. Never raises: the chat is the person's own."""

    async def farewell(self, account: Account, *, revoked: bool) -> None:
        """The account is gone. `revoked`: Upwork confirmed that our access has ended. Never raises."""
