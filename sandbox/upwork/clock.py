"""The stand-in's own clock: real time plus an offset that tests move forward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Seconds since the epoch, shifted by ``offset`` seconds."""

    offset: float = 0.0

    def now(self) -> float:
        return time.time() + self.offset


def posting_time(seconds: float) -> str:
    """The form job postings carry: second precision, offset without a colon."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def story_time(seconds: float) -> str:
    """The form rooms and stories carry: millisecond precision, ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> float:
    """Seconds since the epoch from an ISO time or from epoch milliseconds; ValueError otherwise."""
    if text.isdecimal():
        return int(text) / 1000
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
