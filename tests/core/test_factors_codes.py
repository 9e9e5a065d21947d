"""Codes on paper and codes by e-mail or SMS: random, short-lived, bound to one purpose, used once, kept as hashes."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pyotp
import pytest

from core.crypto import TenantKeys, Vault
from core.db import Database
from core.errors import Conflict, LimitReached
from core.security.assurance import Act, StepUpNeeded
from core.security.factors import backup, codes, service
from core.security.factors.codes import IssuedCode
from core.security.factors.models import Binding, FactorKind
from core.security.keys import keys_for
from core.security.stepup import service as stepup
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant, MovableClock

BY = "telegram:1001"
BINDING = Binding("confirm_contact", "c0ffee", BY)


@dataclass(frozen=True)
class Person:
    db: Database
    vault: Vault
    clock: MovableClock
    tenant_id: UUID

    async def issue(self, binding: Binding = BINDING, kind: FactorKind = FactorKind.EMAIL) -> IssuedCode:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await codes.issue(session, keys, kind=kind, binding=binding, clock=self.clock)

    async def use(self, issued: IssuedCode, code: str | None = None, binding: Binding = BINDING) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            keys = await keys_for(session, self.vault)
            return await codes.use(
                session,
                keys,
                code_id=issued.id,
                code=issued.code if code is None else code,
                binding=binding,
                clock=self.clock,
            )

    async def enrol(self) -> None:
        async with self.db.begin(self.tenant_id) as session:
            keys: TenantKeys = await keys_for(session, self.vault)
            offer = await service.begin_totp(session, keys, clock=self.clock)
            code = pyotp.TOTP(offer.secret).at(self.clock.now())
            assert await service.confirm_totp(session, keys, code=code, clock=self.clock)

    async def paper(self, *, granted: bool = False) -> tuple[str, ...]:
        async with self.db.begin(self.tenant_id) as session:
            if granted:
                acts = {Act.ADD_FACTOR: FactorKind.BACKUP_CODE.value}
                await stepup.prove(session, by=BY, kind=FactorKind.TOTP, clock=self.clock, acts=acts)
            return await service.new_backup_codes(session, by=BY, clock=self.clock)

    async def burn(self, code: str) -> bool:
        async with self.db.begin(self.tenant_id) as session:
            return await service.use_backup_code(session, await keys_for(session, self.vault), code=code)


@pytest.fixture
def person(db: Database, vault: Vault, clock: MovableClock, tenant_id: UUID) -> Person:
    return Person(db, vault, clock, tenant_id)


@pytest.fixture
async def protected(person: Person) -> Person:
    await person.enrol()
    return person


def wrong(issued: IssuedCode) -> str:
    return f"{(int(issued.code) + 1) % 1_000_000:06d}"


@pytest.mark.asvs("V6.5.4")
def test_ten_thousand_codes_are_spread_evenly() -> None:
    made = [codes.new_code() for _ in range(10_000)]
    assert all(len(code) == 6 and code.isdigit() for code in made)
    # 10,000 draws from a million collide about fifty times; four standard deviations are twenty-eight.
    assert 10_000 - len(set(made)) < 80
    for position in range(6):
        seen = Counter(code[position] for code in made)
        chi_squared = sum((seen[str(digit)] - 1000) ** 2 / 1000 for digit in range(10))
        assert chi_squared < 45, f"digit {position}: {seen}"  # nine degrees of freedom: p < 0.000001
    halves = Counter(int(code) < 500_000 for code in made)
    assert abs(halves[True] - 5000) < 300


@pytest.mark.asvs("V6.5.4")
def test_codes_come_from_the_systems_randomness() -> None:
    for module in (codes, backup):
        source = Path(str(module.__file__)).read_text()
        assert "import secrets" in source
        assert "import random" not in source


@pytest.mark.asvs("V6.5.5")
async def test_a_code_lives_ten_minutes(person: Person) -> None:
    issued = await person.issue()
    person.clock.advance(9 * 60 + 59)
    assert await person.use(issued)
    issued = await person.issue()
    person.clock.advance(10 * 60 + 1)
    assert not await person.use(issued)


@pytest.mark.asvs("V6.5.1")
async def test_a_code_is_good_once(person: Person) -> None:
    issued = await person.issue()
    assert await person.use(issued)
    assert not await person.use(issued)


@pytest.mark.asvs("V6.5.1", "V15.4.2")
async def test_of_fifty_parallel_uses_of_a_code_one_wins(person: Person) -> None:
    issued = await person.issue()
    outcomes = await asyncio.gather(*(person.use(issued) for _ in range(50)))
    # Five tries are counted at most, and the right one among the first ends it.
    assert sum(outcomes) == 1


@pytest.mark.asvs("V6.6.3")
async def test_five_wrong_tries_burn_the_code(person: Person) -> None:
    issued = await person.issue()
    for _ in range(4):
        assert not await person.use(issued, wrong(issued))
    survivor = await person.issue(replace(BINDING, subject="other"))
    assert not await person.use(issued, wrong(issued))
    assert not await person.use(issued)
    assert await person.use(survivor, binding=replace(BINDING, subject="other"))


async def test_a_right_code_after_four_wrong_tries_is_still_good(person: Person) -> None:
    issued = await person.issue()
    for _ in range(4):
        await person.use(issued, wrong(issued))
    assert await person.use(issued)


@pytest.mark.asvs("V6.6.3")
async def test_many_wrong_tries_at_once_burn_the_code_too(person: Person) -> None:
    issued = await person.issue()
    await asyncio.gather(*(person.use(issued, wrong(issued)) for _ in range(20)))
    assert not await person.use(issued)


@pytest.mark.parametrize(
    "binding",
    [
        replace(BINDING, act="recover"),
        replace(BINDING, subject="decaf"),
        replace(BINDING, by="telegram:1002"),
        replace(BINDING, by="web:1001"),
    ],
    ids=["other act", "other subject", "other session", "other kind of session"],
)
@pytest.mark.asvs("V6.6.2")
async def test_a_code_opens_only_what_it_was_made_for(person: Person, binding: Binding) -> None:
    issued = await person.issue()
    assert not await person.use(issued, binding=binding)
    assert await person.use(issued)


@pytest.mark.asvs("V6.6.2")
async def test_a_code_of_another_challenge_is_refused(person: Person) -> None:
    first = await person.issue()
    second = await person.issue(replace(BINDING, subject="decaf"))
    if first.code != second.code:
        assert not await person.use(first, second.code)
    assert not await person.use(IssuedCode(uuid4(), first.code))


@pytest.mark.asvs("V6.6.2")
async def test_another_persons_code_is_refused(person: Person, make_tenant: MakeTenant) -> None:
    other = replace(person, tenant_id=(await make_tenant()).tenant_id)
    issued = await person.issue()
    assert not await other.use(issued)
    assert await person.use(issued)


async def test_a_newer_code_for_the_same_purpose_ends_the_older(person: Person) -> None:
    older, newer = await person.issue(), await person.issue()
    assert not await person.use(older)
    assert await person.use(newer)


async def test_at_most_five_codes_an_hour_of_each_kind(person: Person) -> None:
    outcomes = await asyncio.gather(*(person.issue() for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 3
    await person.issue(kind=FactorKind.SMS)
    person.clock.advance(hours=1)
    await person.issue()


@pytest.mark.asvs("V6.5.2")
async def test_the_database_has_no_code_in_it(protected: Person, owner_sql: OwnerSql) -> None:
    issued = await protected.issue()
    paper = await protected.paper()
    stored = str(
        await owner_sql(
            "select c::text from app.one_time_codes c union all select b::text from app.backup_codes b"
        )
    )
    assert "$argon2id$" in stored
    for code in paper:
        secret = code.replace("-", "")[2:]
        for form in (
            code,
            secret,
            secret[:5],
            secret.encode().hex(),
            base64.b64encode(secret.encode()).decode(),
            secret[::-1],
        ):
            assert form not in stored
    hashes = await owner_sql("select code_hash from app.one_time_codes")
    assert issued.code not in str(hashes)


@pytest.mark.asvs("V6.5.2", "V6.5.4")
async def test_a_backup_code_has_fifty_secret_bits(protected: Person) -> None:
    paper = await protected.paper()
    assert len(paper) == len(set(paper)) == 10
    for code in paper:
        prefix, first, second = code.split("-")
        assert (len(prefix), len(first), len(second)) == (2, 5, 5)
        assert set(prefix + first + second) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert len({code[:2] for code in paper}) == 10


@pytest.mark.asvs("V6.5.1")
async def test_a_backup_code_is_good_once_however_it_is_typed(protected: Person) -> None:
    first, second, third, *_ = await protected.paper()
    assert await protected.burn(first)
    assert not await protected.burn(first)
    assert await protected.burn(second.lower().replace("-", " "))
    assert await protected.burn(
        f" {third} ".replace("-", "").replace("O", "0").replace("I", "1").replace("B", "8")
    )
    async with protected.db.begin(protected.tenant_id) as session:
        views = await service.list_factors(session)
    assert [(view.kind, view.left) for view in views] == [
        (FactorKind.TOTP, None),
        (FactorKind.BACKUP_CODE, 7),
    ]


@pytest.mark.asvs("V6.5.1", "V15.4.2")
async def test_of_fifty_parallel_uses_of_a_backup_code_one_wins(protected: Person) -> None:
    code, *_ = await protected.paper()
    outcomes = await asyncio.gather(*(protected.burn(code) for _ in range(50)))
    assert sum(outcomes) == 1


@pytest.mark.parametrize("typed", ["", "AB-CDEFG", "🙂" * 12, "A" * 13, "A" * 100_000, "AB-CDEFG-HIJKL"])
async def test_what_is_no_backup_code_is_refused(protected: Person, typed: str) -> None:
    await protected.paper()
    assert not await protected.burn(typed)


async def test_new_backup_codes_end_the_old_ones_and_need_a_step_up(protected: Person) -> None:
    old = await protected.paper()
    with pytest.raises(StepUpNeeded) as refused:
        await protected.paper()
    assert (refused.value.act, refused.value.subject) == (Act.ADD_FACTOR, "backup_code")
    new = await protected.paper(granted=True)
    assert not await protected.burn(old[0])
    assert await protected.burn(new[0])
    with pytest.raises(StepUpNeeded):
        await protected.paper()


async def test_paper_alone_protects_nobody(person: Person) -> None:
    with pytest.raises(Conflict):
        await person.paper()


async def test_another_persons_backup_code_is_refused(protected: Person, make_tenant: MakeTenant) -> None:
    other = replace(protected, tenant_id=(await make_tenant()).tenant_id)
    await other.enrol()
    code, *_ = await protected.paper()
    await other.paper()
    assert not await other.burn(code)
    assert await protected.burn(code)


@pytest.mark.parametrize("kind", [FactorKind.EMAIL, FactorKind.SMS])
async def test_a_code_by_mail_or_message_never_steps_anybody_up(person: Person, kind: FactorKind) -> None:
    async with person.db.begin(person.tenant_id) as session:
        with pytest.raises(ValueError, match="proves nothing"):
            await stepup.prove(session, by=BY, kind=kind, clock=person.clock)
        assert not await stepup.has_proof(session, by=BY, clock=person.clock)
