"""Proving a factor as a page does, for tests that are about what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pyotp

from core.accounts.service import load_account
from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.security.assurance import Act, chat_session
from core.security.factors import service as factors
from core.security.factors.models import FactorKind
from core.security.keys import keys_for
from core.security.stepup import service as stepup

_paper: dict[UUID, list[str]] = {}


async def session_of(db: Database, tenant_id: UUID) -> str:
    """The session name of a tenant's chat."""
    account = await load_account(db, tenant_id=tenant_id)
    assert account is not None
    return chat_session(account.telegram_id)


async def prove(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID, acts: Mapping[Act, str], *, by: str = ""
) -> None:
    """The first time with a new authenticator app, later with one of its backup codes: no test has to wait for a code."""
    by = by or await session_of(db, tenant_id)
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        if await factors.has_strong_factor(session):
            if tenant_id not in _paper:
                _paper[tenant_id] = list(await factors.new_backup_codes(session, by=by, clock=clock))
            code = _paper[tenant_id].pop()
            assert await factors.use_backup_code(session, keys, code=code)
            kind = FactorKind.BACKUP_CODE
        else:
            offer = await factors.begin_totp(session, keys, clock=clock, by=by)
            shown = pyotp.TOTP(offer.secret).at(clock.now())
            assert await factors.confirm_totp(session, keys, code=shown, clock=clock)
            kind = FactorKind.TOTP
        await stepup.prove(session, by=by, kind=kind, clock=clock, acts=acts)
