"""Before any handler: private chats only, who is acting, and a tap that never keeps its spinner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Chat, TelegramObject, Update, User
from structlog.contextvars import bound_contextvars

from bot.texts import Words
from bot.ui import answer_tap, answered_tap
from core.accounts import dialogs
from core.accounts.service import find_account, mark_reachable, open_account
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
        if message is not None and (message.text or "").startswith("/start"):
            bot: Bot = data["bot"]
            words = Words(guess_locale(message.from_user) if message.from_user else "en")
            await bot.send_message(chat.id, words("common.private_only"))
        return None


class Acting(BaseMiddleware):
    """Loads (or opens) the acting user's account, their words and what the chat was waiting for."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User | None = data.get("event_from_user")
        chat: Chat | None = data.get("event_chat")
        if user is None or user.is_bot:
            return None
        rt = self._rt
        account = await find_account(rt.db, telegram_id=user.id)
        if account is None:
            account = await open_account(
                rt.db,
                rt.vault,
                telegram_id=user.id,
                chat_id=chat.id if chat else user.id,
                locale=guess_locale(user),
            )
        async with rt.db.begin(account.tenant_id) as session:
            data["awaiting"] = await dialogs.read(session)
            await mark_reachable(session)
        data["account"] = account
        data["words"] = Words(account.locale)
        with bound_contextvars(tenant_id=str(account.tenant_id)):
            return await handler(event, data)


class AnswerCallback(BaseMiddleware):
    """Answers a tap that its handler left unanswered, so that no button keeps its spinner. Errors answer for themselves."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        outcome = await handler(event, data)
        if isinstance(event, CallbackQuery) and answered_tap.get() != event.id:
            await answer_tap(event)
        return outcome
