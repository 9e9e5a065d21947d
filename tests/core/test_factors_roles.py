"""Factors under the database role of each process: the web sets them up, the bot sees which there are, the worker warns."""

from __future__ import annotations

from collections.abc import Mapping

import pyotp
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.crypto import Vault
from core.db import Database
from core.purge import purge_content
from core.runtime import Runtime
from core.security.assurance import Act
from core.security.factors import codes, contacts, recovery, service
from core.security.factors.contacts import WARN_LIFE
from core.security.factors.models import Binding, Contact, ContactKind, FactorKind
from core.security.keys import keys_for
from core.security.lockout import service as lockout
from core.security.stepup import service as stepup
from core.settings import Login
from tests.core.upwork_side import MakeTenant, MovableClock

BY = "telegram:1001"


async def test_the_web_process_sets_everything_up_and_the_others_see_their_part(
    logins: Mapping[Login, Database], vault: Vault, clock: MovableClock, make_tenant: MakeTenant, rt: Runtime
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    web = logins[Login.WEB]
    async with web.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        offer = await service.begin_totp(session, keys, clock=clock)
        code = pyotp.TOTP(offer.secret).at(clock.now())
        assert await service.confirm_totp(session, keys, code=code, clock=clock)
        paper = await service.new_backup_codes(session, clock=clock)
        for kind, address in ((ContactKind.EMAIL, "olena@example.com"), (ContactKind.PHONE, "+380441234567")):
            acts = {Act.CHANGE_CONTACT: contacts.subject_of(keys, kind, address)}
            await stepup.prove(session, by=BY, kind=FactorKind.TOTP, clock=clock, acts=acts)
            named = await contacts.set_contact(session, keys, kind=kind, address=address, by=BY, clock=clock)
            assert await contacts.confirm_contact(
                session,
                keys,
                contact_id=named.id,
                code_id=named.issued.id,
                code=named.issued.code,
                by=BY,
                clock=clock,
            )
        await recovery.begin(session, keys, by=BY, clock=clock)
        assert await service.use_backup_code(session, keys, code=paper[0])
    await lockout.check(web, subject="tenant:x", factor="totp", ip="203.0.113.7")
    await lockout.failed(web, subject="tenant:x", factor="totp", ip="203.0.113.7", tenant_id=tenant_id)
    await lockout.succeeded(web, subject="tenant:x", factor="totp", ip="203.0.113.7")

    async with logins[Login.BOT].begin(tenant_id) as session:
        assert [view.kind for view in await service.list_factors(session)] == ["totp", "backup_code"]
        assert await service.has_strong_factor(session)
    async with logins[Login.NOTIFY].begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        assert await contacts.addresses_to_warn(session, keys, "email", clock=clock) == ["olena@example.com"]


async def test_a_replaced_address_is_forgotten_after_a_week_whoever_comes_by(
    logins: Mapping[Login, Database], vault: Vault, clock: MovableClock, make_tenant: MakeTenant, rt: Runtime
) -> None:
    tenant_id = (await make_tenant()).tenant_id
    async with logins[Login.WEB].begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        for age in (WARN_LIFE, WARN_LIFE / 2):
            row = Contact(
                tenant_id=tenant_id,
                kind="email",
                address_sealed=b"",
                verified_at=clock.now() - age,
                replaced_at=clock.now() - age,
            )
            session.add(row)
            await session.flush()
            row.address_sealed = keys.seal(row, "address_sealed", "olena@example.com")
        await codes.issue(session, keys, kind=FactorKind.EMAIL, binding=Binding("a", "b", BY), clock=clock)
    async with logins[Login.UPKEEP].begin(tenant_id) as session:
        await contacts.forget_replaced(session, clock=clock)
    async with logins[Login.WEB].begin(tenant_id) as session:
        assert len(list(await session.scalars(select(Contact)))) == 1
    clock.advance(hours=24 * 4)
    await purge_content(rt, tenant_id=tenant_id)
    async with logins[Login.WEB].begin(tenant_id) as session:
        assert list(await session.scalars(select(Contact))) == []


@pytest.mark.parametrize("login", [Login.BOT, Login.NOTIFY, Login.UPKEEP, Login.DRAFTING, Login.UPWORK])
@pytest.mark.parametrize(
    "secret",
    [
        "secret_sealed from app.factors",
        "code_hash from app.backup_codes",
        "code_hash from app.one_time_codes",
        "challenge from app.passkey_challenges",
        "who from app.login_failures",
    ],
)
async def test_nobody_but_the_web_process_reads_a_secret(
    logins: Mapping[Login, Database], tenant_id: object, login: Login, secret: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with logins[login].begin() as session:
            await session.execute(text(f"select {secret}"))
