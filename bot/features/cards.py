"""Job cards: open, skip with a reason, save, draft, and the list of those still open."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import CardCb, JobsCb
from bot.errors import text_for
from bot.features.templates import choice_screen, made_from
from bot.memory import remember
from bot.sending import show_draft, show_thinking
from bot.texts import Words
from bot.ui import Screen, answer_tap, send, show
from bot.views import pages
from bot.views.cards import jobs_screen
from bot.views.standing import nothing_open
from core.accounts.service import Account
from core.drafting import service as drafting
from core.drafting.models import DraftState
from core.errors import Conflict, Invalid
from core.jobs_feed import service as feed
from core.jobs_feed.models import CardState
from core.notifications.models import Subject
from core.runtime import Runtime

_OPEN = (CardState.NEW, CardState.SHOWN, CardState.SAVED, CardState.DRAFTING)
_DECIDED = (CardState.DRAFTING, CardState.APPLIED)
_PAGE = 8
_LAST_PAGE = 99


async def on_button(
    query: CallbackQuery, callback_data: CardCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, card_id = callback_data.verb, callback_data.card
    if verb == "draft":
        await _draft(query, card_id, account, words, rt, bot)
    elif verb == "patterns":
        await send(bot, account.chat_id, await choice_screen(rt, account, words, card_id))
    elif verb == "from":
        prepare = made_from(rt, callback_data.arg)
        await _draft(query, card_id, account, words, rt, bot, prepare=prepare)
    elif verb == "open":
        message = await send(bot, account.chat_id, await _screen(rt, account, card_id))
        await remember(rt, account, message.message_id, Subject.CARD, card_id)
    elif verb in ("skip", "why", "save", "restore", "redraw"):
        moved_on = await _decide(verb, card_id, callback_data.arg, account, rt)
        if moved_on:
            await answer_tap(query, words.plain("card.moved_on"))
        asking = verb == "skip" and not moved_on
        await show(query, await _screen(rt, account, card_id, asking_reason=asking))
    else:
        raise Invalid(reason="unknown_button")


async def _screen(rt: Runtime, account: Account, card_id: UUID, *, asking_reason: bool = False) -> Screen:
    return (await pages.card_page(rt, account, card_id=card_id, asking_reason=asking_reason)).screen


async def _decide(verb: str, card_id: UUID, reason: str, account: Account, rt: Runtime) -> bool:
    """Do what the button says. True when the card is past it: somebody drafted or applied meanwhile."""
    async with rt.db.begin(account.tenant_id) as session:
        card = await feed.get_card(session, card_id=card_id, lock=True)
        if card.row.state in _DECIDED and verb != "redraw":
            return True
        if verb == "why":
            await feed.skip_card(session, card_id=card_id, reason=reason, clock=rt.clock)
        elif verb == "save":
            await feed.save_card(session, card_id=card_id, clock=rt.clock)
        elif verb == "restore":
            await feed.restore_card(session, card_id=card_id)
    return False


async def _draft(
    query: CallbackQuery,
    card_id: UUID,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    *,
    prepare: drafting.Prepare | None = None,
) -> None:
    try:
        async with rt.db.begin(account.tenant_id) as session:
            draft = await drafting.request_proposal(session, card_id=card_id, prepare=prepare)
    except Conflict as refusal:
        await answer_tap(query, text_for(words, refusal), alert=True)
        await show(query, await _screen(rt, account, card_id))
        return
    if draft.state == DraftState.COMPOSING:
        await answer_tap(query, words.plain("draft.started"))
        await show_thinking(account, bot, draft.id)
    await show(query, await _screen(rt, account, card_id))
    if draft.state == DraftState.READY:
        await show_draft(rt, account, bot, draft.id)


async def jobs_page(rt: Runtime, account: Account, words: Words, page: int) -> Screen:
    """The open cards, newest first, those of the silent band and the saved ones included; a page at a time."""
    first = min(max(page, 0), _LAST_PAGE) * _PAGE
    async with rt.db.begin(account.tenant_id) as session:
        cards = await feed.list_cards(session, states=_OPEN, limit=first + _PAGE + 1)
    if not cards:
        return await nothing_open(rt, account, words)
    if first >= len(cards):
        first = (len(cards) - 1) // _PAGE * _PAGE
    return jobs_screen(
        words, cards[first : first + _PAGE], page=first // _PAGE, more=len(cards) > first + _PAGE
    )


async def on_jobs(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await jobs_page(rt, account, words, 0))


async def on_page(
    query: CallbackQuery, callback_data: JobsCb, account: Account, words: Words, rt: Runtime
) -> None:
    await show(query, await jobs_page(rt, account, words, callback_data.page))


def build_router() -> Router:
    router = Router(name="cards")
    router.message.register(on_jobs, Command("jobs"))
    router.callback_query.register(on_button, CardCb.filter())
    router.callback_query.register(on_page, JobsCb.filter())
    return router
