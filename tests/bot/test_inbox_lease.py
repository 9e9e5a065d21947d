"""An update whose handler takes long is not handled a second time meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot import inbox as drainer
from core import inbox
from core.runtime import Runtime


class Slow(Dispatcher):
    """Takes longer than a lease."""

    handled = 0

    async def feed_update(self, bot: Bot, update: Update, **_: object) -> None:
        self.handled += 1
        await asyncio.sleep(0.9)


async def test_a_slow_handler_keeps_its_update(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LEASE", timedelta(seconds=0.4))
    monkeypatch.setattr(drainer, "_RENEW_SECONDS", 0.05)
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "Hello"}
    async with rt.db.begin() as session:
        await inbox.store(session, rt.vault, [{"update_id": 1, "message": message}])
    slow = Slow()
    bot = Bot("4242424242:test-token-that-belongs-to-nobody-at-all")
    running = drainer.Drainer(rt, bot, slow, asyncio.Event())

    assert await running.drain_once() == 1
    for _ in range(6):
        await asyncio.sleep(0.1)
        assert await running.drain_once() == 0
    await running.settle()
    assert slow.handled == 1
    assert await running.drain_once() == 0
