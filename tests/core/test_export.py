"""A copy holds everything that is about a person, nothing that is a secret, and nothing of anybody else's."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.service import Account
from core.crypto import Vault
from core.db import Database
from core.errors import LimitReached, NotFound
from core.privacy import export
from core.privacy.gather import UNREADABLE, gather, names
from core.privacy.models import ExportState
from core.privacy.rules import RULES, Export
from core.privacy.tables import TABLES
from core.runtime import Runtime
from core.security.assurance import ACCOUNT, Act, StepUpNeeded, chat_session
from core.security.factors.models import FactorKind
from core.security.keys import keys_for
from core.security.stepup.service import prove
from core.settings import Login
from sandbox.embedded import PostgresUrls
from tests.conftest import FakeClock
from tests.core.acting import OwnerSql
from tests.core.canaries import Canaries, plant
from tests.core.upwork_side import MakeTenant

OF_EXPORTS = frozenset({"data_exports"})


async def nobody_listens(_done: int, _total: int) -> None:
    return None


async def asked(rt: Runtime, account: Account, *, times: int = 1) -> UUID:
    """A person who has just stepped up asks for a copy."""
    by = chat_session(account.telegram_id)
    export_id = uuid4()
    for _ in range(times):
        async with rt.db.begin(account.tenant_id) as session:
            await prove(session, by=by, kind=FactorKind.TOTP, clock=rt.clock, acts={Act.EXPORT: ACCOUNT})
        async with rt.db.begin(account.tenant_id) as session:
            export_id = await export.request_export(session, by=by, language="en", clock=rt.clock)
    return export_id


async def fetched(rt: Runtime, account: Account, export_id: UUID) -> Mapping[str, str]:
    async with rt.db.begin(account.tenant_id) as session:
        content = await export.fetch(session, await rt.keys(session), export_id=export_id, clock=rt.clock)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8", "surrogatepass") for name in archive.namelist()}


async def full(rt: Runtime, urls: PostgresUrls, account: Account) -> Canaries:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await keys_for(session, rt.vault)
    return await plant(urls, tenant_id=account.tenant_id, chat_id=account.chat_id, keys=keys, skip=OF_EXPORTS)


@pytest.fixture
def upkeep(rt: Runtime, logins: Mapping[Login, Database]) -> Runtime:
    """The process that makes copies, with its own role: what it may not read would be missing."""
    return replace(rt, db=logins[Login.UPKEEP])


async def test_every_column_of_every_table_is_there_and_no_secret(
    rt: Runtime, upkeep: Runtime, postgres_urls: PostgresUrls, make_tenant: MakeTenant
) -> None:
    mine, other = await make_tenant(), await make_tenant()
    canaries, theirs = await full(rt, postgres_urls, mine), await full(rt, postgres_urls, other)
    export_id = await asked(rt, mine)
    assert await export.build(upkeep, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    files = await fetched(rt, mine, export_id)
    missing = {
        place for place, word in canaries.given.items() if word not in files[f"{_folder(place[0])}.json"]
    }
    assert missing == set()
    everything = "\n".join(files.values())
    assert {place for place, word in canaries.held.items() if word in everything} == set()
    of_others = {**theirs.given, **theirs.held}
    assert {place for place, word in of_others.items() if len(word) > 10 and word in everything} == set()
    assert str(other.tenant_id) not in everything
    # The check has teeth: there is something to find in each table that a person gets.
    assert {table for table, _ in canaries.given} >= {
        name for name in names() if RULES[name].export is Export.ROWS
    } - {"tenants", "telegram_links", *OF_EXPORTS}


def _folder(table: str) -> str:
    return f"{RULES[table].group.value}/{table}"


async def test_what_is_held_is_named(
    rt: Runtime, upkeep: Runtime, postgres_urls: PostgresUrls, make_tenant: MakeTenant
) -> None:
    mine = await make_tenant()
    await full(rt, postgres_urls, mine)
    export_id = await asked(rt, mine)
    await export.build(upkeep, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    files = await fetched(rt, mine, export_id)
    held = {entry["table"]: entry for entry in json.loads(files["held.json"])}
    wanted = {name for name, rule in RULES.items() if rule.export is Export.HELD or rule.held}
    assert set(held) == wanted
    assert held["tenant_keys"]["rows"] == 1
    assert held["backup_codes"]["rows"] == 1
    assert "access_token_sealed" in held["upwork_accounts"]["columns"]
    assert "held.json" in files["README.txt"]
    account = json.loads(files["account/tenants.json"])["rows"][0]
    assert account["tenant_id"] == str(mine.tenant_id)


@pytest.mark.asvs("V7.5.3", "V2.4.1")
async def test_it_is_made_once_and_takes_a_proof_each_time(
    rt: Runtime, make_tenant: MakeTenant, clock: FakeClock
) -> None:
    mine = await make_tenant()
    by = chat_session(mine.telegram_id)
    with pytest.raises(StepUpNeeded):
        async with rt.db.begin(mine.tenant_id) as session:
            await export.request_export(session, by=by, language="en", clock=clock)
    first = await asked(rt, mine)
    with pytest.raises(StepUpNeeded):
        async with rt.db.begin(mine.tenant_id) as session:
            await export.request_export(session, by=by, language="en", clock=clock)
    second = await asked(rt, mine)
    assert not await export.build(rt, tenant_id=mine.tenant_id, export_id=first, told=nobody_listens)
    assert await export.build(rt, tenant_id=mine.tenant_id, export_id=second, told=nobody_listens)
    assert await export.build(rt, tenant_id=mine.tenant_id, export_id=second, told=nobody_listens)
    with pytest.raises(NotFound):
        await fetched(rt, mine, first)
    with pytest.raises(LimitReached):
        await asked(rt, mine)


async def test_interrupted_it_is_made_anew(
    rt: Runtime, make_tenant: MakeTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await make_tenant()
    export_id = await asked(rt, mine)

    def dies(place: str) -> None:
        raise InterruptedError(place)

    with monkeypatch.context() as patch:
        patch.setattr(export, "reach", dies)
        with pytest.raises(InterruptedError, match="mid_export"):
            await export.build(rt, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    with pytest.raises(NotFound):
        await fetched(rt, mine, export_id)
    assert await export.build(rt, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    assert set(await fetched(rt, mine, export_id)) >= {"README.txt", "held.json"}


async def test_after_a_day_nothing_of_it_is_left(
    rt: Runtime, make_tenant: MakeTenant, clock: FakeClock, owner_sql: OwnerSql
) -> None:
    mine = await make_tenant()
    export_id = await asked(rt, mine)
    await export.build(rt, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    assert await fetched(rt, mine, export_id)
    clock.advance(hours=24)
    with pytest.raises(NotFound):
        await fetched(rt, mine, export_id)
    async with rt.db.begin(mine.tenant_id) as session:
        assert await export.forget_old_exports(session, clock=clock) == 1
    assert await owner_sql("select state, content_sealed from app.data_exports") == [(ExportState.GONE, None)]


async def test_what_no_key_opens_does_not_stop_the_rest(
    rt: Runtime, postgres_urls: PostgresUrls, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    mine = await make_tenant()
    await full(rt, postgres_urls, mine)
    await owner_sql("update app.saved_searches set criteria_sealed = 'broken'::bytea")
    async with rt.db.begin(mine.tenant_id) as session:
        found = await gather(session, await rt.keys(session), "saved_searches")
    assert [row["criteria"] for row in found.rows] == [UNREADABLE]


async def test_the_stored_copy_is_sealed_to_its_place(
    rt: Runtime, make_tenant: MakeTenant, owner_sql: OwnerSql, vault: Vault
) -> None:
    mine = await make_tenant()
    export_id = await asked(rt, mine)
    await export.build(rt, tenant_id=mine.tenant_id, export_id=export_id, told=nobody_listens)
    [[stored]] = await owner_sql("select content_sealed from app.data_exports")
    assert isinstance(stored, bytes)
    assert b"PK\x03\x04" not in stored
    assert b"README" not in stored


@pytest.mark.asvs("V1.2.10")
@given(st.text(max_size=40), st.sampled_from(["", "=", "+", "-", "@", "\t", "\r"]))
def test_no_cell_begins_like_a_formula(text: str, sign: str) -> None:
    table = list(csv.reader(io.StringIO(export.to_csv([{"a": f"{sign}{text}", f"{sign}b": 1}]), newline="")))
    for row in table:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert table[1][0].removeprefix("'") == f"{sign}{text}".removeprefix("'")


def test_numbers_below_zero_stay_readable() -> None:
    assert export.to_csv([{"n": -5, "s": "=1+1"}]) == "n,s\r\n'-5,'=1+1\r\n"


def test_every_table_that_a_person_gets_has_its_place_in_the_zip() -> None:
    assert set(names()) <= set(TABLES)
    assert len({_folder(name) for name in names()}) == len(names())
