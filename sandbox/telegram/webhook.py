"""Delivering updates to webhooks: in order for each chat, again after a failure, and obeying what is answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.errors import ApiError
from sandbox.telegram.hangup import HangUp
from sandbox.telegram.methods_updates import update_json
from sandbox.telegram.params import Params, read_params
from sandbox.telegram.state import Bot, Update, Webhook

log = logging.getLogger(__name__)

DELIVERY_TIMEOUT = 60.0
LONGEST_BACKOFF = 60.0
IDLE_WAIT = 30.0
# A webhook's answer may not ask questions or change how updates arrive.
_FORBIDDEN = ("get", "setwebhook", "deletewebhook", "close", "logout")


@dataclass(slots=True)
class _Attempt:
    failures: int = 0
    not_before: float = 0.0
    running: bool = False


class _Failure(Exception):
    """The delivery did not work; the text is what getWebhookInfo shows."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class WebhookSender:
    """One background task per bot that has, or had, a webhook."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._world = api.world
        self._loops: dict[int, asyncio.Task[None]] = {}
        self._deliveries: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    def watch(self, bot_id: int) -> None:
        """Start delivering for this bot, once."""
        task = self._loops.get(bot_id)
        if task is None or task.done():
            self._loops[bot_id] = asyncio.get_running_loop().create_task(self._run(bot_id))

    async def close(self) -> None:
        tasks = [*self._loops.values(), *self._deliveries]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def _run(self, bot_id: int) -> None:
        attempts: dict[int, _Attempt] = {}
        signal = self._world.hub.bot_signal(bot_id)
        while not self._world.hub.stopping:
            bot = self._world.bots.get(bot_id)
            wait = IDLE_WAIT
            if bot is not None and bot.webhook.url:
                wait = self._start_deliveries(bot, attempts)
            await signal.wait(wait)

    def _start_deliveries(self, bot: Bot, attempts: dict[int, _Attempt]) -> float:
        """Start what may start now; returns the seconds until something else may."""
        now, wait = time.monotonic(), IDLE_WAIT
        busy: set[int] = set()
        waiting = list(self._world.pending(bot.bot_id))
        for serial in set(attempts) - {update.serial for update in waiting}:
            del attempts[serial]
        running = sum(attempt.running for attempt in attempts.values())
        for update in waiting:
            attempt = attempts.setdefault(update.serial, _Attempt())
            first_of_queue = update.queue not in busy or not update.queue
            busy.add(update.queue)
            if attempt.running or not first_of_queue:
                continue
            if attempt.not_before > now:
                wait = min(wait, attempt.not_before - now)
            elif running < bot.webhook.max_connections:
                running += 1
                attempt.running = True
                task = asyncio.get_running_loop().create_task(self._deliver(bot, update, attempt))
                self._deliveries.add(task)
                task.add_done_callback(self._deliveries.discard)
        return wait

    async def _deliver(self, bot: Bot, update: Update, attempt: _Attempt) -> None:
        webhook = bot.webhook
        try:
            answer = await self._post(webhook, update)
        except _Failure as failure:
            attempt.failures += 1
            # The first retry comes at once, the next ones ever later.
            backoff = self._world.tuning.webhook_backoff * (2.0 ** (attempt.failures - 1) - 1)
            attempt.not_before = time.monotonic() + (failure.retry_after or min(backoff, LONGEST_BACKOFF))
            webhook.last_error_date, webhook.last_error_message = int(time.time()), str(failure)
            self._world.save_bot(bot)
        else:
            self._world.forget_update(update)
            if answer is not None:
                await self._obey(bot, answer)
        finally:
            attempt.running = False
            self._world.hub.bot_signal(bot.bot_id).notify()

    async def _post(self, webhook: Webhook, update: Update) -> Params | None:
        """Deliver; returns the parameters of the method the answer asks for, if it does."""
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=DELIVERY_TIMEOUT)
            self._http = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with self._http.post(
                webhook.url, json=update_json(update), headers=headers, allow_redirects=False
            ) as response:
                body = await response.read()
                if not 200 <= response.status <= 299:
                    after = response.headers.get("Retry-After", "")
                    reason = f"Wrong response from the webhook: {response.status} {response.reason or ''}"
                    raise _Failure(reason.strip(), min(float(after), 3600.0) if after.isdecimal() else 0.0)
                answered = {"content-type": response.headers.get("Content-Type", "")}
        except TimeoutError:
            raise _Failure("Read timeout expired") from None
        except aiohttp.ClientConnectorError:
            raise _Failure("Connection refused") from None
        except (aiohttp.ClientError, OSError):
            raise _Failure("Connection reset by peer") from None
        return await _asked(answered, body)

    async def _obey(self, bot: Bot, params: Params) -> None:
        method = str(params.values.get("method", ""))
        if not method or method.lower().startswith(_FORBIDDEN):
            return
        given = {name: value for name, value in params.values.items() if name != "method"}
        try:
            await self._api.execute(bot.webhook.token, method, Params(given, params.files))
        except HangUp:
            log.info("telegram.webhook_answer_dropped")


async def _asked(headers: dict[str, str], body: bytes) -> Params | None:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        params: Any = await read_params({}, headers, stream())
    except ApiError:
        return None
    return params if params.values.get("method") else None
