"""The one entry to writing: a request in, a stream of events out, whoever does the writing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

import structlog

from core.drafting.assemble import assemble, checked
from core.drafting.draft import (
    DraftEvent,
    DraftRequest,
    Finished,
    Note,
    NoteCode,
    OfflineReason,
    ProposalRequest,
    ReplyRequest,
    Restarted,
    TextDelta,
)
from core.drafting.evidence import select_facts
from core.drafting.from_template import filled, template_notes
from core.drafting.llm import LLM, Chunk, Opened, Prompt, Restart, StopReason, Usage
from core.drafting.offline import write_offline
from core.drafting.parser import DraftParser, Parsed, RawData, parse_data
from core.drafting.prices import estimated_usage
from core.drafting.render import FACTS_LIMIT, facts_text, render, render_repair
from core.errors import AppError
from core.profile.facts import Fact

log = structlog.get_logger()

T = TypeVar("T")

FACTS_FITTING = 12
"""Facts that are named to a model as those for this job: enough to choose from, few enough to stay about it."""
FACTS_SHOWN = 60
"""Who has more, or longer ones than a prompt holds, shows the fitting ones alone."""
_SHORTEST = 20
_PIECES = re.compile(r".+?(?:[.!?…]+[\"»”)]*\s+|\n+|$)", re.DOTALL)


async def compose(
    request: DraftRequest, *, llm: LLM | None, stop: asyncio.Event | None = None
) -> AsyncGenerator[DraftEvent, None]:
    """Write what `request` asks for; the last event is always `Finished`.

    Deltas joined since the last `Restarted` are the letter (or reply) being written; `Finished.output.letter` is the
    letter that counts. Setting `stop` ends the writing at once with what was written so far (note `STOPPED`); closing
    the generator or cancelling the task also closes the model's HTTP stream, without a last event. When every vendor
    fails the offline composer writes instead and `Finished.reason` says why. Never raises an `AppError`.
    """
    if llm is None:
        async with aclosing(_offline(request, OfflineReason.NO_KEY, stop)) as events:
            async for event in events:
                yield event
        return
    work = _Writing(request, shown_facts(request))
    async with aclosing(_with_model(work, llm, stop)) as events:
        async for event in events:
            yield event
    if work.failed is not None:
        log.info("draft.offline", reason=work.failed.value)
        async with aclosing(_offline(request, work.failed, stop, spent=work.usage)) as events:
            async for event in events:
                yield event


def evidence(request: DraftRequest) -> tuple[Fact, ...]:
    """The facts a writer gets: the request's own choice, else the most relevant, else simply the first ones."""
    if request.facts:
        return request.facts
    chosen = select_facts(request.profile, request.posting, FACTS_FITTING) if request.posting else ()
    rest = [fact for fact in request.profile.facts if fact not in chosen]
    return (*chosen, *rest)[:FACTS_FITTING]


def shown_facts(request: DraftRequest) -> tuple[Fact, ...]:
    """The facts a model sees, in the person's own order: all there are, so that the next prompt begins with the same ones and is
    cheaper. What the request itself chose, or too many for a prompt, is shown as it was chosen.
    """
    everything = request.profile.facts
    fits = len(everything) <= FACTS_SHOWN and len(facts_text(everything)) <= FACTS_LIMIT
    chosen = everything if fits and not request.facts else evidence(request)
    return tuple(sorted(chosen, key=lambda fact: fact.number))


@dataclass(slots=True)
class _Writing:
    """What is known while a model writes. `failed` is set when the offline composer has to take over."""

    request: DraftRequest
    facts: tuple[Fact, ...]
    parser: DraftParser = field(default_factory=DraftParser)
    shown: bool = False
    opened: Opened | None = None
    raw: list[str] = field(default_factory=list)
    usage: Usage | None = None
    failed: OfflineReason | None = None

    def begin_anew(self) -> bool:
        """Forget what was written; true when some of it was shown."""
        was_shown = self.shown
        self.parser, self.shown, self.opened = DraftParser(), False, None
        self.raw.clear()
        return was_shown


async def _with_model(
    work: _Writing, llm: LLM, stop: asyncio.Event | None
) -> AsyncGenerator[DraftEvent, None]:
    request = work.request
    pattern = filled(request).text if isinstance(request, ProposalRequest) else ""
    prompt = render(request, work.facts, fitting=evidence(request), pattern=pattern)
    stopped = False
    try:
        async with aclosing(llm.stream(prompt)) as source, aclosing(_until(source, stop)) as events:
            async for event in events:
                if isinstance(event, Chunk):
                    work.raw.append(event.text)
                    if text := work.parser.feed(event.text):
                        work.shown = True
                        yield TextDelta(text)
                elif isinstance(event, Restart):
                    if work.begin_anew():
                        yield Restarted(event.reason)
                elif isinstance(event, Opened):
                    work.opened = event
                else:
                    work.usage = event
        stopped = work.usage is None
    except AppError as failure:
        work.failed = _reason(failure)
    if work.failed is None:
        async with aclosing(_conclude(work, llm, prompt, stop, stopped=stopped)) as endings:
            async for ending in endings:
                yield ending
    if work.failed is not None and work.begin_anew():
        yield Restarted(work.failed.value)


async def _conclude(
    work: _Writing, llm: LLM, prompt: Prompt, stop: asyncio.Event | None, *, stopped: bool
) -> AsyncGenerator[DraftEvent, None]:
    """The stream is over: show the rest, judge the whole, mend the typed part once."""
    rest, parsed = work.parser.finish()
    if stopped:
        work.usage = _estimate(work, prompt)
    elif work.usage is not None and work.usage.stop is StopReason.REFUSED:
        work.failed = OfflineReason.REFUSED
        return
    elif not _readable(parsed.letter, work.request):
        work.failed = OfflineReason.EMPTY
        return
    if rest:
        work.shown = True
        yield TextDelta(rest)
    notes: list[Note] = [*template_notes(work.request), *([Note(NoteCode.STOPPED)] if stopped else [])]
    data = parsed.data
    if not stopped and not parsed.closed and work.usage is not None and work.usage.stop is StopReason.LENGTH:
        notes.append(Note(NoteCode.TRUNCATED))
    elif not stopped and data is None:
        data = await _repaired(work, llm, parsed, stop)
    if data is None and not stopped:
        notes.append(Note(NoteCode.MALFORMED))
    yield Finished(assemble(work.request, work.facts, parsed.letter, data, notes), usage=work.usage)


async def _repaired(work: _Writing, llm: LLM, parsed: Parsed, stop: asyncio.Event | None) -> RawData | None:
    """One attempt to get the typed part of an answer whose letter is fine. Its bill is added; its failure costs nothing."""
    prompt = render_repair(work.request, work.facts, letter=parsed.letter, broken=parsed.tail)
    parts: list[str] = []
    try:
        async with aclosing(llm.stream(prompt)) as source, aclosing(_until(source, stop)) as events:
            async for event in events:
                if isinstance(event, Chunk):
                    parts.append(event.text)
                elif isinstance(event, Restart):
                    parts.clear()
                elif isinstance(event, Usage):
                    work.usage = _sum(work.usage, event)
    except AppError as failure:
        log.info("draft.repair_failed", error=failure.code)
        return None
    return parse_data("".join(parts))


async def _offline(
    request: DraftRequest, reason: OfflineReason, stop: asyncio.Event | None, *, spent: Usage | None = None
) -> AsyncGenerator[DraftEvent, None]:
    """Sentence by sentence and as fast as the reader takes it; pacing is the caller's."""
    output = checked(request, write_offline(request))
    written = ""
    for piece in _PIECES.findall(output.letter):
        if stop is not None and stop.is_set():
            short = replace(output, letter=written.rstrip(), notes=(*output.notes, Note(NoteCode.STOPPED)))
            output = checked(request, short)
            break
        written += piece
        yield TextDelta(piece)
        await asyncio.sleep(0)
    yield Finished(output, usage=spent, offline=True, reason=reason)


async def _until(source: AsyncGenerator[T, None], stop: asyncio.Event | None) -> AsyncGenerator[T, None]:
    """Pass on `source` until it ends or `stop` is set; a pending read is cancelled at once, which closes its connection."""
    if stop is None:
        async for item in source:
            yield item
        return
    waiter = asyncio.ensure_future(stop.wait())
    step: asyncio.Future[T] | None = None
    try:
        while True:
            step = asyncio.ensure_future(anext(source))
            await asyncio.wait({waiter, step}, return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                return
            try:
                item = step.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        waiter.cancel()
        if step is not None and not step.done():
            step.cancel()
            await asyncio.wait({step})


def _reason(failure: AppError) -> OfflineReason:
    return OfflineReason(failure.code) if failure.code in set(OfflineReason) else OfflineReason.UNAVAILABLE


def _readable(letter: str, request: DraftRequest) -> bool:
    """Whether there is a text at all; what it says is judged elsewhere."""
    shortest = 1 if isinstance(request, ReplyRequest) else _SHORTEST
    return sum(sign.isalpha() for sign in letter) >= shortest


def _estimate(work: _Writing, prompt: Prompt) -> Usage | None:
    """The bill of a stopped call; nothing if no vendor had begun."""
    if work.opened is None:
        return None
    return estimated_usage(
        prompt,
        vendor=work.opened.vendor,
        model=work.opened.model,
        written="".join(work.raw),
        stop=StopReason.END,
    )


def _sum(first: Usage | None, second: Usage) -> Usage:
    """One bill for a draft and its repair, under the name of the draft."""
    if first is None:
        return second
    known = first.cost is not None and second.cost is not None
    return replace(
        first,
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        cost=(first.cost or Decimal(0)) + (second.cost or Decimal(0)) if known else None,
        estimated=first.estimated or second.estimated,
    )
