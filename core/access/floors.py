"""Answers that take the same time whatever they took to find."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


def floor(seconds: float) -> Callable[[], Awaitable[None]]:
    """What is awaited to come no sooner than so many seconds from now."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds

    async def reached() -> None:
        await asyncio.sleep(until - clock())

    return reached
