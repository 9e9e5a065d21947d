"""`python -m bot`: receive updates (unless the web process does, by webhook) and handle them."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramAPIError, TelegramUnauthorizedError
from sqlalchemy.exc import SQLAlchemyError

from bot.app import build_bot, build_dispatcher
from bot.commands import set_commands
from bot.inbox import Drainer, Poller
from core import log as logs
from core.jobs import Job, enqueue
from core.runtime import Runtime, open_runtime
from core.settings import Login, Settings, load_settings

log = logs.get_logger(__name__)

_PATIENCE_SECONDS = 5
_WATCH_FROM = 20
"""Seconds after the start, when this process has told Telegram where to deliver."""


async def main(settings: Settings) -> None:
    logs.configure(json=settings.log_json, level=settings.log_level)
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with open_runtime(settings, Login.BOT) as rt, build_bot(settings).context() as bot:
        dispatcher = build_dispatcher(rt)
        arrived = asyncio.Event()
        drainer = Drainer(rt, bot, dispatcher, arrived)
        allowed = dispatcher.resolve_used_update_types()
        tasks = [asyncio.ensure_future(drainer.run()), asyncio.ensure_future(introduce(bot))]
        tasks.append(asyncio.ensure_future(have_watched(rt)))
        tasks.append(
            asyncio.ensure_future(receive(bot, settings, allowed, Poller(rt, bot, allowed, arrived)))
        )
        log.info("bot.ready", webhook=settings.telegram_webhook_secret is not None)
        await stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await drainer.settle()
    log.info("bot.stopped")


async def receive(bot: Bot, settings: Settings, allowed: list[str], poller: Poller) -> None:
    """Have updates delivered to the web process, or poll for them: Telegram does one or the other, so say which first."""
    while True:
        try:
            if settings.telegram_webhook_secret is None:
                await bot.delete_webhook()
            else:
                await bot.set_webhook(
                    f"{settings.public_url.rstrip('/')}/telegram/webhook",
                    secret_token=settings.telegram_webhook_secret.get_secret_value(),
                    allowed_updates=allowed,
                )
            break
        except TelegramUnauthorizedError:
            log.error("bot.unauthorized", hint="check TELEGRAM_BOT_TOKEN")
            await asyncio.sleep(_PATIENCE_SECONDS)
        except AiogramError as error:
            log.warning("webhook.not_settled", error=str(error))
            await asyncio.sleep(_PATIENCE_SECONDS)
    if settings.telegram_webhook_secret is None:
        await poller.run()


async def have_watched(rt: Runtime) -> None:
    """From now on a worker looks every minute whether Telegram still delivers where we said."""
    nobody = UUID(int=0)
    while True:
        try:
            async with rt.db.begin() as session:
                await enqueue(session, Job.WATCH_WEBHOOK, tenant_id=nobody, ref=nobody, delay=_WATCH_FROM)
            return
        except (SQLAlchemyError, OSError) as error:
            log.warning("webhook.not_watched", error=type(error).__name__)
            await asyncio.sleep(_PATIENCE_SECONDS)


async def introduce(bot: Bot) -> None:
    """Tell Telegram the commands and the description; a failure here must not keep the bot from working."""
    with suppress(TelegramAPIError):
        await set_commands(bot)


if __name__ == "__main__":
    loaded = load_settings(Login.BOT)
    if "--check" not in sys.argv:
        asyncio.run(main(loaded))
