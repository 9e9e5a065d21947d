"""A person's secrets and words, driven through the product and more than fifty accidents, are in no log and in no Redis."""

from __future__ import annotations

import logging
import re
import secrets
import string
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.isolation.dresses import Dresses
from bot.commands import COMMANDS
from core import log
from core.crypto import TenantKeys
from core.db import Database
from core.drafting.models import DraftVersion
from core.jobs import ArqDoorbell, Job, WorkItem, enqueue
from core.notifications.notifier import Notifier
from core.runtime import Runtime
from core.security.assurance import Act
from core.security.factors import contacts
from core.security.factors.models import ContactKind
from core.settings import Login
from core.upwork.models import UpworkAccount
from tests.bot.person import JOB, PROFILE, Person
from tests.bot.stage import Stage
from tests.conftest import reading_log
from tests.core.acting import OwnerSql
from workers.job import Spec, run_item

MANY = 50
UPWORK_FAULTS = (
    "429",
    "403_html",
    "502",
    "truncated",
    "partial",
    "reset",
    "reset_after",
    "drop_before",
    "401",
)
TELEGRAM_FAULTS = ("500", "drop", "drop_after", "429")


def word() -> str:
    """Letters only, so that nothing splits it, and too long to come up by itself."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(14))


@pytest.fixture
def printed() -> Iterator[StringIO]:
    """Everything that any library or module of ours logs, as the processes set it up, and at their most talkative."""
    with reading_log("DEBUG") as stream:
        yield stream


@pytest.fixture
async def ringing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Jobs ring through Redis, as they do in the processes."""
    bell = ArqDoorbell(stage.rt.settings.redis_url.get_secret_value())
    for db in (stage.rt.db, *stage.logins.values()):
        monkeypatch.setattr(db, "_doorbell", bell)
    yield stage
    await bell.close()


async def lives(person: Person) -> dict[str, str]:
    """The main job from the first word to a client's answer. Returns what must be found nowhere, by name."""
    stage = person.stage
    words = {name: word() for name in ("profile", "posting", "message", "instruction", "mail")}
    await person.says("/start")
    await person.presses("language.name")
    await person.says(PROFILE.replace("payments backend", f"payments backend named {words['profile']}"))
    await stage.work(Job.EMBED_PROFILE)
    await person.presses("button.looks_right")
    await person.says("python fastapi")
    await person.links()
    await stage.offers(
        **{**JOB, "description": f"{JOB['description']} The project is called {words['posting']}."}
    )
    await person.presses("button.draft")
    await stage.work(Job.COMPOSE_DRAFT)
    await person.presses("button.instruct")
    await person.says(f"Mention {words['instruction']} in the first sentence")
    await stage.work(Job.COMPOSE_DRAFT)
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    proposal = (await stage.upwork_get("proposals"))[-1]
    await stage.upwork(f"proposals/{proposal['id']}/answer", message=f"Do you know {words['message']}?")
    await stage.work(Job.SYNC_ROOMS, hurry=True)
    await stage.work(Job.DELIVER_STORY)
    assert words["message"] in await person.transcript()
    return words | await kept(person, words["mail"])


async def kept(person: Person, mail: str) -> dict[str, str]:
    """Secrets that the product holds for the person by now."""
    rt, tenant_id = person.stage.as_role(Login.WEB), (await person.account()).tenant_id
    by = f"telegram:{person.user_id}"
    everything = person.stage.rt
    async with everything.db.begin(tenant_id) as session:
        keys = await everything.keys(session)
        account = (await session.scalars(select(UpworkAccount))).one()
        version = (await session.scalars(select(DraftVersion).order_by(DraftVersion.number.desc()))).first()
        assert version is not None
        letter = str(keys.unseal(version, "body_sealed"))
        found = {
            "access token": keys.unseal(account, "access_token_sealed"),
            "refresh token": keys.unseal(account, "refresh_token_sealed"),
            "data key": keys.data_key.hex(),
        }
        address = f"{mail}@studio.example"
        subject = contacts.subject_of(keys, ContactKind.EMAIL, address)
    await person.proves({Act.CHANGE_CONTACT: subject})
    async with rt.db.begin(tenant_id) as session:
        await contacts.set_contact(
            session, await rt.keys(session), kind=ContactKind.EMAIL, address=address, by=by, clock=rt.clock
        )
    links = re.findall(r"/(?:connect|verify|protect)/([A-Za-z0-9_-]{20,})", str(await person.messages()))
    assert links
    settings = rt.settings
    return found | {
        "draft": max(re.findall(r"[A-Za-z]{12,}|[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+", letter), key=len),
        "one-time link": links[-1],
        "authenticator seed": person.secret,
        "bot token": settings.telegram_bot_token.get_secret_value(),
        "wrapping keys": settings.key_encryption_keys.get_secret_value().partition(":")[2],
        "client secret": settings.upwork_client_secret.get_secret_value(),
    }


async def accidents(person: Person, monkeypatch: pytest.MonkeyPatch, owner_sql: OwnerSql) -> None:
    await outside_fails(person)
    opened = TenantKeys.unseal_bytes

    def spills(self: TenantKeys, row: Any, column: str) -> bytes:
        plain = opened(self, row, column)
        raise RuntimeError(f"{len(plain)} bytes could not be used")

    with monkeypatch.context() as patch:
        patch.setattr(TenantKeys, "unseal_bytes", spills)
        await everything_is_tried(person)
    for table in (
        "saved_searches",
        "profiles",
        "job_cards",
        "actions",
        "factors",
        "limits",
        "rooms",
        "templates",
        "proofs",
        "alerts",
    ):
        await owner_sql(f"alter table app.{table} rename to gone")
        try:
            await everything_is_tried(person)
        finally:
            await owner_sql(f"alter table app.gone rename to {table}")
    for query in SPILLING:
        await job_fails(person, query)


async def everything_is_tried(person: Person) -> None:
    stage = person.stage
    for command in COMMANDS:
        await person.says(f"/{command}")
    for label in ("button.review", "button.instruct", "button.draft"):
        if person.words.plain(label) in await person.labels():
            await person.presses(label)
    for job in Job:
        if job not in (Job.ERASE_TENANT, Job.WATCH_WEBHOOK):
            await stage.work(job, hurry=True)


async def outside_fails(person: Person) -> None:
    stage = person.stage
    for kind in TELEGRAM_FAULTS:
        for method in ("sendMessage", "editMessageText", "answerCallbackQuery"):
            await stage.breaks(method, kind, times=1)
        await person.says("/help")
        (await stage.http.delete("/control/telegram/faults")).raise_for_status()
    for kind in UPWORK_FAULTS:
        await stage.upwork("faults", operation="*", kind=kind, times=2)
        await stage.work(Job.POLL_SEARCH, Job.SYNC_ROOMS, Job.PROBE_ACCOUNT, hurry=True)


SPILLING = (
    "select cast(:said as integer)",
    "select cast(cast(:said as text) as integer)",
    "select cast(cast(:said as text) as timestamptz)",
    "select cast(cast(:said as text) as jsonb)",
    "insert into app.system_secrets (purpose, sealed) values (:said, ''), (:said, '')",
    "insert into app.system_secrets (purpose, sealed) values (:said, null)",
)
"""Mistakes after which Postgres, or its driver, says in the error what it was given."""


async def job_fails(person: Person, query: str) -> None:
    """A job opens a secret and makes a mistake with it in the database."""
    rt, tenant_id = person.stage.rt, (await person.account()).tenant_id

    async def clumsy(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
        async with rt.db.begin(tenant_id) as session:
            row = (await session.scalars(select(UpworkAccount))).one()
            said = (await rt.keys(session)).unseal(row, "refresh_token_sealed") + " " + person.secret
            await session.execute(text(query), {"said": said})

    async with rt.db.begin() as session:
        await enqueue(session, Job.KEEP_TOKEN, tenant_id=tenant_id, ref=tenant_id)
    async with rt.db.begin() as session:
        item = await session.scalar(
            select(WorkItem.id).where(WorkItem.job == Job.KEEP_TOKEN, WorkItem.ref == tenant_id)
        )
    assert item is not None
    await run_item(rt, person.stage.notifier, {Job.KEEP_TOKEN: Spec(clumsy)}, item)
    async with rt.db.begin() as session:
        await session.execute(text("delete from app.work_items where job = 'keep_token'"))


async def in_redis(rt: Runtime) -> bytes:
    """Every key and every value, of whatever kind."""
    redis: Any = rt.redis
    readers: dict[bytes, Callable[[bytes], Awaitable[Any]]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    found = []
    async for key in redis.scan_iter():
        found += [key, repr(await readers[await redis.type(key)](key)).encode()]
    return b"\n".join(found)


def seen(secrets_: dict[str, str], where: bytes) -> set[str]:
    return {
        name
        for name, secret in secrets_.items()
        if Dresses(secret).found_in(where) or secret.encode() in where
    }


@pytest.mark.asvs("V16.2.5")
async def test_nothing_of_a_person_is_in_the_log_or_in_redis(
    ringing: Stage, printed: StringIO, monkeypatch: pytest.MonkeyPatch, owner_sql: OwnerSql
) -> None:
    person = await ringing.person()
    hidden = await lives(person)
    assert len(hidden) >= 14
    assert all(len(secret) >= 8 for secret in hidden.values()), hidden.keys()
    quiet = printed.getvalue()
    await accidents(person, monkeypatch, owner_sql)
    written = printed.getvalue()
    failures = [line for line in written.splitlines() if re.search(r'"level": "(error|warning)"', line)]
    assert len(failures) >= MANY
    assert "search.polled" in quiet
    assert seen(hidden, written.encode()) == set(), "in the log"
    redis = await in_redis(ringing.rt)
    assert redis
    assert seen(hidden, redis) == set(), "in Redis"

    # The same search finds what does get out: words nobody calls a secret, and whatever lies in Redis.
    log.get_logger("test").info("something.said", words=f"about {hidden['message']}")
    assert seen(hidden, printed.getvalue().encode()) == {"message"}
    await ringing.rt.redis.set("planted", hidden["authenticator seed"])
    assert seen(hidden, await in_redis(ringing.rt)) == {"authenticator seed"}


@pytest.mark.asvs("V16.2.5")
@pytest.mark.parametrize("query", SPILLING)
async def test_what_the_database_was_given_is_in_no_error_that_is_logged(
    db: Database, printed: StringIO, query: str
) -> None:
    said = f"{word()} {word()}"
    try:
        async with db.begin() as session:
            await session.execute(text(query), {"said": said})
    except SQLAlchemyError as error:
        log.get_logger("test").exception("job.crashed", problem=str(error))
        log.get_logger("test").warning("job.refused", error=error)
        logging.getLogger("library").error("it failed: %s", error)
    text_ = printed.getvalue()
    assert text_.count("job.") == 2
    assert "sqlalchemy.exc" in text_
    assert not any(part in text_ for part in said.split()), text_
