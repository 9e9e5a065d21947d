"""One place that turns an error into a reply: kind, short, in the user's language, naming the next step."""

from __future__ import annotations

import secrets
from contextlib import suppress

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import CallbackQuery, ErrorEvent, Message
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.texts import Words
from bot.ui import answer_tap
from core.accounts.service import Account, mark_unreachable
from core.errors import AppError, Forbidden, LimitReached, NotFound, Unavailable
from core.log import get_logger
from core.runtime import Runtime
from core.security import audit

log = get_logger(__name__)

_OLD_NEWS = (
    "message is not modified",
    "query is too old",
    "message to edit not found",
    "message can't be edited",
)
PASSING = (
    OperationalError,
    InterfaceError,
    TelegramNetworkError,
    TelegramServerError,
    TelegramRetryAfter,
    ClientDecodeError,
    ConnectionError,
)
"""What may be gone in a moment: the update is tried again, nobody is told that something broke."""


def has_left(error: Exception) -> bool:
    """Nobody reads this chat any more: the bot was blocked, the account deleted, or the chat never was."""
    if isinstance(error, TelegramBadRequest):
        return "chat not found" in str(error)
    return isinstance(error, TelegramForbiddenError)


def text_for(words: Words, error: AppError) -> str:
    """The most specific text there is: `error.<code>.<reason>`, `error.<code>`, then those of the classes above.

    What was not found is named by its `subject`.
    """
    reason = error.data.get("reason") or error.data.get("subject")
    params = {key: value for key, value in error.data.items() if isinstance(value, str | int | float)}
    if isinstance(error, LimitReached | Unavailable):
        params["wait"] = _wait(words, max(1, round(error.retry_after)))
    codes = dict.fromkeys(kind.code for kind in type(error).__mro__ if issubclass(kind, AppError))
    for key in (key for code in codes for key in (f"error.{code}.{reason}", f"error.{code}")):
        if words.has(key):
            # An error that lacks a number its text wants must still say something.
            with suppress(KeyError):
                return words.plain(key, **params)
    return words.plain("error.unexpected", code="-")


def _wait(words: Words, seconds: int) -> str:
    """How long to wait, rounded up in a unit that a person counts in."""
    unit, length = next(
        (found for found in (("hours", 3600), ("minutes", 60)) if seconds > 2 * found[1]), ("seconds", 1)
    )
    return words.plain(f"wait.{unit}", n=-(-seconds // length))


async def on_error(
    event: ErrorEvent, rt: Runtime, words: Words | None = None, account: Account | None = None
) -> bool:
    """Returns True for a handled error. What may pass by itself is raised again, so that the update is tried again."""
    error = event.exception
    if isinstance(error, TelegramBadRequest) and any(text in str(error) for text in _OLD_NEWS):
        return True
    if has_left(error):
        await _gone(rt, account)
        return True
    if isinstance(error, PASSING):
        raise error
    speak = words or Words(account.locale if account else "en")
    if isinstance(error, AppError):
        log.info("user.refused", error=error.code, reason=str(error.data.get("reason", "")))
        if account is not None and isinstance(error, Forbidden | NotFound):
            await note_refusal(rt, account, error)
        text = text_for(speak, error)
    else:
        code = secrets.token_hex(3).upper()
        log.error("update.failed", code_shown=code, exc_info=error)
        text = speak.plain("error.unexpected", code=code)
    try:
        await _reply(event, text)
    except (TelegramForbiddenError, TelegramBadRequest) as refusal:
        if has_left(refusal):
            await _gone(rt, account)
        else:
            log.error("telegram.refused", error=str(refusal))
    return True


async def note_refusal(rt: Runtime, account: Account, error: AppError) -> None:
    """What somebody may not do, or reached for and is not theirs, is in their audit trail: the kind of thing, no content."""
    async with rt.db.begin(account.tenant_id) as session:
        about = str(error.data.get("act") or error.data.get("subject") or error.data.get("reason") or "")
        audit.record(session, "access.refused", actor=audit.USER, code=error.code, about=about[:40])


async def _gone(rt: Runtime, account: Account | None) -> None:
    """The user blocked the bot: nothing more is sent until they come back."""
    log.info("user.unreachable")
    if account is not None:
        async with rt.db.begin(account.tenant_id) as session:
            await mark_unreachable(session, clock=rt.clock)


async def _reply(event: ErrorEvent, text: str) -> None:
    query: CallbackQuery | None = event.update.callback_query
    message: Message | None = event.update.message
    if query is not None:
        await answer_tap(query, text, alert=True)
    elif message is not None:
        await message.answer(text, parse_mode=None)
