"""The command menu and the bot's description, in both languages."""

from __future__ import annotations

from aiogram import Bot
from aiogram.types import BotCommand

from bot.texts import CATALOGUES, DEFAULT_LOCALE, Words

COMMANDS = (
    "jobs",
    "searches",
    "profile",
    "messages",
    "stats",
    "upwork",
    "pause",
    "language",
    "help",
    "cancel",
)


async def set_commands(bot: Bot) -> None:
    for locale in CATALOGUES:
        words = Words(locale)
        code = None if locale == DEFAULT_LOCALE else locale
        await bot.set_my_commands(
            [BotCommand(command=name, description=words.plain(f"command.{name}")) for name in COMMANDS],
            language_code=code,
        )
        await bot.set_my_description(words.plain("about.description"), language_code=code)
        await bot.set_my_short_description(words.plain("about.short"), language_code=code)
