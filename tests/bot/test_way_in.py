"""Polling or webhook: the bot tells Telegram which, so switching either way never leaves it deaf."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from bot.__main__ import receive
from bot.inbox import Poller
from tests.bot.stage import Stage


async def _webhook(stage: Stage) -> str:
    info = await stage.bot.get_webhook_info()
    return info.url


async def test_a_secret_sets_the_webhook_and_its_absence_removes_it(stage: Stage) -> None:
    await asyncio.wait_for(stage.close(), 30)
    poller = Poller(stage.rt, stage.bot, ["message"], asyncio.Event())
    settings = stage.rt.settings.model_copy(update={"telegram_webhook_secret": SecretStr("a-secret-of-ours")})
    await asyncio.wait_for(receive(stage.bot, settings, ["message"], poller), 30)
    assert await _webhook(stage) == f"{stage.rt.settings.public_url}/telegram/webhook"

    polling = asyncio.ensure_future(receive(stage.bot, stage.rt.settings, ["message"], poller))
    for _ in range(100):
        if not await _webhook(stage):
            break
        await asyncio.sleep(0.02)
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    assert await _webhook(stage) == ""
