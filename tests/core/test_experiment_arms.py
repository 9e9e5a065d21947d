"""Each variant changes what is asked of the writer, a draft stays with its own, and only what was sent and settled is counted."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.analytics.rates import Tally
from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.drafting import service as drafting
from core.drafting.draft import Chip, Opener
from core.drafting.llm import Chunk, LLMEvent, Opened, Prompt, Tier, Usage
from core.drafting.models import Draft, DraftVersion, VersionSource
from core.drafting.render import OPENER_WISHES
from core.drafting.service import Change
from core.drafting.workflow import write_draft
from core.experiments import service as experiments
from core.experiments.bandit import Split
from core.experiments.models import Experiment, ExperimentDraw, Factor
from core.experiments.recipe import WORDS, Recipe, recipe_for
from core.experiments.service import Counts
from core.profile import service as profiles
from core.security.keys import keys_for
from core.templates import service as templates
from core.templates.importing import Parsed
from tests.core.acting import Desk, Freelancer
from tests.core.test_drafting_jobs import PROFILE
from tests.core.test_funnel import History
from tests.core.test_own_style import LETTER as QUESTIONING
from tests.core.test_own_style import send
from tests.core.upwork_side import MakeTenant, MovableClock

WRITTEN = "Your webhooks are the part I would look at first, with the tests beside them."
TRADES = ("a bakery", "a clinic", "a museum", "a shipyard", "a library")
JOBS = (
    "Python code that plans the night shift of four ovens and prints labels for the trays.",
    "Patients book with FastAPI; reminders leave by text message; doctors see a calendar.",
    "Visitors hear stories on their phones, so we need an API with audio files and rooms.",
    "Steel arrives by rail. Track each plate in PostgreSQL from the gate to the hull.",
    "Readers return books through a slot; a scraper collects prices of what is missing.",
)


@dataclass
class Writer:
    """A model that keeps what it was asked."""

    prompts: list[Prompt] = field(default_factory=list)
    name: str = "writer"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        self.prompts.append(prompt)
        yield Opened("writer", "m")
        yield Chunk(
            f"<letter>\n{WRITTEN}\n</letter>\n<data>\n" + '{"answers": [], "claims": [], "gaps": []}\n</data>'
        )
        yield Usage("writer", "m", 1, 1)

    async def aclose(self) -> None:
        return None


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    freelancer = await desk.freelancer()
    async with desk.rt.db.begin(freelancer.tenant_id) as session:
        keys = await desk.rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(PROFILE), replace=True)
    return freelancer


async def begin(olena: Freelancer, factor: Factor, *, split: Split = Split.FIXED) -> UUID:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        variants = WORDS.get(factor) or [
            str(letter.id)
            for letter in await templates.add_templates(
                session, keys, [Parsed("One", "First about {job_title}."), Parsed("Two", "Second, hello.")]
            )
        ]
        found = await experiments.start(session, factor=factor, split=split, variants=variants)
        return found.id


async def written(desk: Desk, olena: Freelancer, writer: Writer | None, number: int = 0) -> UUID:
    """A new draft on a card of its own, composed by `writer`."""
    trade = TRADES[number]
    card_id = await olena.card(
        title=f"FastAPI backend for {trade}", description=f"{trade.capitalize()}: {JOBS[number]}"
    )
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft_id = (await drafting.request_proposal(session, card_id=card_id)).id
    await compose(desk, olena, writer, draft_id)
    return draft_id


async def compose(desk: Desk, olena: Freelancer, writer: Writer | None, draft_id: UUID) -> None:
    rt = replace(desk.rt, llm=writer)
    assert await write_draft(rt, desk.told, tenant_id=olena.tenant_id, draft_id=draft_id)


async def rewritten(desk: Desk, olena: Freelancer, writer: Writer | None, draft_id: UUID) -> None:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await drafting.rewrite(session, draft_id=draft_id)
    await compose(desk, olena, writer, draft_id)


async def draws(olena: Freelancer) -> dict[UUID, list[str]]:
    """By draft, the variants that were drawn for it."""
    async with olena.rt.db.begin(olena.tenant_id) as session:
        rows = await session.execute(
            select(ExperimentDraw, Experiment).join(Experiment, Experiment.id == ExperimentDraw.experiment_id)
        )
        found: dict[UUID, list[str]] = {}
        for draw, experiment in rows:
            found.setdefault(draw.draft_id, []).append(experiment.variants[draw.variant])
    return found


async def counts(olena: Freelancer, experiment_id: UUID, clock: Clock) -> Counts:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        experiment = await session.get_one(Experiment, (olena.tenant_id, experiment_id))
        return await experiments.counts_of(session, experiment, clock=clock)


def asked_for(prompt: Prompt, factor: Factor) -> str:
    """Which variant of the factor a prompt carries out."""
    if factor is Factor.MODEL:
        return prompt.tier.value
    if factor is Factor.LENGTH:
        return re.search(r"^Length: about (\d+) words$", prompt.user, re.MULTILINE)[1]  # type: ignore[index]  # or it fails
    if factor is Factor.OPENER:
        [line] = re.findall(r"^Opening: (.+)$", prompt.user, re.MULTILINE)
        return next(opener.value for opener, wish in OPENER_WISHES.items() if wish == line)
    assert prompt.name == "proposals/template"
    return "First" if "First about FastAPI backend" in prompt.user else "Second"


@pytest.mark.parametrize("factor", list(Factor))
async def test_what_was_drawn_is_what_the_model_is_asked_for(
    desk: Desk, olena: Freelancer, factor: Factor
) -> None:
    await begin(olena, factor)
    writer = Writer()
    drafts = [await written(desk, olena, writer, number) for number in range(2)]
    drawn = await draws(olena)
    assert all(len(each) == 1 for each in drawn.values())
    asked = [asked_for(prompt, factor) for prompt in writer.prompts]
    if factor is Factor.TEMPLATE:
        assert sorted(asked) == ["First", "Second"]
    else:
        assert asked == [drawn[draft][0] for draft in drafts]
    assert len({drawn[draft][0] for draft in drafts}) == 2
    # Writing it anew asks for the same thing again and draws nothing.
    await rewritten(desk, olena, writer, drafts[0])
    assert asked_for(writer.prompts[-1], factor) == asked[0]
    assert await draws(olena) == drawn


async def test_an_opener_that_is_tried_out_is_not_contradicted_by_the_learned_one(
    desk: Desk, olena: Freelancer
) -> None:
    assert "?" in QUESTIONING
    await send(olena, await olena.card(), VersionSource.EDITED)
    plain = Writer()
    await written(desk, olena, plain)
    assert "opens with a question" in plain.prompts[0].user
    await begin(olena, Factor.OPENER)
    writer = Writer()
    for number in (1, 2, 3):
        await written(desk, olena, writer, number)
    assert {asked_for(prompt, Factor.OPENER) for prompt in writer.prompts} == set(Opener)
    for prompt in writer.prompts:
        assert "opens with a question" not in prompt.user
        assert "begins with “Hi there”" in prompt.user  # the rest of the style stays
    offline = await written(desk, olena, None, 4)
    [variant] = (await draws(olena))[offline]
    letter = await letter_of(olena, offline)
    assert ("?" in letter.split("\n\n")[1]) == (variant == Opener.QUESTION)


async def letter_of(olena: Freelancer, draft_id: UUID) -> str:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=draft_id)
        return (await drafting.get_version(session, await olena.rt.keys(session), draft)).output.letter


async def test_a_change_is_written_by_the_model_that_was_drawn(desk: Desk, olena: Freelancer) -> None:
    experiment_id = await begin(olena, Factor.MODEL)
    writer = Writer()
    for number in range(2):
        draft_id = await written(desk, olena, writer, number)
        async with olena.rt.db.begin(olena.tenant_id) as session:
            keys = await olena.rt.keys(session)
            await drafting.request_change(session, keys, draft_id=draft_id, change=Change(chip=Chip.SHORTER))
        await compose(desk, olena, writer, draft_id)
        assert [prompt.name for prompt in writer.prompts[-2:]] == ["proposals/draft", "proposals/revise"]
        assert writer.prompts[-1].tier == writer.prompts[-2].tier
    assert {prompt.tier for prompt in writer.prompts} == {Tier.FAST, Tier.SMART}
    # A kept one is everybody's, for changes of older drafts that had no draw too.
    async with olena.rt.db.begin(olena.tenant_id) as session:
        fast = WORDS[Factor.MODEL].index(Tier.FAST)
        await experiments.stop(session, experiment_id=experiment_id, clock=desk.rt.clock, keep=fast)
    await written(desk, olena, writer, 3)
    assert writer.prompts[-1].tier is Tier.FAST


async def test_a_draft_stays_with_its_variant_when_the_experiment_is_over(
    desk: Desk, olena: Freelancer
) -> None:
    first = await begin(olena, Factor.LENGTH)
    writer = Writer()
    drafts = [await written(desk, olena, writer, number) for number in range(2)]
    drawn = await draws(olena)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await experiments.stop(session, experiment_id=first, clock=desk.rt.clock, keep=0)
    second = await begin(olena, Factor.LENGTH)
    for draft_id in drafts:
        await rewritten(desk, olena, writer, draft_id)
        assert asked_for(writer.prompts[-1], Factor.LENGTH) == drawn[draft_id][0]
    assert await draws(olena) == drawn
    assert sum((await counts(olena, second, desk.rt.clock)).drawn) == 0
    # Nor does a template, when those are compared later, write over a length that counts.
    await begin(olena, Factor.TEMPLATE)
    await rewritten(desk, olena, writer, drafts[0])
    assert asked_for(writer.prompts[-1], Factor.LENGTH) == drawn[drafts[0]][0]
    assert await draws(olena) == drawn


async def test_two_experiments_draw_apart_and_count_the_same_letter_each(
    db: Database, vault: Vault, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        for factor in (Factor.OPENER, Factor.LENGTH, Factor.MODEL):
            await experiments.start(session, factor=factor, split=Split.FIXED, variants=WORDS[factor])
    pairs: set[Recipe] = set()
    for _ in range(24):
        async with db.begin(tenant_id) as session:
            draft = Draft(tenant_id=tenant_id, kind="proposal", state="composing", current=0)
            session.add(draft)
            await session.flush()
            pairs.add(await recipe_for(session, await keys_for(session, vault), draft, clock=clock))
    assert len(pairs) > 8  # of twelve: one experiment does not follow the other
    async with db.begin(tenant_id) as session:
        for result in await experiments.results(session, clock=clock):
            assert set(result.counts.drawn) == {24 // len(result.experiment.variants)}


async def test_only_what_was_sent_and_settled_counts_and_for_its_own_variant(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        experiment = await experiments.start(
            session, factor=Factor.LENGTH, split=Split.FIXED, variants=WORDS[Factor.LENGTH]
        )
    past = History(tenant_id, clock.now())
    search = past.search()
    cases = [  # variant, days since it was sent (None: never), answered so many days ago
        (0, 30, 29),
        (0, 20, None),
        (0, None, None),
        (1, 15, 16),  # an invitation, from before
        (1, 10, 2),
        (1, 3, 1),  # too young to tell
    ]
    for number, (variant, sent, answered) in enumerate(cases):
        draft = past.draft(40, card_id=past.card(search, f"job-{number}", 40))
        past.add(
            ExperimentDraw, experiment_id=experiment.id, draft_id=draft, variant=variant,
            created_at=past.ago(41),
        )  # fmt: skip
        if sent is not None:
            past.action(draft, f"job-{number}", sent)
        if answered is not None:
            past.message(f"job-{number}", answered)
    # A second draft for a job that was answered: rejected by Upwork, so never a trial.
    other = past.draft(31)
    past.add(ExperimentDraw, experiment_id=experiment.id, draft_id=other, variant=1, created_at=past.ago(41))
    past.action(other, "job-0", 31, state="rejected")
    await past.write(db)
    async with db.begin(tenant_id) as session:
        [result] = await experiments.results(session, clock=clock)
    assert result.counts == Counts((3, 4), (Tally(2, 1, 0), Tally(2, 1, 1)), 0)


async def test_text_from_before_the_draw_or_by_no_model_is_no_trial(desk: Desk, olena: Freelancer) -> None:
    writer = Writer()
    before = await written(desk, olena, writer)
    length = await begin(olena, Factor.LENGTH)
    await rewritten(desk, olena, writer, before)
    assert sum((await counts(olena, length, desk.rt.clock)).drawn) == 1
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        # Typed over it stays a trial: what somebody makes of a variant is part of what it brings.
        await drafting.replace_letter(session, keys, draft_id=before, text=WRITTEN * 3)
    assert (await counts(olena, length, desk.rt.clock)).void == 0
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.undo(session, keys, draft_id=before)
        await drafting.undo(session, keys, draft_id=before)
    found = await counts(olena, length, desk.rt.clock)
    assert (sum(found.drawn), found.void) == (0, 1)

    model = await begin(olena, Factor.MODEL)
    await written(desk, olena, None, 3)
    found = await counts(olena, model, desk.rt.clock)
    assert (sum(found.drawn), found.void) == (0, 1)


async def test_a_draft_made_long_before_is_told_from_one_made_after(desk: Desk, olena: Freelancer) -> None:
    """The order of two transactions decides, not that of two clocks."""
    experiment_id = await begin(olena, Factor.LENGTH)
    draft_id = await written(desk, olena, Writer())
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draw = (await session.scalars(select(ExperimentDraw))).one()
        await session.execute(
            update(DraftVersion)
            .where(DraftVersion.draft_id == draft_id)
            .values(created_at=draw.created_at - timedelta(microseconds=1))
        )
    assert (await counts(olena, experiment_id, desk.rt.clock)).void == 1
