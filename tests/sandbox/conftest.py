"""The sandbox as tests meet it: real servers on free loopback ports."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.telegram.app import create_telegram_app
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings

TOKEN = "4200001:test-secret-of-this-bot"


class TelegramServer:
    """The Telegram sandbox behind uvicorn in a thread of its own, so that blocking clients work too."""

    def __init__(self, state_dir: Path | None = None) -> None:
        self.app: Starlette = create_telegram_app(state_dir)
        # The protocol is named because asyncio switches Nagle's delay off only where it is.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self.app, log_level="warning", lifespan="on", loop="asyncio", timeout_graceful_shutdown=5
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)

    def _serve(self, listener: socket.socket) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve(sockets=[listener])

        asyncio.run(main())

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self.app.state.lifecycle.stop_streams)
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)


@dataclass
class Person:
    """A user of the sandbox, driven over HTTP."""

    http: httpx.AsyncClient
    user_id: int
    started: int = 0

    async def _ask(self, verb: str, path: str, status: int = 200, **options: Any) -> Any:
        answer = await self.http.request(verb, f"/user/{self.user_id}/{path}", **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def send(self, text: str, **more: Any) -> Any:
        return await self._ask("POST", "send", json={"text": text, **more})

    async def press(self, label: str | None = None, *, status: int = 200, **more: Any) -> Any:
        body = more if label is None else {"label": label, **more}
        return await self._ask("POST", "press", status, json=body)

    async def do(self, path: str, *, status: int = 200, **body: Any) -> Any:
        return await self._ask("POST", path, status, json=body)

    async def wait(self, *, status: int = 200, **query: Any) -> Any:
        return await self._ask("GET", "wait", status, params=query)

    async def chat(self) -> Any:
        return await self._ask("GET", "chat")


@dataclass
class TelegramApi:
    """Raw calls of the Bot API and of the sandbox's controls."""

    http: httpx.AsyncClient
    token: str = TOKEN

    async def call(self, method: str, **params: Any) -> Any:
        """The result; fails the test when the call is refused."""
        status, answer = await self.ask(method, **params)
        assert status == 200, answer
        return answer["result"]

    async def ask(self, method: str, **params: Any) -> tuple[int, Any]:
        answer = await self.http.post(f"/bot{self.token}/{method}", json=params)
        return answer.status_code, answer.json()

    async def refused(self, method: str, **params: Any) -> str:
        """The description of a refusal with status 400."""
        status, answer = await self.ask(method, **params)
        assert (status, answer["ok"], answer["error_code"]) == (400, False, 400), answer
        return str(answer["description"])

    async def control(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/control/telegram/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until_polling(self) -> None:
        """Return once the bot's long poll is open."""
        for _ in range(1000):
            answer = await self.http.get("/control/telegram/bots")
            if answer.json()["bots"][0]["polling"]:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nobody polls")

    async def outbox(self, after: int = 0) -> list[dict[str, Any]]:
        answer = await self.http.get("/control/telegram/outbox", params={"after": after})
        calls: list[dict[str, Any]] = answer.json()["calls"]
        return calls


@pytest.fixture(scope="session")
def telegram_process() -> Iterator[TelegramServer]:
    server = TelegramServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def telegram_http(telegram_process: TelegramServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=telegram_process.url, timeout=30) as client:
        yield client


@pytest.fixture
async def telegram_server(
    telegram_process: TelegramServer, telegram_http: httpx.AsyncClient
) -> TelegramServer:
    """A running Telegram sandbox in which nobody has said anything yet; `url` is its address."""
    (await telegram_http.post("/control/telegram/reset", json={"bots": True})).raise_for_status()
    return telegram_process


@pytest.fixture
async def telegram_api(telegram_server: TelegramServer, telegram_http: httpx.AsyncClient) -> TelegramApi:
    """A registered bot, driven by raw calls."""
    api = TelegramApi(telegram_http)
    await api.call("getMe")
    return api


@pytest.fixture
async def olena(telegram_http: httpx.AsyncClient, telegram_api: TelegramApi) -> Person:
    """A person who has started the bot; her /start is already confirmed."""
    asked = {"name": "Olena", "language_code": "uk", "username": "olena"}
    answer = await telegram_http.post("/user/sessions", json=asked)
    person = Person(telegram_http, answer.json()["user_id"])
    person.started = (await person.send("/start"))["message_id"]
    updates = await telegram_api.call("getUpdates")
    await telegram_api.call("getUpdates", offset=updates[-1]["update_id"] + 1)
    return person


QUIET = FeedSettings(seed=11, backlog=12, enabled=False, reply_seconds=None)


class UpworkServer:
    """The stand-in of Upwork at `url`, behind uvicorn in a thread of its own, so that blocking clients work too."""

    def __init__(self, state_dir: Path | None, feed: FeedSettings) -> None:
        app = Starlette(routes=[Mount("/upwork", create_upwork_app(state_dir, feed=feed))])
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/upwork"
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=5)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


@dataclass
class UpworkApi:
    """The stand-in as a client with a token meets it, plus its controls."""

    http: httpx.AsyncClient
    access_token: str = ""

    async def control(self, path: str, verb: str = "POST", status: int = 200, **body: Any) -> Any:
        answer = await self.http.request(verb, f"/control/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def sign_in(self, **grant: Any) -> dict[str, Any]:
        granted: dict[str, Any] = await self.control("grants", **grant)
        self.access_token = granted["access_token"]
        return granted

    async def post(
        self, query: str, headers: dict[str, str] | None = None, **variables: Any
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.access_token}", **(headers or {})}
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=sent)

    async def ask(
        self, query: str, headers: dict[str, str] | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The body of an answer that came with HTTP 200."""
        answer = await self.post(query, headers, **variables)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        body = await self.ask(query, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data


@pytest.fixture
def serve_upwork() -> Iterator[Callable[..., UpworkServer]]:
    """Starts servers and stops them after the test; the feed is off and clients wait to be told unless asked otherwise."""
    running: list[UpworkServer] = []

    def serve(state_dir: Path | None = None, feed: FeedSettings = QUIET) -> UpworkServer:
        running.append(UpworkServer(state_dir, feed))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def upwork_process() -> Iterator[UpworkServer]:
    server = UpworkServer(None, QUIET)
    yield server
    server.stop()


@pytest.fixture
async def upwork(upwork_process: UpworkServer) -> AsyncIterator[UpworkApi]:
    """A fresh world with a signed-in sample freelancer and generous limits."""
    agent = {"User-Agent": "gigwright-tests/1.0"}
    async with httpx.AsyncClient(base_url=upwork_process.url, headers=agent, timeout=20) as http:
        api = UpworkApi(http)
        await api.control("reset")
        await api.control("settings", per_second=10_000, per_minute=100_000, reply_seconds=None)
        await api.sign_in()
        yield api
