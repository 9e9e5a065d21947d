"""Failures on demand, and the flood limits of the real service."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.telegram.world import Tuning


class FaultKind(StrEnum):
    TOO_MANY = "429"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NO_CHAT = "400"
    DROP = "drop"
    DROP_AFTER = "drop_after"
    HANG = "hang"


@dataclass(slots=True)
class Fault:
    """`times` failures of `method` ("*": every method but getUpdates), in one chat or in all."""

    method: str
    kind: FaultKind
    times: int
    retry_after: int
    chat_id: int | None

    def matches(self, method: str, chat_id: int | None) -> bool:
        named = self.method == method or (self.method == "*" and method != "getupdates")
        return self.times > 0 and named and self.chat_id in {None, chat_id}


@dataclass(slots=True)
class Faults:
    planned: list[Fault] = field(default_factory=list)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The oldest planned failure for this call, used up by one."""
        for fault in self.planned:
            if fault.matches(method, chat_id):
                fault.times -= 1
                self.planned = [item for item in self.planned if item.times > 0]
                return fault
        return None


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at `rate` per second, up to `size`."""

    rate: float
    size: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass(slots=True)
class FloodGate:
    """One message per second and chat with short bursts, thirty per second for a bot."""

    buckets: dict[tuple[int, int], Bucket] = field(default_factory=dict)

    def retry_after(self, tuning: Tuning, bot_id: int, chat_id: int) -> int:
        """0, or the whole seconds a caller has to wait."""
        now = time.monotonic()
        chat = self.buckets.setdefault(
            (bot_id, chat_id), Bucket(1.0, tuning.flood_burst, tuning.flood_burst, now)
        )
        everywhere = self.buckets.setdefault((bot_id, 0), Bucket(30.0, 30.0, 30.0, now))
        wait = max(chat.wait(now), everywhere.wait(now))
        return int(wait) + 1 if wait else 0
