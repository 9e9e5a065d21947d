"""Soft limits: how often somebody may ask for something. They keep a flood away from the work, and are no proof of anything.

The counts are in Redis, shared by all processes. While Redis is away each process counts by itself, so a limit becomes
looser, never absent. What guards a secret (codes, passwords) counts in Postgres instead: `core.security.lockout`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import LimitReached
from core.log import get_logger

log = get_logger(__name__)

_LOCAL_KEYS = 10_000
_REST_SECONDS = 5.0
# One moment per key says how far ahead of time its owner is; whoever would be more than a window ahead has to wait.
_SCRIPT = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + tonumber(ARGV[1])
local early = due - now - tonumber(ARGV[2])
if early > 0.000001 then return tostring(early) end
redis.call('SET', KEYS[1], string.format('%.6f', due), 'PX', math.ceil((due - now) * 1000) + 1000)
return '0'
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` askings in `seconds`, all of them at once if need be; then one every `seconds / count`."""

    count: int
    seconds: float

    @property
    def step(self) -> float:
        return self.seconds / self.count


TENANT = Limit(count=600, seconds=60)
"""For all that one account asks for, in the chat and on the web together: ten times what a hurried person can tap."""


class SoftLimits:
    """Counts askings by name and key."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._script = redis.register_script(_SCRIPT)
        self._local: OrderedDict[str, float] = OrderedDict()
        self._rest_until = 0.0

    async def hit(self, name: str, key: str, limit: Limit) -> None:
        """Count one asking. Raises LimitReached with the seconds until the next one is welcome."""
        place = f"limit:{name}:{sha256(key.encode()).hexdigest()[:32]}"
        wait = await self._wait(place, limit)
        if wait > 0:
            raise LimitReached(retry_after=wait)

    async def _wait(self, place: str, limit: Limit) -> float:
        if time.monotonic() < self._rest_until:
            return self._count_here(place, limit)
        try:
            return float(await self._script(keys=[place], args=[limit.step, limit.seconds]))
        except (RedisError, OSError, TimeoutError) as error:
            # Asking a lost Redis again with every request would slow all of them down.
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("limits.local", error=type(error).__name__)
            return self._count_here(place, limit)

    def _count_here(self, place: str, limit: Limit) -> float:
        now = time.monotonic()
        due = max(self._local.pop(place, 0.0), now) + limit.step
        early = due - now - limit.seconds
        self._local[place] = due - limit.step if early > 0 else due
        while len(self._local) > _LOCAL_KEYS:
            self._local.popitem(last=False)
        return max(early, 0.0)
