"""Clients' messages: the list of threads, and a drafted answer on request."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import RoomCb
from bot.memory import remember
from bot.sending import show_thinking
from bot.texts import Words
from bot.ui import Screen, answer_tap, send
from bot.views.stories import story_screens
from core.accounts.service import Account
from core.drafting import service as drafting
from core.errors import Invalid
from core.messaging import service as messaging
from core.notifications.models import Subject
from core.proposals import approval
from core.runtime import Runtime


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        cards = await messaging.list_rooms(session, await rt.keys(session), limit=5)
    if not cards:
        await send(bot, account.chat_id, Screen(words("messages.none")))
    for card in reversed(cards):
        for screen in story_screens(words, card, first=True):
            sent = await send(bot, account.chat_id, screen)
            await remember(rt, account, sent.message_id, Subject.ROOM, card.room.id)


async def on_button(
    query: CallbackQuery, callback_data: RoomCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    if callback_data.verb != "draft":
        raise Invalid(reason="unknown_button")
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.request_reply(session, room_id=callback_data.room)
        await approval.withdraw(session, draft_id=draft.id, clock=rt.clock)
    await answer_tap(query, words.plain("draft.started"))
    await show_thinking(account, bot, draft.id)


def build_router() -> Router:
    router = Router(name="messages")
    router.message.register(on_command, Command("messages"))
    router.callback_query.register(on_button, RoomCb.filter())
    return router
