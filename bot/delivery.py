"""How calls leave for Telegram: never inside a transaction, and with patience when Telegram asks for it."""

from __future__ import annotations

import asyncio

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetUpdates, SendMessageDraft, TelegramMethod
from aiogram.methods.base import Response, TelegramType

from bot.polling import RawUpdates
from core.db import refuse_network_in_transaction
from core.log import get_logger

log = get_logger(__name__)

# Polling has its own patience; a frame of a draft is worthless a second later.
_AT_ONCE = frozenset({GetUpdates, RawUpdates, SendMessageDraft})
_TRIES = 4
_LONGEST_WAIT = 30.0


class NoNetworkInTransaction(BaseRequestMiddleware):
    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        refuse_network_in_transaction()
        return await make_request(bot, method)


class FloodControl(BaseRequestMiddleware):
    """Waits as long as Telegram says and tries again.

    After 429 and 5xx nothing was done. After a lost connection the message may have arrived: it is sent again all the same,
    because one message twice does less harm than an answer that never comes. Frames of a streamed draft are dropped instead;
    the next one carries the same text and more.
    """

    def __init__(self) -> None:
        self._quiet_until = 0.0

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        if type(method) in _AT_ONCE:
            return await make_request(bot, method)
        loop = asyncio.get_running_loop()
        for attempt in range(1, _TRIES + 1):
            if (pause := self._quiet_until - loop.time()) > 0:
                await asyncio.sleep(pause)
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                if attempt == _TRIES or error.retry_after > _LONGEST_WAIT:
                    raise
                # The whole bot is told to be quiet, not only this chat.
                self._quiet_until = max(self._quiet_until, loop.time() + error.retry_after)
                log.warning("telegram.flood", seconds=error.retry_after)
            except (TelegramServerError, TelegramNetworkError, ClientDecodeError):
                if attempt == _TRIES:
                    raise
                await asyncio.sleep(0.5 * attempt)
        raise AssertionError("unreachable")
