"""Before anybody gets an account: a Telegram user who comes with a web login's link joins that account instead of a new one."""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import CallbackQuery, Message, TelegramObject, Update, User

from bot.callbacks import JoinCb
from bot.middlewares import Handler, guess_locale
from bot.texts import Words
from bot.ui import GREEN, Screen, answer_tap, button, send, show
from core.access import joining
from core.access.joining import AlreadyJoined
from core.accounts.service import find_account
from core.runtime import Runtime
from core.security.page_links import LinkGone

PREFIX = "/start join-"


class Joining(BaseMiddleware):
    """Answers the link and its button by itself; everything else goes on."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User | None = data.get("event_from_user")
        if user is None or not isinstance(event, Update):
            return await handler(event, data)
        words, message, query = Words(guess_locale(user)), event.message, event.callback_query
        if message is not None and (message.text or "").startswith(PREFIX):
            return await self._ask(message, user, words, data["bot"])
        pressed = query is not None and (query.data or "").startswith(f"{JoinCb.__prefix__}:")
        # Who has an account already is answered like for any other button, by `bot.features.console`.
        if query is not None and pressed and await find_account(self._rt.db, telegram_id=user.id) is None:
            return await self._join(query, user, words)
        return await handler(event, data)

    async def _ask(self, message: Message, user: User, words: Words, bot: Bot) -> None:
        token = (message.text or "").removeprefix(PREFIX).strip()
        if await find_account(self._rt.db, telegram_id=user.id) is not None:
            screen = Screen(words("join.has_account"))
        else:
            try:
                email = await joining.whose(self._rt, token=token)
            except LinkGone:
                screen = Screen(words("join.gone"))
            else:
                agree = button(words.plain("button.join"), JoinCb(token=token), GREEN)
                screen = Screen(words("join.ask", email=email), [[agree]])
        await send(bot, message.chat.id, screen)

    async def _join(self, query: CallbackQuery, user: User, words: Words) -> None:
        token = (query.data or "").partition(":")[2]
        try:
            # A private chat's id is its user's.
            await joining.join(self._rt, token=token, telegram_id=user.id, chat_id=user.id)
        except LinkGone:
            key = "join.gone"
        except AlreadyJoined:
            key = "join.has_account"
        else:
            key = "join.done"
        await answer_tap(query)
        await show(query, Screen(words(key)))
