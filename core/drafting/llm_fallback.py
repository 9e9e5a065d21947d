"""Several vendors behind the one seam: the next one takes over when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from core.drafting.llm import LLM, Chunk, LLMEvent, Prompt, Restart
from core.errors import AppError, Unavailable

log = structlog.get_logger()

REST_LIMIT = 120.0
"""Seconds a failing vendor is passed over at most."""
REPEAT_DELAY = 0.4


class FallbackLLM:
    """Tries `vendors` in order. Before the first text a failure is invisible; after it, a `Restart` is yielded.

    A vendor that failed is tried last until its `retry_after` has passed, so that a hanging one costs one person one
    timeout. That memory is a shortcut of this process only; losing it changes nothing but speed.
    """

    def __init__(self, vendors: Sequence[LLM]) -> None:
        if not vendors:
            raise ValueError("at least one vendor is needed")
        self._vendors = tuple(vendors)
        self._resting: dict[str, float] = {}

    @property
    def name(self) -> str:
        return "+".join(vendor.name for vendor in self._vendors)

    async def aclose(self) -> None:
        for vendor in self._vendors:
            await vendor.aclose()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        now = asyncio.get_running_loop().time
        order = sorted(self._vendors, key=lambda vendor: self._resting.get(vendor.name, 0.0) > now())
        if len(order) == 1:
            order *= 2
        failures: list[AppError] = []
        shown = False
        for attempt, vendor in enumerate(order):
            if attempt and vendor is order[0]:
                if not _worth_repeating(failures[-1]):
                    break
                await asyncio.sleep(REPEAT_DELAY)
            try:
                async with aclosing(vendor.stream(prompt)) as events:
                    async for event in events:
                        shown = shown or isinstance(event, Chunk)
                        yield event
                self._resting.pop(vendor.name, None)
                return
            except AppError as failure:
                log.warning("llm.vendor_failed", vendor=vendor.name, error=failure.code, shown=shown)
                failures.append(failure)
                self._resting[vendor.name] = now() + min(
                    getattr(failure, "retry_after", REST_LIMIT), REST_LIMIT
                )
            if shown:
                yield Restart(vendor.name, failures[-1].code)
                shown = False
        raise _most_useful(failures)


def _worth_repeating(failure: AppError) -> bool:
    """A lone vendor gets a second try for a hiccup, not for a hang, a limit or a refusal."""
    return isinstance(failure, Unavailable) and not failure.data.get("slow")


def _most_useful(failures: Sequence[AppError]) -> AppError:
    """One error for all: what heals by itself first, else what the person can act on."""
    passing = [failure for failure in failures if isinstance(failure, Unavailable)]
    return passing[0] if passing else failures[0]
