"""How fast we may ask Upwork: 5 requests a second and 300 a minute for the whole installation, whoever asks.

Redis keeps the queue, so that all processes share one limit and every tenant gets its turn. Without Redis each process
allows itself one request a second: slow, but never unlimited.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import LimitReached
from core.log import get_logger
from core.upwork.views import Priority

log = get_logger(__name__)

SPACING = 0.21  # 4.8 a second and 286 a minute: six requests stay further apart than a second even when the network jitters
ALONE_SPACING = 1.0
GRACE = 0.3  # a waiting caller that is this late has died
LONGEST_WAIT = {Priority.PERSON: 10.0, Priority.BACKGROUND: 3.0}
_RANK = {Priority.PERSON: 0, Priority.BACKGROUND: 1}
_KEYS = ("upwork:waiting", "upwork:turns", "upwork:free_at")
_REDIS_SECONDS = 1.0
_REDIS_REST = 5.0
_SCRIPT = (Path(__file__).resolve().parent / "rate.lua").read_text()


@dataclass(slots=True)
class Ticket:
    """A place in the queue. `joined` is set by the first look, in the queue's own time."""

    tenant_id: UUID
    priority: Priority
    id: str
    joined: str = ""


def new_ticket(tenant_id: UUID, priority: Priority) -> Ticket:
    return Ticket(tenant_id, priority, uuid4().hex)


class RateLimiter:
    """`now` replaces the clocks (the Redis server's, or the process's own) and `sleep` the waiting, for tests."""

    def __init__(
        self,
        redis: Redis | None,
        *,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._script = redis.register_script(_SCRIPT) if redis is not None else None
        self._now = now
        self._own_now = now or time.monotonic
        self._sleep = sleep
        self._rest_until = 0.0
        self._alone_free = 0.0

    async def take(self, tenant_id: UUID, priority: Priority) -> None:
        """Wait for this tenant's turn. Raises LimitReached at once when it would take longer than the priority waits."""
        ticket = new_ticket(tenant_id, priority)
        while True:
            wait = await self.look(ticket)
            if wait <= 0:
                return
            await self._sleep(wait)

    async def look(self, ticket: Ticket) -> float:
        """0 when the request may leave now, else the seconds until the next look. Raises LimitReached."""
        if self._script is None or self._own_now() < self._rest_until:
            return await self._alone(ticket)
        now = "" if self._now is None else f"{self._now():.6f}"
        arguments = (
            ticket.id,
            str(ticket.tenant_id),
            _RANK[ticket.priority],
            ticket.joined,
            LONGEST_WAIT[ticket.priority],
            SPACING,
            GRACE,
            now,
        )
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                verdict, seconds, joined = await self._script(keys=_KEYS, args=arguments)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("upwork.rate_without_redis", error=type(error).__name__)
            self._rest_until = self._own_now() + _REDIS_REST
            return await self._alone(ticket)
        ticket.joined = joined.decode() if isinstance(joined, bytes) else str(joined)
        wait = float(seconds)
        if verdict == -1:
            raise LimitReached("too many requests are waiting for Upwork", retry_after=max(5.0, wait))
        return 0.0 if verdict == 1 else max(wait, 0.001)

    async def _alone(self, ticket: Ticket) -> float:
        now = self._own_now()
        wait = max(0.0, self._alone_free - now)
        if wait > LONGEST_WAIT[ticket.priority]:
            raise LimitReached("too many requests are waiting for Upwork", retry_after=max(5.0, wait))
        self._alone_free = now + wait + ALONE_SPACING
        await self._sleep(wait)
        return 0.0
