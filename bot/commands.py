"""The command menu and the bot's description, in both languages."""

from __future__ import annotations

from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.texts import CATALOGUES, DEFAULT_LOCALE, Words

COMMANDS = (
    "jobs",
    "searches",
    "profile",
    "messages",
    "templates",
    "experiments",
    "stats",
    "memory",
    "upwork",
    "limits",
    "security",
    "console",
    "audit",
    "lock",
    "pause",
    "language",
    "privacy",
    "export",
    "forget",
    "help",
    "cancel",
)


def _menu(words: Words) -> list[BotCommand]:
    return [BotCommand(command=name, description=words.plain(f"command.{name}")) for name in COMMANDS]


async def set_commands(bot: Bot) -> None:
    for locale in CATALOGUES:
        words = Words(locale)
        code = None if locale == DEFAULT_LOCALE else locale
        await bot.set_my_commands(_menu(words), language_code=code)
        await bot.set_my_description(words.plain("about.description"), language_code=code)
        await bot.set_my_short_description(words.plain("about.short"), language_code=code)


async def set_chat_commands(bot: Bot, chat_id: int, locale: str) -> None:
    """The menu of one chat in the language chosen there; Telegram would otherwise go by the app's own language."""
    with suppress(TelegramAPIError):
        await bot.set_my_commands(_menu(Words(locale)), scope=BotCommandScopeChat(chat_id=chat_id))
