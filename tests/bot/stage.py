"""The bot as its users meet it: the real dispatcher over HTTP against the sandbox, the real jobs, the real database."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from aiogram import Bot, Dispatcher
from sqlalchemy import text, update
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.inbox import Drainer, Poller
from bot.notify import TelegramNotifier
from core import work
from core.accounts.service import find_account
from core.jobs import Job, WorkItem
from core.runtime import Runtime
from sandbox.telegram.app import create_telegram_app
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings
from web.app import create_app
from workers.job import run_item
from workers.jobs import JOBS

OLENA = "1500000000000000001"

PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend on Stripe for a marketplace: 40,000 orders a month, 99.95% uptime.
Automated invoice processing with Python and OpenAI for a logistics company, saving 30 hours a week.
Wrote a web scraping pipeline with Playwright that collects 2 million product prices a day.
English: fluent. Rate: $55/hr
"""


class World:
    """Telegram and Upwork behind one uvicorn in a thread of its own."""

    def __init__(self) -> None:
        self.telegram: Starlette = create_telegram_app(None)
        upwork = create_upwork_app(None, feed=FeedSettings(backlog=0, enabled=False, reply_seconds=None))
        self._app = Starlette(routes=[Mount("/upwork", upwork), Mount("", self.telegram)])
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(self._app, log_level="warning", lifespan="off", access_log=False)
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve(sockets=[self._listener])

        asyncio.run(main())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.telegram.state.lifecycle.stop_streams)
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


@dataclass
class Stage:
    """The running system of one test, and its levers."""

    rt: Runtime
    bot: Bot
    dispatcher: Dispatcher
    http: httpx.AsyncClient
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notifier = TelegramNotifier(self.rt, self.bot)
        arrived = asyncio.Event()
        self.drainer = Drainer(self.rt, self.bot, self.dispatcher, arrived)
        self.poller = Poller(self.rt, self.bot, self.dispatcher.resolve_used_update_types(), arrived)
        self._tasks = [asyncio.ensure_future(self.poller.run()), asyncio.ensure_future(self.drainer.run())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.drainer.settle()

    async def person(self, name: str = "Olena", language: str = "en") -> Person:
        answer = await self.http.post("/user/sessions", json={"name": name, "language_code": language})
        return Person(self, int(answer.json()["user_id"]))

    async def work(self, *jobs: Job, hurry: bool = False) -> list[str]:
        """Run due work items (only of `jobs`, if given) until none is left; `hurry` makes waiting ones due first."""
        done: list[str] = []
        for _ in range(40):
            async with self.rt.db.begin() as session:
                if hurry and jobs:
                    await session.execute(
                        update(WorkItem)
                        .where(WorkItem.job.in_([job.value for job in jobs]), WorkItem.lease_until.is_(None))
                        .values(run_at=text("now() - interval '1 second'"), rung_at=None)
                    )
                    hurry = False
                ids = await work.find_due(session, quiet_seconds=0)
                if jobs:
                    rows = await session.execute(
                        text("select id from app.work_items where job = any(:jobs)"),
                        {"jobs": [job.value for job in jobs]},
                    )
                    wanted = {row.id for row in rows}
                    ids = [item for item in ids if item in wanted]
            outcomes = [await run_item(self.rt, self.notifier, JOBS, item) for item in ids]
            done += [outcome for outcome in outcomes if outcome != "skipped"]
            if not any(outcome != "skipped" for outcome in outcomes):
                return done
        return done

    async def idle(self) -> None:
        """Wait until every update the bot received was handled."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            pending = (
                (await self.http.get("/control/telegram/bots"))
                .json()["bots"][0]
                .get("pending_update_count", 0)
            )
            async with self.rt.db.begin() as session:
                waiting = await session.scalar(
                    text("select count(*) from app.inbox_updates where done_at is null")
                )
            if not waiting and not pending:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the bot is still busy")

    async def upwork(self, path: str, **body: Any) -> Any:
        """A control of the sandbox's Upwork."""
        answer = await self.http.post(f"/upwork/control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def upwork_get(self, path: str) -> Any:
        answer = await self.http.get(f"/upwork/control/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def outbox(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = (await self.http.get("/control/telegram/outbox")).json()["calls"]
        return calls


@dataclass
class Person:
    """Somebody with Telegram in their hand and a browser beside it."""

    stage: Stage
    user_id: int

    async def _post(self, path: str, expected: int = 200, **body: Any) -> Any:
        answer = await self.stage.http.post(f"/user/{self.user_id}/{path}", json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    async def says(self, message: str, *, reply_to: int | None = None) -> Any:
        sent = await self._post("send", text=message, **({"reply_to": reply_to} if reply_to else {}))
        await self._settle()
        return sent

    async def taps(self, label: str, *, message_id: int | None = None) -> Any:
        """Press the newest button with this label; returns what the tap was answered with."""
        answer = await self._post(
            "press", label=label, wait=8, **({"message_id": message_id} if message_id else {})
        )
        await self._settle()
        return answer

    async def forces(self, data: str, message_id: int) -> Any:
        """Press a button that may not exist: altered, from last year, or somebody else's."""
        answer = await self._post("press", data=data, message_id=message_id, force=True, wait=8)
        await self._settle()
        return answer

    async def uploads(self, kind: str, name: str, content: bytes, *, reply_to: int | None = None) -> None:
        answer = await self.stage.http.post(
            f"/user/{self.user_id}/upload",
            data={"kind": kind, **({"reply_to": str(reply_to)} if reply_to else {})},
            files={"file": (name, content)},
        )
        assert answer.status_code == 200, answer.text
        await self._settle()

    async def _settle(self) -> None:
        # The update is with Telegram now; the bot's long poll fetches it at once.
        await asyncio.sleep(0.03)
        await self.stage.idle()

    async def messages(self) -> list[dict[str, Any]]:
        answer = await self.stage.http.get(f"/user/{self.user_id}/chat")
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def last(self, *, containing: str = "") -> dict[str, Any]:
        """The bot's newest message (with these words)."""
        for message in reversed(await self.messages()):
            if message["from"] == "bot" and containing.lower() in words_of(message).lower():
                return message
        raise AssertionError(f"no message of the bot's contains {containing!r}:\n{await self.transcript()}")

    async def sees(self, containing: str) -> dict[str, Any]:
        return await self.last(containing=containing)

    async def labels(self) -> list[str]:
        """Labels of all buttons in sight, oldest first."""
        return [
            button["label"]
            for message in await self.messages()
            for row in message.get("keyboard") or []
            for button in row
        ]

    async def transcript(self) -> str:
        return (await self.stage.http.get(f"/user/{self.user_id}/transcript")).text

    async def onboards(self, *, search: str = "python fastapi", link: bool = True) -> None:
        """From /start to a linked account."""
        await self.says("/start")
        await self.taps("English")
        await self.says(PROFILE)
        await self.stage.work(Job.EMBED_PROFILE)
        await self.taps("Looks right")
        await self.says(search)
        if link:
            await self.links()

    async def links(self, *, account: str = OLENA) -> None:
        """Connect Upwork: the one-time page, Upwork's consent page, the code back in the chat."""
        await self.taps("Connect Upwork")
        url = (await self.taps("Open the page"))["url"]
        code = await self.consents(url, account=account)
        await self.stage.work(Job.CONFIRM_LINK)
        await self.says(code)
        await self.stage.work(Job.PROBE_ACCOUNT)

    async def consents(self, url: str, *, account: str = OLENA) -> str:
        """Walk the pages as a browser would; returns the code that the last page shows."""
        app = create_app(self.stage.rt)
        base = self.stage.rt.settings.public_url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base) as web:
            page = await web.get(url)
            assert page.status_code == 200, page.text
            form = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.text))
            away = await web.post(url, data=form, headers={"origin": base})
            assert away.status_code == 303, away.text
            consent = away.headers["location"]
            query = {key: values[0] for key, values in parse_qs(urlsplit(consent).query).items()}
            back = await self.stage.http.post(
                consent, data={**query, "account": account, "decision": "authorize"}
            )
            assert back.status_code in (302, 303), back.text
            last = await web.get(back.headers["location"])
            assert last.status_code == 200, last.text
        found = re.search(r'id="code"[^>]*>([A-Z0-9]+)<', last.text)
        assert found is not None, last.text
        return found.group(1)


def words_of(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("caption") or "")


async def tenant_of_person(person: Person) -> Any:
    account = await find_account(person.stage.rt.db, telegram_id=person.user_id)
    assert account is not None
    return account.tenant_id
