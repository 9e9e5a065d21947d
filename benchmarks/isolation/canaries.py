"""Words that belong to one tenant each, driven through the whole product and then looked for everywhere else.

Each tenant has words of their own in the profile, in the search, in a job that only they find, and in a client's message. The
chats, the model's prompts, the exports, Redis, the logs and a dump of the database are searched, in every dress a word may wear.
"""

from __future__ import annotations

import asyncio
import io
import logging
import secrets
import string
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from benchmarks.isolation.dresses import Dresses
from benchmarks.isolation.driving import Person, Product, TookTooLong, arrive, open_product, settle_in, until
from benchmarks.isolation.ground import Tally
from core import log as logs
from core.privacy.export import pack
from core.privacy.gather import gather, names
from core.settings import Login
from sandbox.embedded import PostgresUrls

TENANTS = 3
_LAST_WORDS = 1500

_PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend called {word} on Stripe for a marketplace: 40,000 orders a month.
Automated invoices with Python and OpenAI for a logistics company, saving 30 hours a week.
English: fluent. Rate: $55/hr
"""
_JOB = {
    "skills": ["Python", "FastAPI", "PostgreSQL", "Stripe"],
    "kind": "HOURLY",
    "hourly_min": 45,
    "hourly_max": 70,
}


@dataclass
class Tenant:
    """Whose words they are. `sealed` may be readable nowhere in the database; `posted` only in the tenant's own rows."""

    person: Person
    id: UUID
    sealed: dict[str, str] = field(default_factory=dict)
    posted: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, str]:
        return self.sealed | self.posted


@dataclass(frozen=True, slots=True)
class _Stage:
    """Who was there, and where everything can be looked for. `written` is the log."""

    product: Product
    people: list[Tenant]
    urls: PostgresUrls
    redis_url: str
    written: io.StringIO


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that could have caught a word, as bytes. `chats` and `exports` are by tenant, `dump` line by line."""

    chats: dict[UUID, bytes]
    exports: dict[UUID, bytes]
    prompts: list[bytes]
    redis: bytes
    logs: bytes
    dump: list[bytes]


def _word() -> str:
    """Long enough not to come up by itself, letters only so that nothing splits it."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(14))


async def run(urls: PostgresUrls, redis_url: str, tally: Tally, *, tenants: int = TENANTS) -> None:
    with _LogCapture() as written:
        async with open_product(urls, redis_url) as product:
            people = [await _move_in(product, number) for number in range(tenants)]
            await asyncio.gather(*(_live_or_say_why(tenant) for tenant in people))
            stage = _Stage(product, people, urls, redis_url, written)
            judge(people, await _gather(stage), tally)
            await _control(stage, tally)


async def _move_in(product: Product, number: int) -> Tenant:
    person = await arrive(product, f"Person {number}")
    tenant = Tenant(person, (await person.account()).tenant_id)
    tenant.sealed = {what: _word() for what in ("profile", "name", "message")}
    tenant.posted = {what: _word() for what in ("title", "description")}
    await settle_in(
        person,
        name=f"Freelancer {tenant.sealed['name']}",
        profile=_PROFILE.format(word=tenant.sealed["profile"]),
        query=tenant.posted["title"],
    )
    await product.upwork(
        "jobs",
        title=f"FastAPI backend with Stripe payments for {tenant.posted['title']}",
        description=(
            f"We need a Python developer to build a FastAPI backend with Stripe for {tenant.posted['description']}. "
            "You will design the API, write tests and deploy with Docker."
        ),
        **_JOB,
    )
    return tenant


async def _live_or_say_why(tenant: Tenant) -> None:
    try:
        await _live(tenant)
    except TookTooLong as error:
        chat = await tenant.person.transcript()
        raise TookTooLong(f"{error}; the chat ends with:\n{chat[-_LAST_WORDS:]}") from error


async def _live(tenant: Tenant) -> None:
    """A card, a draft that a model writes, a proposal that is sent, and the client's answer."""
    person, product = tenant.person, tenant.person.product
    await person.reads(tenant.posted["title"])
    await person.presses("button.draft")
    await person.presses("button.review")
    await person.presses("button.send")

    async def sent() -> bool:
        return tenant.posted["title"] in str(await _proposals(product))

    await until(sent, "a sent proposal")
    [mine] = [item for item in await _proposals(product) if tenant.posted["title"] in str(item)]
    await product.upwork(
        f"proposals/{mine['id']}/answer", message=f"When can you start with {tenant.sealed['message']}?"
    )
    await person.reads(tenant.sealed["message"])


async def _proposals(product: Product) -> list[dict[str, Any]]:
    jobs = {job["id"]: job["title"] for job in await product.get("/upwork/control/jobs")}
    found = await product.get("/upwork/control/proposals")
    return [item | {"title": jobs.get(item["posting_id"], "")} for item in found]


async def _gather(stage: _Stage) -> Evidence:
    product, people = stage.product, stage.people
    calls = (await product.get("/llm/control/prompts"))["prompts"]
    return Evidence(
        chats={tenant.id: (await _chat(tenant.person)).encode() for tenant in people},
        exports={tenant.id: await _export(product, tenant.id) for tenant in people},
        prompts=[str(call).encode() for call in calls],
        redis=await _redis(stage.redis_url),
        logs=stage.written.getvalue().encode(),
        dump=await _dump(stage.urls),
    )


async def _chat(person: Person) -> str:
    return await person.transcript() + str(await person.product.get(f"/user/{person.telegram_id}/chat"))


async def _export(product: Product, tenant_id: UUID) -> bytes:
    """What the person would be given, unpacked."""
    rt = product.rt[Login.UPKEEP]
    found = []
    for name in names():
        async with rt.db.begin(tenant_id) as session:
            found.append(await gather(session, await rt.keys(session), name))
    with zipfile.ZipFile(io.BytesIO(pack(found, language="en", at=datetime.now(UTC)))) as archive:
        return b"\n".join(archive.read(member) for member in archive.namelist())


async def _redis(url: str) -> bytes:
    """Every key with its value, whatever kind it is."""
    found: list[bytes] = []
    client = Redis.from_url(url)
    async for key in client.scan_iter():
        value: Any = await client.dump(key)
        found += [key, value or b""]
        if await client.type(key) == b"string":
            found.append(await client.get(key) or b"")
    await client.aclose()
    return b"\n".join(found)


@asynccontextmanager
async def _owner(urls: PostgresUrls) -> AsyncIterator[asyncpg.Connection]:
    url = make_url(urls.owner)
    connection = await asyncpg.connect(host=url.query["host"], user=url.username, database=url.database)
    try:
        yield connection
    finally:
        await connection.close()


async def _dump(urls: PostgresUrls) -> list[bytes]:
    """Every row of every table as COPY writes it."""
    lines: list[bytes] = []
    async with _owner(urls) as connection:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'app'")
        for (table,) in tables:
            copied = io.BytesIO()
            await connection.copy_from_table(table, schema_name="app", output=copied)
            lines += copied.getvalue().splitlines()
    return lines


def judge(people: list[Tenant], evidence: Evidence, tally: Tally) -> None:
    """Every word of every tenant against everything of everybody else's."""
    for owner in people:
        _own_words_are_there(owner, evidence, tally)
        for what, word in owner.words.items():
            dresses = Dresses(word)
            for other in people:
                if other is owner:
                    continue
                tally.probe(not dresses.found_in(evidence.chats[other.id]), f"{what} word in another's chat")
                tally.probe(
                    not dresses.found_in(evidence.exports[other.id]), f"{what} word in another's export"
                )
                strangers = list(other.words.values())
                for prompt in evidence.prompts:
                    mixed = dresses.found_in(prompt) and any(
                        Dresses(stranger).found_in(prompt) for stranger in strangers
                    )
                    tally.probe(not mixed, f"{what} word in a prompt with another's words")
            tally.probe(not dresses.found_in(evidence.redis), f"{what} word in Redis")
            tally.probe(not dresses.found_in(evidence.logs), f"{what} word in the logs")
            rows = [line for line in evidence.dump if dresses.found_in(line)]
            if what in owner.posted:
                rows = [line for line in rows if str(owner.id).encode() not in line]
            tally.probe(not rows, f"{what} word readable in the database: {rows[:1]!r:.200}")


def _own_words_are_there(owner: Tenant, evidence: Evidence, tally: Tally) -> None:
    """Nothing was looked for in vain: where a word belongs, it is."""
    chat, export = evidence.chats[owner.id], evidence.exports[owner.id]
    for what in ("title", "message"):
        tally.probe(Dresses(owner.words[what]).found_in(chat), f"the {what} word is not in its own chat")
    for what in ("profile", "title", "message", "name"):
        tally.probe(Dresses(owner.words[what]).found_in(export), f"the {what} word is not in its own export")
    prompts = b"".join(evidence.prompts)
    for what in ("profile", "description"):
        tally.probe(Dresses(owner.words[what]).found_in(prompts), f"no prompt ever held the {what} word")


async def _control(stage: _Stage, tally: Tally) -> None:
    """The negative control: one leak is planted in each place, in another dress each time, and every one must be found."""
    owner, other = stage.people[0], stage.people[1]
    word = owner.sealed["profile"]
    dresses = Dresses(word)
    for name, dress in dresses.each():
        tally.probe(dresses.found_in(b"before " + dress + b" after"), f"a word in {name} is not recognised")

    client = Redis.from_url(stage.redis_url)
    await client.set("planted", dresses.base64())
    stage.written.write(word.upper())
    await other.person.says(f"I found {word} somewhere")
    async with _owner(stage.urls) as connection:
        await connection.execute(
            "insert into app.dialogs (tenant_id, id, chat_id, data, state) values ($1, $1, 1, '{}', $2)",
            other.id,
            word[::-1],
        )
    seen = Tally("control")
    judge(stage.people, await _gather(stage), seen)
    await client.delete("planted")
    await client.aclose()
    for place in ("another's chat", "another's export", "Redis", "the logs", "readable in the database"):
        found = any(place in leak for leak in seen.leaks)
        tally.probe(found, f"a leak planted in {place} was not found")
    tally.notes.append(f"planted leaks found: {len(seen.leaks)}")


class _LogCapture:
    """Everything the product logs, at the level it logs at in production and one finer."""

    def __enter__(self) -> io.StringIO:
        self._before = logging.getLogger().handlers, logging.getLogger().level
        logs.configure(json=True, level="DEBUG")
        written = io.StringIO()
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(written)
        return written

    def __exit__(self, *_: object) -> None:
        logging.getLogger().handlers, level = self._before
        logging.getLogger().setLevel(level)
