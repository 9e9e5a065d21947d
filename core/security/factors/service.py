"""A person's factors: what they have, proving one, adding and removing.

Setting up the first strong factor needs nothing but the one-time link, because there is nothing to prove yet. Every change after
that uses up a step-up of its own, whichever page it comes from; every change is in the audit trail and told in the chat.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import PendingLogin
from core.accounts.models import TelegramLink
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import Conflict, NotFound
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.assurance import Act
from core.security.factors import backup, passkeys, totp
from core.security.factors.models import (
    STRONG,
    BackupCode,
    Binding,
    Factor,
    FactorKind,
    FactorView,
    PasskeyChallenge,
)
from core.security.factors.passkeys import PasskeyOptions, begin_assertion, finish_assertion
from core.security.factors.totp import TotpOffer
from core.security.models import PageLink
from core.security.page_links import Purpose
from core.security.stepup import service as stepup
from core.settings import Settings

__all__ = ["FactorKind", "FactorView", "PasskeyOptions", "TotpOffer", "begin_assertion", "finish_assertion"]

_REGISTER = "register_passkey"


class LastFactor(Conflict):
    """Without it nothing would protect the account: another one has to come first."""

    code = "last_factor"


class NoFactor(Conflict):
    """Codes on paper stand in for a factor; without one there is nothing to stand in for."""

    code = "no_factor"


async def list_factors(session: AsyncSession) -> list[FactorView]:
    """Confirmed factors in the order they were added, then the backup codes as one entry when there are any."""
    # No secret is asked for: the bot, which lists factors too, may not read them.
    rows = await session.execute(
        select(Factor.id, Factor.kind, Factor.confirmed_at, Factor.created_at, Factor.used_at)
        .where(*_confirmed(session))
        .order_by(Factor.created_at, Factor.id)
    )
    views = [
        FactorView(row.id, FactorKind(row.kind), row.confirmed_at or row.created_at, row.used_at)
        for row in rows
    ]
    added_at, used_at, left = (
        await session.execute(
            select(
                func.min(BackupCode.created_at),
                func.max(BackupCode.used_at),
                func.count().filter(BackupCode.used_at.is_(None)),
            ).where(BackupCode.tenant_id == tenant_of(session))
        )
    ).one()
    if added_at is not None:
        views.append(FactorView(tenant_of(session), FactorKind.BACKUP_CODE, added_at, used_at, left))
    return views


async def has_strong_factor(session: AsyncSession) -> bool:
    """Whether a TOTP app or a passkey protects the account."""
    return await session.scalar(select(Factor.id).where(*_confirmed(session)).limit(1)) is not None


async def verify_totp(session: AsyncSession, keys: TenantKeys, *, code: str, clock: Clock) -> bool:
    """See `totp.check`. A miss is counted by the caller (`core.security.lockout`)."""
    return await totp.check(session, keys, code=code, clock=clock)


async def use_backup_code(session: AsyncSession, keys: TenantKeys, *, code: str) -> bool:
    """See `backup.use`; noted in the audit trail with how many are left."""
    if not await backup.use(session, code=code):
        return False
    audit.record(session, "backup_code.used", actor=audit.USER, left=await backup.left(session))
    return True


def kind_of_code(code: str) -> FactorKind:
    """Which factor a typed code means to be: digits come from an app, everything else from the paper."""
    return FactorKind.TOTP if "".join(code.split()).isdigit() else FactorKind.BACKUP_CODE


async def verify_code(
    session: AsyncSession, keys: TenantKeys, *, code: str, clock: Clock
) -> FactorKind | None:
    """Which factor this code proves; None when none."""
    kind = kind_of_code(code)
    if kind is FactorKind.TOTP:
        right = await verify_totp(session, keys, code=code, clock=clock)
    else:
        right = await use_backup_code(session, keys, code=code)
    return kind if right else None


async def begin_totp(
    session: AsyncSession, keys: TenantKeys, *, clock: Clock, by: str = "", via: UUID | None = None
) -> TotpOffer:
    """Offer a seed. `via` is the page link it is shown on. Raises StepUpNeeded (ADD_FACTOR on "totp") once protected."""
    await _may_add(session, FactorKind.TOTP, by=by, clock=clock)
    return await totp.offer(session, keys, via=via, clock=clock, account=await account_name(session))


async def pending_totp(
    session: AsyncSession, keys: TenantKeys, *, via: UUID, clock: Clock
) -> TotpOffer | None:
    """The seed this page link was offered and has not confirmed yet."""
    return await totp.pending(session, keys, via=via, clock=clock, account=await account_name(session))


async def confirm_totp(
    session: AsyncSession, keys: TenantKeys, *, code: str, clock: Clock, via: UUID | None = None
) -> bool:
    """The offered app counts once it shows a code; it replaces an earlier app. The code itself is used up by that."""
    # Asked before: a new app takes the place of the old one.
    first = not await has_strong_factor(session)
    factor_id = await totp.confirm(session, keys, code=code, via=via, clock=clock)
    if factor_id is None:
        return False
    await _added(session, FactorKind.TOTP, factor_id, first=first)
    return True


async def begin_passkey(
    session: AsyncSession, keys: TenantKeys, settings: Settings, *, by: str, clock: Clock
) -> PasskeyOptions:
    """Ask the browser for a passkey. Raises StepUpNeeded (ADD_FACTOR on "passkey") once protected, and as `passkeys` does."""
    await _may_add(session, FactorKind.PASSKEY, by=by, clock=clock)
    return await passkeys.begin_registration(
        session,
        keys,
        settings,
        account=await account_name(session),
        binding=Binding(_REGISTER, FactorKind.PASSKEY, by),
        clock=clock,
    )


async def finish_passkey(
    session: AsyncSession,
    keys: TenantKeys,
    settings: Settings,
    *,
    challenge_id: UUID,
    answer: str,
    by: str,
    clock: Clock,
) -> bool:
    """Keep the passkey the browser made. False when the answer does not fit its challenge; let that commit."""
    first = not await has_strong_factor(session)
    factor_id = await passkeys.finish_registration(
        session,
        keys,
        settings,
        challenge_id=challenge_id,
        answer=answer,
        binding=Binding(_REGISTER, FactorKind.PASSKEY, by),
        clock=clock,
    )
    if factor_id is None:
        return False
    await _added(session, FactorKind.PASSKEY, factor_id, first=first)
    return True


async def new_backup_codes(session: AsyncSession, *, by: str = "", clock: Clock) -> tuple[str, ...]:
    """Ten codes to show once; earlier ones stop working.

    The first ten come with the first factor. Raises StepUpNeeded (ADD_FACTOR on "backup_code") for any later ones, and NoFactor.
    """
    if not await has_strong_factor(session):
        raise NoFactor
    had = await session.scalar(
        select(BackupCode.id).where(BackupCode.tenant_id == tenant_of(session)).limit(1)
    )
    if had is not None:
        await stepup.require(session, Act.ADD_FACTOR, subject=FactorKind.BACKUP_CODE, by=by, clock=clock)
    made = await backup.new_codes(session)
    audit.record(session, "factor.added", actor=audit.USER, kind=FactorKind.BACKUP_CODE.value)
    if had is not None:
        await _tell(session, FactorKind.BACKUP_CODE, tenant_of(session), "added")
    return made


async def remove_factor(session: AsyncSession, *, factor_id: UUID, by: str, clock: Clock) -> FactorKind:
    """Raises NotFound, LastFactor, StepUpNeeded (REMOVE_FACTOR on the factor's id)."""
    # All of them are locked: of two removals at once the second must see that one is left.
    rows = list(await session.scalars(select(Factor).where(*_confirmed(session)).with_for_update()))
    row = next((row for row in rows if row.id == factor_id), None)
    if row is None:
        raise NotFound
    if len(rows) == 1:
        raise LastFactor
    await stepup.require(session, Act.REMOVE_FACTOR, subject=str(factor_id), by=by, clock=clock)
    kind = FactorKind(row.kind)
    await session.delete(row)
    audit.record(session, "factor.removed", actor=audit.USER, kind=kind.value, factor=str(factor_id))
    await _tell(session, kind, factor_id, "removed")
    return kind


async def account_name(session: AsyncSession) -> str:
    """What apps and password managers list the account under."""
    telegram_id = await session.scalar(
        select(TelegramLink.telegram_id).where(TelegramLink.tenant_id == tenant_of(session)).limit(1)
    )
    return f"Telegram {telegram_id}" if telegram_id else "Telegram"


def _confirmed(session: AsyncSession) -> tuple[ColumnElement[bool], ...]:
    return (
        Factor.tenant_id == tenant_of(session),
        Factor.kind.in_([kind.value for kind in STRONG]),
        Factor.confirmed_at.is_not(None),
    )


async def _may_add(session: AsyncSession, kind: FactorKind, *, by: str, clock: Clock) -> None:
    if await has_strong_factor(session):
        await stepup.require(session, Act.ADD_FACTOR, subject=kind.value, by=by, clock=clock)


async def _added(session: AsyncSession, kind: FactorKind, factor_id: UUID, *, first: bool) -> None:
    # What else was on offer may have been asked for while nothing had to be proven yet: it ends with the first factor.
    tenant_id = tenant_of(session)
    await session.execute(delete(Factor).where(Factor.tenant_id == tenant_id, Factor.confirmed_at.is_(None)))
    await session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.tenant_id == tenant_id))
    audit.record(session, "factor.added", actor=audit.USER, kind=kind.value, factor=str(factor_id))
    if first:
        await _end_ways_in(session)
        # Nothing was changed under anybody's feet, so this confirms. It is told all the same, wherever its person can be
        # reached: somebody with a stolen chat may be the one who sets it up.
        await raise_alert(session, AlertKind.FIRST_FACTOR, factor=kind.value, ref=str(factor_id))
    else:
        await _tell(session, kind, factor_id, "added")


async def _end_ways_in(session: AsyncSession) -> None:
    """Other doors to the account that were asked for without a proof: a login for the web, a chat that joins."""
    tenant_id = tenant_of(session)
    await session.execute(
        delete(PageLink).where(
            PageLink.tenant_id == tenant_id,
            PageLink.purpose.in_([Purpose.LOGIN.value, Purpose.JOIN.value]),
            PageLink.used_at.is_(None),
        )
    )
    await session.execute(delete(PendingLogin).where(PendingLogin.tenant_id == tenant_id))


async def _tell(session: AsyncSession, kind: FactorKind, factor_id: UUID, change: str) -> None:
    await raise_alert(session, AlertKind.FACTOR_CHANGED, factor=kind.value, change=change, ref=str(factor_id))
