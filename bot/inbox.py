"""Updates in: fetched or received, stored, acknowledged, and only then handled, in order within each chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.paste import gather
from bot.polling import RawUpdates, number_of
from bot.texts import Words
from core import inbox
from core.accounts.service import find_account
from core.log import get_logger
from core.runtime import Runtime

log = get_logger(__name__)

_POLL_SECONDS = 20
_IDLE_SECONDS = 0.25
_QUICK_TRIES = 2
_RENEW_SECONDS = inbox.LEASE.total_seconds() / 3
_AGAIN = "again"


class Poller:
    """Long polling that acknowledges (moves the offset) only after the updates are rows."""

    def __init__(self, rt: Runtime, bot: Bot, allowed: list[str], arrived: asyncio.Event) -> None:
        self._rt = rt
        self._bot = bot
        self._allowed = allowed
        self._arrived = arrived

    async def run(self) -> None:
        offset: int | None = None
        while True:
            try:
                updates = await self._bot(
                    RawUpdates(offset=offset, timeout=_POLL_SECONDS, allowed_updates=self._allowed),
                    request_timeout=_POLL_SECONDS + 10,
                )
                async with self._rt.db.begin() as session:
                    new = await inbox.store(session, self._rt.vault, updates)
            except TelegramConflictError:
                log.error("poller.conflict", hint="another process polls with this token; this one waits")
                await asyncio.sleep(5)
            except TelegramUnauthorizedError:
                log.error("poller.unauthorized", hint="check TELEGRAM_BOT_TOKEN")
                await asyncio.sleep(30)
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except Exception as error:  # noqa: BLE001 - a poller that ends makes the whole bot deaf
                log.warning("poller.failed", error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                offset = max([number_of(update) + 1 for update in updates], default=offset)
                if new:
                    self._arrived.set()


class Drainer:
    """Handles stored updates: chats side by side, the updates of one chat one after another."""

    def __init__(self, rt: Runtime, bot: Bot, dispatcher: Dispatcher, arrived: asyncio.Event) -> None:
        self._rt = rt
        self._bot = bot
        self._dispatcher = dispatcher
        self._arrived = arrived
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        while True:
            try:
                handled = await self.drain_once()
            except Exception as error:  # noqa: BLE001 - a drainer that ends leaves everybody without an answer
                log.warning("drainer.failed", error=type(error).__name__)
                handled = 0
                await asyncio.sleep(1)
            if not handled:
                self._arrived.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._arrived.wait(), _IDLE_SECONDS)

    async def drain_once(self) -> int:
        """Start on what waits and return how many were started; each finished one makes room for its chat's next."""
        async with self._rt.db.begin() as session:
            batch = await inbox.claim(session, self._rt.vault)
        for update_id, payload, attempt in batch:
            task = asyncio.ensure_future(self._handle(update_id, payload, attempt))
            self._running.add(task)
            task.add_done_callback(self._finished)
        return len(batch)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._arrived.set()

    async def settle(self) -> None:
        """Wait for the updates under way; called when the process stops, so that none is cut off in the middle."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def _handle(self, update_id: int, payload: dict[str, Any], attempt: int) -> None:
        """Handle one update and mark it handled. What fails here is found again when its lease is over."""
        try:
            async with self._kept(update_id):
                whole, rest = await gather(self._rt, update_id, payload)
                problem = await self._feed(update_id, whole, attempt)
            if problem == _AGAIN:
                return
            async with self._rt.db.begin() as session:
                for number in (*rest, update_id):
                    await inbox.finish(session, number, error=problem)
        except (SQLAlchemyError, OSError) as error:
            log.warning("update.not_settled", update_id=update_id, error=type(error).__name__)

    @asynccontextmanager
    async def _kept(self, update_id: int) -> AsyncIterator[None]:
        """Renew the lease while the body runs: a slow handler is not followed by a second one for the same update."""
        keeping = asyncio.ensure_future(self._keep(update_id))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self, update_id: int) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                async with self._rt.db.begin() as session:
                    await inbox.renew(session, update_id)
            except (SQLAlchemyError, OSError) as error:
                log.warning("update.lease_not_renewed", update_id=update_id, error=type(error).__name__)

    async def _feed(self, update_id: int, payload: dict[str, Any], attempt: int) -> str | None:
        """None when it was handled, else why not; `_AGAIN` when it will be tried once more."""
        try:
            update = Update.model_validate(payload, context={"bot": self._bot})
            _ = update.event_type
        except (ValidationError, UpdateTypeLookupError):
            # An update this library cannot read is set aside alone; a batch that failed as a whole would block everybody.
            log.error("update.unreadable", update_id=update_id)
            return "unreadable"
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except Exception as error:  # noqa: BLE001 - whatever it was, the update is tried again and blocks nobody
            name = type(error).__name__
            log.warning("update.unhandled", update_id=update_id, attempt=attempt, error=name)
            if attempt >= inbox.MAX_ATTEMPTS:
                await self._say_given_up(inbox.chat_of(payload))
                return name
            await self._put_back(update_id, error, attempt)
            return _AGAIN
        return None

    async def _say_given_up(self, chat_id: int) -> None:
        """Silence would look like success: whoever wrote or tapped hears that it came to nothing."""
        try:
            account = await find_account(self._rt.db, telegram_id=chat_id)
            if account is not None:
                text = Words(account.locale).plain("fallback.given_up")
                await self._bot.send_message(account.chat_id, text, parse_mode=None)
        except (TelegramAPIError, SQLAlchemyError, OSError) as error:
            log.warning("update.given_up_untold", error=type(error).__name__)

    async def _put_back(self, update_id: int, error: Exception, attempt: int) -> None:
        """Soon at first; later, and while Telegram asks for more patience, when the lease is over."""
        if attempt > _QUICK_TRIES or isinstance(error, TelegramRetryAfter):
            return
        await asyncio.sleep(0.5 * attempt)
        async with self._rt.db.begin() as session:
            await inbox.release(session, update_id)
