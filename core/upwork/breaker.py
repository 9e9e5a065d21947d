"""Stop asking when Upwork says stop: at once after 429 or a blocked page, after several failures in a row otherwise.

The rules are pure functions over a small state; Redis shares the state between processes, and a process without Redis keeps
its own.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.clock import Clock
from core.log import get_logger
from core.upwork.errors import CircuitOpen

log = get_logger(__name__)

_KEY = "upwork:breaker"
_KEEP_SECONDS = 7200
_REDIS_SECONDS = 1.0
_STRIKES = 5
_STRIKE_WINDOW = 60.0
_PROBE_SECONDS = 30.0
_SWAP = """
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class Trouble(StrEnum):
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    FAILED = "failed"


# First pause and longest pause, in seconds; each trip in a row doubles it.
_PAUSES = {Trouble.THROTTLED: (30.0, 900.0), Trouble.BLOCKED: (60.0, 1800.0), Trouble.FAILED: (15.0, 300.0)}


@dataclass(frozen=True, slots=True)
class State:
    """Times are epoch seconds. `trips` counts openings without a success in between; above 0 it is open or half open."""

    strikes: int = 0
    struck_at: float = 0.0
    trips: int = 0
    open_until: float = 0.0
    probe_until: float = 0.0


def admit(state: State, now: float) -> tuple[State, float]:
    """(state afterwards, seconds to stay away). 0 means go; while half open one caller at a time goes, as the probe."""
    if now < state.open_until:
        return state, state.open_until - now
    if state.trips == 0:
        return state, 0.0
    if now < state.probe_until:
        return state, min(5.0, state.probe_until - now)
    return replace(state, probe_until=now + _PROBE_SECONDS), 0.0


def succeed(state: State, now: float) -> State:
    """An answer came. One that was under way when the breaker opened does not close it."""
    return state if now < state.open_until else State()


def fail(state: State, now: float, trouble: Trouble, retry_after: float | None = None) -> State:
    strikes = state.strikes + 1 if now - state.struck_at <= _STRIKE_WINDOW else 1
    if trouble is Trouble.FAILED and state.trips == 0 and strikes < _STRIKES:
        return replace(state, strikes=strikes, struck_at=now)
    first, longest = _PAUSES[trouble]
    trips = state.trips if now < state.open_until else state.trips + 1
    pause = min(longest, first * 2 ** (max(1, trips) - 1))
    if retry_after is not None:
        pause = max(1.0, min(longest, retry_after))
    return State(strikes, now, max(1, trips), max(state.open_until, now + pause), 0.0)


class Breaker:
    """One for the installation: Upwork limits and blocks by address, not by account."""

    def __init__(self, redis: Redis | None, clock: Clock) -> None:
        self._redis = redis
        self._swap = redis.register_script(_SWAP) if redis is not None else None
        self._clock = clock
        self._own = ""

    async def peek(self) -> None:
        """Raises CircuitOpen while it is open; takes no probe."""
        wait = _parse(await self._load()).open_until - self._seconds()
        if wait > 0:
            raise CircuitOpen("Upwork asked for a pause", retry_after=wait)

    async def check(self) -> None:
        """Raises CircuitOpen with the seconds to stay away; while half open one caller passes, as the probe."""
        for _ in range(5):
            stored = await self._load()
            state = _parse(stored)
            after, wait = admit(state, self._seconds())
            if wait > 0:
                raise CircuitOpen("Upwork asked for a pause", retry_after=wait)
            if after == state or await self._store(stored, after):
                return
        raise CircuitOpen("Upwork asked for a pause", retry_after=1.0)

    async def succeeded(self) -> None:
        stored = await self._load()
        state = _parse(stored)
        after = succeed(state, self._seconds())
        if after != state:
            await self._store(stored, after)

    async def failed(self, trouble: Trouble, *, retry_after: float | None = None) -> None:
        for _ in range(5):
            stored = await self._load()
            state = _parse(stored)
            after = fail(state, self._seconds(), trouble, retry_after)
            if await self._store(stored, after):
                if after.open_until > state.open_until:
                    log.warning(
                        "upwork.paused", trouble=trouble.value, seconds=after.open_until - self._seconds()
                    )
                return

    def _seconds(self) -> float:
        now: datetime = self._clock.now()
        return now.timestamp()

    async def _load(self) -> str:
        if self._redis is None:
            return self._own
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                stored = await self._redis.get(_KEY)
        except (RedisError, OSError, TimeoutError):
            return self._own
        return stored.decode() if isinstance(stored, bytes) else stored or ""

    async def _store(self, expected: str, state: State) -> bool:
        """Replace what was read; False when somebody else was faster. The process keeps a copy for when Redis is away."""
        written = json.dumps(asdict(state))
        self._own = written
        if self._swap is None:
            return True
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                return bool(await self._swap(keys=(_KEY,), args=(expected, written, _KEEP_SECONDS)))
        except (RedisError, OSError, TimeoutError):
            return True


def _parse(stored: str) -> State:
    """What cannot be read counts as closed: Redis content is a hint, the front door has the last word."""
    try:
        content = json.loads(stored) if stored else {}
        return State(
            **{
                name: type(default)(content[name])
                for name, default in asdict(State()).items()
                if name in content
            }
        )
    except (ValueError, TypeError):
        return State()
