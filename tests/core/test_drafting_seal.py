"""Fifty drafts under way at once, each for a job of its own: no prompt and no text holds a word of another's job."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

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
    TextDelta,
    ThreadMessage,
)
from core.drafting.llm import LLM, Chunk, LLMEvent, Opened, Prompt, Restart, StopReason, Usage
from core.drafting.render import render
from core.jobs_feed.posting import ContractType, JobPosting, ScreeningQuestion
from core.matching.instructions import Instruction, InstructionKind
from core.profile.facts import Fact
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


@dataclass(slots=True)
class Forgetful(Echo):
    """A model that still holds the prompt before this one and tells a line of it: in what streams by, or in what stays."""

    stays: bool = True
    held: str = ""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        leak = next((line for line in self.held.splitlines() if "Migrate the" in line), "nothing yet")
        self.held = prompt.user
        yield Opened("echo", "echo")
        if not self.stays:
            yield Chunk(f"<letter>\n{leak}\n")
            yield Restart("echo", "overloaded")
            yield Opened("echo", "echo")
        async for event in Echo.stream(self, prompt):
            said = isinstance(event, Chunk) and event.text == "<letter>\n"
            yield Chunk(f"<letter>\n{leak}\n") if said and self.stays else event


@dataclass(slots=True)
class Round:
    """What fifty drafts came to: their outputs, and every letter that was ever on the screen on the way there."""

    outputs: dict[int, DraftOutput] = field(default_factory=dict)
    streamed: dict[int, str] = field(default_factory=dict)


async def interleaved(models: list[Echo | None]) -> Round:
    """One event of each draft in turn, in an order that changes every round."""
    rng = random.Random(50)
    under_way: dict[int, AsyncGenerator[DraftEvent, None]] = {}
    for number, model in enumerate(models):
        llm: LLM | None = model
        under_way[number] = compose(request(number), llm=llm)
    done = Round(streamed=dict.fromkeys(range(len(models)), ""))
    while under_way:
        order = list(under_way)
        rng.shuffle(order)
        for number in order:
            event = await anext(under_way[number])
            if isinstance(event, TextDelta):
                done.streamed[number] += event.text
            if isinstance(event, Finished):
                done.outputs[number] = event.output
                await under_way.pop(number).aclose()
    return done


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
    """Words and bids of other jobs in what was written for this one."""
    bids = {str(1000 + other) for other in range(DRAFTS) if other != number}
    return words_in(text) & {*strangers(number), *bids}


def breaches(done: Round, prompts: Sequence[Prompt]) -> list[str]:
    """Everything in `done` and `prompts` that belongs to more than one job."""
    found = [
        f"draft {number}: {leaks(number, texts_of(output))}"
        for number, output in done.outputs.items()
        if leaks(number, texts_of(output))
    ]
    found += [
        f"stream {number}: {leaks(number, text)}"
        for number, text in done.streamed.items()
        if leaks(number, text)
    ]
    for place, prompt in enumerate(prompts):
        owners = {number for number in range(DRAFTS) if words_in(prompt.user) & set(own_words(number))}
        if len(owners) != 1:
            found.append(f"prompt {place}: jobs {sorted(owners)}")
        if words_in(prompt.system) & {word for number in range(DRAFTS) for word in own_words(number)}:
            found.append(f"system prompt {place}")
    return found


def half(model: Echo) -> list[Echo | None]:
    """One model object for every second draft, as the worker has; the others are written offline."""
    return [model if number % 2 else None for number in range(DRAFTS)]


async def test_no_word_of_another_job_in_fifty_interleaved_drafts() -> None:
    shared = Echo()
    done = await interleaved(half(shared))
    assert len(done.outputs) == DRAFTS
    assert len(shared.seen) == DRAFTS // 2
    assert breaches(done, shared.seen) == []


async def test_every_draft_does_speak_of_its_own_job() -> None:
    """Otherwise the absence of foreign words would prove nothing."""
    done = await interleaved(half(Echo()))
    for spoken in (
        {number: texts_of(output) for number, output in done.outputs.items()},
        done.streamed,
    ):
        speaking = {number for number, text in spoken.items() if words_in(text) & set(own_words(number))}
        assert len(speaking) > DRAFTS * 0.6
        assert speaking >= set(range(1, DRAFTS, 2))


@pytest.mark.parametrize("stays", [True, False])
async def test_a_model_that_mixes_jobs_up_is_seen(stays: bool) -> None:
    """Planted: a line of the job before, once in the letter and once only in what streamed by and was taken back."""
    model = Forgetful(stays=stays)
    done = await interleaved(half(model))
    found = breaches(done, model.seen)
    assert len([line for line in found if line.startswith("stream")]) > DRAFTS // 3
    assert any(line.startswith("draft") for line in found) is stays
    assert not any(line.startswith("prompt") for line in found)


async def test_a_prompt_kept_for_the_next_job_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the posting of the job before stays in what the next one is written from, as a shared cache would have it."""
    kept: list[JobPosting] = []

    def with_memory(request: DraftRequest, facts: Sequence[Fact], **other: Any) -> Prompt:
        prompt = render(request, facts, **other)
        before = kept[-1].title if kept else ""
        if request.posting is not None:
            kept.append(request.posting)
        return replace(prompt, user=f"{prompt.user}\n{before}")

    monkeypatch.setattr("core.drafting.compose.render", with_memory)
    model = Echo()
    done = await interleaved(half(model))
    assert len([line for line in breaches(done, model.seen) if line.startswith("prompt")]) > DRAFTS // 3


def test_a_leak_would_be_seen() -> None:
    assert leaks(3, f"I have read about {own_words(4)[0]} too.") == {own_words(4)[0]}
    assert leaks(3, "My price is $1004.") == {"1004"}
    assert leaks(3, f"My price for {own_words(3)[0]} is $1003.") == set()
    assert len({word for number in range(DRAFTS) for word in own_words(number)}) == DRAFTS * 10
