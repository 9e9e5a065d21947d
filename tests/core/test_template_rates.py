"""How clients answered, per template and per variant, from rows; the money that counts; and what a draft is written by."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from core.access.permissions import LIMITS, Role
from core.access.quota import check_llm_money
from core.analytics.rates import Tally
from core.crypto import Vault
from core.db import Database
from core.drafting.draft import Opener
from core.drafting.models import Draft
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.experiments import service as experiments
from core.experiments.bandit import Split, Verdict
from core.experiments.models import Factor, State
from core.experiments.recipe import WORDS, Recipe, recipe_for
from core.security.keys import keys_for
from core.templates import service as templates
from core.templates.importing import Parsed
from core.templates.models import TemplateUse
from tests.core.acting import OwnerSql
from tests.core.test_funnel import History
from tests.core.upwork_side import MakeTenant, MovableClock

LETTER = Parsed("Payments", "Hi {client_name}, about {job_title}.")


async def test_the_rate_beside_a_template_counts_what_is_settled(
    db: Database, vault: Vault, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        [letter] = await templates.add_templates(session, await keys_for(session, vault), [LETTER])
    past = History(tenant_id, clock.now())
    search = past.search()
    for number, (days, answered) in enumerate([(30, True), (20, False), (8, False), (2, True), (1, False)]):
        job = f"job-{number}"
        draft = past.draft(days, card_id=past.card(search, job, days))
        past.action(draft, job, days)
        past.add(TemplateUse, draft_id=draft, template_id=letter.id)
        if answered:
            past.message(job, days - 1)
    unsent = past.draft(10)
    past.add(TemplateUse, draft_id=unsent, template_id=letter.id)
    await past.write(db)

    async with db.begin(tenant_id) as session:
        assert await templates.reply_rates(session, clock=clock) == {letter.id: Tally(3, 1, 2)}
        await templates.delete_template(session, template_id=letter.id)
        assert await templates.reply_rates(session, clock=clock) == {}


async def test_a_library_is_kept_once_and_is_nobody_elses(
    db: Database, vault: Vault, make_tenant: MakeTenant
) -> None:
    mine, other = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    async with db.begin(mine) as session:
        keys = await keys_for(session, vault)
        first = await templates.add_templates(session, keys, [LETTER, LETTER])
        assert first[0].id == first[1].id
        with pytest.raises(Invalid):
            await templates.add_templates(session, keys, [LETTER, Parsed("Bad", "Hi {nobody_knows}")])
        stored = await session.scalar(text("select body_sealed from app.templates"))
        assert b"job_title" not in bytes(stored)
    async with db.begin(other) as session:
        keys = await keys_for(session, vault)
        assert await templates.list_templates(session, keys) == []
        with pytest.raises(NotFound):
            await templates.get_template(session, keys, template_id=first[0].id)


async def _draft(db: Database, tenant_id: UUID) -> Draft:
    async with db.begin(tenant_id) as session:
        draft = Draft(tenant_id=tenant_id, id=uuid4(), kind="proposal", state="composing", current=0)
        session.add(draft)
    return draft


async def test_a_draft_keeps_its_variant_and_a_kept_one_is_everybodys(
    db: Database, vault: Vault, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        running = await experiments.start(
            session, factor=Factor.OPENER, split=Split.FIXED, variants=WORDS[Factor.OPENER]
        )
        with pytest.raises(Conflict):
            await experiments.start(
                session, factor=Factor.OPENER, split=Split.FIXED, variants=("need", "proof")
            )
    seen = []
    for _ in range(6):
        draft = await _draft(db, tenant_id)
        async with db.begin(tenant_id) as session:
            first = await recipe_for(session, keys, draft, clock=clock)
            assert await recipe_for(session, keys, draft, clock=clock) == first
        seen.append(first.opener)
    assert sorted(str(opener) for opener in seen) == [
        "need",
        "need",
        "proof",
        "proof",
        "question",
        "question",
    ]
    async with db.begin(tenant_id) as session:
        [result] = await experiments.results(session, clock=clock)
        assert (result.counts.drawn, result.reading.verdict) == ((2, 2, 2), Verdict.NOT_ENOUGH)
        await experiments.stop(session, experiment_id=running.id, clock=clock, keep=2)
    later = await _draft(db, tenant_id)
    async with db.begin(tenant_id) as session:
        assert await recipe_for(session, keys, later, clock=clock) == Recipe(opener=Opener.QUESTION)
        ended = await experiments.stop(session, experiment_id=running.id, clock=clock)
        assert ended.state == State.STOPPED
        assert await recipe_for(session, keys, later, clock=clock) == Recipe()


async def test_a_template_that_is_tried_out_cannot_vanish(
    db: Database, vault: Vault, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    draft = await _draft(db, tenant_id)
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        two = await templates.add_templates(session, keys, [LETTER, Parsed("Other", "Hello.")])
        await experiments.start(
            session,
            factor=Factor.TEMPLATE,
            split=Split.THOMPSON,
            variants=[str(letter.id) for letter in two],
        )
        with pytest.raises(Conflict):
            await templates.delete_template(session, template_id=two[0].id)
        await templates.use_template(session, draft=draft, template_id=two[1].id)
        recipe = await recipe_for(session, keys, draft, clock=clock)
        assert recipe.template is not None
        assert recipe.template.name == "Other"
        [result] = await experiments.results(session, clock=clock)
        assert sum(result.counts.drawn) == 0


@pytest.mark.parametrize(("days", "reason"), [(0, "llm_money"), (20, "llm_money_month")])
async def test_what_models_cost_beside_drafts_counts_against_the_day_and_the_month(
    db: Database, make_tenant: MakeTenant, owner_sql: OwnerSql, days: int, reason: str
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    limit = LIMITS[Role.FREELANCER]
    cost = limit.llm_dollars if reason == "llm_money" else limit.llm_dollars_a_month
    async with db.begin(tenant_id) as session:
        await check_llm_money(session)
    await owner_sql(
        "insert into app.llm_spends (tenant_id, id, created_at, purpose, model, tokens_in, tokens_out, cost_usd) values"
        " (:tenant, gen_random_uuid(), now() - make_interval(days => :days), 'template', 'm', 1, 1, :cost)",
        tenant=tenant_id,
        days=days,
        cost=cost,
    )
    async with db.begin(tenant_id) as session:
        with pytest.raises(LimitReached) as refused:
            await check_llm_money(session)
    assert refused.value.data["reason"] == reason
