"""`python -m workers` as it is run: bells, sweeps, a Redis that forgets or dies, poison in the queue, and a quick goodbye."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from core.accounts.service import Account
from core.crypto import Vault
from core.db import Database
from core.jobs import ArqDoorbell, Job, Kind, WorkItem, enqueue
from core.security.keys import keys_for
from core.settings import Settings
from core.upwork import tokens
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.oauth import TokenSet
from sandbox.embedded import EmbeddedValkey, PostgresUrls
from sandbox.outside import open_outside
from tests.bot.stage import World

ROOT = Path(__file__).resolve().parent.parent.parent
SOON = 90.0
"""Far longer than anything here should take, on a busy machine too."""


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """One of its own, to be killed."""
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        server = EmbeddedValkey(Path(folder))
        server.start()
        yield server
        server.stop()


def url_of(valkey: EmbeddedValkey) -> str:
    """The socket stays where it is when the server goes."""
    return f"unix://{valkey.data_dir}/store/valkey.sock"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with open_outside() as url:
        yield World(url)


@dataclass
class Running:
    """A started worker and what it has printed."""

    process: asyncio.subprocess.Process
    printed: bytearray
    redis: Redis
    db: Database

    async def until_printed(self, words: str) -> None:
        async with asyncio.timeout(SOON):
            while words.encode() not in self.printed:
                assert self.process.returncode is None, self.printed.decode()
                await asyncio.sleep(0.02)

    async def until_done(self, tenant_id: UUID, job: Job = Job.EMBED_PROFILE) -> None:
        async with asyncio.timeout(SOON):
            while True:
                async with self.db.begin() as session:
                    left = await session.scalar(
                        select(WorkItem.id).where(WorkItem.job == job, WorkItem.tenant_id == tenant_id)
                    )
                if left is None:
                    return
                assert self.process.returncode is None, self.printed.decode()
                await asyncio.sleep(0.02)


Start = Callable[[], Any]


@pytest.fixture
def start(
    db: Database, postgres_urls: PostgresUrls, settings: Settings, world: World, valkey: EmbeddedValkey
) -> Start:
    url = url_of(valkey)

    @asynccontextmanager
    async def begin() -> AsyncIterator[Running]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "workers",
            cwd=ROOT,
            env={
                "PATH": "/usr/bin:/bin",
                **{f"DATABASE_URL_{kind.upper()}": postgres_urls.logins[kind] for kind in Kind},
                "REDIS_URL": url,
                "KEY_ENCRYPTION_KEYS": settings.key_encryption_keys.get_secret_value(),
                "PUBLIC_URL": "http://127.0.0.1:8000",
                "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token.get_secret_value(),
                "TELEGRAM_API_BASE": world.url,
                "UPWORK_CLIENT_ID": "a-key",
                "UPWORK_CLIENT_SECRET": "a-secret",
                "UPWORK_GRAPHQL_URL": f"{world.url}/upwork/graphql",
                "UPWORK_TOKEN_URL": f"{world.url}/upwork/api/v3/oauth2/token",
                "LOG_JSON": "true",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed = bytearray()
        reading = asyncio.ensure_future(_read(process, printed))
        redis = Redis.from_url(url)
        running = Running(process, printed, redis, db)
        try:
            await running.until_printed("worker.ready")
            yield running
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading
            await redis.aclose()
            assert settings.telegram_bot_token.get_secret_value().encode() not in printed

    return begin


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON):
        while not await true():  # noqa: ASYNC110 - it becomes true in another process
            await asyncio.sleep(0.05)


@asynccontextmanager
async def ringing_database(urls: PostgresUrls, valkey: EmbeddedValkey) -> AsyncIterator[Database]:
    doorbell = ArqDoorbell(url_of(valkey))
    ringing = Database(urls.app, doorbell=doorbell)
    yield ringing
    await doorbell.close()
    await ringing.close()


async def _read(process: asyncio.subprocess.Process, printed: bytearray) -> None:
    assert process.stdout is not None
    while chunk := await process.stdout.read(4096):
        printed += chunk


async def ask(db: Database, tenant_id: UUID, *, delay: float = 0.0) -> None:
    async with db.begin() as session:
        await enqueue(session, Job.EMBED_PROFILE, tenant_id=tenant_id, ref=tenant_id, delay=delay)


MakeTenant = Callable[[], Awaitable[Account]]


class Evil:
    """Runs a command when somebody unpickles it."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (self._command,))


@pytest.mark.asvs("V1.5.2")
async def test_bells_sweeps_and_poison(
    start: Start,
    make_tenant: MakeTenant,
    db: Database,
    postgres_urls: PostgresUrls,
    valkey: EmbeddedValkey,
) -> None:
    """One worker through all of it: starting one takes seconds."""
    tenant_id = (await make_tenant()).tenant_id
    marker = valkey.data_dir / "it-ran"
    async with start() as worker, ringing_database(postgres_urls, valkey) as ringing:
        await ask(ringing, tenant_id)
        await worker.until_done(tenant_id)

        await ask(db, tenant_id)  # nobody rings
        await worker.until_done(tenant_id)

        await ask(ringing, tenant_id, delay=0.5)
        await worker.redis.flushall()  # the bell that was set for later is gone
        await worker.until_done(tenant_id)

        poison = (
            pickle.dumps({"f": "ring", "a": (Evil(f"touch {marker}"),), "k": {}, "t": 1, "et": 1}),
            pickle.dumps(Evil(f"touch {marker}")),
            b'{"f": "os.system", "a": ["touch"], "k": {}, "t": 1, "et": 1}',
            b"\xff\xfe not json",
        )
        for number, payload in enumerate(poison):
            await worker.redis.set(f"arq:job:evil{number}", payload)
            await worker.redis.zadd(Kind.DRAFTING.queue, {f"evil{number}": 1})
        await ask(db, tenant_id)
        await worker.until_done(tenant_id)

        async def swallowed() -> bool:
            return not await worker.redis.exists(*(f"arq:job:evil{n}" for n in range(len(poison))))

        await eventually(swallowed)
        assert not marker.exists()

        worker.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.process.wait(), 15.0) == 0
        assert b"worker.stopped" in worker.printed


async def test_a_killed_redis_loses_nothing_and_stops_nothing(
    start: Start, make_tenant: MakeTenant, db: Database, postgres_urls: PostgresUrls, valkey: EmbeddedValkey
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with start() as worker, ringing_database(postgres_urls, valkey) as ringing:
        await ask(ringing, tenant_id)
        await worker.until_done(tenant_id)

        os.kill(valkey.pid, signal.SIGKILL)
        await ask(ringing, tenant_id)  # the bell cannot ring; the commit stands
        await worker.until_done(tenant_id)
        await worker.until_printed("worker.redis_lost")

        valkey.stop()
        valkey.start()
        await ask(db, tenant_id)
        await worker.until_done(tenant_id)
        assert worker.process.returncode is None
        worker.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(worker.process.wait(), 15.0) == 0


async def test_a_redis_that_falls_silent_is_one_that_is_gone(
    start: Start, make_tenant: MakeTenant, postgres_urls: PostgresUrls, valkey: EmbeddedValkey
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with start() as worker, ringing_database(postgres_urls, valkey) as ringing:
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            await ask(ringing, tenant_id)
            await worker.until_done(tenant_id)
            assert b"worker.redis_lost" in worker.printed
        finally:
            os.kill(valkey.pid, signal.SIGCONT)


async def test_bells_carry_an_id_and_nothing_else(
    make_tenant: MakeTenant, postgres_urls: PostgresUrls, valkey: EmbeddedValkey
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with ringing_database(postgres_urls, valkey) as ringing:
        await ask(ringing, tenant_id)
    redis = Redis.from_url(url_of(valkey))
    [key] = [key async for key in redis.scan_iter("arq:job:*")]
    content = json.loads(await redis.get(key))
    await redis.aclose()
    assert content["f"] == "ring"
    assert [str(UUID(argument)) for argument in content["a"]] == content["a"]
    assert content["k"] == {}


async def test_a_doorbell_without_redis_costs_a_moment_once(
    make_tenant: MakeTenant, db: Database, postgres_urls: PostgresUrls, valkey: EmbeddedValkey
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    valkey.stop()
    async with asyncio.timeout(12), ringing_database(postgres_urls, valkey) as ringing:
        for _ in range(20):
            await ask(ringing, tenant_id)
    async with db.begin() as session:
        assert await session.scalar(select(WorkItem.id).where(WorkItem.job == Job.EMBED_PROFILE))


async def link(db: Database, vault: Vault, upwork: httpx.AsyncClient, tenant_id: UUID) -> None:
    granted = (await upwork.post("/grants", json={"client_id": "a-key"})).json()
    account = (await upwork.get("/accounts")).json()[0]
    now = datetime.now(UTC)
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        row = UpworkAccount(tenant_id=tenant_id, id=uuid4(), token_version=0, status=AccountStatus.LINKED)
        row.upwork_user_id, row.upwork_nid = account["id"], account["nid"]
        row.organization_id = account["organizations"][0]["id"]
        row.name_sealed, row.linked_at = b"", now
        pair = TokenSet(granted["access_token"], granted["refresh_token"], granted["expires_in"])
        tokens.seal_tokens(keys, row, pair, now)
        session.add(row)


async def test_a_worker_leaves_at_once_in_the_middle_of_work_and_gives_it_back(
    start: Start, make_tenant: MakeTenant, db: Database, world: World, vault: Vault
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with httpx.AsyncClient(base_url=f"{world.url}/upwork/control", trust_env=False) as upwork:
        (await upwork.post("/reset", json={})).raise_for_status()
        await link(db, vault, upwork, tenant_id)
        hang = {"operation": "roomList", "kind": "hang", "seconds": 30}
        (await upwork.post("/faults", json=hang)).raise_for_status()
        async with db.begin() as session:
            await enqueue(session, Job.SYNC_ROOMS, tenant_id=tenant_id, ref=tenant_id)
        async with start() as worker:

            async def waiting() -> bool:
                counters = (await upwork.get("/counters")).json()
                return bool(counters["operations"].get("roomList"))

            await eventually(waiting)
            worker.process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(worker.process.wait(), 15.0) == 0
    async with db.begin() as session:
        item = (await session.scalars(select(WorkItem).where(WorkItem.job == Job.SYNC_ROOMS))).one()
    assert (item.lease_until, item.attempts) == (None, 0)
