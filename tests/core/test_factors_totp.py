"""Codes from an app: each step is accepted once, in a narrow window, by one of many who try at the same moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pyotp
import pytest

from core.crypto import TenantKeys, Vault
from core.db import Database
from core.security.assurance import Act, StepUpNeeded
from core.security.factors import service
from core.security.factors.models import FactorKind
from core.security.keys import keys_for
from core.security.stepup import service as stepup
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant, MovableClock

BY = "telegram:1001"


@dataclass
class App:
    """One person with an authenticator app."""

    db: Database
    vault: Vault
    clock: MovableClock
    tenant_id: UUID
    seed: str = ""

    async def enrol(self, *, via: UUID | None = None) -> None:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            self.seed = (await service.begin_totp(session, keys, clock=self.clock, via=via)).secret
        assert await self.confirm(self.code(), via=via)
        self.clock.advance(60)

    async def confirm(self, code: str, *, via: UUID | None = None) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.confirm_totp(session, keys, code=code, clock=self.clock, via=via)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.seed).at(self.clock.now(), counter_offset=steps)

    async def try_code(self, code: str) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.verify_totp(session, keys, code=code, clock=self.clock)


@pytest.fixture
async def app(db: Database, vault: Vault, clock: MovableClock, tenant_id: UUID) -> App:
    app = App(db, vault, clock, tenant_id)
    await app.enrol()
    return app


async def test_an_app_protects_only_after_its_first_code(
    db: Database, vault: Vault, clock: MovableClock, tenant_id: UUID
) -> None:
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        offer = await service.begin_totp(session, keys, clock=clock)
        assert not await service.has_strong_factor(session)
        assert not await service.verify_totp(
            session, keys, code=pyotp.TOTP(offer.secret).at(clock.now()), clock=clock
        )
        assert not await service.confirm_totp(session, keys, code="000000", clock=clock)
        assert await service.confirm_totp(
            session, keys, code=pyotp.TOTP(offer.secret).at(clock.now()), clock=clock
        )
        assert await service.has_strong_factor(session)
        assert [factor.kind for factor in await service.list_factors(session)] == [FactorKind.TOTP]


async def test_the_code_that_confirmed_the_app_opens_nothing_afterwards(
    db: Database, vault: Vault, clock: MovableClock, tenant_id: UUID
) -> None:
    app = App(db, vault, clock, tenant_id)
    await app.enrol()
    app.clock.advance(-60)
    assert not await app.try_code(app.code())


@pytest.mark.parametrize(
    ("steps", "accepted"), [(-3, False), (-2, False), (-1, True), (0, True), (1, False), (2, False)]
)
@pytest.mark.asvs("V6.5.5")
async def test_only_this_step_and_the_one_before_are_accepted(app: App, steps: int, accepted: bool) -> None:
    app.clock.advance(120)
    assert await app.try_code(app.code(steps)) is accepted


@pytest.mark.asvs("V6.5.1")
async def test_a_code_is_good_once(app: App) -> None:
    code = app.code()
    assert await app.try_code(code)
    assert not await app.try_code(code)


@pytest.mark.asvs("V6.5.1")
async def test_an_older_code_does_not_come_back_after_a_newer_one(app: App) -> None:
    older, newer = app.code(-1), app.code()
    assert await app.try_code(older)
    assert await app.try_code(newer)
    assert not await app.try_code(older)
    assert not await app.try_code(newer)


async def test_a_skipped_older_code_is_dead_once_a_newer_one_was_used(app: App) -> None:
    older, newer = app.code(-1), app.code()
    assert await app.try_code(newer)
    assert not await app.try_code(older)


@pytest.mark.asvs("V6.5.1", "V15.4.2")
async def test_of_fifty_parallel_uses_one_wins(app: App) -> None:
    code = app.code()
    outcomes = await asyncio.gather(*(app.try_code(code) for _ in range(50)))
    assert sorted(outcomes) == [False] * 49 + [True]


@pytest.mark.asvs("V6.5.5")
async def test_a_step_lasts_thirty_seconds(app: App) -> None:
    now = app.clock.now()
    app.clock.advance(30 - now.timestamp() % 30)
    first = app.code()
    app.clock.advance(29)
    assert app.code() == first
    app.clock.advance(2)
    assert app.code() != first


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "🙂", "0" * 5000, "\x00" * 6])
async def test_what_is_no_code_is_refused(app: App, typed: str) -> None:
    assert not await app.try_code(typed)


async def test_a_gap_in_the_middle_does_not_matter(app: App) -> None:
    code = app.code()
    assert await app.try_code(f" {code[:3]} {code[3:]}\n")


async def test_another_persons_code_is_refused(app: App, make_tenant: MakeTenant) -> None:
    other = App(app.db, app.vault, app.clock, (await make_tenant()).tenant_id)
    await other.enrol()
    assert not await app.try_code(other.code())
    assert await other.try_code(other.code())


async def test_the_seed_is_nowhere_in_the_database(app: App, owner_sql: OwnerSql) -> None:
    rows = await owner_sql("select f::text from app.factors f")
    raw = pyotp.TOTP(app.seed).byte_secret()
    assert len(rows) == 1
    for form in (app.seed, app.seed.encode().hex(), raw.hex(), app.seed[::-1]):
        assert form.lower() not in str(rows).lower()


async def test_an_offer_belongs_to_the_link_it_was_made_through(app: App, make_tenant: MakeTenant) -> None:
    other = App(app.db, app.vault, app.clock, (await make_tenant()).tenant_id)
    mine, theirs = uuid4(), uuid4()
    async with other.db.begin(other.tenant_id) as session:
        keys = await keys_for(session, other.vault)
        other.seed = (await service.begin_totp(session, keys, clock=other.clock, via=mine)).secret
        assert await service.pending_totp(session, keys, via=theirs, clock=other.clock) is None
        found = await service.pending_totp(session, keys, via=mine, clock=other.clock)
        assert found is not None
        assert found.secret == other.seed
    assert not await other.confirm(other.code(), via=theirs)
    other.clock.advance(601)
    assert not await other.confirm(other.code(), via=mine)


async def test_a_second_app_needs_a_step_up_and_replaces_the_first(app: App) -> None:
    first, clock = app.seed, app.clock
    with pytest.raises(StepUpNeeded) as refused:
        await app.enrol()
    assert (refused.value.act, refused.value.subject) == (Act.ADD_FACTOR, "totp")
    async with app.db.begin(app.tenant_id) as session:
        keys = await keys_for(session, app.vault)
        await stepup.prove(
            session, by=BY, kind=FactorKind.TOTP, clock=clock, acts={Act.ADD_FACTOR: FactorKind.TOTP.value}
        )
        app.seed = (await service.begin_totp(session, keys, clock=clock, by=BY)).secret
    assert await app.confirm(app.code())
    clock.advance(30)
    assert not await app.try_code(pyotp.TOTP(first).at(clock.now()))
    assert await app.try_code(app.code())


async def test_what_was_offered_before_the_first_factor_ends_with_it(
    db: Database, vault: Vault, clock: MovableClock, tenant_id: UUID
) -> None:
    """Whoever holds a second link from before must not slip a factor of theirs in afterwards."""
    intruder, owner = App(db, vault, clock, tenant_id), App(db, vault, clock, tenant_id)
    link = uuid4()
    async with db.begin(tenant_id) as session:
        keys: TenantKeys = await keys_for(session, vault)
        intruder.seed = (await service.begin_totp(session, keys, clock=clock, via=link)).secret
    await owner.enrol(via=uuid4())
    assert not await intruder.confirm(intruder.code(), via=link)
    assert await owner.try_code(owner.code())


async def test_every_change_is_noted_and_told(app: App, owner_sql: OwnerSql) -> None:
    events = await owner_sql("select event from app.audit_events where event like 'factor.%'")
    assert ("factor.added",) in events
    alerts = await owner_sql("select kind, facts from app.alerts")
    assert [kind for kind, _ in alerts] == ["first_factor"], (
        "nothing was changed yet, and it is told all the same"
    )
    assert alerts[0][1]["factor"] == "totp"
    told = await owner_sql("select count(*) from app.work_items where job = 'tell_alert'")
    assert told == [(1,)]


async def test_a_clock_before_the_last_step_lets_nothing_in(app: App) -> None:
    assert await app.try_code(app.code())
    app.clock.advance(-300)
    assert not await app.try_code(app.code())
    assert app.clock.now() < datetime.now(UTC)
