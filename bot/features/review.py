"""Showing the exact bytes with the one button that approves them, or saying what stands in the way."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot
from aiogram.types import CallbackQuery

from bot.memory import remember
from bot.texts import Words
from bot.ui import Screen, send, show
from bot.views import pages
from bot.views.cautions import cautions_for, gate_of
from bot.views.drafts import approval_screens
from core.accounts.service import Account
from core.drafting import service as drafting
from core.drafting.lint import Severity
from core.drafting.models import DraftState
from core.errors import Conflict
from core.notifications.models import Subject
from core.proposals import approval
from core.runtime import Runtime


async def review(
    rt: Runtime,
    account: Account,
    words: Words,
    bot: Bot,
    draft_id: UUID,
    *,
    confirmed_by: CallbackQuery | None = None,
) -> None:
    """Show what would leave. The Send button is there at once only when nothing grave was found; `confirmed_by` is the tap
    of somebody who has read the warnings, and changes the message they were read in."""
    screens = await _screens(rt, account, words, draft_id, confirmed=confirmed_by is not None)
    if confirmed_by is not None:
        shown = await show(confirmed_by, screens[-1])
        if shown is not None:
            await remember(rt, account, shown, Subject.DRAFT, draft_id)
        return
    for screen in screens:
        message = await send(bot, account.chat_id, screen)
        await remember(rt, account, message.message_id, Subject.DRAFT, draft_id)


async def _screens(
    rt: Runtime, account: Account, words: Words, draft_id: UUID, *, confirmed: bool
) -> list[Screen]:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id, lock=True)
        if draft.state != DraftState.READY:
            raise Conflict(reason=draft.state)
        heading, posting, _ = await pages.heading_of(session, keys, words, draft)
        boost = await pages.boost_of(session, draft.card_id)
        version = await drafting.get_version(session, keys, draft)
        cautions = await cautions_for(session, keys, draft, version, posting)
        gate = gate_of(cautions)
        nonce = None
        if gate is Severity.HINT or (gate is Severity.CONFIRM and confirmed):
            shown = await approval.show(
                session,
                keys,
                draft_id=draft_id,
                telegram_id=account.telegram_id,
                clock=rt.clock,
                hours=rt.settings.approval_hours,
            )
            payload, nonce = shown.payload, shown.nonce
        else:
            payload = await approval.build_payload(session, keys, draft)
            await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    return approval_screens(
        words, payload, nonce=nonce, gate=gate, heading=heading, cautions=cautions, boost=boost
    )
