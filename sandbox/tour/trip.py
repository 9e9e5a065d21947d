"""What the steps of the tour share, and the runner that takes them one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.tour.browser import Browser, NoForm, Page
from sandbox.tour.labels import Words
from sandbox.tour.person import Message, NotSeen, Person
from sandbox.tour.show import Show, StepResult

_STEP_SECONDS = 90.0


@dataclass(slots=True)
class Trip:
    """One walk: who walks, in which language, and what earlier steps left for later ones.

    `page` is what the browser shows, `paper` the backup codes that were written down.
    """

    person: Person
    words: Words
    browser: Browser
    sandbox: httpx.AsyncClient
    show: Show
    kept: dict[str, Message] = field(default_factory=dict)
    proposals_before: int = 0
    proposal: dict[str, Any] = field(default_factory=dict)
    page: Page | None = None
    paper: list[str] = field(default_factory=list)

    async def control(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask or steer Upwork's side, as `/upwork/control/…` allows."""
        answer = await self.sandbox.request(verb, f"/upwork/control/{path}", json=body)
        return answer.raise_for_status().json()


@dataclass(frozen=True, slots=True)
class Step:
    """A title for the table, and what to do; `act` returns what the user saw and raises NotSeen when it failed."""

    title: str
    act: Callable[[Trip], Awaitable[str]]


async def walk(trip: Trip, steps: Sequence[Step]) -> list[StepResult]:
    """Take the steps in order; the first one that fails is the last."""
    results: list[StepResult] = []
    for step in steps:
        trip.show.heading(step.title)
        started = time.monotonic()
        saw, problem = "", ""
        try:
            saw = await asyncio.wait_for(step.act(trip), _STEP_SECONDS)
        except (NotSeen, NoForm) as error:
            problem = str(error)
        except TimeoutError:
            problem = f"took longer than {_STEP_SECONDS:.0f} seconds"
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - started
        await trip.person.settle()
        results.append(StepResult(step.title, saw, seconds, problem))
        if problem:
            break
    return results


def lines(message: Message) -> list[str]:
    """What a message says, without empty lines and the ends of long ones."""
    text = message.get("text") or message.get("caption") or ""
    return [line.strip()[:100] for line in text.splitlines() if line.strip()]


def first_line(message: Message) -> str:
    return next(iter(lines(message)), "")
