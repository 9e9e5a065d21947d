"""Who may ask Upwork now: the breaker, then the rate, then the day's budget."""

from __future__ import annotations

from uuid import UUID

from redis.asyncio import Redis

from core.clock import Clock
from core.db import Database
from core.settings import Settings
from core.upwork.breaker import Breaker
from core.upwork.budget import Budget
from core.upwork.rate import RateLimiter
from core.upwork.views import Priority


class Governor:
    """Every request to the API passes here first, whichever process sends it."""

    def __init__(self, *, db: Database, redis: Redis | None, settings: Settings, clock: Clock) -> None:
        self.breaker = Breaker(redis, clock)
        self.rate = RateLimiter(redis)
        self.budget = Budget(db, clock, settings.upwork_daily_budget)

    async def admit(self, tenant_id: UUID, priority: Priority) -> None:
        """Wait for a turn. Raises CircuitOpen while Upwork wants a pause, LimitReached when the wait would be too long.

        The breaker is asked again after the wait: it may have opened while this caller stood in the queue.
        """
        await self.breaker.peek()
        await self.rate.take(tenant_id, priority)
        await self.breaker.check()

    async def spend(self, tenant_id: UUID, priority: Priority) -> None:
        """Count the request that is about to leave. Raises LimitReached when the day's budget is used up."""
        await self.budget.spend(tenant_id, priority)
