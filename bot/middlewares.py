"""Before any handler: private chats only, who is acting, and a tap that never keeps its spinner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User
from structlog.contextvars import bound_contextvars

from bot.memory import recall
from bot.texts import Words
from bot.ui import answer_tap, answered_tap
from core import limits
from core.accounts import dialogs
from core.accounts.service import Account, find_account, mark_reachable, open_account
from core.drafting.lint import without_invisible
from core.errors import Invalid
from core.log import get_logger
from core.runtime import Runtime

log = get_logger(__name__)

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


def guess_locale(user: User) -> str:
    """The interface language before the user chose one."""
    return "uk" if (user.language_code or "").lower().startswith("uk") else "en"


class PrivateOnly(BaseMiddleware):
    """A group would show one freelancer's work to others, so the bot says so there and does nothing else."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        chat: Chat | None = data.get("event_chat")
        if chat is None or chat.type == ChatType.PRIVATE:
            return await handler(event, data)
        message = event.message if isinstance(event, Update) else None
        if message is not None and (message.text or "").startswith("/"):
            bot: Bot = data["bot"]
            words = Words(guess_locale(message.from_user) if message.from_user else "en")
            with suppress(TelegramBadRequest, TelegramForbiddenError):
                await bot.send_message(chat.id, words("common.private_only"))
        return None


class Acting(BaseMiddleware):
    """Loads (or opens) the acting user's account, their words, what the chat waits for and what a message is about."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        account = await self._account(event, data)
        if account is None:
            return None
        message = event.message if isinstance(event, Update) else None
        leaving = isinstance(event, Update) and event.my_chat_member is not None
        async with self._rt.db.begin(account.tenant_id) as session:
            data["awaiting"] = await dialogs.read(session)
            if not leaving:
                await mark_reachable(session)
            if message is not None:
                data["taken"] = await recall(session, chat_id=account.chat_id, message_id=message.message_id)
                if message.reply_to_message is not None:
                    data["about"] = await recall(
                        session, chat_id=account.chat_id, message_id=message.reply_to_message.message_id
                    )
        data["account"] = account
        data["words"] = Words(account.locale)
        with bound_contextvars(tenant_id=str(account.tenant_id)):
            return await handler(event, data)

    async def _account(self, event: TelegramObject, data: dict[str, Any]) -> Account | None:
        """Only who writes or taps gets an account; other events concern accounts there are."""
        user: User | None = data.get("event_from_user")
        chat: Chat | None = data.get("event_chat")
        if user is not None and user.is_bot:
            return None
        # A stopped draft names its chat only; a private chat's id is its user's.
        telegram_id = user.id if user is not None else chat.id if chat is not None else None
        if telegram_id is None:
            return None
        account = await find_account(self._rt.db, telegram_id=telegram_id)
        speaks = isinstance(event, Update) and (event.message or event.callback_query)
        if account is None and user is not None and speaks:
            account = await open_account(
                self._rt.db,
                self._rt.vault,
                telegram_id=user.id,
                chat_id=chat.id if chat else user.id,
                locale=guess_locale(user),
            )
        return account


class Paced(BaseMiddleware):
    """One account's flood waits by itself: what it sends beyond the limit is refused with the time to come back."""

    def __init__(self, rt: Runtime) -> None:
        self._limits = limits.SoftLimits(rt.redis)

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        account: Account | None = data.get("account")
        if account is not None:
            await self._limits.hit("tenant", str(account.tenant_id), limits.TENANT)
        return await handler(event, data)


class SomethingToRead(BaseMiddleware):
    """A message of nothing but invisible characters would be taken for a profile, a letter or an answer and look empty."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if isinstance(event, Message) and event.text and not without_invisible(event.text).strip():
            raise Invalid(reason="empty")
        return await handler(event, data)


class AnswerCallback(BaseMiddleware):
    """Answers a tap that its handler left unanswered, so that no button keeps its spinner. Errors answer for themselves."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        outcome = await handler(event, data)
        if isinstance(event, CallbackQuery) and answered_tap.get() != event.id:
            await answer_tap(event)
        return outcome
