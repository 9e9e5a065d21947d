"""Experiments and templates under odd hands: old buttons, second presses, other people's buttons, two devices, hostile text."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from bot.callbacks import CardCb, ExperimentCb, TemplateCb
from bot.states import State
from bot.texts import CATALOGUES
from core.drafting.draft import LETTER_LIMIT
from core.experiments.models import Experiment
from core.experiments.models import State as ExperimentState
from core.jobs import Job
from core.templates import service as templates
from core.templates.importing import Parsed
from core.templates.models import Template
from tests.bot.looking import check_messages, check_outbox, is_breakdown, newest, waiting_for
from tests.bot.person import JOB, Person, words_of
from tests.bot.stage import Stage
from tests.bot.test_bad_input import HUGE, INJECTED, INVISIBLE, NASTY, PNG, says_and_hears

NOBODYS = UUID(int=7)


async def library(stage: Stage, person: Person, *names: str) -> list[UUID]:
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        parsed = [Parsed(name, f"Hello about {{job_title}}, says {name}.") for name in names]
        added = await templates.add_templates(session, await stage.rt.keys(session), parsed)
    return [letter.id for letter in added]


async def running(stage: Stage, person: Person) -> list[Experiment]:
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        found = await session.scalars(select(Experiment).order_by(Experiment.created_at))
        return list(found)


async def begins(person: Person, factor: str = "length") -> None:
    await person.says("/experiments")
    await person.presses(f"experiment.try_{factor}")
    await person.presses("experiment.split_thompson")


async def kept(stage: Stage, person: Person) -> list[Template]:
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        return list(await session.scalars(select(Template)))


@pytest.mark.parametrize("language", sorted(CATALOGUES))
async def test_every_press_is_checked_again(stage: Stage, language: str) -> None:
    person, other = await stage.person(language=language), await stage.person("Taras")
    for somebody in (person, other):
        await somebody.onboards(link=False)
    await begins(person)
    [mine] = await running(stage, person)
    screen = (await person.last(containing="🧪"))["message_id"]

    async def refused(data: ExperimentCb | str, key: str) -> None:
        packed = data if isinstance(data, str) else data.pack()
        answer = await person.forces(packed, screen)
        assert answer["answer"]["text"] == person.words.plain(key), packed

    await refused(ExperimentCb(verb="fixed", arg="length"), "error.conflict.experiment_runs")
    await refused(ExperimentCb(verb="fixed", arg="colour"), "error.invalid.unknown_button")
    await refused(ExperimentCb(verb="dance"), "error.invalid.unknown_button")
    await refused(ExperimentCb(verb="stop"), "error.invalid.unknown_button")
    await refused(ExperimentCb(verb="stop", experiment=NOBODYS), "error.not_found.experiment")
    for place in ("9", "-1", "²", "", "x"):
        await refused(
            ExperimentCb(verb="keep", experiment=mine.id, arg=place), "error.invalid.unknown_button"
        )
    [still] = await running(stage, person)
    assert still.state == ExperimentState.RUNNING

    # Somebody else presses what is not theirs.
    await other.says("/experiments")
    theirs = await other.last(containing="🧪")
    answer = await other.forces(
        ExperimentCb(verb="keep", experiment=mine.id, arg="0").pack(), theirs["message_id"]
    )
    assert answer["answer"]["text"] == other.words.plain("error.not_found.experiment")

    # The first press counts, the second one of an old message is told so.
    await person.presses("experiment.keep", name=person.words.plain("experiment.as_80"))
    await refused(ExperimentCb(verb="keep", experiment=mine.id, arg="1"), "error.conflict.experiment_over")
    [one] = await running(stage, person)
    assert (one.state, one.kept) == (ExperimentState.KEPT, 0)
    await person.presses("experiment.end_kept", what=person.words.plain("experiment.factor_length"))
    await refused(ExperimentCb(verb="stop", experiment=mine.id), "error.conflict.experiment_over")
    await check_outbox(stage)


async def test_two_devices_begin_one_experiment(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/experiments")
    await person.presses("experiment.try_opener")
    screen = (await person.last(containing="I would compare"))["message_id"]
    data = [ExperimentCb(verb=split, arg="opener").pack() for split in ("fixed", "thompson")]
    answers = await asyncio.gather(*(person.forces(each, screen) for each in data))
    assert len(await running(stage, person)) == 1
    told = {answer["answer"]["text"] for answer in answers}
    assert told == {
        person.words.plain("experiment.noted"),
        person.words.plain("error.conflict.experiment_runs"),
    }


async def test_a_template_that_is_tried_can_neither_go_nor_change(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    first, _ = await library(stage, person, "One", "Two")
    await person.says("/templates")
    await person.taps("One")
    await person.presses("button.template_edit")
    assert await waiting_for(person) == State.TEMPLATE_EDIT
    await begins(person, "template")
    # What was asked for before the experiment began is refused now, and what was typed is not lost.
    typed = await says_and_hears(person, "Other words about {job_title}", None)
    assert "comparing this template" in typed[0]
    assert await waiting_for(person) == State.TEMPLATE_EDIT
    await person.says("/templates")
    await person.taps("One")
    for key in ("button.template_edit", "button.template_delete"):
        refused = await person.presses(key)
        assert "/experiments" in refused["answer"]["text"]
    await person.says("/experiments")
    await person.presses("experiment.end_running", what="Template")
    await person.says("/templates")
    await person.taps("One")
    await person.presses("button.template_delete")
    gone = await person.forces(
        TemplateCb(verb="show", template=first).pack(), (await person.last())["message_id"]
    )
    assert gone["answer"]["text"] == person.words.plain("error.not_found.template")
    # What it brought stays readable without it.
    await person.says("/experiments")
    assert "a deleted template" in words_of(await person.last(containing="Template"))


async def test_a_kept_template_that_was_freed_and_deleted_stops_no_draft(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await library(stage, person, "One", "Two")
    await begins(person, "template")
    await person.presses("experiment.keep", name="One")
    await stage.offers(**JOB)
    card = await person.last(containing="FastAPI backend with Stripe")
    await person.presses("button.from_template")
    await person.says("/experiments")
    await person.presses("experiment.end_kept", what="Template")
    await person.says("/templates")
    await person.taps("One")
    await person.presses("button.template_delete")
    # The choice on the card still shows it.
    pressed = await person.taps("One ·")
    assert pressed["answer"]["text"] == person.words.plain("error.not_found.template")
    await person.presses("button.draft", message_id=card["message_id"])
    await stage.work(Job.COMPOSE_DRAFT)
    assert "Version 1" in words_of(await person.last(containing="Version 1"))


async def test_other_peoples_templates_stay_theirs(stage: Stage) -> None:
    olena, taras = await stage.person("Olena"), await stage.person("Taras", "uk")
    await olena.onboards()
    await taras.onboards(link=False)
    [mine] = await library(stage, olena, "Secret sauce")
    await taras.says("/templates")
    screen = (await taras.last())["message_id"]
    for verb in ("show", "edit", "delete", "improve", "take", "leave"):
        answer = await taras.forces(TemplateCb(verb=verb, template=mine).pack(), screen)
        told = answer["answer"]["text"]
        assert told in {
            taras.words.plain("error.not_found.template"),
            taras.words.plain("error.not_found.offer"),
        }, verb
    for data in (TemplateCb(verb="delete"), TemplateCb(verb="dance", template=mine)):
        answer = await taras.forces(data.pack(), screen)
        assert not is_breakdown(answer["answer"]["text"])
    assert await waiting_for(taras) != State.TEMPLATE_EDIT
    assert len(await kept(stage, olena)) == 1
    await stage.offers(**JOB)
    card = re.search(r"cd:draft:([^:]+)", str(await stage.outbox()))
    assert card is not None
    answer = await taras.forces(CardCb(verb="from", card=UUID(card[1]), arg=mine.hex[:12]).pack(), screen)
    assert not is_breakdown(answer["answer"]["text"])
    assert "Secret sauce" not in await taras.transcript()


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
@pytest.mark.parametrize("verb", ["add", "edit", "import"])
async def test_bad_input_for_a_template_is_answered_and_changes_nothing(
    stage: Stage, verb: str, locale: str
) -> None:
    person = await stage.person(language=locale)
    await person.onboards(link=False)
    [_] = await library(stage, person, "One")
    await person.says("/templates")
    if verb == "edit":
        await person.taps("One")
    await person.presses(f"button.template_{verb}")
    waits = await waiting_for(person)

    async def refused(text: str) -> None:
        [told] = await says_and_hears(person, text, None)
        assert not is_breakdown(told)
        assert bool(re.search("[а-яіїє]", told)) == (locale == "uk"), told
        assert await waiting_for(person) == waits
        [row] = await kept(stage, person)
        assert row.characters == len("Hello about {job_title}, says One.")

    await refused(INVISIBLE)
    await refused("!!! 123 …")
    await refused(HUGE)
    await refused(NASTY)  # {brace} is no gap that can be filled
    await refused("Hi {client_nam}, about {job_title}")
    await refused("Hi, about {job title} and {job-title}")
    await refused("Hi, about {job_title.__class__}")
    for kind in ("photo", "voice", "sticker"):
        before = await newest(person)
        await person.uploads(kind, f"{kind}.bin", PNG)
        assert len([each for each in await person.messages() if each["message_id"] > before]) == 2
        assert await waiting_for(person) == waits
    await check_messages(person, INJECTED)
    await check_outbox(stage)


async def test_markup_and_the_longest_letter_are_kept_to_the_character(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/templates")
    await person.presses("button.template_add")
    hostile = NASTY.replace("{brace}", "{job_title}")
    await person.says(f"<b>bold</b> & co\n{hostile}")
    screen = await person.last(containing="& co")
    assert "<b>bold</b> & co" in words_of(screen)
    await check_messages(person, INJECTED)
    await person.presses("button.template_list")
    await person.presses("button.template_import")
    line = "I would read it with care & ask <first>. "
    body = (line * (LETTER_LIMIT // len(line) + 1))[:LETTER_LIMIT].strip()
    await person.uploads("document", "long.txt", f"# Long\n{body}".encode())
    assert "Kept: 1 template" in words_of(await person.last(containing="Kept"))
    rows = await kept(stage, person)
    assert max(row.characters for row in rows) == len(body)
    await person.says("/templates")
    await person.taps("Long")
    await check_messages(person, INJECTED)
    await check_outbox(stage)


async def test_a_file_keeps_its_order_and_too_much_is_refused_whole(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    await person.says("/templates")
    await person.presses("button.template_import")
    names = [f"Kind {number:02}" for number in range(25)]
    content = "\n".join(f"# {name}\nHello, {name} about {{job_title}}." for name in names)
    await person.uploads("document", "all.md", content.encode())
    account = await person.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        found = await templates.list_templates(session, await stage.rt.keys(session))
    assert [letter.name for letter in found] == names
    await person.says("/templates")
    await person.presses("button.template_import")
    more = content.replace("Kind", "Other")
    await person.uploads("document", "more.md", more.encode())
    assert "40 templates" in words_of(await person.last())
    assert len(await kept(stage, person)) == 25
    await person.uploads("document", "big.txt", b"x" * 70_000)
    assert "64 KB" in words_of(await person.last())
    await person.uploads("document", "latin.txt", "café".encode("latin-1"))
    assert "UTF-8" in words_of(await person.last())
    assert await waiting_for(person) == State.TEMPLATE_IMPORT
    await check_outbox(stage)
