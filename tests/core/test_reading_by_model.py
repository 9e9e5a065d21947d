"""A posting is read by the cheap model once per person, within the limit, and goes with the posting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from bot.texts import Words
from bot.views.cards import card_screen
from bot.views.cautions import cautions_for
from core.access import quota
from core.db import refuse_network_in_transaction
from core.drafting import service as drafting
from core.drafting.lint import LintCode
from core.drafting.llm import Chunk, LLMEvent, Opened, Prompt, Tier, Usage
from core.drafting.prompts import load_prompts
from core.drafting.reading import read_card
from core.errors import AppError, Unavailable
from core.jobs import Job
from core.jobs_feed.models import PostingRow
from core.jobs_feed.posting import ExperienceLevel
from core.jobs_feed.service import Card, asked_of_applicants, get_card
from core.matching.instructions import InstructionKind
from core.matching.posting_facts import Reader
from tests.core.acting import Desk, Freelancer, store_card
from tests.core.matching_cases import make_posting
from tests.core.upwork_side import MovableClock

DESCRIPTION = (
    "We need a landing page in Webflow. Somebody who has seen it all would be ideal. The sum can change."
    " Somewhere near the end your note should carry the name of a river, namely Desna."
)
ANSWER = {
    "skills": [{"value": "Webflow", "quote": "a landing page in Webflow"}],
    "deliverables": [{"value": "landing page", "quote": "We need a landing page in Webflow."}],
    "seniority": {"level": "expert", "years": None, "quote": "Somebody who has seen it all would be ideal."},
    "budget": {"realism": "open", "quote": "The sum can change."},
    "tests": [
        {
            "value": "Desna",
            "kind": "include",
            "quote": "your note should carry the name of a river, namely Desna",
        }
    ],
    "flags": [{"value": "free_work", "quote": "We need a landing page in Webflow."}],
}


@dataclass(slots=True)
class Reading:
    """A model that reads as it is told to, or fails; it counts its calls and refuses to be called in a transaction."""

    failure: AppError | None = None
    gate: asyncio.Event | None = None
    prompts: list[Prompt] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "reading"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        refuse_network_in_transaction()
        self.prompts.append(prompt)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        yield Opened("reading", "r-1")
        yield Chunk(f"<data>\n{json.dumps(ANSWER)}\n</data>")
        yield Usage("reading", "r-1", 900, 120, cost=Decimal("0.0004"))

    async def aclose(self) -> None: ...


@pytest.fixture
def model(desk: Desk) -> Reading:
    made = Reading()
    desk.rt = replace(desk.rt, llm=made)
    return made


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def a_card(olena: Freelancer) -> UUID:
    posting = make_posting(
        title="Shop help",
        description=DESCRIPTION,
        published_at=olena.rt.clock.now(),
        experience=ExperienceLevel.ENTRY,
    )
    return await store_card(olena.rt, olena.tenant_id, posting)


async def card_of(olena: Freelancer, card_id: UUID) -> Card:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return await get_card(session, card_id=card_id)


def shown(olena: Freelancer, card: Card, locale: str = "en") -> str:
    return card_screen(Words(locale), card, now=olena.rt.clock.now(), recent=[]).text


async def spent(olena: Freelancer) -> list[tuple[str, Decimal]]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        rows = await session.execute(text("select purpose, cost_usd from app.llm_spends"))
        return [(row.purpose, row.cost_usd) for row in rows]


async def test_a_posting_is_read_once_and_its_card_says_by_whom(
    desk: Desk, olena: Freelancer, model: Reading
) -> None:
    card_id = await a_card(olena)
    before = shown(olena, await card_of(olena, card_id))
    assert Words("en")("card.read_by_model") not in before
    for _ in range(3):
        assert await olena.ask(Job.READ_POSTING, card_id) == ["done"]
    assert len(model.prompts) == 1
    assert model.prompts[0].tier is Tier.TRIAGE
    assert ("reading", card_id) in desk.told.calls
    assert await spent(olena) == [("reading", Decimal("0.000400"))]
    card = await card_of(olena, card_id)
    assert card.reading is not None
    assert card.reading.reader is Reader.MODEL
    after = shown(olena, card)
    assert Words("en")("card.read_by_model") in after
    assert "🎓" not in before
    assert "🎓" in after
    assert Words("en")("flag.free_work").split("<")[0] in after
    assert Words("uk")("card.read_by_model") in shown(olena, card, "uk")


async def test_what_only_the_model_found_is_asked_of_the_letter(
    desk: Desk, olena: Freelancer, model: Reading
) -> None:
    card_id = await a_card(olena)
    assert asked_of_applicants(await card_of(olena, card_id)) == ()
    await olena.ask(Job.READ_POSTING, card_id)
    [wanted] = asked_of_applicants(await card_of(olena, card_id))
    assert (wanted.kind, wanted.value) == (InstructionKind.INCLUDE, "Desna")
    assert wanted.sentence in DESCRIPTION
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await drafting.request_proposal(session, card_id=card_id)
    await desk.work(Job.COMPOSE_DRAFT)
    assert "Include exactly these words somewhere: Desna" in model.prompts[-1].user


async def test_before_sending_a_letter_is_checked_for_it_too(
    desk: Desk, olena: Freelancer, model: Reading
) -> None:
    card_id = await a_card(olena)
    await olena.ask(Job.READ_POSTING, card_id)
    draft = await olena.draft(card_id, letter="A landing page in Webflow it is.", answers=())
    async with desk.rt.db.begin(olena.tenant_id) as session:
        keys = await desk.rt.keys(session)
        version = await drafting.get_version(session, keys, draft)
        posting = (await get_card(session, card_id=card_id)).posting
        found = await cautions_for(session, keys, draft, version, posting)
    missed = [caution.params["value"] for caution in found if caution.code is LintCode.MISSED_INSTRUCTION]
    assert missed == ["Desna"]


async def test_asking_for_a_draft_has_the_posting_read(desk: Desk, olena: Freelancer, model: Reading) -> None:
    card_id = await a_card(olena)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await drafting.request_proposal(session, card_id=card_id)
    assert await desk.work(Job.READ_POSTING) == ["done"]
    assert [prompt.name for prompt in model.prompts] == ["postings/read"]


async def test_two_who_ask_at_once_pay_once(desk: Desk, olena: Freelancer, model: Reading) -> None:

    card_id = await a_card(olena)
    read = await asyncio.gather(
        *(read_card(desk.rt, tenant_id=olena.tenant_id, card_id=card_id) for _ in range(6))
    )
    assert len(model.prompts) == 1
    assert sum(read) >= 1
    assert len(await spent(olena)) == 1


@pytest.mark.parametrize("failure", [None, Unavailable("reading")])
async def test_rules_read_when_the_limit_is_reached_or_the_model_fails(
    desk: Desk, olena: Freelancer, model: Reading, monkeypatch: pytest.MonkeyPatch, failure: AppError | None
) -> None:
    card_id = await a_card(olena)
    model.failure = failure
    if failure is None:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            await session.execute(
                text(
                    "insert into app.llm_spends (tenant_id, id, purpose, model, tokens_in, tokens_out, cost_usd)"
                    " values (:t, gen_random_uuid(), 'draft', 'm', 1, 1, 999)"
                ),
                {"t": olena.tenant_id},
            )
    assert await olena.ask(Job.READ_POSTING, card_id) == ["done"]
    assert len(model.prompts) == (0 if failure is None else 1)
    assert ("reading", card_id) not in desk.told.calls
    card = await card_of(olena, card_id)
    assert Words("en")("card.read_by_model") not in shown(olena, card)
    if failure is None:
        # There is room again: it was not tried, so it may be.
        await desk.owner_sql("delete from app.llm_spends")
        await olena.ask(Job.READ_POSTING, card_id)
        assert len(model.prompts) == 1


async def test_without_a_key_nothing_is_asked(desk: Desk, olena: Freelancer) -> None:
    card_id = await a_card(olena)
    assert await olena.ask(Job.READ_POSTING, card_id) == ["done"]
    assert (await card_of(olena, card_id)).reading is None


async def test_a_reading_under_way_is_set_aside_for(
    desk: Desk, olena: Freelancer, model: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "EXPECTED_READING", Decimal(999))
    model.gate = asyncio.Event()
    card_id = await a_card(olena)
    reading = asyncio.ensure_future(olena.ask(Job.READ_POSTING, card_id))
    await asyncio.wait_for(model.asked.wait(), 10)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        with pytest.raises(AppError) as refused:
            await quota.check_llm_money(session)
    assert refused.value.data["reason"] == "llm_money"
    model.gate.set()
    await reading
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await quota.check_llm_money(session)


async def test_it_is_purged_with_its_posting(
    desk: Desk, olena: Freelancer, model: Reading, clock: MovableClock
) -> None:
    card_id = await a_card(olena)
    await olena.ask(Job.READ_POSTING, card_id)
    clock.advance(hours=24)
    await olena.ask(Job.PURGE_CONTENT)
    assert (await card_of(olena, card_id)).reading is None
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert await session.get(PostingRow, (olena.tenant_id, card_id)) is None
    tables = await desk.owner_sql(
        "select table_name, column_name from information_schema.columns where table_schema = 'app'"
        " and data_type in ('jsonb', 'text', 'character varying')"
    )
    for table, column in tables:
        found = await desk.owner_sql(
            f'select count(*) from app.{table} where "{column}"::text like :words',  # noqa: S608 - the catalog's names
            words="%seen it all%",
        )
        assert found == [(0,)], (table, column)
    assert await olena.ask(Job.READ_POSTING, card_id) == ["done"]
    assert len(model.prompts) == 1


def test_the_prompt_that_reads_takes_the_cheapest_tier() -> None:
    assert load_prompts()["postings/read"].tier is Tier.TRIAGE
