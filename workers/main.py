"""The worker process: arq listens for doorbells and its cron sweeps; Postgres decides what is run."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

from arq import cron, func
from arq.worker import Worker
from redis.exceptions import RedisError

from bot.app import build_bot
from bot.notify import TelegramNotifier
from core import inbox, work
from core.db import ring_after_commit
from core.jobs import QUEUE, RING, redis_settings
from core.log import get_logger
from core.runtime import Runtime
from workers.job import run_item
from workers.jobs import JOBS

log = get_logger(__name__)

_MAX_JOBS = 12


async def ring(ctx: dict[str, Any], item_id: str) -> str:
    return await run_item(ctx["rt"], ctx["notifier"], JOBS, UUID(item_id))


async def sweep(ctx: dict[str, Any]) -> None:
    """Find what a lost doorbell left behind and ring again."""
    rt: Runtime = ctx["rt"]
    async with rt.db.begin() as session:
        for item_id in await work.find_due(session):
            ring_after_commit(session, item_id)


async def tidy(ctx: dict[str, Any]) -> None:
    rt: Runtime = ctx["rt"]
    async with rt.db.begin() as session:
        await inbox.forget_old(session)


def build_worker(rt: Runtime, notifier: TelegramNotifier) -> Worker:
    """arq configured as a doorbell: JSON instead of pickle, one try, no kept results, nothing of a job in its log."""
    return Worker(
        functions=[func(ring, name=RING, timeout=300, max_tries=1, keep_result=0)],
        cron_jobs=[
            cron(sweep, second=set(range(60)), keep_result=0, max_tries=1, timeout=20),
            cron(tidy, minute={7}, second=0, keep_result=0, max_tries=1, timeout=60),
        ],
        queue_name=QUEUE,
        redis_settings=redis_settings(rt.settings.redis_url.get_secret_value()),
        ctx={"rt": rt, "notifier": notifier},
        max_jobs=_MAX_JOBS,
        keep_result=0,
        max_tries=1,
        poll_delay=0.1,
        log_results=False,
        handle_signals=False,
        job_serializer=lambda value: json.dumps(value).encode(),
        job_deserializer=json.loads,
    )


async def run(rt: Runtime, stopping: asyncio.Event) -> None:
    """Run until `stopping` is set. arq ends when Redis goes away; it is started again until Redis is back."""
    async with build_bot(rt.settings).context() as bot:
        notifier = TelegramNotifier(rt, bot)
        while not stopping.is_set():
            worker = build_worker(rt, notifier)
            running = asyncio.ensure_future(worker.async_run())
            waiting = asyncio.ensure_future(stopping.wait())
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            running.cancel()
            outcome = (await asyncio.gather(running, return_exceptions=True))[0]
            for task in worker.tasks.values():
                task.cancel()
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            if stopping.is_set():
                break
            if not isinstance(outcome, RedisError | OSError | asyncio.CancelledError):
                log.error("worker.ended", error=repr(outcome))
            log.warning("worker.redis_lost")
            await asyncio.sleep(1.0)
