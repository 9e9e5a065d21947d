"""Running one work item: what a failure means, and when it is tried again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from core import work
from core.crypto import CannotUnseal
from core.errors import AppError, LimitReached, NeedsReauth, Unavailable
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.runtime import Runtime
from core.work import Claimed

log = get_logger(__name__)

NOT_AGAIN = math.inf
"""What a handler returns to end a recurring job; asking for it starts it again."""

Handler = Callable[[Runtime, Notifier, UUID, UUID], Awaitable[float | None]]
"""(runtime, notifier, tenant, ref) -> seconds until it is wanted again; None for as usual."""

_LONGEST_PAUSE = 600.0
_PARKED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Spec:
    """One job. `every` makes it recurring, in seconds: it never dies. `patient` jobs are tried until nothing is left to do.

    Any other is given up after `tries`; `given_up` then leaves things so that the person can go on.
    `stops_without_account` jobs end when Upwork needs a new consent; linking again starts them. `urgent` ones go first: a
    person is waiting.
    """

    handler: Handler
    timeout: float = 60.0
    every: Callable[[Runtime], float] | None = None
    patient: bool = False
    tries: int = 6
    given_up: Handler | None = None
    stops_without_account: bool = False
    urgent: bool = False


async def run_item(rt: Runtime, notifier: Notifier, jobs: Mapping[Job, Spec], item_id: UUID) -> str:
    """Claim and run one item; returns what became of it: skipped, done, retried or buried."""
    async with rt.db.begin() as session:
        item = await work.claim(session, item_id)
    return "skipped" if item is None else await _run(rt, notifier, jobs, item)


async def run_next(rt: Runtime, notifier: Notifier, jobs: Mapping[Job, Spec]) -> str:
    """Claim and run the item of these jobs whose turn it is; "idle" when none is due."""
    urgent = [job.value for job, spec in jobs.items() if spec.urgent]
    async with rt.db.begin() as session:
        item = await work.claim_next(session, urgent=urgent, elsewhere=elsewhere(jobs))
    return "idle" if item is None else await _run(rt, notifier, jobs, item)


def elsewhere(jobs: Mapping[Job, Spec]) -> list[str]:
    """The jobs of other kinds of worker. A name that nobody knows is in no such list: whoever finds it buries it."""
    return [job.value for job in Job if job not in jobs]


async def _run(rt: Runtime, notifier: Notifier, jobs: Mapping[Job, Spec], item: Claimed) -> str:
    with bound_contextvars(job=item.job, tenant_id=str(item.tenant_id)):
        spec = _find_spec(jobs, item.job)
        if spec is None:
            return await _bury(rt, item, error="unknown job")
        try:
            async with _kept(rt, item), asyncio.timeout(spec.timeout):
                again = await spec.handler(rt, notifier, item.tenant_id, item.ref)
        except asyncio.CancelledError:
            await asyncio.shield(_give_back(rt, item))
            raise
        except NeedsReauth:
            # Whoever parked the account has raised the alert that says so and leads to linking anew.
            return await _done(rt, item, again=NOT_AGAIN if spec.stops_without_account else _PARKED_SECONDS)
        except (Unavailable, LimitReached) as error:
            pause = max(error.retry_after, min(_LONGEST_PAUSE, 2.0**item.attempts))
            log.info("job.postponed", error=error.code, seconds=round(pause, 1))
            return await _fail(rt, notifier, item, spec, pause=pause, error=error.code)
        except (AppError, CannotUnseal) as error:
            log.warning("job.refused", error=type(error).__name__, reason=str(error))
            await _leave_in_order(rt, notifier, item, spec)
            return await _done(rt, item, again=_usual(rt, spec))
        except Exception as error:
            log.exception("job.crashed", error=type(error).__name__)
            pause = min(_LONGEST_PAUSE, 5.0 * 2.0**item.attempts)
            return await _fail(rt, notifier, item, spec, pause=pause, error=type(error).__name__)
        return await _done(rt, item, again=_usual(rt, spec) if again is None else again)


def _find_spec(jobs: Mapping[Job, Spec], name: str) -> Spec | None:
    """None for a job that another version of this program asked for."""
    return next((spec for job, spec in jobs.items() if job.value == name), None)


def _usual(rt: Runtime, spec: Spec) -> float:
    return spec.every(rt) if spec.every else NOT_AGAIN


@asynccontextmanager
async def _kept(rt: Runtime, item: Claimed) -> AsyncIterator[None]:
    """Renew the lease while the body runs. A killed worker renews nothing, and its item is soon somebody else's."""
    keeping = asyncio.ensure_future(_keep(rt, item))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(rt: Runtime, item: Claimed) -> None:
    held = True
    while held:
        await asyncio.sleep(work.LEASE.total_seconds() / 3)
        try:
            async with rt.db.begin() as session:
                held = await work.renew(session, item)
        except (SQLAlchemyError, OSError) as error:
            log.warning("job.lease_not_renewed", error=type(error).__name__)


async def _done(rt: Runtime, item: Claimed, *, again: float) -> str:
    async with rt.db.begin() as session:
        if again != NOT_AGAIN:
            await enqueue(session, Job(item.job), tenant_id=item.tenant_id, ref=item.ref, delay=again)
        await work.finish(session, item)
    return "done"


async def _fail(
    rt: Runtime, notifier: Notifier, item: Claimed, spec: Spec, *, pause: float, error: str
) -> str:
    if item.attempts >= spec.tries and not spec.patient and spec.every is None:
        await _leave_in_order(rt, notifier, item, spec)
        return await _bury(rt, item, error=error)
    # A failing poll is not asked for more often than a working one.
    delay = max(pause, spec.every(rt)) if spec.every else pause
    async with rt.db.begin() as session:
        await work.retry(session, item, delay=delay, error=error)
    return "retried"


async def _bury(rt: Runtime, item: Claimed, *, error: str) -> str:
    async with rt.db.begin() as session:
        await work.bury(session, item, error=error)
    log.error("job.buried", error=error)
    return "buried"


async def _leave_in_order(rt: Runtime, notifier: Notifier, item: Claimed, spec: Spec) -> None:
    if spec.given_up is None:
        return
    try:
        await spec.given_up(rt, notifier, item.tenant_id, item.ref)
    except Exception as error:
        log.exception("job.not_left_in_order", error=type(error).__name__)


async def _give_back(rt: Runtime, item: Claimed) -> None:
    """A worker that is being stopped gives its items back instead of leaving them to the lease."""
    try:
        async with rt.db.begin() as session:
            await work.give_back(session, item)
    except (SQLAlchemyError, OSError) as error:
        log.warning("job.not_given_back", error=type(error).__name__)
