"""What verifying finds: an edit, a deletion, a reorder and, against the anchors alone, a cut end and a chain written anew."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select

from core.accounts.models import Tenant
from core.clock import Clock
from core.crypto import CannotUnseal, Vault
from core.db import Database
from core.http import open_http
from core.jobs import Job, WorkItem
from core.security import anchor, audit, chain
from core.security.anchor import Anchor, NotAnchored
from core.security.chain import Fault, Head
from core.security.verify import Report, table, verify
from core.settings import Login, Settings
from tests.core.acting import Desk, OwnerSql
from tests.core.upwork_side import MakeTenant, MovableClock
from workers.jobs.audit import anchor_head

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[[], Awaitable[Report]]


@pytest.fixture
def anchored(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"audit_anchor": str(tmp_path / "anchors")})


@pytest.fixture
def check(anchored: Settings, db: Database, vault: Vault) -> Check:
    async def run() -> Report:
        async with open_http() as http:
            return await verify(anchored, db, http, vault)

    return run


AnchorNow = Callable[..., Awaitable[bool]]


@pytest.fixture
def anchor_now(anchored: Settings, db: Database, vault: Vault, clock: Clock) -> AnchorNow:
    async def run(tenant_id: UUID, settings: Settings = anchored) -> bool:
        async with open_http(settings) as http:
            return await anchor_head(settings, db, http, vault, clock, tenant_id=tenant_id)

    return run


@pytest.fixture
async def tenant_id(db: Database, anchor_now: AnchorNow, make_tenant: MakeTenant) -> UUID:
    """An account with twenty events, the first nineteen anchored."""
    made = (await make_tenant()).tenant_id
    for number in range(18):
        async with db.begin(made) as session:
            audit.record(session, "search.added", actor=audit.USER, number=number)
    await anchor_now(made)
    async with db.begin(made) as session:
        audit.record(session, "search.deleted", actor=audit.USER, number=19)
    return made


@pytest.fixture
def tamper(owner_sql: OwnerSql) -> Callable[..., Awaitable[None]]:
    """What a superuser can do who switches the triggers off."""

    async def run(*statements: str, **values: object) -> None:
        whole = "; ".join(statement.replace(":t", f"'{values['t']}'") for statement in statements)
        await owner_sql(f"do $do$ begin set local session_replication_role = replica; {whole}; end $do$")

    return run


Tamper = Callable[..., Awaitable[None]]


def faults(report: Report) -> set[Fault]:
    return {finding.fault for account in report.accounts for finding in account.findings}


async def test_an_untouched_chain_is_whole(tenant_id: UUID, check: Check) -> None:
    report = await check()
    [account] = report.accounts
    assert (account.events, account.anchored, account.findings, report.forged) == (20, 19, (), 0)
    assert table(report).splitlines()[-1] == "audit: 1 accounts, 20 events, 0 findings"
    assert "1 events are newer than their anchors" in table(report)


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize(
    "change",
    [
        "event = 'search.changed'",
        "actor = 'system'",
        "created_at = created_at - interval '1 second'",
        "payload_sealed = payload_sealed || '\\x00'::bytea",
        "payload_sealed = ''::bytea",
        "id = gen_random_uuid()",
    ],
)
async def test_an_edit_is_found(tenant_id: UUID, check: Check, tamper: Tamper, change: str) -> None:
    statement = f"update app.audit_events set {change} where tenant_id = :t and seq = 7"  # noqa: S608 - our own words
    await tamper(statement, t=tenant_id)
    [account] = (await check()).accounts
    assert [(finding.fault, finding.seq) for finding in account.findings] == [(Fault.EDITED, 7)]


async def test_an_edit_with_a_hash_of_its_own_breaks_the_next_link(
    tenant_id: UUID, check: Check, tamper: Tamper
) -> None:
    await tamper(
        "update app.audit_events set event = 'search.changed' where tenant_id = :t and seq = 19",
        "update app.audit_events set hash = app.audit_hash(tenant_id, id, seq, prev, created_at, event, actor, payload_sealed)"
        " where tenant_id = :t and seq = 19",
        t=tenant_id,
    )
    assert faults(await check()) == {Fault.BROKEN, Fault.REPLACED}


@pytest.mark.asvs("V16.4.2")
async def test_a_deletion_is_found(tenant_id: UUID, check: Check, tamper: Tamper) -> None:
    await tamper("delete from app.audit_events where tenant_id = :t and seq in (7, 8)", t=tenant_id)
    [account] = (await check()).accounts
    assert [(finding.fault, finding.seq) for finding in account.findings] == [(Fault.DELETED, 7)]


async def test_a_deletion_that_closes_the_gap_is_found_too(
    tenant_id: UUID, check: Check, tamper: Tamper
) -> None:
    await tamper(
        "delete from app.audit_events where tenant_id = :t and seq = 7",
        "update app.audit_events set seq = seq - 1000 where tenant_id = :t and seq > 7",
        "update app.audit_events set seq = seq + 999 where tenant_id = :t and seq < 0",
        t=tenant_id,
    )
    assert Fault.EDITED in faults(await check())


@pytest.mark.asvs("V16.4.2")
async def test_a_reorder_is_found(tenant_id: UUID, check: Check, tamper: Tamper) -> None:
    await tamper(
        "update app.audit_events set seq = -7 where tenant_id = :t and seq = 7",
        "update app.audit_events set seq = 7 where tenant_id = :t and seq = 9",
        "update app.audit_events set seq = 9 where tenant_id = :t and seq = -7",
        t=tenant_id,
    )
    assert Fault.REORDERED in faults(await check())


@pytest.mark.asvs("V16.4.2")
async def test_a_cut_end_is_found_only_against_the_anchor(
    tenant_id: UUID, check: Check, tamper: Tamper, db: Database
) -> None:
    await tamper("delete from app.audit_events where tenant_id = :t and seq > 15", t=tenant_id)
    async with db.begin(tenant_id) as session:
        links = await chain.load(session)
    assert chain.check(links) == []
    [account] = (await check()).accounts
    assert [(finding.fault, finding.seq) for finding in account.findings] == [(Fault.CUT, 16)]


async def test_what_is_newer_than_the_last_anchor_can_be_cut_unseen(
    tenant_id: UUID, check: Check, tamper: Tamper
) -> None:
    """The limit of it, which anchoring every hour and every few dozen events keeps small."""
    await tamper("delete from app.audit_events where tenant_id = :t and seq > 19", t=tenant_id)
    assert faults(await check()) == set()


async def test_a_chain_written_anew_is_found_only_against_the_anchor(
    tenant_id: UUID, check: Check, tamper: Tamper, owner_sql: OwnerSql
) -> None:
    await tamper("delete from app.audit_events where tenant_id = :t", t=tenant_id)
    for _ in range(25):
        await owner_sql(
            "insert into app.audit_events (tenant_id, id, event, actor, payload_sealed) "
            "values (:t, gen_random_uuid(), 'search.added', 'user', '')",
            t=tenant_id,
        )
    assert faults(await check()) == {Fault.REPLACED}


async def test_a_chain_that_was_taken_away_is_missed(
    tenant_id: UUID, check: Check, owner_sql: OwnerSql
) -> None:
    await owner_sql("delete from app.tenants where tenant_id = :t", t=tenant_id)
    await owner_sql("delete from app.work_items")
    assert faults(await check()) == {Fault.GONE}


async def test_an_erased_account_says_so_and_is_missed_when_a_backup_brings_it_back(
    tenant_id: UUID, check: Check, anchored: Settings, db: Database, vault: Vault
) -> None:
    async with db.begin(tenant_id) as session:
        head = await chain.head_of(session)
    async with open_http() as http:
        await anchor.write(anchored, http, vault, Anchor(tenant_id, head, datetime.now(UTC), erased=True))
    assert faults(await check()) == {Fault.RETURNED}
    async with db.begin(tenant_id) as session:
        await session.execute(delete(Tenant).where(Tenant.tenant_id == tenant_id))
    report = await check()
    assert (faults(report), [account.words for account in report.accounts]) == (set(), ["erased"])


async def test_the_owner_cannot_change_an_event_by_a_slip(tenant_id: UUID, owner_sql: OwnerSql) -> None:
    for statement in (
        "update app.audit_events set event = 'x.y' where seq = 3",
        "delete from app.audit_events where seq = 3",
    ):
        with pytest.raises(Exception, match="not changed afterwards"):
            await owner_sql(statement)


@pytest.fixture
def days_file(tenant_id: UUID, anchored: Settings) -> Path:
    [found] = Path(anchored.audit_anchor).glob("*.jsonl")
    return found


def spoil(path: Path) -> None:
    path.write_text(path.read_text().replace('"seq": 19', '"seq": 18') + "{}\nnonsense\n")


async def test_an_anchor_that_was_changed_or_made_up_is_refused(
    days_file: Path, check: Check, vault: Vault, clock: Clock
) -> None:
    spoil(days_file)
    report = await check()
    assert (report.forged, report.findings) == (3, 3)
    line = anchor.to_line(vault, Anchor(uuid4(), Head(1, bytes(32)), clock.now()))
    with pytest.raises(CannotUnseal):
        anchor.from_line(Vault({1: bytes(32)}), line)


async def test_anchors_of_a_retired_key_are_said_and_are_no_finding(
    tenant_id: UUID, anchored: Settings, db: Database
) -> None:
    key = base64.b64encode(bytes(range(1, 33))).decode()
    later = anchored.model_copy(update={"key_encryption_keys": SecretStr(f"2:{key}")})
    later.__dict__.pop("kek_ring", None)
    async with open_http() as http:
        report = await verify(later, db, http, Vault(later.kek_ring))
    assert (report.retired, report.forged, report.findings) == (1, 0, 0)
    assert "not here any more" in table(report)


async def test_the_head_is_anchored_when_it_moved_and_once_a_day_otherwise(
    tenant_id: UUID, anchor_now: AnchorNow, clock: MovableClock
) -> None:
    noted = [await anchor_now(tenant_id) for _ in range(2)]
    clock.advance(hours=25)
    noted.append(await anchor_now(tenant_id))
    assert noted == [True, False, True]


@dataclass
class Store:
    """An object store: what was put there, under which path."""

    settings: Settings
    objects: dict[str, bytes]


@pytest.fixture
async def store(anchored: Settings) -> AsyncIterator[Store]:
    stored: dict[str, bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verb, path, _ = (await reader.readline()).decode().split()
        length, allowed = 0, False
        while header := (await reader.readline()).decode().strip():
            name, _, value = header.partition(": ")
            length = int(value) if name.lower() == "content-length" else length
            allowed = allowed or header.lower().startswith("authorization: basic ")
        body = await reader.readexactly(length)
        status, content = (200, stored.get(path)) if verb == "GET" else (201, b"")
        if verb == "PUT" and allowed:
            stored[path] = body
        if content is None or not allowed:
            status, content = 404, b""
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Store(
            anchored.model_copy(update={"audit_anchor": f"http://keeper:secret@127.0.0.1:{port}/audit/"}),
            stored,
        )


async def test_an_object_store_takes_anchors_by_http(
    tenant_id: UUID, store: Store, anchor_now: AnchorNow, db: Database, vault: Vault
) -> None:
    async with open_http(store.settings) as http:
        assert await anchor_now(tenant_id, store.settings)
        report = await verify(store.settings, db, http, vault)
    assert sorted(store.objects) == [
        f"/audit/{tenant_id}/000000000020.json",
        f"/audit/{tenant_id}/head.json",
    ]
    assert [(account.anchored, account.findings) for account in report.accounts] == [(20, ())]


ROLL = "/audit/accounts/head.json"


async def known(db: Database) -> set[UUID]:
    async with db.begin() as session:
        return set(await session.scalars(select(WorkItem.tenant_id).distinct())) - {UUID(int=0)}


@pytest.mark.asvs("V16.4.2")
@pytest.mark.parametrize("anchored_before", [True, False])
async def test_a_wholly_vanished_account_is_missed_by_the_store_too(
    tenant_id: UUID,
    store: Store,
    anchor_now: AnchorNow,
    db: Database,
    *,
    vault: Vault,
    clock: MovableClock,
    owner_sql: OwnerSql,
    anchored_before: bool,
) -> None:
    async with open_http(store.settings) as http:
        if anchored_before:
            await anchor_now(tenant_id, store.settings)
        await anchor.call_the_roll(store.settings, http, vault, accounts=await known(db), at=clock.now())
        await owner_sql("delete from app.tenants")
        await owner_sql("delete from app.work_items")
        for _ in range(2):
            report = await verify(store.settings, db, http, vault)
            assert [(account.tenant_id, account.findings[0].fault) for account in report.accounts] == [
                (tenant_id, Fault.GONE)
            ]
            # The next list does not forget it either.
            clock.advance(hours=1)
            await anchor.call_the_roll(store.settings, http, vault, accounts=await known(db), at=clock.now())
    assert len([path for path in store.objects if path.startswith("/audit/accounts/2")]) == 3


async def test_an_erased_account_leaves_the_list(
    tenant_id: UUID, store: Store, db: Database, *, vault: Vault, clock: MovableClock, owner_sql: OwnerSql
) -> None:
    async with open_http(store.settings) as http:
        await anchor.call_the_roll(store.settings, http, vault, accounts={tenant_id}, at=clock.now())
        async with db.begin(tenant_id) as session:
            head = await chain.head_of(session)
        await anchor.write(store.settings, http, vault, Anchor(tenant_id, head, clock.now(), erased=True))
        await owner_sql("delete from app.tenants")
        await owner_sql("delete from app.work_items")
        assert (await verify(store.settings, db, http, vault)).findings == 0
        roll = await anchor.call_the_roll(store.settings, http, vault, accounts=(), at=clock.now())
        assert roll.accounts == frozenset()
        assert (await verify(store.settings, db, http, vault)).accounts == ()


async def test_a_list_that_somebody_shortened_is_found_and_not_covered_up(
    tenant_id: UUID, store: Store, db: Database, vault: Vault, clock: MovableClock
) -> None:
    async with open_http(store.settings) as http:
        await anchor.call_the_roll(store.settings, http, vault, accounts={tenant_id, uuid4()}, at=clock.now())
        shorter = json.loads(store.objects[ROLL]) | {"accounts": [str(tenant_id)]}
        store.objects[ROLL] = json.dumps(shorter).encode()
        assert (await verify(store.settings, db, http, vault)).forged == 1
        with pytest.raises(NotAnchored):
            await anchor.call_the_roll(store.settings, http, vault, accounts=(), at=clock.now())
        # One under a key that was retired since is carried over.
        store.objects.clear()
        retired = Vault({7: bytes(range(32))})
        await anchor.call_the_roll(store.settings, http, retired, accounts={tenant_id}, at=clock.now())
        assert (await verify(store.settings, db, http, vault)).retired == 1
        roll = await anchor.call_the_roll(store.settings, http, vault, accounts=(), at=clock.now())
        assert roll.accounts == {tenant_id}


async def test_anchoring_calls_the_roll_a_little_later(desk: Desk, store: Store) -> None:
    olena = await desk.freelancer()
    async with open_http(store.settings) as http:
        desk.rt = replace(desk.rt, settings=store.settings, http=http)
        await desk.work(Job.ANCHOR_AUDIT, hurry=True)
        assert ROLL not in store.objects
        await desk.work(Job.CALL_ROLL, hurry=True)
        assert json.loads(store.objects[ROLL])["accounts"] == [str(olena.tenant_id)]


async def test_a_folder_that_takes_nothing_is_said(
    tenant_id: UUID, anchored: Settings, anchor_now: AnchorNow, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAnchored):
        await anchor_now(tenant_id, anchored.model_copy(update={"audit_anchor": str(tmp_path / "file")}))


async def test_the_command_says_in_its_last_line_and_its_status_whether_all_is_well(
    tenant_id: UUID, anchored: Settings, tamper: Tamper
) -> None:
    environment = {
        "ENVIRONMENT": "test",
        "DATABASE_URL_UPKEEP": anchored.database_url(Login.UPKEEP),
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "KEY_ENCRYPTION_KEYS": anchored.key_encryption_keys.get_secret_value(),
        "PUBLIC_URL": anchored.public_url,
        "TELEGRAM_BOT_TOKEN": "1:x",
        "UPWORK_CLIENT_ID": "x",
        "UPWORK_CLIENT_SECRET": "x",
        "AUDIT_ANCHOR": anchored.audit_anchor,
    }

    async def run() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "core.security.verify",
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode().splitlines()[-1]

    assert await run() == (0, "audit: 1 accounts, 20 events, 0 findings")
    await tamper("delete from app.audit_events where tenant_id = :t and seq = 7", t=tenant_id)
    assert await run() == (1, "audit: 1 accounts, 19 events, 1 findings")
