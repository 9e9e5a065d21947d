"""Who may do what after which proof: proofs age, grants are for one act in one session, once, for five minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.accounts.service import Account
from core.crypto import CannotUnseal, Vault
from core.db import Database
from core.errors import LimitReached
from core.security.assurance import (
    ACCOUNT,
    LEVELS,
    Act,
    Level,
    StepUpNeeded,
    chat_session,
    web_session,
)
from core.security.audit import seal_with
from core.security.factors.models import FactorKind
from core.security.stepup import service as stepup
from core.security.stepup.service import CHALLENGE_LIFE, CHALLENGES, Challenge, Way
from core.settings import Settings
from sandbox.embedded import PostgresUrls
from tests.conftest import FakeClock

MakeTenant = Callable[..., Awaitable[Account]]
BY = chat_session(1)
S2 = [act for act, level in LEVELS.items() if level is Level.S2]
S1 = [act for act, level in LEVELS.items() if level is Level.S1]


async def proves(
    db: Database,
    clock: FakeClock,
    tenant_id: UUID,
    *,
    by: str = BY,
    kind: FactorKind = FactorKind.TOTP,
    acts: dict[Act, str] | None = None,
) -> None:
    async with db.begin(tenant_id) as session:
        await stepup.prove(session, by=by, kind=kind, clock=clock, acts=acts)


async def does(
    db: Database, clock: FakeClock, tenant_id: UUID, act: Act, *, subject: str = ACCOUNT, by: str = BY
) -> bool:
    """Whether the act is allowed now."""
    try:
        async with db.begin(tenant_id) as session:
            await stepup.require(session, act, subject=subject, by=by, clock=clock)
    except StepUpNeeded as needed:
        return (needed.act, needed.subject) != (act, subject)
    return True


@pytest.mark.asvs("V7.5.3", "V7.5.1")
@pytest.mark.parametrize("act", list(Act))
async def test_a_telegram_id_alone_does_only_what_needs_no_proof(
    db: Database, clock: FakeClock, tenant_id: UUID, act: Act
) -> None:
    assert await does(db, clock, tenant_id, act) == (LEVELS[act] is Level.S0)


@pytest.mark.parametrize("act", S2)
async def test_a_proof_without_a_grant_is_not_enough_for_the_grave_acts(
    db: Database, clock: FakeClock, tenant_id: UUID, act: Act
) -> None:
    await proves(db, clock, tenant_id)
    assert not await does(db, clock, tenant_id, act)


@pytest.mark.parametrize("act", S2)
async def test_a_grant_lets_one_act_happen_once(
    db: Database, clock: FakeClock, tenant_id: UUID, act: Act
) -> None:
    await proves(db, clock, tenant_id, acts={act: "one"})
    assert await does(db, clock, tenant_id, act, subject="one")
    assert not await does(db, clock, tenant_id, act, subject="one")


@pytest.mark.asvs("V6.6.2")
async def test_a_grant_is_for_its_tenant_act_subject_and_session(
    db: Database, clock: FakeClock, make_tenant: MakeTenant
) -> None:
    mine, theirs = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    await proves(db, clock, mine, acts={Act.APPROVE_BEYOND_LIMITS: "hash"})
    refused = [
        await does(db, clock, theirs, Act.APPROVE_BEYOND_LIMITS, subject="hash"),
        await does(db, clock, mine, Act.RAISE_LIMITS, subject="hash"),
        await does(db, clock, mine, Act.APPROVE_BEYOND_LIMITS, subject="other"),
        await does(db, clock, mine, Act.APPROVE_BEYOND_LIMITS, subject="hash", by=chat_session(2)),
        await does(db, clock, mine, Act.APPROVE_BEYOND_LIMITS, subject="hash", by=web_session(uuid4())),
    ]
    assert refused == [False] * 5
    assert await does(db, clock, mine, Act.APPROVE_BEYOND_LIMITS, subject="hash")


async def test_act_and_subject_cannot_be_exchanged_for_each_other(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    await proves(db, clock, tenant_id, acts={Act.APPROVE_BEYOND_LIMITS: "x|export|y"})
    assert not await does(db, clock, tenant_id, Act.EXPORT, subject="y")


@pytest.mark.parametrize(("seconds", "allowed"), [(299, True), (301, False)])
async def test_a_grant_waits_five_minutes(
    db: Database, clock: FakeClock, tenant_id: UUID, seconds: float, allowed: bool
) -> None:
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    clock.advance(seconds)
    assert await does(db, clock, tenant_id, Act.EXPORT) == allowed


@pytest.mark.parametrize(("hours", "allowed"), [(11.99, True), (12.01, False)])
async def test_a_proof_vouches_for_twelve_hours(
    db: Database, clock: FakeClock, tenant_id: UUID, hours: float, allowed: bool
) -> None:
    await proves(db, clock, tenant_id)
    clock.advance(hours=hours)
    assert [await does(db, clock, tenant_id, act) for act in S1] == [allowed] * len(S1)


async def test_a_proof_is_of_its_session_and_its_tenant(
    db: Database, clock: FakeClock, make_tenant: MakeTenant
) -> None:
    mine, theirs = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    await proves(db, clock, mine)
    assert not await does(db, clock, mine, Act.APPROVE, by=chat_session(2))
    assert not await does(db, clock, theirs, Act.APPROVE)
    assert await does(db, clock, mine, Act.APPROVE)


async def test_a_proof_from_the_future_proves_nothing(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    await proves(db, clock, tenant_id)
    clock.advance(-60)
    assert not await does(db, clock, tenant_id, Act.APPROVE)


@pytest.mark.parametrize("kind", [FactorKind.EMAIL, FactorKind.SMS])
async def test_a_code_by_mail_or_sms_proves_nothing(
    db: Database, clock: FakeClock, tenant_id: UUID, kind: FactorKind
) -> None:
    with pytest.raises(ValueError, match="proves nothing"):
        await proves(db, clock, tenant_id, kind=kind, acts={Act.EXPORT: ACCOUNT})
    assert not await does(db, clock, tenant_id, Act.APPROVE)
    assert not await does(db, clock, tenant_id, Act.EXPORT)


@pytest.mark.parametrize("kind", [FactorKind.TOTP, FactorKind.BACKUP_CODE])
async def test_the_console_opens_to_a_passkey_of_the_last_quarter_of_an_hour(
    db: Database, clock: FakeClock, tenant_id: UUID, kind: FactorKind
) -> None:
    await proves(db, clock, tenant_id, kind=kind, acts={Act.CONSOLE: ACCOUNT})
    assert not await does(db, clock, tenant_id, Act.CONSOLE)
    await proves(db, clock, tenant_id, kind=FactorKind.PASSKEY)
    clock.advance(minutes(14))
    assert await does(db, clock, tenant_id, Act.CONSOLE)
    clock.advance(minutes(2))
    assert not await does(db, clock, tenant_id, Act.CONSOLE)


def minutes(count: float) -> float:
    return timedelta(minutes=count).total_seconds()


@pytest.mark.asvs("V15.4.2")
async def test_of_fifty_parallel_uses_of_a_grant_one_wins(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    outcomes = await asyncio.gather(*(does(db, clock, tenant_id, Act.EXPORT) for _ in range(50)))
    assert outcomes.count(True) == 1


async def test_two_grants_are_two_uses_even_in_parallel(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    for _ in range(2):
        await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    allowed = [await does(db, clock, tenant_id, Act.EXPORT) for _ in range(3)]
    assert allowed == [True, True, False]


async def test_an_act_that_fails_leaves_its_grant(db: Database, clock: FakeClock, tenant_id: UUID) -> None:
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})

    async def fails() -> None:
        async with db.begin(tenant_id) as session:
            await stepup.require(session, Act.EXPORT, subject=ACCOUNT, by=BY, clock=clock)
            raise RuntimeError("went wrong")

    with pytest.raises(RuntimeError, match="went wrong"):
        await fails()
    assert await does(db, clock, tenant_id, Act.EXPORT)


@pytest.mark.asvs("V16.5.3")
@pytest.mark.parametrize("lost", [(Act.EXPORT, "step_up_grants"), (Act.APPROVE, "proofs")])
async def test_without_the_store_nothing_is_allowed(
    db: Database,
    clock: FakeClock,
    tenant_id: UUID,
    lost: tuple[Act, str],
    owner_sql: Callable[..., Awaitable[object]],
) -> None:
    act, table = lost
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    await owner_sql(f"alter table app.{table} rename to gone")
    try:
        with pytest.raises(SQLAlchemyError):
            await does(db, clock, tenant_id, act)
    finally:
        await owner_sql(f"alter table app.gone rename to {table}")
    assert await does(db, clock, tenant_id, act)


@pytest.mark.asvs("V16.5.3")
async def test_without_the_wrapping_key_nothing_is_allowed_and_the_grant_stays(
    db: Database, clock: FakeClock, tenant_id: UUID, postgres_urls: PostgresUrls
) -> None:
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    keyless = Database(postgres_urls.app)
    seal_with(keyless, Vault({99: bytes(32)}))
    with pytest.raises(CannotUnseal):
        await does(keyless, clock, tenant_id, Act.EXPORT)
    await keyless.close()
    assert await does(db, clock, tenant_id, Act.EXPORT)


async def test_forgetting_takes_proofs_grants_and_challenges_along(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings
) -> None:
    other = web_session(uuid4())
    for by in (BY, other):
        await proves(db, clock, tenant_id, by=by, acts={Act.EXPORT: ACCOUNT})
    await challenge(db, clock, tenant_id, settings)
    async with db.begin(tenant_id) as session:
        await stepup.forget_proofs(session, BY, clock=clock)
    assert not await does(db, clock, tenant_id, Act.APPROVE)
    assert not await does(db, clock, tenant_id, Act.EXPORT)
    assert await does(db, clock, tenant_id, Act.APPROVE, by=other)
    async with db.begin(tenant_id) as session:
        await stepup.forget_proofs(session, clock=clock)
        left = await session.scalar(
            text(
                "select (select count(*) from app.proofs) + (select count(*) from app.step_up_grants)"
                " + (select count(*) from app.step_up_challenges where failed_at is null and passed_at is null)"
            )
        )
    assert left == 0


@pytest.mark.asvs("V6.6.4")
async def test_forgetting_gives_nobody_more_challenges(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings
) -> None:
    """Whoever has the chat could otherwise ask, lock, ask: as many prompts as they like."""
    for _ in range(CHALLENGES):
        await challenge(db, clock, tenant_id, settings)
        async with db.begin(tenant_id) as session:
            await stepup.forget_proofs(session, clock=clock)
    with pytest.raises(LimitReached):
        await challenge(db, clock, tenant_id, settings)
    clock.advance(CHALLENGE_LIFE.total_seconds())
    await challenge(db, clock, tenant_id, settings)
    async with db.begin(tenant_id) as session:
        await stepup.forget_proofs(session, clock=clock)
        left = await session.scalar(text("select count(*) from app.step_up_challenges"))
    assert left == 1, "those that count no more are deleted"


async def challenge(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings, act: Act = Act.EXPORT
) -> Challenge:
    async with db.begin(tenant_id) as session:
        return await stepup.open_challenge(
            session, act, subject=ACCOUNT, by=BY, clock=clock, settings=settings, resume={}
        )


@pytest.mark.asvs("V6.6.4")
async def test_nobody_is_asked_more_than_three_times_in_ten_minutes(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings
) -> None:
    async def tries() -> bool:
        try:
            await challenge(db, clock, tenant_id, settings)
        except LimitReached as refusal:
            return not 0 < refusal.retry_after <= minutes(10)
        return True

    assert (await asyncio.gather(*(tries() for _ in range(12)))).count(True) == CHALLENGES
    clock.advance(minutes(9.9))
    assert not await tries()
    clock.advance(minutes(0.2))
    assert await tries()


async def test_somebody_elses_challenges_do_not_count(
    db: Database, clock: FakeClock, make_tenant: MakeTenant, settings: Settings
) -> None:
    mine, theirs = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    for _ in range(CHALLENGES):
        await challenge(db, clock, theirs, settings)
    assert (await challenge(db, clock, mine, settings)).url


async def test_an_account_without_a_factor_is_led_to_set_one_up(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings
) -> None:
    made = await challenge(db, clock, tenant_id, settings)
    assert made.way is Way.PROTECT
    assert "/protect/" in made.url
    assert 10 <= made.number <= 99


async def test_every_state_change_and_use_is_in_the_audit(
    db: Database, clock: FakeClock, tenant_id: UUID, settings: Settings
) -> None:
    await challenge(db, clock, tenant_id, settings)
    await proves(db, clock, tenant_id, acts={Act.EXPORT: ACCOUNT})
    await does(db, clock, tenant_id, Act.EXPORT)
    async with db.begin(tenant_id) as session:
        events = set(await session.scalars(text("select event from app.audit_events")))
    assert {"step_up.asked", "factor.proven", "step_up.used"} <= events


async def test_a_marked_session_needs_one_step_up_more(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    async def passes() -> bool:
        try:
            async with db.begin(tenant_id) as session:
                await stepup.require_known_device(session, by=BY, clock=clock)
        except StepUpNeeded as needed:
            return needed.act is not Act.NEW_DEVICE
        return True

    assert await passes()
    for _ in range(2):
        async with db.begin(tenant_id) as session:
            await stepup.mark_new_device(session, by=BY, clock=clock)
    await proves(db, clock, tenant_id)
    assert not await passes()
    await proves(db, clock, tenant_id, acts={Act.NEW_DEVICE: BY})
    assert await passes()
    assert await passes(), "the mark is gone with its grant"
