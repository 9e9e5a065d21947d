"""Running one work item: what a failure means, and when it is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from structlog.contextvars import bound_contextvars

from core import work
from core.crypto import CannotUnseal
from core.errors import AppError, LimitReached, NeedsReauth, Unavailable
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.runtime import Runtime

log = get_logger(__name__)

Handler = Callable[[Runtime, Notifier, UUID, UUID], Awaitable[None]]

MAX_ATTEMPTS = 6
_LONGEST_PAUSE = 600.0


@dataclass(frozen=True, slots=True)
class Spec:
    """One job. `every` makes it recurring, in seconds. `patient` jobs are tried until they no longer have anything to do.

    `stops_without_account` jobs end when Upwork needs a new consent; linking again starts them.
    """

    handler: Handler
    timeout: float = 60.0
    every: Callable[[Runtime], float] | None = None
    patient: bool = False
    stops_without_account: bool = False


async def run_item(rt: Runtime, notifier: Notifier, jobs: Mapping[Job, Spec], item_id: UUID) -> str:
    """Claim and run one item; returns what became of it: skipped, done, retried or buried."""
    async with rt.db.begin() as session:
        item = await work.claim(session, item_id)
    if item is None:
        return "skipped"
    with bound_contextvars(job=item.job, tenant_id=str(item.tenant_id)):
        spec = jobs[Job(item.job)]
        try:
            async with asyncio.timeout(spec.timeout):
                await spec.handler(rt, notifier, item.tenant_id, item.ref)
        except asyncio.CancelledError:
            await asyncio.shield(_let_go(rt, item))
            raise
        except NeedsReauth:
            await _tell_reauth(rt, notifier, item)
            return await _after(rt, item, spec, again=None if spec.stops_without_account else 60.0)
        except (Unavailable, LimitReached) as error:
            pause = max(error.retry_after, min(_LONGEST_PAUSE, 2.0**item.attempts))
            log.info("job.postponed", error=error.code, seconds=round(pause, 1))
            return await _fail(rt, item, spec, pause=pause, error=error.code)
        except (AppError, CannotUnseal) as error:
            log.warning("job.refused", error=str(error), kind=type(error).__name__)
            return await _after(rt, item, spec, again=None)
        except Exception as error:
            log.exception("job.crashed", error=type(error).__name__)
            return await _fail(
                rt,
                item,
                spec,
                pause=min(_LONGEST_PAUSE, 5.0 * 2.0**item.attempts),
                error=type(error).__name__,
            )
        return await _after(rt, item, spec, again=spec.every(rt) if spec.every else None)


async def _after(rt: Runtime, item: work.Claimed, spec: Spec, *, again: float | None) -> str:
    async with rt.db.begin() as session:
        if again is not None:
            await enqueue(session, Job(item.job), tenant_id=item.tenant_id, ref=item.ref, delay=again)
        await work.finish(session, item)
    return "done"


async def _fail(rt: Runtime, item: work.Claimed, spec: Spec, *, pause: float, error: str) -> str:
    async with rt.db.begin() as session:
        if item.attempts >= MAX_ATTEMPTS and not spec.patient and spec.every is None:
            await work.bury(session, item, error=error)
            log.error("job.buried", error=error)
            return "buried"
        await work.retry(session, item, delay=max(pause, spec.every(rt) if spec.every else 0.0), error=error)
    return "retried"


async def _let_go(rt: Runtime, item: work.Claimed) -> None:
    """A worker that is being stopped gives its items back instead of leaving them to the lease."""
    async with rt.db.begin() as session:
        await work.retry(session, item, delay=0.0, error="stopped")


async def _tell_reauth(rt: Runtime, notifier: Notifier, item: work.Claimed) -> None:
    from core.upwork.confirming import note_reauth

    async with rt.db.begin(item.tenant_id) as session:
        first = await note_reauth(session, rt.clock)
    if first:
        await notifier.notice(item.tenant_id, "reauth")
