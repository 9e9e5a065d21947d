"""Writing the set with one model, through the product's own composer: patient with limits, and timed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from benchmarks.evals.cases import Case
from benchmarks.evals.counting import Count, Outcome, count
from core.drafting.compose import compose
from core.drafting.draft import Finished, TextDelta
from core.drafting.llm import LLM, Chunk, LLMEvent, Prompt, Restart, Usage
from core.errors import AppError, Invalid, LimitReached, NeedsReauth

WAITS = 4
LONGEST_WAIT = 60.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One case with one model. Times are seconds since the request, without what was spent waiting for a limit to pass."""

    case: Case
    model: str
    count: Count
    usage: Usage | None = None
    first_word: float | None = None
    total: float = 0.0
    problem: str = ""


class KeyRefused(Exception):
    """The vendor will not take this key, or does not know this model: no further case is worth a try."""

    def __init__(self, failure: AppError) -> None:
        super().__init__(failure.code)
        self.failure = failure


@dataclass(slots=True)
class Watched:
    """A vendor's model, with what it wrote in answer to the first prompt of a case, and how long it had to be waited for."""

    inner: LLM
    say: Progress = lambda _text: None
    first: list[str] = field(default_factory=list)
    prompts: int = 0
    waited: float = 0.0
    failure: AppError | None = None

    @property
    def name(self) -> str:
        return self.inner.name

    async def aclose(self) -> None: ...

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        self.prompts += 1
        number = self.prompts
        for attempt in range(WAITS + 1):
            try:
                async with aclosing(self.inner.stream(prompt)) as events:
                    async for event in events:
                        if number == 1 and isinstance(event, Chunk):
                            self.first.append(event.text)
                        elif number == 1 and isinstance(event, Restart):
                            self.first.clear()
                        yield event
                return
            except LimitReached as failure:
                # Between two answers a limit only costs time; in the middle of one the composer has to know.
                if attempt == WAITS or (number == 1 and self.first):
                    self.failure = failure
                    raise
                pause = min(LONGEST_WAIT, max(0.5, getattr(failure, "retry_after", 1.0)))
                self.say(f"the vendor asks to wait {pause:.0f} s")
                self.waited += pause
                await asyncio.sleep(pause)
            except AppError as failure:
                self.failure = failure
                raise


async def run(
    llm: LLM,
    cases: Sequence[Case],
    model_for: Callable[[Case], str],
    *,
    at_once: int = 2,
    done: Callable[[Row], None] = lambda _row: None,
    say: Progress = lambda _text: None,
) -> list[Row]:
    """A row for each case, in their order. Raises KeyRefused when the vendor's answer would be the same for every case."""
    turns = asyncio.Semaphore(max(1, at_once))
    refusals: list[KeyRefused] = []
    written = 0

    async def one(case: Case) -> Row:
        nonlocal written
        async with turns:
            if refusals:
                raise refusals[0]
            try:
                row = await write(llm, case, model_for(case), say=say)
                written += 1
            except KeyRefused as refused:
                if not (written and isinstance(refused.failure, Invalid)):
                    refusals.append(refused)
                    raise
                # The model is known, then: it is this one request that the vendor does not want.
                row = Row(case, model_for(case), Count(Outcome.FAILED), problem=refused.failure.code)
        done(row)
        return row

    tasks = [asyncio.ensure_future(one(case)) for case in cases]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def write(llm: LLM, case: Case, model: str, *, say: Progress = lambda _text: None) -> Row:
    """One case. What fails is a row; only a refused key or model name is raised, as KeyRefused."""
    watched = Watched(llm, say)
    started, first_word, finished = time.perf_counter(), None, None
    async with aclosing(compose(case.request, llm=watched)) as events:
        async for event in events:
            if isinstance(event, TextDelta) and first_word is None and watched.failure is None:
                first_word = time.perf_counter() - started - watched.waited
            elif isinstance(event, Finished):
                finished = event
    if isinstance(watched.failure, NeedsReauth | Invalid):
        raise KeyRefused(watched.failure)
    if finished is None:
        return Row(case, model, Count(Outcome.FAILED), problem="ended without a result")
    counted = count(case, finished, "".join(watched.first))
    return Row(
        case=case,
        model=finished.usage.model if finished.usage else model,
        count=counted,
        usage=finished.usage,
        first_word=None if finished.offline else first_word,
        total=time.perf_counter() - started - watched.waited,
        problem=finished.reason.value if finished.reason else "",
    )
