"""The access token of a linked account, kept fresh by exactly one caller over all processes.

Upwork rotates the refresh token, so two refreshes at once kill the grant. Three things prevent it:
a lease in the account's row, in database time, says who may ask Upwork (a transaction cannot: nothing may be held open
while a request is under way); the pair is stored in one statement that carries the version it replaces; and a refusal
counts only if that version is still the stored one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import CannotUnseal, TenantKeys, Vault
from core.db import Database
from core.errors import NeedsReauth, Unavailable
from core.log import get_logger
from core.security import audit
from core.security.alerts.service import AlertKind, raise_alert
from core.security.keys import keys_for
from core.settings import Settings
from core.upwork import mapping, oauth
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.oauth import TokenSet
from core.upwork.views import AccountView

log = get_logger(__name__)

REFRESH_SHARE = 0.2  # of the token's life that is left when the next pair is fetched
LEASE = timedelta(seconds=3 * oauth.DEADLINE_SECONDS)
COOL_DOWN = timedelta(seconds=5)
KEEP_ALIVE = timedelta(days=7)  # the refresh token dies after 14 days without use
USABLE = timedelta(seconds=60)
WAIT_SECONDS = 20.0
_LOOK_AGAIN_SECONDS = 0.1
_STORE_PAUSES = (0.2, 1.0, 3.0, 8.0)  # together well within the lease


_Given = tuple[str, AccountView]


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to fetch and store a pair of tokens. Callers that share it wait for one another's answer."""

    db: Database
    http: httpx.AsyncClient
    vault: Vault
    settings: Settings
    clock: Clock
    asking: dict[tuple[UUID, int | None], asyncio.Task[_Given]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one look at the row found. `lease` is set when this caller now has to refresh."""

    account: AccountView
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    due: bool
    lease: datetime | None


def seal_tokens(keys: TenantKeys, row: UpworkAccount, pair: TokenSet, now: datetime) -> None:
    """Put a fresh pair into a row, with the next version. The row's ids must be set; they are part of the seal."""
    row.access_token_sealed = keys.seal(row, "access_token_sealed", pair.access_token)
    row.refresh_token_sealed = keys.seal(row, "refresh_token_sealed", pair.refresh_token)
    row.token_version = (row.token_version or 0) + 1
    row.refreshed_at = now
    row.access_expires_at = now + timedelta(seconds=pair.expires_in)
    row.refresh_lease_until = None


def account_view(row: UpworkAccount) -> AccountView:
    return AccountView(
        tenant_id=row.tenant_id,
        status=row.status,
        upwork_user_id=row.upwork_user_id,
        upwork_nid=row.upwork_nid,
        organization_id=row.organization_id,
        token_version=row.token_version,
        access_expires_at=row.access_expires_at,
        capabilities=mapping.capabilities(row.capabilities),
    )


async def access_token(means: Means, tenant_id: UUID, *, rejected_version: int | None = None) -> _Given:
    """A usable access token and the account it belongs to; refreshes it when a fifth or less of its life is left.

    `rejected_version` says that Upwork just refused the token of that version, however fresh it looks. Raises NeedsReauth
    when there is no account or the person has to link it again, Unavailable when Upwork does not answer in time.
    """
    key = (tenant_id, rejected_version)
    task = means.asking.get(key)
    if task is None:
        task = asyncio.create_task(_access_token(means, tenant_id, rejected_version))
        means.asking[key] = task
        task.add_done_callback(lambda done: _answered(means, key, done))
    # Shielded, because a pair that Upwork has issued and nobody stored kills the grant: it runs on without its caller.
    return await asyncio.shield(task)


def _answered(means: Means, key: tuple[UUID, int | None], task: asyncio.Task[_Given]) -> None:
    means.asking.pop(key, None)
    if not task.cancelled():
        task.exception()  # callers that went away do not collect it


async def _access_token(means: Means, tenant_id: UUID, rejected_version: int | None) -> _Given:
    waited = 0.0
    while True:
        stored = await _look(means, tenant_id, rejected_version=rejected_version)
        if not stored.due:
            return stored.access_token, stored.account
        rejected = stored.account.token_version == rejected_version
        usable = not rejected and stored.account.access_expires_at > means.clock.now() + USABLE
        if stored.lease is not None:
            try:
                await _refresh(means, stored, stored.lease)
            except Unavailable:
                if usable:
                    return stored.access_token, stored.account
                raise
            continue
        if usable:
            return stored.access_token, stored.account
        if waited >= WAIT_SECONDS:
            raise Unavailable("the token is being refreshed elsewhere")
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        waited += _LOOK_AGAIN_SECONDS


async def keep_alive(means: Means, tenant_id: UUID) -> bool:
    """Refresh a pair that nobody used for a week; True when it did. Raises as `access_token` does."""
    async with means.db.begin(tenant_id) as session:
        row = await session.scalar(select(UpworkAccount).where(UpworkAccount.tenant_id == tenant_id))
        if row is None or row.status == AccountStatus.NEEDS_REAUTH:
            return False
        if means.clock.now() - row.refreshed_at < KEEP_ALIVE:
            return False
        version = row.token_version
    await access_token(means, tenant_id, rejected_version=version)
    return True


async def park(db: Database, tenant_id: UUID, *, version: int, reason: str) -> bool:
    """Mark the account as needing the person, unless its tokens were renewed meanwhile. True when this call did it."""
    async with db.begin(tenant_id) as session:
        parked = await session.execute(
            update(UpworkAccount)
            .where(
                UpworkAccount.tenant_id == tenant_id,
                UpworkAccount.token_version == version,
                UpworkAccount.status != AccountStatus.NEEDS_REAUTH,
            )
            .values(status=AccountStatus.NEEDS_REAUTH, refresh_lease_until=None)
            .returning(UpworkAccount.linked_at)
        )
        row = parked.one_or_none()
        if row is None:
            return False
        audit.record(session, "upwork.needs_reauth", version=version, reason=reason)
        # A connection that was made anew and lost at once is told of again.
        await raise_alert(
            session, AlertKind.TOKEN_REFUSED, since=f"{row.linked_at:%Y%m%d%H%M%S}" if row.linked_at else ""
        )
    log.warning("upwork.needs_reauth", tenant=str(tenant_id), reason=reason)
    return True


async def _look(means: Means, tenant_id: UUID, *, rejected_version: int | None) -> _Stored:
    """Read the row and, when a refresh is due, try to take the lease. Raises NeedsReauth."""
    async with means.db.begin(tenant_id) as session:
        row = await session.scalar(select(UpworkAccount).where(UpworkAccount.tenant_id == tenant_id))
        if row is None:
            raise NeedsReauth("no Upwork account is linked")
        if row.status == AccountStatus.NEEDS_REAUTH:
            raise NeedsReauth("the Upwork account has to be linked again")
        keys = await keys_for(session, means.vault)
        try:
            access, renewal = (
                keys.unseal(row, "access_token_sealed"),
                keys.unseal(row, "refresh_token_sealed"),
            )
        except CannotUnseal:
            raise NeedsReauth("the stored tokens cannot be read") from None
        life = row.access_expires_at - row.refreshed_at
        left = row.access_expires_at - means.clock.now()
        due = left <= life * REFRESH_SHARE or row.token_version == rejected_version
        lease = await _take_lease(session, row.token_version) if due else None
        return _Stored(account_view(row), access, renewal, due, lease)


async def _take_lease(session: AsyncSession, version: int) -> datetime | None:
    """The end of the lease when it is ours now; `None` when somebody else has it or has just stored a newer pair."""
    taken = await session.execute(
        update(UpworkAccount)
        .where(
            UpworkAccount.tenant_id == session.info["tenant_id"],
            UpworkAccount.token_version == version,
            or_(UpworkAccount.refresh_lease_until.is_(None), UpworkAccount.refresh_lease_until < func.now()),
        )
        .values(refresh_lease_until=func.clock_timestamp() + LEASE)
        .returning(UpworkAccount.refresh_lease_until)
        .execution_options(synchronize_session=False)
    )
    return taken.scalar_one_or_none()


async def _refresh(means: Means, stored: _Stored, lease: datetime) -> None:
    """Ask Upwork for the next pair and store it. Raises NeedsReauth after a final refusal, Unavailable otherwise."""
    tenant_id, version = stored.account.tenant_id, stored.account.token_version
    try:
        pair = await oauth.refresh(means.http, means.settings, stored.refresh_token)
    except NeedsReauth as error:
        if await park(means.db, tenant_id, version=version, reason=str(error.data.get("error", "refused"))):
            raise
        return  # a newer pair is already stored, or the account is parked: the next look says which
    except Unavailable:
        await _cool_down(means.db, tenant_id, lease)
        raise
    for pause in (*_STORE_PAUSES, None):
        # Upwork has already forgotten the old pair: a database that is away for a moment must not cost the grant.
        try:
            await _store(means, tenant_id, version, pair)
        except (SQLAlchemyError, OSError) as error:
            log.warning("upwork.token_not_stored", tenant=str(tenant_id), error=type(error).__name__)
            if pause is None:
                raise
            await asyncio.sleep(pause)
        else:
            return


async def _store(means: Means, tenant_id: UUID, version: int, pair: TokenSet) -> None:
    """The fence: only the pair that follows the stored version is stored. Heals an account parked by a slower refusal."""
    async with means.db.begin(tenant_id) as session:
        row = await session.scalar(
            select(UpworkAccount)
            .where(UpworkAccount.tenant_id == tenant_id, UpworkAccount.token_version == version)
            .with_for_update()
        )
        if row is None:
            log.warning("upwork.token_overtaken", tenant=str(tenant_id), version=version)
            return
        seal_tokens(await keys_for(session, means.vault), row, pair, means.clock.now())
        if row.status == AccountStatus.NEEDS_REAUTH:
            row.status = AccountStatus.LINKED if row.linked_at else AccountStatus.PENDING
        audit.record(session, "upwork.token_refreshed", version=row.token_version)


async def _cool_down(db: Database, tenant_id: UUID, lease: datetime) -> None:
    """Shorten our own lease, so that the next try comes soon but not at once: Upwork limits its token endpoint."""
    async with db.begin(tenant_id) as session:
        await session.execute(
            text(
                "update app.upwork_accounts set refresh_lease_until = clock_timestamp() + :pause "
                "where tenant_id = :tenant and refresh_lease_until = :lease"
            ),
            {"pause": COOL_DOWN, "tenant": tenant_id, "lease": lease},
        )
