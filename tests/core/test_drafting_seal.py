"""Fifty drafts under way at once, each for a job of its own: no prompt and no text holds a word of another's job."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from core.drafting.compose import compose
from core.drafting.draft import (
    Answer,
    Bid,
    DraftEvent,
    DraftOutput,
    DraftRequest,
    Finished,
    ProposalRequest,
    ReplyRequest,
    RevisionRequest,
    ThreadMessage,
)
from core.drafting.llm import LLM, Chunk, LLMEvent, Opened, Prompt, StopReason, Usage
from core.jobs_feed.posting import ContractType, JobPosting, ScreeningQuestion
from core.matching.instructions import Instruction, InstructionKind
from tests.core.drafting_cases import PROFILE, posting

DRAFTS = 50
_SYLLABLES = ["ba", "ke", "zu", "lo", "mi", "ra", "tev", "don", "ska", "pir", "gul", "hen", "vos", "wim"]


@dataclass(slots=True)
class Echo:
    """A model that tells all it was shown about the job, a little at a time."""

    seen: list[Prompt] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "echo"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        self.seen.append(prompt)
        yield Opened("echo", "echo")
        yield Chunk("<letter>\n")
        for line in prompt.user.splitlines():
            yield Chunk(line.replace("<", "").replace(">", "") + "\n")
        yield Chunk('</letter>\n<data>\n{"answers": [], "claims": [], "gaps": []}\n</data>')
        yield Usage("echo", "echo", 1, 1, stop=StopReason.END)

    async def aclose(self) -> None: ...


def own_words(number: int) -> tuple[str, ...]:
    """Ten words no language has and no other job shares."""
    rng = random.Random(number)
    return tuple(
        "".join(rng.choices(_SYLLABLES, k=3))
        + f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]}{place:x}q"
        for place in range(10)
    )


def job(number: int) -> JobPosting:
    firm, thing, tool, tag, place, ask, more, story, *_ = own_words(number)
    return posting(
        upwork_id=f"19{number:017d}",
        ciphertext=f"~0219{number:017d}",
        title=f"Migrate the {thing} of {firm.capitalize()}",
        description=f"{firm.capitalize()} in {place} needs somebody to build {story} reports and to connect {tool} to {more}.",
        skills=(tag, "Python"),
        budget=Decimal(1000 + number),
        hourly_min=None,
        hourly_max=None,
        contract=ContractType.FIXED,
        questions=(ScreeningQuestion(0, f"What do you know about {ask}?"),),
    )


def request(number: int) -> DraftRequest:
    """Proposals, revisions and replies in turn, all for the same freelancer."""
    asked, told = own_words(number)[8:]
    bid = Bid(Decimal(1000 + number), ContractType.FIXED)
    wish = (Instruction(InstructionKind.START_WITH, asked.upper(), f"Start with {asked.upper()}."),)
    if number % 3 == 0:
        return ProposalRequest(job(number), PROFILE, bid=bid, instructions=wish, seed="one tenant")
    if number % 3 == 1:
        letter = f"Hello,\n\nthe {told} is clear to me.\n\nOlena"
        answers = (Answer(0, f"I would ask about {told}."),)
        return RevisionRequest(
            job(number),
            PROFILE,
            letter,
            answers,
            instruction="make it shorter",
            bid=bid,
            instructions=wish,
            seed="one tenant",
        )
    thread = (
        ThreadMessage(True, f"About {told}: I am free."),
        ThreadMessage(False, f"When can you start with {asked}?"),
    )
    return ReplyRequest(
        PROFILE, thread, posting=job(number), bid=bid, letter=f"Hello about {told}.", seed="one tenant"
    )


async def interleaved(models: list[Echo | None]) -> dict[int, DraftOutput]:
    """One event of each draft in turn, in an order that changes every round."""
    rng = random.Random(50)
    under_way: dict[int, AsyncGenerator[DraftEvent, None]] = {}
    for number, model in enumerate(models):
        llm: LLM | None = model
        under_way[number] = compose(request(number), llm=llm)
    outputs: dict[int, DraftOutput] = {}
    while under_way:
        order = list(under_way)
        rng.shuffle(order)
        for number in order:
            event = await anext(under_way[number])
            if isinstance(event, Finished):
                outputs[number] = event.output
                await under_way.pop(number).aclose()
    return outputs


def texts_of(output: DraftOutput) -> str:
    parts = [
        output.letter,
        *(answer.text for answer in output.answers),
        *(answer.needs_fact for answer in output.answers),
    ]
    return "\n".join([*parts, *output.gaps, *(finding.sentence for finding in output.findings)])


def words_in(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def strangers(number: int) -> Iterator[str]:
    for other in range(DRAFTS):
        if other != number:
            yield from own_words(other)


def leaks(number: int, text: str) -> set[str]:
    return words_in(text) & set(strangers(number))


async def test_no_word_of_another_job_in_fifty_interleaved_drafts() -> None:
    shared = Echo()  # one model object for everybody, as the worker has
    models: list[Echo | None] = [shared if number % 2 else None for number in range(DRAFTS)]
    outputs = await interleaved(models)
    assert len(outputs) == DRAFTS
    for number, output in outputs.items():
        assert leaks(number, texts_of(output)) == set()
    assert len(shared.seen) == DRAFTS // 2
    for prompt in shared.seen:
        owners = {number for number in range(DRAFTS) if words_in(prompt.user) & set(own_words(number))}
        assert len(owners) == 1
        assert not words_in(prompt.system) & {word for number in range(DRAFTS) for word in own_words(number)}


async def test_every_draft_does_speak_of_its_own_job() -> None:
    """Otherwise the absence of foreign words would prove nothing."""
    outputs = await interleaved([Echo() if number % 2 else None for number in range(DRAFTS)])
    speaking = [
        number for number, output in outputs.items() if words_in(texts_of(output)) & set(own_words(number))
    ]
    assert len(speaking) > DRAFTS * 0.6
    assert all(number in speaking for number in range(1, DRAFTS, 2))


def test_a_leak_would_be_seen() -> None:
    assert leaks(3, f"I have read about {own_words(4)[0]} too.") == {own_words(4)[0]}
    assert len({word for number in range(DRAFTS) for word in own_words(number)}) == DRAFTS * 10
