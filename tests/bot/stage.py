"""The bot as its users meet it: the real dispatcher over HTTP against the sandbox, the real jobs, the real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from aiogram import Bot, Dispatcher
from sqlalchemy import text, update

from bot.inbox import Drainer, Poller
from bot.notify import TelegramNotifier
from core import work
from core.db import Database
from core.jobs import KINDS, Job, WorkItem
from core.runtime import Runtime
from core.settings import Login
from tests.bot.person import Person
from tests.roles import as_role
from workers.job import run_item
from workers.jobs import JOBS


@dataclass(frozen=True, slots=True)
class World:
    """Telegram, Upwork and a language model; `url` is where all of them are."""

    url: str


@dataclass
class Stage:
    """The running system of one test, and its levers. `rt` is for looking; handlers, jobs and pages run as their own roles."""

    rt: Runtime
    bot: Bot
    dispatcher: Dispatcher
    http: httpx.AsyncClient
    logins: Mapping[Login, Database]

    def __post_init__(self) -> None:
        self.notifier = TelegramNotifier(self.rt, self.bot)
        self._tasks: list[asyncio.Task[None]] = []
        self.start()

    def start(self, *, fetch: bool = True, handle: bool = True) -> None:
        """Begin as a new process would; fetching and handling can be had apart."""
        arrived = asyncio.Event()
        rt = self.as_role(Login.BOT)
        self.drainer = Drainer(rt, self.bot, self.dispatcher, arrived)
        poller = Poller(rt, self.bot, self.dispatcher.resolve_used_update_types(), arrived)
        self._tasks += [asyncio.ensure_future(poller.run())] if fetch else []
        self._tasks += [asyncio.ensure_future(self.drainer.run())] if handle else []

    def as_role(self, login: Login) -> Runtime:
        return as_role(self.rt, self.logins, login)

    async def _run(self, item_id: UUID, job: str) -> str:
        """One item, as the kind of worker that it belongs to."""
        rt = self.as_role(Login(KINDS[Job(job)].value))
        return await run_item(rt, type(self.notifier)(rt, self.bot), JOBS, item_id)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.drainer.settle()

    async def person(self, name: str = "Olena", language: str = "en") -> Person:
        answer = await self.http.post("/user/sessions", json={"name": name, "language_code": language})
        return Person(self, int(answer.json()["user_id"]), language)

    async def offers(self, **posting: Any) -> None:
        """A client posts a job, and its card is delivered."""
        await self.upwork("jobs", **posting)
        await self.work(Job.POLL_SEARCH, hurry=True)
        await self.work(Job.SCORE_POSTINGS, Job.DELIVER_CARD)

    async def work(self, *jobs: Job, hurry: bool = False) -> list[str]:
        """Run due work items (only of `jobs`, if given) until none is left; `hurry` makes waiting ones due first."""
        done: list[str] = []
        if Job.COMPOSE_DRAFT in jobs:
            jobs = (*jobs, Job.DELIVER_DRAFT)
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
                rows = await session.execute(text("select id, job from app.work_items"))
                wanted = {row.id: row.job for row in rows if not jobs or row.job in jobs}
            outcomes = [await self._run(item, wanted[item]) for item in ids if item in wanted]
            done += [outcome for outcome in outcomes if outcome != "skipped"]
            if not any(outcome != "skipped" for outcome in outcomes):
                return done
        return done

    async def until(self, happened: Callable[[], Awaitable[bool]], what: str) -> None:
        """Look again and again, for twenty seconds at most."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if await happened():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"this did not happen: {what}")

    async def idle(self) -> None:
        """Wait until every update the bot received was handled."""

        async def nothing_left() -> bool:
            pending = (await self.bot.get_webhook_info()).pending_update_count
            return not await self.waiting_updates() and not pending

        await self.until(nothing_left, "the bot has handled everything")

    def passes(self, *, seconds: float = 0, hours: float = 0) -> None:
        """Time goes by."""
        clock: Any = self.rt.clock
        clock.advance(seconds, hours=hours)

    async def upwork(self, path: str, **body: Any) -> Any:
        """A control of the sandbox's Upwork."""
        answer = await self.http.post(f"/upwork/control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def upwork_get(self, path: str) -> Any:
        answer = await self.http.get(f"/upwork/control/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def telegram(self, path: str, **body: Any) -> Any:
        """A control of the sandbox's Telegram."""
        answer = await self.http.post(f"/control/telegram/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def breaks(self, method: str, kind: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Telegram fails the next calls of a method: 429, 500, 403, drop (not done), drop_after (done, answer lost)."""
        await self.telegram("faults", method=method, kind=kind, times=times, retry_after=retry_after)

    async def waiting_updates(self) -> int:
        async with self.rt.db.begin() as session:
            waiting = await session.scalar(
                text("select count(*) from app.inbox_updates where done_at is null")
            )
        return int(waiting or 0)

    async def model(self, **control: Any) -> None:
        """How the sandbox's language model behaves from now on."""
        answer = await self.http.post("/llm/control", json=control)
        assert answer.status_code == 200, answer.text

    async def outbox(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = (await self.http.get("/control/telegram/outbox")).json()["calls"]
        return calls
