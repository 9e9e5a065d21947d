"""A browser, a sandbox with one bot, and somebody who has opened the chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e.chat_driving import Desk, Visitor, open_chromium, open_desk


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
async def desk(chromium: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(chromium, tmp_path) as ready:
        yield ready


@pytest.fixture
async def olena(desk: Desk) -> Visitor:
    return await desk.started("Olena")
