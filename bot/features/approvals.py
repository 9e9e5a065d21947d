"""The one button that sends, and what a person can do about an action afterwards."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery

from bot.callbacks import ActionCb, ApproveCb
from bot.errors import note_refusal
from bot.sending import refresh_card
from bot.texts import Words
from bot.ui import Screen, answer_tap, clip, send, show
from bot.views import pages
from bot.views.packing import split
from core.accounts.service import Account
from core.drafting import service as drafting
from core.errors import Conflict, Invalid
from core.proposals import approval, parking, readback
from core.proposals.models import Action
from core.runtime import Runtime
from core.security.assurance import chat_session


async def on_approve(
    query: CallbackQuery, callback_data: ApproveCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """Approve exactly what this card shows. Of fifty taps one has an effect; a stale card says so and redraws."""
    if query.message is None:
        raise Conflict(reason="unknown")
    try:
        async with rt.db.begin(account.tenant_id) as session:
            action = await approval.approve(
                session,
                await rt.keys(session),
                nonce=callback_data.nonce,
                telegram_id=account.telegram_id,
                clock=rt.clock,
                chat_id=query.message.chat.id,
                message_id=query.message.message_id,
            )
    except Conflict as refusal:
        await _explain(query, refusal, account, words, rt)
        return
    await answer_tap(query, words.plain("approve.queued"))
    page = await pages.action_page(rt, account, action_id=action.id)
    await show(query, page.screen)
    await _retire(action, account, rt, bot)


async def _retire(action: Action, account: Account, rt: Runtime, bot: Bot) -> None:
    """An approved draft can no longer be changed: its message keeps the text and loses its buttons, the card says so."""
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=action.draft_id)
    if draft.message_id is not None:
        with suppress(TelegramBadRequest):
            await bot.edit_message_reply_markup(chat_id=account.chat_id, message_id=draft.message_id)
    await refresh_card(rt, account, bot, draft.card_id)


async def _explain(
    query: CallbackQuery, refusal: Conflict, account: Account, words: Words, rt: Runtime
) -> None:
    reason = str(refusal.data["reason"])
    await answer_tap(query, words.plain(f"approve.refused_{reason}"), alert=True)
    action_id = refusal.data.get("action_id")
    if isinstance(action_id, UUID):
        await show(query, (await pages.action_page(rt, account, action_id=action_id)).screen)
    elif reason == "unknown":
        # Nobody's button, or somebody else's.
        await note_refusal(rt, account, refusal)
    else:
        await show(query, Screen(words(f"approve.dead_{reason}")))


async def on_action(
    query: CallbackQuery, callback_data: ActionCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, action_id = callback_data.verb, callback_data.action
    before = await pages.action_page(rt, account, action_id=action_id)
    match verb:
        case "letter":
            await _copyable(action_id, account, words, rt, bot)
            return
        case "resend":
            await _resend(query, action_id, account, words, rt)
        case "retry" | "beyond":
            await _unpark(action_id, account, rt, beyond=verb == "beyond")
            await answer_tap(query, words.plain("approve.queued"))
        case "drop":
            await _drop(action_id, account, rt)
        case "look":
            await _look(query, before, action_id, account, words, rt)
        case _:
            raise Invalid(reason="unknown_button")
    after = await pages.action_page(rt, account, action_id=action_id)
    await show(query, after.screen)
    await refresh_card(rt, account, bot, after.reopened)


async def _look(
    query: CallbackQuery,
    before: pages.ActionPage,
    action_id: UUID,
    account: Account,
    words: Words,
    rt: Runtime,
) -> None:
    """Ask Upwork; of a job that its person brought only they know, so they are believed."""
    found = before.sent or await readback.look_once(rt, tenant_id=account.tenant_id, action_id=action_id)
    if before.own:
        await answer_tap(query, words.plain("action.own_noted"))
        return
    await answer_tap(query, words.plain("action.found" if found else "action.not_found_yet"), alert=not found)


async def _resend(query: CallbackQuery, action_id: UUID, account: Account, words: Words, rt: Runtime) -> None:
    by = chat_session(account.telegram_id)
    again = await readback.resend(rt, tenant_id=account.tenant_id, action_id=action_id, by=by)
    await answer_tap(query, words.plain("action.resending" if again else "action.not_resent"))


async def _unpark(action_id: UUID, account: Account, rt: Runtime, *, beyond: bool) -> None:
    by = chat_session(account.telegram_id)
    async with rt.db.begin(account.tenant_id) as session:
        await parking.unpark(session, action_id=action_id, by=by, clock=rt.clock, beyond=beyond)


async def _drop(action_id: UUID, account: Account, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        dropped = await parking.drop_parked(session, action_id=action_id, clock=rt.clock)
    if not dropped:
        await readback.drop(rt, tenant_id=account.tenant_id, action_id=action_id)


async def _copyable(action_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """The letter by itself, as plain messages: a long press copies it, nothing else is in the way."""
    payload = await pages.action_payload(rt, account, action_id=action_id)
    await _send_plain(payload.text, account, bot)
    for item in payload.answers:
        question = clip(item.question, 1000)
        await send(bot, account.chat_id, Screen(words("draft.answer_to", text=question)))
        await _send_plain(item.answer, account, bot)


async def _send_plain(text: str, account: Account, bot: Bot) -> None:
    for part in split(text):
        if part.strip():
            await bot.send_message(account.chat_id, part, parse_mode=None)


def build_router() -> Router:
    router = Router(name="approvals")
    router.callback_query.register(on_approve, ApproveCb.filter())
    router.callback_query.register(on_action, ActionCb.filter())
    return router
