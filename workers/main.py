"""The worker process: arq listens for doorbells and its cron sweeps; Postgres decides what is run.

Each kind of worker has its own queue, its own connection to the database and its own jobs, also where one process runs them all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from arq import cron, func
from arq.worker import Worker
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.app import build_bot
from bot.notify import TelegramNotifier
from core import inbox, work
from core.db import Bell, ring_after_commit
from core.jobs import KINDS, RING, Job, Kind, open_pool, to_wire
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.execution import check_own_times
from core.runtime import Runtime
from workers.job import Spec, elsewhere, run_next
from workers.jobs import JOBS

log = get_logger(__name__)

_MAX_JOBS = 12
_BY_HAND_SECONDS = 3.0
_IDLE_SECONDS = 0.2
_LAST_SECONDS = 1.0
"""What is nearly done may finish when the process is asked to stop; then everything is given back."""


@dataclass(frozen=True, slots=True)
class Crew:
    """One kind of worker: `rt` is logged in as its role."""

    kind: Kind
    rt: Runtime
    notifier: Notifier
    jobs: Mapping[Job, Spec]

    async def run_next(self) -> str:
        return await run_next(self.rt, self.notifier, self.jobs)


def jobs_of(kind: Kind) -> dict[Job, Spec]:
    return {job: spec for job, spec in JOBS.items() if KINDS[job] is kind}


async def ring(ctx: dict[str, Any], _item_id: str) -> str:
    """A bell says that there is something to do; whose turn it is is looked up."""
    crew: Crew = ctx["crew"]
    return await crew.run_next()


async def sweep(ctx: dict[str, Any]) -> None:
    """Find what a lost doorbell left behind and ring again."""
    crew: Crew = ctx["crew"]
    async with crew.rt.db.begin() as session:
        for item_id in await work.find_due(session, elsewhere=elsewhere(crew.jobs)):
            ring_after_commit(session, Bell(item_id, crew.kind.queue))


async def tidy(ctx: dict[str, Any]) -> None:
    crew: Crew = ctx["crew"]
    async with crew.rt.db.begin() as session:
        await inbox.forget_old(session)


def build_worker(crew: Crew) -> Worker:
    """arq configured as a doorbell: JSON instead of pickle, one try, no kept results, nothing of a job in its log."""
    crons = [cron(sweep, second=set(range(60)), keep_result=0, max_tries=1, timeout=20)]
    if crew.kind is Kind.UPKEEP:
        crons.append(cron(tidy, minute={7}, second=0, keep_result=0, max_tries=1, timeout=60))
    return Worker(
        functions=[func(ring, name=RING, timeout=300, max_tries=1, keep_result=0)],
        cron_jobs=crons,
        queue_name=crew.kind.queue,
        redis_pool=open_pool(crew.rt.settings.redis_url.get_secret_value()),
        ctx={"crew": crew},
        max_jobs=_MAX_JOBS,
        keep_result=0,
        max_tries=1,
        poll_delay=0.1,
        log_results=False,
        handle_signals=False,
        job_serializer=to_wire,
        job_deserializer=json.loads,
    )


async def run(runtimes: Mapping[Kind, Runtime], stopping: asyncio.Event) -> None:
    """Run these kinds until `stopping` is set. Raises SystemExit at once when the times it works with do not fit together."""
    check_own_times()
    async with build_bot(next(iter(runtimes.values())).settings).context() as bot:
        crews = [Crew(kind, rt, TelegramNotifier(rt, bot), jobs_of(kind)) for kind, rt in runtimes.items()]
        async with asyncio.TaskGroup() as group:
            for crew in crews:
                group.create_task(_run(crew, stopping))


async def _run(crew: Crew, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        await _listen(crew, stopping)
        await _until_stopped(_work_by_hand(crew), stopping)


async def _listen(crew: Crew, stopping: asyncio.Event) -> None:
    """Let arq run; returns when it was asked to stop, or when Redis went away, which ends arq."""
    worker = build_worker(crew)
    outcome = await _until_stopped(worker.async_run(), stopping)
    if stopping.is_set():
        await asyncio.wait([*worker.tasks.values(), _nothing()], timeout=_LAST_SECONDS)
    elif not isinstance(outcome, RedisError | OSError):
        log.error("worker.ended", kind=crew.kind.value, error=type(outcome).__name__)
    else:
        log.warning("worker.redis_lost", kind=crew.kind.value, error=type(outcome).__name__)
    await _cancel(worker.tasks.values())
    with suppress(RedisError, OSError, AttributeError):
        await worker.pool.aclose(close_connection_pool=True)


async def _work_by_hand(crew: Crew) -> None:
    """Without a doorbell work is slower, not stopped: look for it, one item at a time, until Redis is tried again."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _BY_HAND_SECONDS
    while loop.time() < until:
        try:
            outcome = await crew.run_next()
        except (SQLAlchemyError, OSError) as error:
            log.warning("worker.database_lost", error=type(error).__name__)
            outcome = "idle"
        if outcome == "idle":
            await asyncio.sleep(_IDLE_SECONDS)


async def _until_stopped(
    work_to_do: Coroutine[Any, Any, None], stopping: asyncio.Event
) -> BaseException | None:
    """Run it until it ends or `stopping` is set; returns what ended it, if anything did."""
    running = asyncio.ensure_future(work_to_do)
    waiting = asyncio.ensure_future(stopping.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    await _cancel([running, waiting])
    return None if running.cancelled() else running.exception()


async def _cancel(tasks: Collection[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _nothing() -> asyncio.Future[None]:
    """Something that is done already, because waiting for no task at all is an error."""
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
