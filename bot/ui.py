"""Shared pieces of the interface: a screen, its buttons, and safe ways to show it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ButtonStyle
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters.callback_data import CallbackData
from aiogram.types import (
    CallbackQuery,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)

from bot.foreign import is_safe_link
from bot.texts import Html
from core.drafting.lint import reveal

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

GREEN = ButtonStyle.SUCCESS
RED = ButtonStyle.DANGER
BLUE = ButtonStyle.PRIMARY

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Screen:
    """A message as it should look: HTML within Telegram's limit, and rows of buttons."""

    text: str
    rows: Sequence[Sequence[InlineKeyboardButton]] = ()

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        rows = [list(row) for row in self.rows if row]
        return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def button(text: str, data: CallbackData, style: ButtonStyle | None = None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack(), style=style)


def link(text: str, url: str) -> InlineKeyboardButton:
    """Raises ValueError for anything but an address a browser opens over TLS (or on this machine)."""
    if not is_safe_link(url):
        raise ValueError("not an address for a button")
    return InlineKeyboardButton(text=text, url=url)


def copy(text: str, value: str) -> InlineKeyboardButton:
    """Telegram copies at most 256 characters."""
    return InlineKeyboardButton(text=text, copy_text=CopyTextButton(text=value[:256]))


def _answering(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)


async def send(bot: Bot, chat_id: int, screen: Screen, *, reply_to: int | None = None) -> Message:
    return await bot.send_message(
        chat_id, screen.text, reply_markup=screen.keyboard, reply_parameters=_answering(reply_to)
    )


async def reply(message: Message, text: str) -> None:
    """Answer below the user's message; one they have deleted meanwhile is no reason to stay silent."""
    await message.answer(text, reply_parameters=_answering(message.message_id))


async def ask(bot: Bot, chat_id: int, text: str, placeholder: str, *, reply_to: int | None = None) -> Message:
    """A question whose answer the user types; their client opens the reply field by itself."""
    return await bot.send_message(
        chat_id,
        text,
        reply_markup=ForceReply(input_field_placeholder=placeholder[:64]),
        reply_parameters=_answering(reply_to),
    )


async def redraw(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> bool:
    """Bring a message up to date. True when it now shows `screen`; False when it is gone or too old to edit."""
    try:
        await bot.edit_message_text(
            screen.text, chat_id=chat_id, message_id=message_id, reply_markup=screen.keyboard
        )
    except TelegramBadRequest as error:
        return "message is not modified" in str(error)
    return True


async def show(query: CallbackQuery, screen: Screen) -> int | None:
    """Put a screen where the tapped button was, or below when that message cannot be edited; returns the message's id."""
    bot, message = query.bot, query.message
    if bot is None or message is None:
        return None
    if await redraw(bot, message.chat.id, message.message_id, screen):
        return message.message_id
    return (await send(bot, message.chat.id, screen)).message_id


answered_tap: ContextVar[str] = ContextVar("answered_tap", default="")
"""The tap this update's handler has answered already: Telegram takes one answer per tap."""


async def answer_tap(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """Answer a tap; one that Telegram no longer waits for is no error. Alerts hold 200 characters."""
    answered_tap.set(query.id)
    try:
        await query.answer(clip(text, 200) if text else None, show_alert=alert)
    except TelegramBadRequest:
        return


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts its limits: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible(markup: str) -> int:
    """Code units of an HTML text after Telegram has taken the tags out: what its limits are about."""
    return units(html.unescape(_TAG.sub("", markup)))


def clip(text: str, limit: int) -> str:
    """Cut plain text (never markup) to `limit` code units, with an ellipsis where something is missing.

    Hidden characters are written out first, so that they count as what they take up.
    """
    # Nothing becomes shorter by being written out, so the rest of a long text cannot be seen; two more characters than fit keep
    # an emoji at the edge whole.
    text = reveal(text[: limit + 2])
    if units(text) <= limit:
        return text
    return f"{cut(text, limit - 1).rstrip()}…"


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` within `limit` code units; no character is halved."""
    return text.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore")


def lines(*parts: str | None) -> Html:
    """Non-empty parts, one per line."""
    return Html("\n".join(part for part in parts if part))


def blocks(*parts: str | None) -> Html:
    """Non-empty parts with an empty line between them."""
    return Html("\n\n".join(part for part in parts if part))


def fitting(parts: Sequence[str | None], limit: int = TEXT_LIMIT) -> Html:
    """Blocks in order of importance, the last ones left out whole when the text would be too long: no tag is ever cut."""
    kept = [part for part in parts if part]
    while len(kept) > 1 and visible(blocks(*kept)) > limit:
        kept.pop()
    return blocks(*kept)
