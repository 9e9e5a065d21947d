"""/memory as a person walks it: what was learned, from what, made a rule, forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.callbacks import MemoryCb
from bot.texts import CATALOGUES
from core.drafting import service as drafting
from core.drafting.draft import DraftOutput
from core.drafting.models import Draft, DraftKind, DraftState, VersionSource
from core.jobs import Job
from core.jobs_feed import service as feed
from core.jobs_feed.models import JobCard
from core.learning.answers import load_answers
from core.learning.models import CardAnswer, LearnedRule
from core.matching.learning import Answered
from core.profile.service import load_weights
from core.proposals import parking
from core.proposals.models import Action, ActionState
from tests.bot.looking import answers_after, check_outbox, is_breakdown, newest
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage
from tests.bot.test_lists import clone

CHEAP = {"kind": "FIXED", "amount": 120, "hourly_min": None, "hourly_max": None, "questions": []}


async def remembers(stage: Stage, person: Person, skips: int, takes: int) -> None:
    """Answers of the last weeks, beside the one that was really given."""
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        real = (await session.scalars(select(JobCard))).one()
        for number in range(skips + takes):
            card = clone(real, upwork_id=f"{real.upwork_id}-{number}")
            session.add(card)
            await session.flush()
            skipped = number < skips
            session.add(
                CardAnswer(
                    tenant_id=account.tenant_id,
                    id=uuid4(),
                    card_id=card.id,
                    numbers={"budget": 120.0 + number if skipped else 1500.0},
                    cold=60.0,
                    shown=60,
                    answer="skipped" if skipped else "approved",
                    reason="budget" if skipped else None,
                    answered_at=stage.rt.clock.now() - timedelta(days=30 - number),
                )
            )


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_a_habit_is_shown_made_a_rule_and_forgotten(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards()
    await person.says("/memory")
    await person.sees(person.words.plain("memory.nothing")[:20])
    await stage.offers(**{**JOB, **CHEAP})
    await person.says("/jobs")
    await person.taps(next(label for label in await person.labels() if "FastAPI" in label))
    await person.presses("button.skip")
    await person.presses("skip.budget")
    await remembers(stage, person, 11, 6)

    await person.says("/memory")
    habit = person.words.plain("lesson.budget", value=200)
    shown = words_of(await person.last(containing=habit))
    assert "12" in shown  # eleven told, one given with the buttons
    assert f"{stage.rt.clock.now() - timedelta(days=30):%Y-%m-%d}" in shown
    tapped = await person.presses("button.rule", what=habit)
    assert tapped["answer"]["text"] == person.words.plain("memory.made")
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        [rule] = (await session.scalars(select(LearnedRule))).all()
        assert (rule.family, rule.below, rule.threshold, rule.answers) == ("budget", True, 200, 12)

    # The next one is scored by the worker's own role, and it rings nobody.
    before = await newest(person)
    await stage.offers(**{**JOB, **CHEAP, "title": "FastAPI import for a florist, one evening"})
    assert await answers_after(person, before) == []
    async with stage.rt.db.begin(account.tenant_id) as session:
        quiet = (await session.scalars(select(JobCard).order_by(JobCard.created_at.desc()).limit(1))).one()
        assert quiet.band == "silent"

    await person.presses("button.forget_habit", what=habit)
    assert habit not in words_of(await person.last(containing="🎯"))
    await person.presses("button.forget_learned")
    await person.presses("button.forget_learned_now")
    async with stage.rt.db.begin(account.tenant_id) as session:
        assert (await session.scalars(select(CardAnswer))).all() == []
        assert (await session.scalars(select(LearnedRule))).all() == []
    await check_outbox(stage)


async def test_an_approved_proposal_is_an_answer(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await person.presses("button.send")
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        answer = (await session.scalars(select(CardAnswer))).one()
    assert (answer.answer, answer.reason) == ("approved", None)
    assert answer.numbers["hourly"] == 70


async def learned(stage: Stage, person: Person) -> list[Answered]:
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        return await load_answers(session)


async def test_an_edit_a_reply_and_a_contract_reach_what_is_learned_from(stage: Stage) -> None:
    """Each from where it happens: a typed letter, the client's message on Upwork, the contract on Upwork."""
    person = await stage.person()
    draft = await person.drafts()
    mine = "BLUE\n\n" + "I would read your webhooks and your queues first and ask about refunds. " * 8
    await person.says(mine, reply_to=draft["message_id"])
    await person.presses("button.review")
    await person.presses("button.send")
    [answer] = await learned(stage, person)
    assert (answer.edited, answer.sent, answer.replied, answer.hired) == (True, False, False, False)
    await stage.work(Job.EXECUTE_ACTION)
    [answer] = await learned(stage, person)
    assert (answer.sent, answer.replied, answer.weight) == (True, False, 1.25)

    proposal = (await stage.upwork_get("proposals"))[-1]
    await stage.upwork(f"proposals/{proposal['id']}/answer", message="When can you start?")
    await stage.work(Job.SYNC_ROOMS, hurry=True)
    [answer] = await learned(stage, person)
    assert (answer.replied, answer.hired, answer.weight) == (True, False, 2.0)

    await stage.upwork(f"proposals/{proposal['id']}/hire")
    await stage.work(Job.SYNC_PROPOSALS, hurry=True)
    [answer] = await learned(stage, person)
    assert (answer.replied, answer.hired, answer.weight) == (True, True, 3.0)

    await person.says("/stats")
    assert "1" in words_of(await person.last(containing=person.words.plain("stats.step_hired")))


async def test_an_approval_that_was_taken_back_and_skipped_is_a_no(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await person.presses("button.send")
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        action = (await session.scalars(select(Action))).one()
        action.state = ActionState.PARKED
        assert await parking.drop_parked(session, action_id=action.id, clock=stage.rt.clock)
        draft_id = action.draft_id
        card = (await session.scalars(select(JobCard))).one()
    assert [answer.wanted for answer in await learned(stage, person)] == [True]
    async with stage.rt.db.begin(account.tenant_id) as session:
        await drafting.discard(session, draft_id=draft_id)
        await feed.skip_card(session, card_id=card.id, reason="client", clock=stage.rt.clock)
    assert [(answer.wanted, answer.reason) for answer in await learned(stage, person)] == [(False, "client")]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_how_a_person_writes_is_shown_with_its_letters_and_forgotten(
    stage: Stage, language: str
) -> None:
    person = await stage.person(language=language)
    await person.onboards()
    await person.says("/memory")
    await person.sees(person.words.plain("memory.style_few", n=0, needed=3))
    await stage.offers(**JOB)
    await person.presses("button.draft")
    await stage.work(Job.COMPOSE_DRAFT)
    await writes(stage, person, 4)

    await person.says("/memory")
    screen = await person.last(containing=person.words.plain("style.greeting", phrase="Hi there"))
    line = person.words.plain("memory.trait", what=person.words.plain("style.sign_off", phrase="Cheers"), n=4)
    assert line in words_of(screen)
    greeting = person.words.plain("style.greeting", phrase="Hi there")
    tapped = await person.presses("button.forget_habit", what=greeting)
    assert tapped["answer"]["text"] == person.words.plain("memory.unlearned")
    left = words_of(await person.last(containing=line))
    assert greeting not in left
    # The same button once more, on a message that no longer shows it, changes nothing and is no breakdown.
    await person.forces(MemoryCb(verb="unlearn", family="greeting").pack(), screen["message_id"])
    assert greeting not in words_of(await person.last(containing=line))

    await person.presses("button.forget_learned")
    await person.presses("button.forget_learned_now")
    await person.says("/memory")
    await person.sees(person.words.plain("memory.style_few", n=0, needed=3))
    await check_outbox(stage)


async def writes(stage: Stage, person: Person, count: int) -> None:
    """Letters of the person's own that were approved."""
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        keys = await stage.rt.keys(session)
        card_id = (await session.scalars(select(JobCard.id))).one()
        for number in range(count):
            draft = Draft(tenant_id=account.tenant_id, id=uuid4(), kind=DraftKind.PROPOSAL, card_id=card_id)
            session.add(draft)
            await session.flush()
            letter = f"Hi there,\n\nwhich of your {number} reports is slowest?\n\nCheers,\nOlena"
            await drafting.add_version(
                session, keys, draft, DraftOutput(letter, "en"), source=VersionSource.EDITED
            )
            draft.state = DraftState.APPROVED


async def test_an_odd_button_of_memory_is_refused_kindly(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/memory")
    shown = await person.last(containing="🧠")
    for data in ("my:unlearn:everything", "my:forget:shoe_size", "my:rule:", "my:dance:", "my:unlearn:"):
        answer = await person.forces(data, shown["message_id"])
        assert not is_breakdown(answer["answer"]["text"]), data
        assert answer["answer"]["text"] == person.words.plain("error.invalid.unknown_button"), data
    # A press on "forget all" that is a year late shows what there is instead of asking about nothing.
    await person.forces(MemoryCb(verb="ask").pack(), shown["message_id"])
    assert "Nothing yet" in words_of(await person.last(containing="🧠"))


async def test_a_suggested_threshold_is_taken_only_by_a_press_and_can_be_taken_back(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.offers(**{**JOB, **CHEAP})
    await remembers(stage, person, 3, 27)  # the digest's cards, most of them taken
    await person.says("/memory")
    shown = await person.last(containing="🎯")
    assert "A card rings from a total of 70" in words_of(shown)
    assert "lower threshold" in words_of(shown)
    tapped = await person.presses("button.ring_from", n=65)
    assert tapped["answer"]["text"] == person.words.plain("memory.rings", n=65)
    # An old button names its total: pressed again it changes nothing more.
    await person.forces(MemoryCb(verb="ring", family="65").pack(), shown["message_id"])
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        assert (await load_weights(session)).instant_at == 65
    for data in ("my:ring:", "my:ring:999", "my:ring:-5", "my:ring:10", "my:ring:²"):
        refused = await person.forces(data, shown["message_id"])
        assert refused["answer"]["text"] == person.words.plain("error.invalid.unknown_button"), data
    await person.presses("button.ring_from", n=70)
    async with stage.rt.db.begin(account.tenant_id) as session:
        assert (await load_weights(session)).instant_at == 70
