"""Job cards: open, skip with a reason, save, draft."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import CardCb
from bot.notify import remember
from bot.texts import Words
from bot.ui import Screen, answer_tap, redraw, send, show
from bot.views import pages
from bot.views.cards import card_screen, list_screen
from core.accounts.service import Account
from core.drafting import service as drafting
from core.drafting.models import DraftState
from core.jobs_feed import service as feed
from core.jobs_feed.models import CardState
from core.notifications.models import Subject
from core.runtime import Runtime


async def screen_of(
    rt: Runtime, account: Account, words: Words, card_id: UUID, *, asking_reason: bool = False
) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        card = await feed.get_card(session, card_id=card_id)
        recent = await feed.recent_totals(session)
    return card_screen(words, card, now=rt.clock.now(), recent=recent, asking_reason=asking_reason)


async def on_button(
    query: CallbackQuery, callback_data: CardCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, card_id = callback_data.verb, callback_data.card
    if verb == "draft":
        await _draft(query, card_id, account, words, rt, bot)
        return
    if verb == "open":
        message = await send(bot, account.chat_id, await screen_of(rt, account, words, card_id))
        await remember(rt, account, message.message_id, Subject.CARD, card_id)
        return
    async with rt.db.begin(account.tenant_id) as session:
        card = await feed.get_card(session, card_id=card_id)
        stale = card.row.state in (CardState.DRAFTING, CardState.APPLIED) and verb in (
            "why",
            "save",
            "restore",
        )
        if not stale:
            if verb == "why":
                await feed.skip_card(session, card_id=card_id, reason=callback_data.arg, clock=rt.clock)
            elif verb == "save":
                await feed.save_card(session, card_id=card_id, clock=rt.clock)
            elif verb == "restore":
                await feed.restore_card(session, card_id=card_id)
    if stale:
        await answer_tap(query, words.plain("card.moved_on"))
    await show(
        query, await screen_of(rt, account, words, card_id, asking_reason=verb == "skip" and not stale)
    )


async def _draft(
    query: CallbackQuery, card_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.request_proposal(session, card_id=card_id)
    if draft.state == DraftState.COMPOSING:
        await answer_tap(query, words.plain("draft.started"))
    await show(query, await screen_of(rt, account, words, card_id))
    if draft.state == DraftState.READY:
        page = await pages.draft_page(rt, account, draft_id=draft.id)
        for screen in page.screens:
            message = await send(bot, account.chat_id, screen, reply_to=page.reply_to)
            await remember(rt, account, message.message_id, Subject.DRAFT, draft.id)
        if page.replaces is not None:
            await redraw(bot, account.chat_id, page.replaces, Screen(words("draft.moved_below")))
        await pages.note_draft_message(rt, account, draft_id=draft.id, message_id=message.message_id)


async def on_jobs(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """The latest open cards, those of the silent band and the saved ones included."""
    async with rt.db.begin(account.tenant_id) as session:
        cards = await feed.list_cards(
            session, states=[CardState.NEW, CardState.SHOWN, CardState.SAVED, CardState.DRAFTING]
        )
    heading = words("jobs.heading", n=len(cards)) if cards else words("jobs.none")
    await send(bot, account.chat_id, list_screen(words, heading, cards))


def build_router() -> Router:
    router = Router(name="cards")
    router.message.register(on_jobs, Command("jobs"))
    router.callback_query.register(on_button, CardCb.filter())
    return router
