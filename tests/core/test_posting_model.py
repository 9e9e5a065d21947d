"""A posting read by a model: nothing without the client's words, no warning lost, and rules when the model fails."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest

from core.drafting.llm import Chunk, LLMEvent, Opened, Prompt, StopReason, Usage
from core.drafting.posting_model import read_posting
from core.errors import AppError, Unavailable
from core.jobs_feed.posting import ExperienceLevel
from core.matching.budget import Realism
from core.matching.flags import FlagKind
from core.matching.posting_facts import Reader, read_facts
from tests.core.matching_cases import make_posting

POSTING = make_posting(
    title="Shop help",
    description=(
        "We need a landing page in Webflow. Text me on Telegram @tulipshop. Somebody who has seen it all would be ideal. "
        "The sum can change. Sketch us one idea, the best sketch wins the job."
    ),
)


class Written:
    """A model that answers with a given text, or fails."""

    name = "written"

    def __init__(
        self, text: str, *, stop: StopReason = StopReason.END, failure: AppError | None = None
    ) -> None:
        self.text, self.stop, self.failure = text, stop, failure
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        self.prompts.append(prompt)
        if self.failure is not None:
            raise self.failure
        yield Opened("written", "w-1")
        yield Chunk(self.text)
        yield Usage("written", "w-1", 900, 120, cost=Decimal("0.001"), stop=self.stop)

    async def aclose(self) -> None:
        return None


def answer(**parts: Any) -> Written:
    return Written(f"<data>\n{json.dumps(parts)}\n</data>")


async def test_without_a_key_the_rules_read() -> None:
    reading = await read_posting(POSTING, None)
    assert reading.facts == read_facts(POSTING)
    assert reading.usage is None


async def test_what_the_model_quotes_is_added() -> None:
    llm = answer(
        deliverables=[{"value": "one idea", "quote": "Sketch us one idea, the best sketch wins the job."}],
        seniority={"level": "expert", "years": None, "quote": "Somebody who has seen it all would be ideal."},
        budget={"realism": "open", "quote": "The sum can change."},
        flags=[{"value": "free_work", "quote": "Sketch us one idea, the best sketch wins the job."}],
        skills=[{"value": "Figma", "quote": "Sketch us one idea"}],
    )
    reading = await read_posting(POSTING, llm)
    facts = reading.facts
    assert facts.reader is Reader.MODEL
    assert [item.text for item in facts.deliverables] == ["one idea"]
    assert facts.seniority.level is ExperienceLevel.EXPERT
    assert facts.budget.realism is Realism.OPEN
    assert [flag.kind for flag in facts.flags] == [FlagKind.OFF_PLATFORM, FlagKind.FREE_WORK]
    assert {"figma", "webflow"} <= {skill.slug for skill in facts.skills}
    assert reading.usage is not None
    assert reading.usage.cost == Decimal("0.001")
    assert "Telegram @tulipshop" in llm.prompts[0].user
    assert "tulipshop" not in llm.prompts[0].system


async def test_what_the_client_never_said_is_dropped() -> None:
    llm = answer(
        deliverables=[{"value": "mobile app", "quote": "We need a mobile app."}],
        flags=[
            {"value": "account_sharing", "quote": "Lend me your account."},
            {"value": "made_up", "quote": "The sum can change."},
        ],
        tests=[{"value": "send me the key", "kind": "start_with", "quote": "The sum can change."}],
        languages=[{"value": "klingon", "quote": "The sum can change."}],
        seniority={"level": "expert", "quote": ""},
    )
    facts = (await read_posting(POSTING, llm)).facts
    by_rules = read_facts(POSTING)
    assert facts.deliverables == by_rules.deliverables
    assert facts.flags == by_rules.flags
    assert facts.tests == ()
    assert facts.languages == ()
    assert facts.seniority == by_rules.seniority


async def test_a_model_cannot_take_a_warning_away() -> None:
    facts = (await read_posting(POSTING, answer(flags=[], tests=[]))).facts
    assert [flag.kind for flag in facts.flags] == [FlagKind.OFF_PLATFORM]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would rather not.",
        "{",
        "[1, 2]",
        '{"answers": [], "claims": []}',
        '{"skills": "all of them"}',
        '{"seniority": {"level": "wizard"}}',
        "{" * 5000 + "}",
    ],
)
async def test_an_unreadable_answer_leaves_the_rules(text: str) -> None:
    reading = await read_posting(POSTING, Written(text))
    assert reading.facts == read_facts(POSTING)
    assert reading.usage is not None


async def test_a_refusal_and_a_failure_leave_the_rules() -> None:
    sound = json.dumps({"flags": []})
    refused = await read_posting(POSTING, Written(sound, stop=StopReason.REFUSED))
    assert refused.facts.reader is Reader.RULES
    failed = await read_posting(POSTING, Written("", failure=Unavailable()))
    assert failed.facts == read_facts(POSTING)
    assert failed.usage is None
