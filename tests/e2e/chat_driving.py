"""A real browser at the messenger, the real Telegram side behind it, and a bot driven by raw calls."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    async_playwright,
    expect,
)
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.chat.app import create_chat_app
from sandbox.telegram.app import create_telegram_app
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings

TOKEN = "4300001:token-of-the-bot-behind-the-page"
STATIC = Path(__file__).parents[2] / "sandbox" / "chat" / "static"
_CHROMIUM = Path("/usr/bin/chromium")
_CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=15_000)


class ChatServer:
    """Messenger, Telegram and Upwork on one origin, in a thread; it can be stopped and started on its port."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._telegram = create_telegram_app(self._state_dir)
        upwork = create_upwork_app(None, feed=FeedSettings(backlog=3, reply_seconds=None))
        routes = [
            Mount("/chat", create_chat_app()),
            Mount("/upwork", upwork),
            Mount("/", self._telegram),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_level="warning", loop="asyncio", timeout_graceful_shutdown=3
        )
        self._server = uvicorn.Server(config)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _serve(self, listener: socket.socket) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._ready.set()
            await self._server.serve(sockets=[listener])
            await self._telegram.state.lifecycle.close()

        asyncio.run(main())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._telegram.state.lifecycle.stop_streams)
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


@dataclass
class Bot:
    """The other end of the chat."""

    http: httpx.AsyncClient
    offset: int = 0

    async def call(self, method: str, **params: Any) -> Any:
        answer = await self.http.post(f"/bot{TOKEN}/{method}", json=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    async def hears(self, kind: str = "message") -> Any:
        """The next update, which must be of this kind."""
        updates = await self.call("getUpdates", offset=self.offset, limit=1, timeout=15)
        assert updates, f"no {kind} reached the bot"
        self.offset = updates[0]["update_id"] + 1
        assert kind in updates[0], updates[0]
        return updates[0][kind]

    async def tells(self, visitor: Visitor, html: str, **more: Any) -> Any:
        return await self.call("sendMessage", chat_id=visitor.user_id, text=html, parse_mode="HTML", **more)


@dataclass
class Visitor:
    """A person at the page; `complaints` collects everything the browser found wrong."""

    page: Page
    user_id: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        self.page.on("console", listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def introduce(self, name: str) -> None:
        await self.page.locator("#name").fill(name)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#start")).to_be_visible()
        self.user_id = int(self.page.url.partition("#u=")[2])

    async def write(self, text: str) -> None:
        await self.page.locator("#input").fill(text)
        await self.page.locator("#input").press("Enter")

    @property
    def newest(self) -> Locator:
        return self.page.locator("#rows .row").last


@dataclass
class Desk:
    """Everything a test of the page needs; `visit` opens the page in a browser profile of its own."""

    browser: Browser
    server: ChatServer
    bot: Bot
    contexts: list[BrowserContext] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)

    async def visit(
        self, *, locale: str = "en-GB", width: int = 1280, height: int = 900, **more: Any
    ) -> Visitor:
        context = await self.browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
            **more,
        )
        self.contexts.append(context)
        visitor = self.watch(await context.new_page())
        await visitor.page.goto(f"{self.server.url}/chat/")
        return visitor

    def watch(self, page: Page) -> Visitor:
        self.visitors.append(Visitor(page))
        return self.visitors[-1]

    async def started(self, name: str) -> Visitor:
        """Somebody who has pressed Start, and whom the bot has heard."""
        visitor = await self.visit()
        await visitor.introduce(name)
        await visitor.page.locator("#start").click()
        await self.bot.hears()
        return visitor


@asynccontextmanager
async def open_chromium(*more: str) -> AsyncIterator[Browser]:
    """Debian's Chromium, with `more` arguments; where it is missing the tests are skipped, or fail when they run unattended."""
    if not await asyncio.to_thread(_CHROMIUM.exists):
        reason = f"{_CHROMIUM} is missing. Install it with `apt-get install chromium` or `make browser`."
        if os.environ.get("CI"):  # noqa: TID251 - only a test may ask whether it runs unattended
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_CHROMIUM_ARGS, *more])
        yield browser
        await browser.close()


@asynccontextmanager
async def open_desk(browser: Browser, state_dir: Path) -> AsyncIterator[Desk]:
    """A fresh sandbox with one bot; at the end no page may have complained of anything."""
    server = ChatServer(state_dir)
    await asyncio.to_thread(server.start)
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        desk = Desk(browser, server, Bot(http))
        await desk.bot.call("setMyDescription", description="Jobs that fit, brought to you.")
        await desk.bot.call("setMyDescription", description="Вакансії, що пасують.", language_code="uk")
        commands = [("start", "Begin"), ("stats", "Your figures"), ("searches", "Saved searches")]
        listed = [{"command": command, "description": text} for command, text in commands]
        await desk.bot.call("setMyCommands", commands=listed)
        yield desk
        for context in desk.contexts:
            await context.close()
    await asyncio.to_thread(server.stop)
    complaints = [complaint for visitor in desk.visitors for complaint in visitor.complaints]
    assert not complaints, complaints


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}
