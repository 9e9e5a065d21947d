"""Data keys move under a new wrapping key while everybody reads, through a kill in the middle, without one failed read."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core import inbox
from core.access.system_secrets import Purpose, SystemSecrets
from core.crypto import CannotUnseal, Vault
from core.db import Database
from core.security.keys import keys_for
from core.security.rotation import bar, in_use, rewrap, rotate
from core.settings import Login, Settings
from tests.conftest import FakeClock
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = bytes(range(32)), bytes(range(100, 132))
BOTH = Vault({1: OLD, 2: NEW})
RING = f"1:{base64.b64encode(OLD).decode()},2:{base64.b64encode(NEW).decode()}"

_CHILD = """
import asyncio, sys
from core import failpoints
from core.security import rotation
from core.settings import Environment
if sys.argv[1]:
    failpoints.arm(sys.argv[1], Environment.TEST)
sys.exit(asyncio.run(rotation.run(batch=7, anyway=False)))
"""


@dataclass
class Note:
    tenant_id: UUID
    id: UUID
    text_sealed: bytes = b""
    __tablename__: str = "notes"


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    names = [f"database_url_{login.value}" for login in (Login.UPKEEP, Login.ADMIN)]
    names += ["redis_url", "telegram_bot_token", "upwork_client_secret"]
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "ENVIRONMENT": "test",
        "PUBLIC_URL": settings.public_url,
        "UPWORK_CLIENT_ID": settings.upwork_client_id,
        "KEY_ENCRYPTION_KEYS": RING,
    } | {name.upper(): getattr(settings, name).get_secret_value() for name in names}


async def child(environment: dict[str, str], folder: Path, *arguments: str) -> tuple[int, str]:
    """Another process that rotates, or the command itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments), cwd=folder, env=environment, stdout=subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


@asynccontextmanager
async def readers(db: Database, notes: Mapping[UUID, Note]) -> AsyncIterator[dict[str, int]]:
    """A hundred reads a second and more, each of a sealed value through its tenant's key."""
    seen, stop = {"read": 0, "failed": 0}, asyncio.Event()

    async def read() -> None:
        while not stop.is_set():
            for tenant_id, note in notes.items():
                try:
                    async with db.begin(tenant_id) as session:
                        assert (await keys_for(session, BOTH)).unseal(note, "text_sealed") == str(tenant_id)
                    seen["read"] += 1
                except CannotUnseal:
                    seen["failed"] += 1
                await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(read()) for _ in range(2)]
    try:
        yield seen
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def notes_of(db: Database, vault: Vault, make_tenant: MakeTenant, count: int) -> dict[UUID, Note]:
    notes = {}
    for _ in range(count):
        tenant_id = (await make_tenant()).tenant_id
        note = notes[tenant_id] = Note(tenant_id, uuid4())
        async with db.begin(tenant_id) as session:
            note.text_sealed = (await keys_for(session, vault)).seal(note, "text_sealed", str(tenant_id))
    return notes


async def versions(owner_sql: OwnerSql) -> dict[object, object]:
    rows = await owner_sql("select kek_version, count(*) from app.tenant_keys group by kek_version")
    return {row[0]: row[1] for row in rows}


@pytest.fixture
async def notes(db: Database, vault: Vault, make_tenant: MakeTenant) -> dict[UUID, Note]:
    return await notes_of(db, vault, make_tenant, 30)


async def test_rotating_under_load_through_a_kill(
    db: Database, notes: dict[UUID, Note], owner_sql: OwnerSql, environment: dict[str, str], tmp_path: Path
) -> None:
    async with readers(db, notes) as seen:
        died, _ = await child(environment, tmp_path, "-c", _CHILD, "mid_rewrap")
        assert died == 137
        assert await versions(owner_sql) == {1: 23, 2: 7}
        code, said = await child(environment, tmp_path, "-m", "core.security.rotation", "--check", "1")
        assert (code, "23 data keys" in said) == (1, True), said
        finished, said = await child(environment, tmp_path, "-c", _CHILD, "")
        assert finished == 0, said
        assert "[##############################] 23 of 23 keys" in said
        assert "0 left on older versions" in said
    assert seen["failed"] == 0
    assert seen["read"] > 100
    assert await versions(owner_sql) == {2: 30}

    code, said = await child(environment, tmp_path, "-m", "core.security.rotation", "--check", "1")
    assert (code, "may be taken out" in said) == (0, True), said
    code, said = await child(environment, tmp_path, "-m", "core.security.rotation", "--check", "2")
    assert code == 1
    alone = Vault({2: NEW})
    for tenant_id, note in notes.items():
        async with db.begin(tenant_id) as session:
            assert (await keys_for(session, alone)).unseal(note, "text_sealed") == str(tenant_id)


async def test_the_installations_own_secrets_come_along(
    db: Database, logins: Mapping[Login, Database], vault: Vault
) -> None:
    before = await SystemSecrets(db, vault).get(Purpose.SIGNING)
    async with db.begin() as session:
        await inbox.store(session, vault, [{"update_id": 9, "message": {"chat": {"id": 4}}}])
    upkeep, overview = logins[Login.UPKEEP], logins[Login.ADMIN]
    use = await in_use(upkeep, overview, 1)
    assert (use.secrets, use.passing, use.none) == (1, 1, False)
    await rotate(upkeep, overview, BOTH)
    use = await in_use(upkeep, overview, 1)
    assert (use.secrets, use.passing, use.none) == (0, 1, False)
    assert await SystemSecrets(db, Vault({2: NEW})).get(Purpose.SIGNING) == before
    # A stored update is not sealed anew: once it is handled nothing of it is left.
    async with db.begin() as session:
        await inbox.finish(session, 9)
    assert (await in_use(upkeep, overview, 1)).none


async def test_a_key_that_nobody_can_open_is_counted_and_stops_nothing(
    db: Database, logins: Mapping[Login, Database], vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    notes = await notes_of(db, vault, make_tenant, 3)
    broken = next(iter(notes))
    await owner_sql("update app.tenant_keys set kek_version = 9 where tenant_id = :t", t=broken)
    outcome = await rotate(logins[Login.UPKEEP], logins[Login.ADMIN], BOTH, batch=1)
    assert (outcome.rewrapped, outcome.unreadable, outcome.left) == (2, 1, 1)


async def test_two_rotations_at_once_do_it_once(
    db: Database, logins: Mapping[Login, Database], vault: Vault, make_tenant: MakeTenant
) -> None:
    notes = await notes_of(db, vault, make_tenant, 6)
    upkeep, overview = logins[Login.UPKEEP], logins[Login.ADMIN]
    both = await asyncio.gather(*(rotate(upkeep, overview, BOTH) for _ in range(2)))
    assert sum(outcome.rewrapped for outcome in both) == len(notes)
    assert not await rewrap(upkeep, BOTH, next(iter(notes)))


def test_the_bar_says_how_far_it_is(clock: FakeClock) -> None:
    assert bar(0, 0) == "[##############################] 0 of 0 keys"
    assert bar(1, 3).count("#") == 10
