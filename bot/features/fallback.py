"""Everything no feature wanted: said kindly, with the next step, and nothing typed is lost."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message, Update

from bot.paste import more_waiting
from bot.states import State
from bot.texts import Words
from bot.ui import answer_tap, reply
from core.accounts.dialogs import Awaiting
from core.accounts.service import Account
from core.notifications.models import SentMessage, Subject
from core.runtime import Runtime

_ANSWERABLE = (Subject.DRAFT, Subject.ROOM)


async def on_message(
    message: Message,
    account: Account,
    words: Words,
    awaiting: Awaiting,
    rt: Runtime,
    event_update: Update,
    about: SentMessage | None = None,
) -> None:
    if message.text is not None:
        if message.text.startswith("/"):
            await reply(message, words("fallback.command"))
        else:
            await reply(message, words("fallback.text" if account.onboarded else "fallback.text_new"))
    elif not message.media_group_id or not await more_waiting(rt, account, event_update.update_id):
        # Of an album only the last picture is answered.
        await reply(message, words(f"fallback.media_{_expected(awaiting, about)}"))


def _expected(awaiting: Awaiting, about: SentMessage | None) -> str:
    """What text would have been taken for: a reply to a card goes before an open question."""
    if about is not None:
        return "reply" if about.subject in _ANSWERABLE else "idle"
    return awaiting.state if awaiting.state in set(State) else "idle"


async def on_edited(edited_message: Message, words: Words) -> None:
    """A moving location is "edited" every few seconds; only words are worth a word."""
    if edited_message.text or edited_message.caption:
        await reply(edited_message, words("fallback.edited"))


async def on_callback(query: CallbackQuery, words: Words) -> None:
    await answer_tap(query, words.plain("fallback.button"), alert=True)


def build_router() -> Router:
    router = Router(name="fallback")
    router.message.register(on_message)
    router.edited_message.register(on_edited)
    router.callback_query.register(on_callback)
    return router
