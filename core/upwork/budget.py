"""How many requests a day we may send, counted in Postgres because a restart or an emptied Redis must not reset it.

One row a day and tenant, and one for everybody under the nil UUID: its conditional increment is the limit itself.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from core.clock import Clock
from core.db import Database
from core.errors import LimitReached
from core.upwork.views import Priority

EVERYBODY = UUID(int=0)
BACKGROUND_SHARE = 0.8  # the rest of the day's budget waits for people
FREE_FOR_ALL = 0.5  # of the background's part; beyond it a tenant keeps to an equal share
_COUNT_SECONDS = 60.0

_SPEND = text(
    "insert into app.upwork_usage as u (day, tenant_id, requests) values (:day, :tenant, 1) "
    "on conflict (day, tenant_id) do update set requests = u.requests + 1 where u.requests < :limit "
    "returning u.requests"
)
_ACTIVE = text(
    "select count(distinct tenant_id) from app.upwork_usage where day >= :since and tenant_id <> :everybody"
)
_SPENT = text(
    "select coalesce(sum(requests), 0) from app.upwork_usage where day = :day and tenant_id = :tenant"
)


class Budget:
    """`limit` is requests per UTC day, for the whole installation."""

    def __init__(self, db: Database, clock: Clock, limit: int) -> None:
        self._db = db
        self._clock = clock
        self._limit = limit
        self._active = 1
        self._active_until = 0.0

    async def spend(self, tenant_id: UUID, priority: Priority) -> None:
        """Count one request. Raises LimitReached until midnight UTC when the budget or the tenant's share is used up."""
        now = self._clock.now()
        background = int(self._limit * BACKGROUND_SHARE)
        limit = self._limit if priority is Priority.PERSON else background
        async with self._db.begin() as session:
            day = {"day": now.date()}
            spent = await session.scalar(_SPEND, {**day, "tenant": EVERYBODY, "limit": limit})
            if spent is None or spent > limit:
                raise LimitReached("today's requests to Upwork are used up", retry_after=_until_midnight(now))
            if priority is Priority.BACKGROUND and spent > background * FREE_FOR_ALL:
                if time.monotonic() >= self._active_until:
                    since = {"since": now.date() - timedelta(days=1), "everybody": EVERYBODY}
                    self._active = int(await session.scalar(_ACTIVE, since) or 1)
                    self._active_until = time.monotonic() + _COUNT_SECONDS
                limit = max(1, background // max(1, self._active))
            if await session.scalar(_SPEND, {**day, "tenant": tenant_id, "limit": limit}) is None:
                raise LimitReached(
                    "this account's share of today is used up", retry_after=_until_midnight(now)
                )

    async def spent(self, tenant_id: UUID = EVERYBODY) -> int:
        """Requests counted today, UTC."""
        async with self._db.begin() as session:
            found = await session.scalar(_SPENT, {"day": self._clock.now().date(), "tenant": tenant_id})
            return int(found or 0)


def _until_midnight(now: datetime) -> float:
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(60.0, (tomorrow - now).total_seconds())
