"""No key encrypts too much: what is counted, when it is told, when it is refused. And processes learn of a new wrapping key."""

from __future__ import annotations

import base64
import secrets
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from core import crypto, inbox
from core.crypto import ALARM_AT, REFUSE_AT, CannotUnseal, KeySpent, TenantKeys, UnknownKey, Uses, Vault
from core.db import Database
from core.runtime import open_runtime
from core.security import audit, key_uses, rotation
from core.security.alerts.models import AlertKind
from core.security.alerts.service import recent_alerts
from core.security.keyring import load_ring
from core.security.keys import keys_for
from core.security.models import KeyHolder, KeyUse, TenantKey
from core.settings import Login, Settings
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant

OLD, NEW = bytes(range(32)), bytes(range(100, 132))


@dataclass
class Row:
    tenant_id: UUID
    id: UUID
    one: bytes = b""
    __tablename__: str = "things"


async def counted(db: Database, tenant_id: UUID) -> int:
    async with db.begin(tenant_id) as session:
        return int(await session.scalar(select(TenantKey.sealed)) or 0)


@pytest.mark.asvs("V11.3.4")
def test_a_hundred_thousand_values_of_one_key_have_a_hundred_thousand_nonces() -> None:
    row, uses = Row(uuid4(), uuid4()), Uses()
    keys = TenantKeys(row.tenant_id, secrets.token_bytes(32), uses)
    nonces = {keys.seal(row, "one", "x")[:12] for _ in range(100_000)}
    assert len(nonces) == 100_000
    assert uses.take() == {row.tenant_id: 100_000}


@pytest.mark.asvs("V11.3.4")
def test_everything_a_wrapping_key_encrypts_is_counted_and_nothing_that_it_opens() -> None:
    vault, tenant_id = Vault({3: OLD}), uuid4()
    version, wrapped = vault.new_data_key(tenant_id)
    sealed = vault.seal_system(b"x", "place")
    vault.rewrap(tenant_id, version, wrapped)
    assert vault.uses.take() == {3: 3}
    vault.unwrap(tenant_id, version, wrapped)
    vault.unseal_system(sealed, "place")
    assert vault.uses.take() == {}


@pytest.mark.asvs("V11.3.4")
def test_a_key_that_is_used_up_seals_nothing_more_and_still_opens() -> None:
    row = Row(uuid4(), uuid4())
    almost = TenantKeys(row.tenant_id, OLD, Uses(), REFUSE_AT - 2)
    row.one = almost.seal(row, "one", "the last but one")
    row.one = almost.seal(row, "one", "the last")
    with pytest.raises(KeySpent):
        almost.seal(row, "one", "one too many")
    assert almost.unseal(row, "one") == "the last"
    vault = Vault({1: OLD, 2: NEW})
    sealed = vault.seal_system(b"x", "place")
    vault.uses.learn({2: REFUSE_AT})
    for spent in (lambda: vault.seal_system(b"x", "place"), lambda: vault.new_data_key(uuid4())):
        with pytest.raises(KeySpent):
            spent()
    assert vault.unseal_system(sealed, "place") == b"x"


@pytest.mark.asvs("V11.3.4")
async def test_what_the_product_seals_is_added_up_over_processes(
    db: Database, vault: Vault, make_tenant: MakeTenant
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    await key_uses.note(db, vault)
    before = await counted(db, tenant_id)
    others = Vault({vault.version: vault._ring[vault.version]})
    for process in (vault, others):
        for number in range(3):
            async with db.begin(tenant_id) as session:
                row = Row(tenant_id, uuid4())
                (await keys_for(session, process)).seal(row, "one", str(number))
    assert await counted(db, tenant_id) == before, "no write for an encryption"
    await key_uses.note(db, vault, at_least=key_uses.NOTE_AFTER)
    assert await counted(db, tenant_id) == before, "a few are kept back"
    for process in (vault, others):
        await key_uses.note(db, process)
        await key_uses.note(db, process)
    assert await counted(db, tenant_id) == before + 6
    async with db.begin() as session:
        await inbox.store(session, others, [{"update_id": 7, "message": {"chat": {"id": 1}}}])
    async with db.begin() as session:
        noted = await session.scalar(select(KeyUse.sealed).where(KeyUse.version == others.version)) or 0
    await key_uses.note(db, others)
    async with db.begin() as session:
        assert await session.scalar(select(KeyUse.sealed)) == noted + 1


async def test_what_could_not_be_noted_is_noted_the_next_time(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    await key_uses.note(db, vault)
    before = await counted(db, tenant_id)
    async with db.begin(tenant_id) as session:
        (await keys_for(session, vault)).seal(Row(tenant_id, uuid4()), "one", "x")
    vault.seal_system(b"x", "place")
    await owner_sql("alter table app.tenant_keys rename to gone")
    try:
        with pytest.raises(SQLAlchemyError):
            await key_uses.note(db, vault)
    finally:
        await owner_sql("alter table app.gone rename to tenant_keys")
    await key_uses.note(db, vault)
    assert await counted(db, tenant_id) == before + 1
    assert vault.uses.take() == {}


async def test_an_erased_accounts_count_goes_with_its_key(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with db.begin(tenant_id) as session:
        (await keys_for(session, vault)).seal(Row(tenant_id, uuid4()), "one", "x")
    await owner_sql("delete from app.tenants")
    await key_uses.note(db, vault)
    assert await owner_sql("select 1 from app.tenant_keys") == []
    assert vault.uses.take() == {}


@pytest.mark.asvs("V11.3.4")
async def test_half_way_there_somebody_is_told_once(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql, logins: Mapping[Login, Database]
) -> None:
    """As the process with the fewest rights, which has to be able to count and to tell."""
    audit.seal_with(logins[Login.NOTIFY], vault)
    tenant_id = (await make_tenant()).tenant_id
    await key_uses.note(db, vault)
    await owner_sql("update app.tenant_keys set sealed = 2147483647")
    for _ in range(2):
        async with db.begin(tenant_id) as session:
            (await keys_for(session, vault)).seal(Row(tenant_id, uuid4()), "one", "x")
        await key_uses.note(logins[Login.NOTIFY], vault)
    async with db.begin(tenant_id) as session:
        kinds = [alert.kind for alert in await recent_alerts(session, limit=10)]
    assert kinds.count(AlertKind.KEY_WORN) == 1
    async with db.begin() as session:
        assert not await key_uses.is_worn(session)
        session.add(KeyUse(version=9, sealed=ALARM_AT))
        await session.flush()
        assert await key_uses.is_worn(session)


@pytest.mark.asvs("V11.3.4")
async def test_a_tenants_spent_key_refuses_in_every_process(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    await owner_sql("update app.tenant_keys set sealed = 4294967296")
    with pytest.raises(KeySpent):
        async with db.begin(tenant_id) as session:
            audit.record(session, "search.added", actor=audit.USER, number=1)


# A new wrapping key


def ring_file(path: Path, *keys: bytes) -> Path:
    lines = [f"{number}:{base64.b64encode(key).decode()}" for number, key in enumerate(keys, start=1)]
    path.write_text("\n".join(lines))
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


def from_file(path: Path) -> Vault:
    def read() -> dict[int, bytes]:
        return load_ring(keys="", file=str(path), command="")

    return Vault(read(), read)


def test_a_process_that_meets_a_new_version_reads_its_ring_again(tmp_path: Path) -> None:
    path, tenant_id = ring_file(tmp_path / "ring", OLD), uuid4()
    behind = from_file(path)
    ring_file(path, OLD, NEW)
    ahead = from_file(path)
    assert (behind.version, ahead.version) == (1, 2)
    assert behind.unseal_system(ahead.seal_system(b"x", "place"), "place") == b"x"
    assert behind.version == 2, "and seals with it from now on"
    version, wrapped = ahead.new_data_key(tenant_id)
    assert behind.unwrap(tenant_id, version, wrapped).data_key


def test_a_source_is_asked_once_and_its_answer_changes_no_key_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def swapped() -> dict[int, bytes]:
        asked.append(1)
        return {1: NEW, 2: NEW}

    vault = Vault({1: OLD}, swapped)
    sealed = vault.seal_system(b"x", "place")
    unknown = (9).to_bytes(2, "big") + bytes(40)
    for _ in range(5):
        with pytest.raises(UnknownKey, match="key 9 is not in this process's ring"):
            vault.unseal_system(unknown, "place")
    assert len(asked) == 1
    assert vault.unseal_system(sealed, "place") == b"x"
    later = time.monotonic() + crypto.REREAD_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(UnknownKey):
        vault.unseal_system(unknown, "place")
    assert len(asked) == 2


@pytest.mark.parametrize("broken", ["missing", "nonsense", "open to others"])
def test_a_source_that_gives_nothing_good_leaves_the_ring_as_it_is(tmp_path: Path, broken: str) -> None:
    path = ring_file(tmp_path / "ring", OLD)
    vault = from_file(path)
    sealed = vault.seal_system(b"x", "place")
    if broken == "missing":
        path.unlink()
    elif broken == "nonsense":
        path.write_text("2:short")
    else:
        ring_file(path, OLD, NEW).chmod(0o644)
    with pytest.raises(CannotUnseal):
        vault.unseal_system((2).to_bytes(2, "big") + bytes(40), "place")
    assert vault.version == 1
    assert vault.unseal_system(sealed, "place") == b"x"


def test_without_a_source_the_error_says_what_to_do() -> None:
    with pytest.raises(UnknownKey, match=r"restart the process if it is _KEYS"):
        Vault({1: OLD}).unseal_system((2).to_bytes(2, "big") + bytes(40), "place")


async def test_a_running_process_learns_of_the_new_key_from_the_others(db: Database, tmp_path: Path) -> None:
    path = ring_file(tmp_path / "ring", OLD)
    behind, stuck = from_file(path), Vault({1: OLD})
    for vault in (behind, stuck):
        await key_uses.announce(db, vault, holder=uuid4(), process="bot")
    ring_file(path, OLD, NEW)
    ahead = from_file(path)
    assert await rotation.not_ready(db, ahead) == {"bot": 2}
    async with db.begin() as session:
        await session.execute(text("delete from app.key_holders where process = 'bot'"))
    for vault in (behind, stuck):
        holder = uuid4()
        # As its loop does once a minute: first it sees that somebody knows more, then it says what it knows.
        for _ in range(2):
            await key_uses._try(db, vault, holder, "bot", at_least=key_uses.NOTE_AFTER)
    assert (behind.version, stuck.version) == (2, 1)
    assert await rotation.not_ready(db, ahead) == {"bot": 1}


@pytest.mark.usefixtures("db")
async def test_a_process_says_that_it_runs_and_that_it_stopped(
    settings: Settings, owner_sql: OwnerSql
) -> None:
    async with open_runtime(settings, Login.BOT) as rt:
        rt.vault.seal_system(b"x", "place")
        deadline = time.monotonic() + 30
        while not (rows := await owner_sql("select process, newest from app.key_holders")):
            assert time.monotonic() < deadline
        assert rows == [("bot", rt.vault.version)]
    assert await owner_sql("select 1 from app.key_holders") == []
    assert await owner_sql("select version, sealed from app.key_uses") == [(rt.vault.version, 1)]


async def test_a_process_that_was_killed_is_forgotten(db: Database, owner_sql: OwnerSql) -> None:
    await key_uses.announce(db, Vault({1: OLD}), holder=uuid4(), process="bot")
    await owner_sql("update app.key_holders set seen_at = now() - interval '4 minutes'")
    assert await rotation.not_ready(db, Vault({2: NEW})) == {}
    await owner_sql("update app.key_holders set seen_at = now() - interval '2 days'")
    await key_uses.announce(db, Vault({1: OLD}), holder=uuid4(), process="web")
    async with db.begin() as session:
        assert list(await session.scalars(select(KeyHolder.process))) == ["web"]


async def test_rotating_is_refused_while_somebody_does_not_know_the_key(
    db: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {f"DATABASE_URL_{login.value.upper()}": settings.database_url(login) for login in Login}
    ring = f"1:{base64.b64encode(OLD).decode()},2:{base64.b64encode(NEW).decode()}"
    for name, value in names.items() | {
        ("KEY_ENCRYPTION_KEYS", ring),
        ("REDIS_URL", settings.redis_url.get_secret_value()),
        ("PUBLIC_URL", settings.public_url),
        ("TELEGRAM_BOT_TOKEN", settings.telegram_bot_token.get_secret_value()),
        ("UPWORK_CLIENT_ID", settings.upwork_client_id),
        ("UPWORK_CLIENT_SECRET", settings.upwork_client_secret.get_secret_value()),
        ("ENVIRONMENT", "test"),
    }:
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)  # where no .env lies
    await key_uses.announce(db, Vault({1: OLD}), holder=uuid4(), process="web")
    assert await rotation.run(batch=5, anyway=False) == 1
    assert "do not know version 2 yet: 1 web" in capsys.readouterr().out
    assert await rotation.run(batch=5, anyway=True) == 0
