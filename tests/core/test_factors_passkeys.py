"""Passkeys against an authenticator in software that can lie about everything."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pyotp
import pytest

from core.crypto import Vault
from core.db import Database
from core.errors import NotFound
from core.security.assurance import Act, StepUpNeeded
from core.security.factors import passkeys, service
from core.security.factors.models import Binding, FactorKind
from core.security.factors.passkeys import NoNameForPasskeys, PasskeyOptions
from core.security.factors.service import LastFactor
from core.security.keys import keys_for
from core.security.stepup import service as stepup
from core.settings import Settings
from tests.core.acting import OwnerSql
from tests.core.passkey_device import Device, b64
from tests.core.upwork_side import MakeTenant, MovableClock

BY = "telegram:1001"
ORIGIN = "http://localhost:8000"
BINDING = Binding("export", "account", BY)


@dataclass(frozen=True)
class Holder:
    db: Database
    vault: Vault
    clock: MovableClock
    settings: Settings
    tenant_id: UUID

    async def begin(self) -> PasskeyOptions:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.begin_passkey(session, keys, self.settings, by=BY, clock=self.clock)

    async def finish(self, options: PasskeyOptions, answer: str, *, by: str = BY) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.finish_passkey(
                session,
                keys,
                self.settings,
                challenge_id=options.challenge_id,
                answer=answer,
                by=by,
                clock=self.clock,
            )

    async def register(self, device: Device, **lies: Any) -> bool:
        options = await self.begin()
        return await self.finish(options, device.create(options.options, **lies))

    async def ask(self, binding: Binding = BINDING) -> PasskeyOptions:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.begin_assertion(
                session, keys, self.settings, binding=binding, clock=self.clock
            )

    async def answer(self, options: PasskeyOptions, answer: str, binding: Binding = BINDING) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await service.finish_assertion(
                session,
                keys,
                self.settings,
                challenge_id=options.challenge_id,
                answer=answer,
                binding=binding,
                clock=self.clock,
            )

    async def sign(self, device: Device, **lies: Any) -> bool:
        options = await self.ask()
        return await self.answer(options, device.get(options.options, **lies))

    async def grant(self, act: Act, subject: str) -> None:
        async with self.db.begin(self.tenant_id) as session:
            await stepup.prove(session, by=BY, kind=FactorKind.PASSKEY, clock=self.clock, acts={act: subject})

    async def remove(self, factor_id: UUID) -> FactorKind:
        async with self.db.begin(self.tenant_id) as session:
            return await service.remove_factor(session, factor_id=factor_id, by=BY, clock=self.clock)

    async def ids(self) -> list[UUID]:
        async with self.db.begin(self.tenant_id) as session:
            return [view.id for view in await service.list_factors(session)]


@pytest.fixture
def holder(db: Database, vault: Vault, clock: MovableClock, settings: Settings, tenant_id: UUID) -> Holder:
    named = settings.model_copy(update={"public_url": ORIGIN})
    return Holder(db, vault, clock, named, tenant_id)


@pytest.fixture
async def device(holder: Holder) -> Device:
    device = Device(ORIGIN)
    assert await holder.register(device)
    return device


async def test_a_passkey_is_made_and_signs(holder: Holder, device: Device) -> None:
    assert await holder.sign(device)
    assert await holder.sign(device)
    async with holder.db.begin(holder.tenant_id) as session:
        assert await service.has_strong_factor(session)
        (view,) = await service.list_factors(session)
    assert view.kind is FactorKind.PASSKEY
    assert view.used_at == holder.clock.now()


async def test_what_the_browser_is_asked_for(holder: Holder, device: Device) -> None:
    await holder.grant(Act.ADD_FACTOR, "passkey")
    made = json.loads((await holder.begin()).options)
    asked = json.loads((await holder.ask()).options)
    assert made["rp"] == {"name": "Gigwright", "id": "localhost"}
    assert made["authenticatorSelection"]["userVerification"] == asked["userVerification"] == "required"
    assert made["attestation"] == "none"
    assert (
        made["excludeCredentials"][0]["id"] == asked["allowCredentials"][0]["id"] == b64(device.credential_id)
    )
    assert str(holder.tenant_id).replace("-", "") not in str(made)


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "evil.example"},
        {"challenge": b64(bytes(32))},
        {"type": "webauthn.payment"},
    ],
    ids=["origin", "port", "name", "challenge", "ceremony"],
)
async def test_what_was_made_or_signed_for_somebody_else_is_refused(
    holder: Holder, lies: dict[str, str]
) -> None:
    assert not await holder.register(Device(ORIGIN), **lies)
    honest = Device(ORIGIN)
    assert await holder.register(honest)
    assert not await holder.sign(honest, **lies)


async def test_without_finger_or_pin_there_is_no_passkey_and_no_signature(holder: Holder) -> None:
    careless = Device(ORIGIN, verifies=False)
    assert not await holder.register(careless)
    careless.verifies = True
    assert await holder.register(careless)
    careless.verifies = False
    assert not await holder.sign(careless)


async def test_a_copied_authenticator_gives_itself_away_by_its_counter(
    holder: Holder, device: Device
) -> None:
    assert await holder.sign(device)
    copy = replace(device)
    assert await holder.sign(device)
    assert not await holder.sign(copy)
    assert await holder.sign(device)


async def test_an_authenticator_that_never_counts_is_fine(holder: Holder) -> None:
    synced = Device(ORIGIN, step=0)
    assert await holder.register(synced)
    assert await holder.sign(synced)
    assert await holder.sign(synced)


async def test_a_challenge_is_answered_once(holder: Holder, device: Device) -> None:
    options = await holder.ask()
    answer = device.get(options.options)
    assert await holder.answer(options, answer)
    assert not await holder.answer(options, answer)
    assert not await holder.answer(options, device.get(options.options))


async def test_a_wrong_answer_uses_the_challenge_up(holder: Holder, device: Device) -> None:
    options = await holder.ask()
    assert not await holder.answer(options, Device(ORIGIN).get(options.options))
    assert not await holder.answer(options, device.get(options.options))


@pytest.mark.asvs("V15.4.2")
async def test_of_fifty_parallel_answers_one_wins(holder: Holder, device: Device) -> None:
    options = await holder.ask()
    answer = device.get(options.options)
    outcomes = await asyncio.gather(*(holder.answer(options, answer) for _ in range(50)))
    assert sum(outcomes) == 1


async def test_a_challenge_lives_five_minutes(holder: Holder, device: Device) -> None:
    options = await holder.ask()
    holder.clock.advance(299)
    assert await holder.answer(options, device.get(options.options))
    options = await holder.ask()
    holder.clock.advance(301)
    assert not await holder.answer(options, device.get(options.options))


@pytest.mark.parametrize(
    "binding",
    [replace(BINDING, act="forget"), replace(BINDING, subject="x"), replace(BINDING, by="telegram:1002")],
    ids=["other act", "other subject", "other session"],
)
@pytest.mark.asvs("V6.6.2")
async def test_a_signature_is_good_for_what_it_was_asked_for(
    holder: Holder, device: Device, binding: Binding
) -> None:
    options = await holder.ask()
    answer = device.get(options.options)
    assert not await holder.answer(options, answer, binding)
    assert await holder.answer(options, answer)


async def test_another_persons_passkey_is_refused(
    holder: Holder, device: Device, make_tenant: MakeTenant
) -> None:
    other = replace(holder, tenant_id=(await make_tenant()).tenant_id)
    theirs = Device(ORIGIN)
    assert await other.register(theirs)
    options = await holder.ask()
    assert not await other.answer(options, device.get(options.options))
    assert not await holder.sign(theirs)
    assert await other.sign(theirs)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        "[]",
        "null",
        "not json",
        '{"id": 1}',
        "[" * 15_000,
        '{"rawId": "%%%"}',
        "x" * 20_000,
        '{"rawId":"\\ud800"}',
    ],
)
async def test_what_is_no_answer_is_refused(holder: Holder, device: Device, answer: str) -> None:
    assert not await holder.answer(await holder.ask(), answer)
    await holder.grant(Act.ADD_FACTOR, "passkey")
    assert not await holder.finish(await holder.begin(), answer)


async def test_broken_pieces_inside_an_answer_are_refused(holder: Holder, device: Device) -> None:
    for piece in ("clientDataJSON", "authenticatorData", "signature"):
        for broken in ("", "AAAA", b64(b"\xff" * 40), "%"):
            options = await holder.ask()
            answer = json.loads(device.get(options.options))
            answer["response"][piece] = broken
            assert not await holder.answer(options, json.dumps(answer))


async def test_the_same_passkey_is_not_kept_twice(holder: Holder, device: Device) -> None:
    await holder.grant(Act.ADD_FACTOR, "passkey")
    assert not await holder.register(device)
    assert len(await holder.ids()) == 1


async def test_a_further_passkey_needs_a_step_up_of_its_own(holder: Holder, device: Device) -> None:
    with pytest.raises(StepUpNeeded) as refused:
        await holder.register(Device(ORIGIN))
    assert (refused.value.act, refused.value.subject) == (Act.ADD_FACTOR, "passkey")
    await holder.grant(Act.ADD_FACTOR, "passkey")
    assert await holder.register(Device(ORIGIN))
    with pytest.raises(StepUpNeeded):
        await holder.register(Device(ORIGIN))


async def test_a_passkey_that_was_asked_for_in_another_session_is_refused(holder: Holder) -> None:
    options = await holder.begin()
    assert not await holder.finish(options, Device(ORIGIN).create(options.options), by="telegram:1002")


async def test_a_registration_begun_before_the_first_factor_ends_with_it(holder: Holder) -> None:
    options = await holder.begin()
    async with holder.db.begin(holder.tenant_id) as session:
        keys = await keys_for(session, holder.vault)
        offer = await service.begin_totp(session, keys, clock=holder.clock)
        code = pyotp.TOTP(offer.secret).at(holder.clock.now())
        assert await service.confirm_totp(session, keys, code=code, clock=holder.clock)
    assert not await holder.finish(options, Device(ORIGIN).create(options.options))


async def test_removing_a_factor_needs_a_factor_and_leaves_one(
    holder: Holder, device: Device, owner_sql: OwnerSql
) -> None:
    (first,) = await holder.ids()
    with pytest.raises(LastFactor):
        await holder.remove(first)
    await holder.grant(Act.ADD_FACTOR, "passkey")
    second_device = Device(ORIGIN)
    assert await holder.register(second_device)
    with pytest.raises(StepUpNeeded) as refused:
        await holder.remove(first)
    assert (refused.value.act, refused.value.subject) == (Act.REMOVE_FACTOR, str(first))
    with pytest.raises(NotFound):
        await holder.remove(uuid4())
    await holder.grant(Act.REMOVE_FACTOR, str(first))
    assert await holder.remove(first) is FactorKind.PASSKEY
    assert not await holder.sign(device)
    assert await holder.sign(second_device)
    assert ("removed",) in await owner_sql("select facts ->> 'change' from app.alerts")


@pytest.mark.asvs("V15.4.2")
async def test_of_two_removals_at_once_one_factor_is_left(holder: Holder, device: Device) -> None:
    await holder.grant(Act.ADD_FACTOR, "passkey")
    assert await holder.register(Device(ORIGIN))
    for factor_id in await holder.ids():
        await holder.grant(Act.REMOVE_FACTOR, str(factor_id))
    outcomes = await asyncio.gather(
        *(holder.remove(factor_id) for factor_id in await holder.ids()), return_exceptions=True
    )
    assert sorted(isinstance(outcome, LastFactor) for outcome in outcomes) == [False, True]
    assert len(await holder.ids()) == 1


@pytest.mark.parametrize(
    ("url", "works"),
    [
        ("https://gigwright.example", True),
        ("http://localhost:8000", True),
        ("http://bot.localhost", True),
        ("http://gigwright.example", False),
        ("http://127.0.0.1:8000", False),
        ("https://203.0.113.7", False),
        ("https://[2001:db8::1]", False),
    ],
)
async def test_passkeys_belong_to_a_name(holder: Holder, url: str, works: bool) -> None:
    here = replace(holder, settings=holder.settings.model_copy(update={"public_url": url}))
    assert passkeys.work_at(here.settings) is works
    if not works:
        with pytest.raises(NoNameForPasskeys):
            await here.begin()
    else:
        assert await here.register(Device(url))


async def test_the_credential_is_sealed(holder: Holder, device: Device, owner_sql: OwnerSql) -> None:
    rows = str(await owner_sql("select f::text from app.factors f"))
    assert b64(device.credential_id) not in rows
    assert device.credential_id.hex() not in rows
