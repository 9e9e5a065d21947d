"""Codes from an authenticator app (RFC 6238): six digits, thirty seconds, each accepted once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.security.factors.models import Factor, FactorKind
from core.security.page_links import LINK_LIFE

STEP_SECONDS = 30
ISSUER = "Gigwright"

_SEED_CHARACTERS = 32  # 160 bits, the length RFC 4226 recommends
_OLDER_STEPS = 1  # a person may type the code that has just gone


@dataclass(frozen=True, slots=True, repr=False)
class TotpOffer:
    """A seed that protects nothing until a first code confirms it. `uri` is what the QR code says."""

    factor_id: UUID
    secret: str
    uri: str


async def offer(
    session: AsyncSession, keys: TenantKeys, *, via: UUID | None, clock: Clock, account: str
) -> TotpOffer:
    """A fresh seed; whatever was offered before is gone. `via` is the page link that may confirm it, `account` its name in
    the app."""
    await session.execute(delete(Factor).where(*_of_app(session), Factor.confirmed_at.is_(None)))
    secret = pyotp.random_base32(_SEED_CHARACTERS)
    row = Factor(
        tenant_id=tenant_of(session),
        id=uuid4(),
        kind=FactorKind.TOTP.value,
        secret_sealed=b"",
        offered_via=via,
        created_at=clock.now(),
    )
    row.secret_sealed = keys.seal(row, "secret_sealed", secret)
    session.add(row)
    await session.flush()
    return _offer(row.id, secret, account)


async def pending(
    session: AsyncSession, keys: TenantKeys, *, via: UUID | None, clock: Clock, account: str
) -> TotpOffer | None:
    """What was offered through this page link, while it is as young as a link: for whoever mistyped the first code."""
    row = await session.scalar(_offered(session, via=via, clock=clock))
    return None if row is None else _offer(row.id, keys.unseal(row, "secret_sealed"), account)


async def confirm(
    session: AsyncSession, keys: TenantKeys, *, code: str, via: UUID | None, clock: Clock
) -> UUID | None:
    """The factor's id once a first code shows that the app has the seed. It takes the place of an earlier app."""
    # Locked, so that of two at once the second finds it confirmed and does not throw it out as the earlier app.
    row = await session.scalar(_offered(session, via=via, clock=clock).with_for_update())
    if row is None:
        return None
    step = _matching_step(keys.unseal(row, "secret_sealed"), code, clock.now())
    if step is None:
        return None
    await session.execute(delete(Factor).where(*_of_app(session), Factor.confirmed_at.is_not(None)))
    row.confirmed_at = clock.now()
    row.last_step = step
    await session.flush()
    return row.id


async def check(session: AsyncSession, keys: TenantKeys, *, code: str, clock: Clock) -> bool:
    """Whether this is the app's code of now or of the step before, and nobody used it or a later one yet.

    One conditional statement burns the step, so of many parallel uses one wins and no order of replays gets through.
    """
    row = await session.scalar(select(Factor).where(*_of_app(session), Factor.confirmed_at.is_not(None)))
    if row is None:
        return False
    step = _matching_step(keys.unseal(row, "secret_sealed"), code, clock.now())
    if step is None:
        return False
    used = await session.scalar(
        update(Factor)
        .where(Factor.tenant_id == row.tenant_id, Factor.id == row.id, Factor.last_step < step)
        .values(last_step=step, used_at=clock.now())
        .returning(Factor.id)
    )
    return used is not None


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    app = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = app.timecode(now)
    found = None
    for step in range(current, current - _OLDER_STEPS - 1, -1):
        if hmac.compare_digest(app.generate_otp(step), typed) and found is None:
            found = step
    return found


def _offer(factor_id: UUID, secret: str, account: str) -> TotpOffer:
    uri = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=ISSUER)
    return TotpOffer(factor_id, secret, uri)


def _of_app(session: AsyncSession) -> tuple[ColumnElement[bool], ...]:
    return Factor.tenant_id == tenant_of(session), Factor.kind == FactorKind.TOTP.value


def _offered(session: AsyncSession, *, via: UUID | None, clock: Clock) -> Select[Factor]:
    return select(Factor).where(
        *_of_app(session),
        Factor.confirmed_at.is_(None),
        Factor.offered_via.is_(None) if via is None else Factor.offered_via == via,
        Factor.created_at > clock.now() - LINK_LIFE,
    )
