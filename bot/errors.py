"""One place that turns an error into a reply: kind, short, in the user's language, naming the next step."""

from __future__ import annotations

import secrets

from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNetworkError
from aiogram.types import CallbackQuery, ErrorEvent, Message
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.texts import Words
from bot.ui import answer_tap
from core.accounts.service import Account
from core.errors import AppError, LimitReached, Unavailable
from core.log import get_logger

log = get_logger(__name__)

_OLD_NEWS = (
    "message is not modified",
    "query is too old",
    "message to edit not found",
    "message can't be edited",
)


def text_for(words: Words, error: AppError) -> str:
    """The most specific text there is: `error.<code>.<reason>`, else `error.<code>`."""
    reason = error.data.get("reason")
    params = {key: value for key, value in error.data.items() if isinstance(value, str | int | float)}
    if isinstance(error, LimitReached | Unavailable):
        params["seconds"] = max(1, round(error.retry_after))
    for key in (f"error.{error.code}.{reason}", f"error.{error.code}"):
        if words.has(key):
            return words.plain(key, **params)
    return words.plain("error.unexpected", code="-")


async def on_error(event: ErrorEvent, words: Words | None = None, account: Account | None = None) -> bool:
    """Returns True for a handled error. What may pass by itself is raised again, so that the update is tried again."""
    error = event.exception
    if isinstance(error, TelegramBadRequest) and any(text in str(error) for text in _OLD_NEWS):
        return True
    if isinstance(error, TelegramForbiddenError):
        log.info("user.unreachable")
        return True
    if isinstance(error, OperationalError | InterfaceError | TelegramNetworkError | ConnectionError):
        raise error
    speak = words or Words(account.locale if account else "en")
    if isinstance(error, AppError):
        log.info("user.refused", code=error.code, reason=str(error.data.get("reason", "")))
        text = text_for(speak, error)
    else:
        code = secrets.token_hex(3).upper()
        log.error("update.failed", code_shown=code, exc_info=error)
        text = speak.plain("error.unexpected", code=code)
    await _reply(event, text)
    return True


async def _reply(event: ErrorEvent, text: str) -> None:
    query: CallbackQuery | None = event.update.callback_query
    message: Message | None = event.update.message
    if query is not None:
        await answer_tap(query, text, alert=True)
    elif message is not None:
        await message.answer(text, parse_mode=None)
