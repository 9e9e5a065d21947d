"""A day after it was fetched nothing of Upwork's is left anywhere in the database; the user's own words are."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.crypto import CannotUnseal, TenantKeys
from core.drafting import service as drafting
from core.drafting.draft import DraftOutput
from core.drafting.models import Draft, DraftVersion, VersionSource
from core.drafting.workflow import write_draft
from core.errors import Conflict
from core.jobs import Job
from core.jobs_feed.models import JobCard
from core.messaging.models import Room
from core.messaging.sync import sync_rooms
from core.profile import service as profiles
from core.proposals import readback
from core.proposals.models import ActionState
from core.searches import service as searches
from core.searches.criteria import Criteria
from core.security.keys import keys_for
from tests.core.acting import Desk, Freelancer
from tests.core.upwork_side import MovableClock

TITLE, TEXT, QUESTION, SKILL = "titlezq1", "textzq2", "questionzq3", "skillzq4"
MESSAGE, REFUSAL, CLIENT, ROOM = "messagezq5", "refusalzq6", "clientzq7", "roomzq8"
SECOND = "secondzq9"
THEIRS = (TITLE, TEXT, QUESTION, SKILL, MESSAGE, REFUSAL, CLIENT, ROOM, SECOND)
LETTER, ANSWER, REPLY = "ownletterzq1", "ownanswerzq2", "ownreplyzq3"
OWN = (LETTER, ANSWER, REPLY)

PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend on Stripe for a marketplace: 40,000 orders a month.
English: fluent. Rate: $55/hr
"""

JOB = {
    "title": f"FastAPI backend {TITLE}",
    "description": f"We need a Python developer for {TEXT}, with Stripe and PostgreSQL. Please mention {TEXT} first.",
    "skills": ["Python", SKILL],
    "kind": "HOURLY",
    "hourly_min": 45,
    "hourly_max": 70,
    "questions": [f"Have you done {QUESTION} before?"],
    "client": {"name": f"{CLIENT} Ltd", "contact": CLIENT},
}


async def everything(desk: Desk) -> str:
    """The whole database as text, every sealed column opened."""
    tables = await desk.owner_sql(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'app'"
    )
    keys: dict[UUID, TenantKeys] = {}
    for (tenant_id,) in await desk.owner_sql("select tenant_id from app.tenants"):
        async with desk.rt.db.begin(tenant_id) as session:
            keys[tenant_id] = await keys_for(session, desk.rt.vault)
    found = []
    for table in sorted({name for name, _, _ in tables}):
        columns = {column: kind for name, column, kind in tables if name == table}
        shown = ", ".join(
            column if kind == "bytea" else f"{column}::text as {column}" for column, kind in columns.items()
        )
        for row in await desk.owner_sql(f"select {shown} from app.{table}"):  # noqa: S608 - names from the catalog
            values = dict(zip(columns, row, strict=True))
            found += [_open(desk, keys, table, name, values) for name in columns]
    return "\n".join(found)


def _open(desk: Desk, keys: dict[UUID, TenantKeys], table: str, name: str, values: dict[str, Any]) -> str:
    value = values[name]
    if not isinstance(value, bytes):
        return str(value)
    if table == "inbox_updates":
        return desk.rt.vault.unseal_system(value, f"inbox|{values['update_id']}").decode()
    if not name.endswith("_sealed") or not value:
        return value.decode("latin-1")
    tenant_id, row_id = UUID(values["tenant_id"]), UUID(values["id"])
    place = SimpleNamespace(__tablename__=table, tenant_id=tenant_id, id=row_id, **{name: value})
    return keys[tenant_id].unseal(place, name)


def words_in(content: str, words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word in content.casefold()}


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    freelancer = await desk.freelancer()
    async with desk.rt.db.begin(freelancer.tenant_id) as session:
        keys = await desk.rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(PROFILE), replace=True)
        await searches.add_search(session, keys, Criteria(query="python"))
    return freelancer


async def poll(desk: Desk, olena: Freelancer) -> None:
    await desk.work(Job.POLL_SEARCH, hurry=True)
    await desk.work(Job.SCORE_POSTINGS)


async def card_of(olena: Freelancer, upwork_id: str) -> UUID:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        return (await session.scalars(select(JobCard.id).where(JobCard.upwork_id == upwork_id))).one()


async def compose(olena: Freelancer, draft: Draft) -> None:
    """Have the offline composer write it, from the posting or from the client's messages."""

    class Nobody:
        async def progress(self, text: str) -> None: ...

    assert await write_draft(olena.rt, Nobody(), tenant_id=olena.tenant_id, draft_id=draft.id)


async def machine_draft(olena: Freelancer, card_id: UUID) -> Draft:
    async with olena.rt.db.begin(olena.tenant_id) as session:
        draft = await drafting.request_proposal(session, card_id=card_id)
    await compose(olena, draft)
    return draft


async def quote(olena: Freelancer, draft: Draft, words: str) -> None:
    """A version as a model may write it: quoting, claiming and noting the client's words."""
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        row = await drafting.get_draft(session, draft_id=draft.id, lock=True)
        current = (await drafting.get_version(session, keys, row)).output
        output = DraftOutput(
            letter=f"You want {words}.",
            language="en",
            answers=tuple(
                replace(answer, text=f"Yes, {words}.", needs_fact=words) for answer in current.answers
            ),
            gaps=(f"How much {words} did you do?",),
            bid=current.bid,
        )
        await drafting.add_version(session, keys, row, output, source=VersionSource.MODEL)


async def a_days_work(desk: Desk, olena: Freelancer) -> dict[str, UUID]:
    """Everything that touches Upwork's content: sent, refused, left unsent, shown, answered."""
    job = await desk.server.control("POST", "/jobs", **JOB)
    second = await desk.server.control(
        "POST",
        "/jobs",
        **(JOB | {"title": f"Scraper {SECOND}", "description": f"Scrape {SECOND} with Playwright, soon."}),
    )
    refused = await desk.server.control(
        "POST",
        "/jobs",
        **(JOB | {"title": "Telegram bot in aiogram", "description": "A shop wants a bot for its orders."}),
    )
    await poll(desk, olena)

    sent = await machine_draft(olena, await card_of(olena, job["id"]))
    await quote(olena, sent, TITLE)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.replace_letter(session, keys, draft_id=sent.id, text=f"Hello. {LETTER}.")
        await drafting.replace_answer(session, keys, draft_id=sent.id, position=0, text=f"Yes, {ANSWER}.")
    action = await olena.press(await olena.show(sent.id))
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.SENT

    unsent = await machine_draft(olena, await card_of(olena, second["id"]))
    await quote(olena, unsent, SECOND)
    await olena.show(unsent.id)

    failed = await machine_draft(olena, await card_of(olena, refused["id"]))
    await quote(olena, failed, "a bot")  # what a person approved is theirs, whatever it quotes
    rejected = await olena.press(await olena.show(failed.id))
    await desk.server.control("POST", f"/jobs/{refused['id']}/close")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.owner_sql(
        "update app.actions set problem = :problem where id = :id",
        problem=f"Closed: {REFUSAL}",
        id=rejected.id,
    )

    remote = (await olena.action(action.id)).remote_id
    await desk.server.control("POST", f"/proposals/{remote}/answer", message=f"Tell me about {MESSAGE}?")
    await sync_rooms(olena.rt, tenant_id=olena.tenant_id)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        room = (await session.scalars(select(Room))).one()
        machine = await drafting.request_reply(session, room_id=room.id)
    await compose(olena, machine)
    await quote(olena, machine, MESSAGE)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await drafting.discard(session, draft_id=machine.id)
    typed = await olena.reply(room, f"Gladly: {REPLY}.")
    await desk.work(Job.EXECUTE_ACTION)
    await sync_rooms(olena.rt, tenant_id=olena.tenant_id)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        row = (await session.scalars(select(Room))).one()
        row.name_sealed = (await olena.rt.keys(session)).seal(row, "name_sealed", f"{ROOM} {CLIENT}")
    return {
        "sent": sent.id,
        "unsent": unsent.id,
        "failed": failed.id,
        "machine": machine.id,
        "typed": typed.id,
        "action": action.id,
        "rejected": rejected.id,
    }


@pytest.mark.asvs("V14.2.7")
async def test_a_day_later_only_the_users_own_words_are_left(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    ids = await a_days_work(desk, olena)
    before = await everything(desk)
    # The search itself works: it finds all of it while it may be there.
    assert words_in(before, THEIRS) == set(THEIRS)
    assert words_in(before, OWN) == set(OWN)

    clock.advance(hours=23.7)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    assert words_in(await everything(desk), (TITLE, QUESTION, MESSAGE)) == {TITLE, QUESTION, MESSAGE}

    clock.advance(hours=0.3)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    after = await everything(desk)
    assert words_in(after, THEIRS) == set()
    assert words_in(after, OWN) == set(OWN)
    assert await desk.owner_sql("select 1 from app.job_postings") == []

    # What was approved can still be shown and checked against its hash; what was not can no longer be sent.
    sent = await olena.action(ids["action"])
    assert sent.state == "sent"
    assert await olena.draft_state(ids["unsent"]) == "closed"
    await olena.stays_proven()
    assert not await readback.resend(
        desk.rt, tenant_id=olena.tenant_id, action_id=ids["rejected"], by=olena.by
    )
    with pytest.raises(Conflict) as caught:
        await olena.show(ids["failed"])
    assert caught.value.data["reason"] == "purged"


async def test_fetching_it_again_neither_brings_it_back_nor_keeps_it_longer(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await a_days_work(desk, olena)
    for _ in range(6):
        clock.advance(hours=4)
        await poll(desk, olena)
        await sync_rooms(olena.rt, tenant_id=olena.tenant_id)
        await desk.work(Job.PURGE_CONTENT, hurry=True)
    assert words_in(await everything(desk), THEIRS) == set()
    for _ in range(3):
        clock.advance(hours=5)
        await poll(desk, olena)
        await sync_rooms(olena.rt, tenant_id=olena.tenant_id)
        assert words_in(await everything(desk), THEIRS) == set()
    # It is still known that it was there: no second card, no second ring.
    assert len(await desk.owner_sql("select 1 from app.job_cards")) == 3


async def test_a_new_message_in_an_old_room_is_shown_and_goes_a_day_after_it_came(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await a_days_work(desk, olena)
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    [room] = await desk.server.control("GET", "/rooms")
    await desk.server.control("POST", f"/rooms/{room['id']}/write", message=f"And another thing: {MESSAGE}")
    await sync_rooms(olena.rt, tenant_id=olena.tenant_id)
    assert words_in(await everything(desk), (MESSAGE,)) == {MESSAGE}
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    assert words_in(await everything(desk), THEIRS) == set()


async def test_an_answer_typed_into_a_machines_letter_stays_and_the_letter_goes(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    job = await desk.server.control("POST", "/jobs", **JOB)
    await poll(desk, olena)
    draft = await machine_draft(olena, await card_of(olena, job["id"]))
    await quote(olena, draft, TITLE)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.replace_answer(session, keys, draft_id=draft.id, position=0, text=f"{ANSWER}!")
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    left = await everything(desk)
    assert words_in(left, (TITLE, ANSWER)) == {ANSWER}
    async with olena.rt.db.begin(olena.tenant_id) as session:
        rows = (await session.scalars(select(DraftVersion))).all()
    assert all(row.stripped_at is not None for row in rows)
    assert all(row.characters for row in rows)


async def test_an_approval_that_waits_for_the_account_is_over_before_its_questions_go(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    job = await desk.server.control("POST", "/jobs", **JOB)
    await poll(desk, olena)
    draft = await machine_draft(olena, await card_of(olena, job["id"]))
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        await drafting.replace_answer(session, keys, draft_id=draft.id, position=0, text=f"{ANSWER}!")
    clock.advance(hours=23)
    await olena.stays_proven()
    action = await olena.press(await olena.show(draft.id))
    clock.advance(hours=1)
    await desk.work(Job.PURGE_CONTENT, Job.EXPIRE_APPROVALS, Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(action.id) is ActionState.EXPIRED
    assert await desk.remote_proposals() == []
    assert words_in(await everything(desk), (QUESTION,)) == set()


async def test_without_its_key_a_tenants_content_goes_all_the_same(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await a_days_work(desk, olena)
    await desk.owner_sql("delete from app.tenant_keys")
    clock.advance(hours=24)
    assert await desk.work(Job.PURGE_CONTENT, hurry=True) == ["done"]
    assert await desk.owner_sql("select 1 from app.job_postings") == []
    assert await desk.owner_sql("select 1 from app.stories where body_sealed is not null") == []
    async with desk.rt.db.begin(olena.tenant_id) as session:
        with pytest.raises(CannotUnseal):
            await desk.rt.keys(session)


async def test_another_tenants_day_is_not_over_yet(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await a_days_work(desk, olena)
    clock.advance(hours=12)
    other = await desk.freelancer()
    await other.card(title=f"Other {SECOND}", description="Something else entirely, for another person.")
    clock.advance(hours=12)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    rows = await desk.owner_sql("select tenant_id from app.job_postings")
    assert rows == [(other.tenant_id,)]
    assert words_in(await everything(desk), (SECOND, TITLE)) == {SECOND}
