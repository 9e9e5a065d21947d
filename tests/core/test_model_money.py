"""What models cost is counted, set aside before it is spent, and stopped at the limit: drafts, replies, templates, readings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text

from bot.texts import Words
from bot.views.drafts import draft_screens
from core.access import quota
from core.access.permissions import LIMITS, Role
from core.access.quota import model_money
from core.analytics.funnel import load_funnel
from core.drafting import service as drafting
from core.drafting.draft import NoteCode
from core.drafting.llm import Chunk, LLMEndpoint, LLMEvent, Opened, Prompt, Usage, Vendor
from core.drafting.llm_anthropic import AnthropicLLM
from core.drafting.models import Draft
from core.drafting.service import Version
from core.errors import LimitReached
from core.jobs import Job
from core.profile import service as profiles
from core.security.stepup.limits import Limit, set_limit
from core.templates import service as templates
from core.templates.importing import Parsed
from tests.core.acting import Desk, Freelancer
from tests.sandbox.llm_side import LLMServer

_WORDS = (
    "webhooks invoices ledgers refunds receipts tariffs vouchers payouts disputes exports imports dashboards queues caches",
    "workers schedules alerts audits archives reports mailers parsers scrapers gateways proxies tokens sessions widgets",
)
LETTER = "Your payments need a steady hand, and steady is how I build them.\n\nWhich part hurts most?"
PROFILE = "Senior Python developer.\n" + "\n".join(
    f"Built payment service number {number} on Stripe and FastAPI for a marketplace in 20{number}, with PostgreSQL and tests."
    for number in range(10, 24)
)


@dataclass(slots=True)
class Dear:
    """A model whose every letter costs 15 cents."""

    name: str = "dear"
    calls: list[Prompt] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        self.calls.append(prompt)
        self.asked.set()
        yield Opened("dear", "d-1")
        if self.gate is not None:
            await self.gate.wait()
        yield Chunk(
            f'<letter>\n{LETTER}\n</letter>\n<data>\n{{"answers": [], "claims": [], "gaps": []}}\n</data>'
        )
        yield Usage("dear", "d-1", 1000, 400, cost=Decimal("0.15"))

    async def aclose(self) -> None: ...


@pytest.fixture
def model(desk: Desk) -> Dear:
    made = Dear()
    desk.rt = replace(desk.rt, llm=made)
    return made


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    freelancer = await desk.freelancer()
    async with desk.rt.db.begin(freelancer.tenant_id) as session:
        keys = await desk.rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(PROFILE), replace=True)
    return freelancer


def job(number: int) -> dict[str, Any]:
    """A job no other is alike, else it would count as posted again."""
    words = random.Random(number).sample(" ".join(_WORDS).split(), 14)
    return {"title": f"{words[0]} and {words[1]} for payments", "description": f"We need {', '.join(words)}."}


async def cap(olena: Freelancer, limit: Limit, value: str) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await set_limit(session, limit, Decimal(value), by=olena.by, clock=olena.rt.clock)


async def ask(olena: Freelancer, card_id: UUID) -> Draft | None:
    try:
        async with olena.rt.db.begin(olena.tenant_id) as session:
            return await drafting.request_proposal(session, card_id=card_id)
    except LimitReached as refused:
        assert refused.data["reason"] in {"llm_money", "llm_money_month"}  # noqa: PT017 - some are let through
        return None


async def spent(olena: Freelancer) -> Decimal:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return (await model_money(session)).day


async def version_of(olena: Freelancer, draft_id: UUID) -> tuple[Draft, Version]:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=draft_id)
        return draft, await drafting.get_version(session, await olena.rt.keys(session), draft)


async def test_of_a_burst_no_more_begin_than_there_is_money_for(
    desk: Desk, olena: Freelancer, model: Dear
) -> None:
    cards = [await olena.card(**job(number)) for number in range(9)]
    await cap(olena, Limit.MODEL_DAY, "0.20")
    asked = await asyncio.gather(*(ask(olena, card_id) for card_id in cards))
    begun = [draft for draft in asked if draft is not None]
    assert len(begun) == int(Decimal("0.20") / quota.EXPECTED_COST)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Draft)) == len(begun)
    # They cost three times what was set aside: those whose turn comes when the money is gone are written without a model.
    await desk.work(Job.COMPOSE_DRAFT)
    assert len(model.calls) == 2
    assert await spent(olena) == Decimal("0.30")
    written = [(await version_of(olena, draft.id))[1] for draft in begun]
    over = [one for one in written if NoteCode.OVER_LIMIT in {note.code for note in one.output.notes}]
    assert len(over) == 2
    assert all(one.row.offline for one in over)
    unasked = set(cards) - {draft.card_id for draft in begun}
    assert await ask(olena, unasked.pop()) is None


async def test_nought_stops_every_model_and_the_month_counts_as_well(
    desk: Desk, olena: Freelancer, model: Dear
) -> None:
    card_id = await olena.card()
    await cap(olena, Limit.MODEL_DAY, "0")
    assert await ask(olena, card_id) is None
    async with desk.rt.db.begin(olena.tenant_id) as session:
        money = await model_money(session)
        plan = LIMITS[Role.FREELANCER]
        assert money.of_day == Decimal(0)
        assert money.plan_day == plan.llm_dollars
        assert money.of_month == plan.llm_dollars_a_month
        assert money.full == "llm_money"
    assert model.calls == []


@pytest.mark.parametrize("reason", ["llm_money", "llm_money_month"])
async def test_replies_and_templates_stop_at_the_same_limit(
    desk: Desk, olena: Freelancer, model: Dear, reason: str
) -> None:
    room = await olena.room()
    async with desk.rt.db.begin(olena.tenant_id) as session:
        keys = await desk.rt.keys(session)
        [letter] = await templates.add_templates(
            session, keys, [Parsed("Short", "About {job_title}: hello.")]
        )
    await cap(olena, Limit.MODEL_DAY if reason == "llm_money" else Limit.MODEL_MONTH, "0")
    for act in (
        lambda session: drafting.request_reply(session, room_id=room.id),
        lambda session: templates.request_improvement(session, template_id=letter.id, clock=desk.rt.clock),
    ):
        with pytest.raises(LimitReached) as refused:
            async with desk.rt.db.begin(olena.tenant_id) as session:
                await act(session)
        assert refused.value.data["reason"] == reason
        for locale in ("en", "uk"):
            assert "/limits" in Words(locale)(f"error.limit_reached.{reason}")


async def test_a_template_under_way_is_set_aside_for_and_waits_no_longer_than_the_money(
    desk: Desk, olena: Freelancer, model: Dear
) -> None:
    async with desk.rt.db.begin(olena.tenant_id) as session:
        keys = await desk.rt.keys(session)
        [letter] = await templates.add_templates(
            session, keys, [Parsed("Short", "About {job_title}: hello.")]
        )
        await templates.request_improvement(session, template_id=letter.id, clock=desk.rt.clock)
    await cap(olena, Limit.MODEL_DAY, str(quota.EXPECTED_COST))
    assert await ask(olena, await olena.card()) is None
    await cap(olena, Limit.MODEL_DAY, "0")
    await desk.work(Job.IMPROVE_TEMPLATE)
    assert ("template:over_limit", letter.id) in desk.told.calls
    assert model.calls == []


async def test_what_nobody_reads_is_counted_all_the_same(desk: Desk, olena: Freelancer, model: Dear) -> None:
    draft = await ask(olena, await olena.card())
    assert draft is not None
    model.gate = asyncio.Event()
    writing = asyncio.ensure_future(desk.work(Job.COMPOSE_DRAFT))
    await asyncio.wait_for(model.asked.wait(), 10)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await drafting.discard(session, draft_id=draft.id)
    model.gate.set()
    await writing
    assert await spent(olena) == Decimal("0.15")
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert (await load_funnel(session, clock=desk.rt.clock)).cost == 0.15
        rows = await session.execute(text("select purpose, cost_usd from app.llm_spends"))
        assert [tuple(row) for row in rows] == [("draft", Decimal("0.150000"))]


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.mark.parametrize("locale", ["en", "uk"])
async def test_the_second_draft_costs_less_and_its_card_says_so(
    desk: Desk, olena: Freelancer, server: LLMServer, locale: str
) -> None:
    await server.reset()
    llm = AnthropicLLM(
        LLMEndpoint(
            Vendor.ANTHROPIC, SecretStr("k"), "claude-haiku-5-5", "claude-sonnet-5-5", server.anthropic_url, 5
        )
    )
    desk.rt = replace(desk.rt, llm=llm)
    versions, cards = [], []
    for number in range(2):
        card_id = await olena.card(questions=(), **job(number))
        draft = await ask(olena, card_id)
        assert draft is not None
        await desk.work(Job.COMPOSE_DRAFT)
        draft, version = await version_of(olena, draft.id)
        versions.append(version.row)
        cards.append(draft_screens(Words(locale), draft, version, None, heading="Payments")[0].text)
    await llm.aclose()
    first, second = versions
    assert (first.tokens_cached, second.tokens_cached > 1000) == (0, True)
    assert 0 < second.cost_usd < first.cost_usd
    assert f"${second.cost_usd:.4f}" in cards[1]
    assert str(second.tokens_cached) in cards[1]
    assert f"${first.cost_usd:.4f}" in cards[0]
    assert await spent(olena) == first.cost_usd + second.cost_usd
