"""What both vendor adapters share: deadlines for a stream, and the vendors' answers in words of the one error tree."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TypeVar

from core.errors import AppError, Invalid, LimitReached, NeedsReauth, Unavailable

T = TypeVar("T")

TOTAL_FACTOR = 4
"""A stream may take this many times the allowed silence altogether: a trickle must not hold a draft for ever."""
MAX_RETRY_AFTER = 3600.0
BROKEN_STREAM = (ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What an SDK raises when a server answers 200 with something that is not its protocol."""


async def watched(source: AsyncIterator[T], *, silence: float) -> AsyncGenerator[T, None]:
    """Pass on `source`; TimeoutError after `silence` seconds without an item, or `TOTAL_FACTOR` times that in all."""
    loop = asyncio.get_running_loop()
    end = loop.time() + silence * TOTAL_FACTOR
    while True:
        async with asyncio.timeout_at(min(loop.time() + silence, end)):
            try:
                item = await anext(source)
            except StopAsyncIteration:
                return
        yield item


def retry_after(headers: Mapping[str, str], default: float) -> float:
    """Seconds from a `Retry-After` header; dates and nonsense count as `default`."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return default
    return min(seconds, MAX_RETRY_AFTER) if math.isfinite(seconds) and seconds >= 0 else default


def from_status(vendor: str, status: int, headers: Mapping[str, str]) -> AppError:
    """The error for an HTTP status. The vendor's own message stays behind: it may echo a key or the prompt."""
    if status in {401, 403}:
        return NeedsReauth(f"{vendor} refused the key", vendor=vendor)
    if status == 402:
        return LimitReached(f"{vendor} has no credit left", retry_after=MAX_RETRY_AFTER, vendor=vendor)
    if status == 429:
        return LimitReached(
            f"{vendor} limits requests", retry_after=retry_after(headers, 20.0), vendor=vendor
        )
    if status in {408, 409} or status >= 500:
        return Unavailable(
            f"{vendor} answered {status}", retry_after=retry_after(headers, 5.0), vendor=vendor
        )
    return Invalid(f"{vendor} rejected the request with {status}", vendor=vendor)


def timed_out(vendor: str) -> Unavailable:
    return Unavailable(f"{vendor} did not answer in time", retry_after=30.0, vendor=vendor, slow=True)


def unreachable(vendor: str) -> Unavailable:
    return Unavailable(f"{vendor} cannot be reached", vendor=vendor)


def broken(vendor: str) -> Unavailable:
    return Unavailable(f"{vendor} answered something unreadable", vendor=vendor)
