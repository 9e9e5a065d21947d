"""The chat's half of linking: the code comes back, the account is claimed or dropped; later it is disconnected."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from core.accounts import dialogs
from core.clock import Clock
from core.crypto import CannotUnseal, Vault
from core.db import tenant_of
from core.errors import AppError, NotFound
from core.jobs import Job, enqueue
from core.log import get_logger
from core.runtime import Runtime
from core.searches.models import SavedSearch
from core.security import audit
from core.security.alerts.service import AlertKind, raise_alert
from core.security.assurance import ACCOUNT, Act
from core.security.keys import keys_for
from core.security.lock import is_locked
from core.security.stepup.service import require
from core.upwork import oauth, pending
from core.upwork.linking import Problem, confirm_fingerprint, owner_of, tell_owner
from core.upwork.models import AccountStatus, OAuthAttempt, UpworkAccount, UpworkOwner

log = get_logger(__name__)

CONFIRM_TRIES = 5


class Answer(StrEnum):
    """What became of a code that came from the chat."""

    LINKED = "linked"
    WRONG_CODE = "wrong_code"
    GONE = "gone"  # nothing waits for a code: too late, too many tries, rejected or never started
    CANNOT_LINK = "cannot_link"


@dataclass(frozen=True, slots=True)
class Confirmation:
    answer: Answer
    tries_left: int = 0
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class PendingLink:
    """An account that waits for its code. `display_name` comes from Upwork: plain text, never markup."""

    account_id: UUID
    display_name: str | None
    tries_left: int


@dataclass(frozen=True, slots=True)
class StoppedLink:
    """An attempt that ended before there was an account; the chat says so."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    account_id: UUID
    status: AccountStatus
    display_name: str | None
    linked_at: datetime | None


async def link_news(
    session: AsyncSession, vault: Vault, clock: Clock, *, ref: UUID
) -> PendingLink | StoppedLink | None:
    """What Job.CONFIRM_LINK has to say about its `ref`, an account or an attempt; None when it is no longer news."""
    row = await _waiting(session, clock)
    if row is not None and row.id == ref:
        keys = await keys_for(session, vault)
        return PendingLink(row.id, keys.unseal(row, "name_sealed") or None, CONFIRM_TRIES - row.confirm_tries)
    attempt = await session.get(OAuthAttempt, (tenant_of(session), ref))
    return StoppedLink(Problem(attempt.problem)) if attempt is not None and attempt.problem else None


async def linked_account(session: AsyncSession, vault: Vault) -> LinkedAccount | None:
    """The tenant's Upwork account in whatever state, for screens; no secret is in it."""
    # Only what is shown: whoever writes letters asks for the name too, and may not read tokens.
    shown = load_only(
        UpworkAccount.status, UpworkAccount.name_sealed, UpworkAccount.linked_at, raiseload=True
    )
    row = await session.scalar(select(UpworkAccount).options(shown))
    if row is None:
        return None
    keys = await keys_for(session, vault)
    return LinkedAccount(
        row.id, AccountStatus(row.status), keys.unseal(row, "name_sealed") or None, row.linked_at
    )


async def confirm_link(session: AsyncSession, vault: Vault, clock: Clock, *, code: str) -> Confirmation:
    """Judge a code that was typed, or arrived by the page's button, in the tenant's own chat.

    Answers instead of raising, because a wrong try has to be counted and an exception would undo the count.
    """
    row = await _waiting(session, clock, lock=True)
    if row is None or row.confirm_hash is None:
        return Confirmation(Answer.GONE)
    keys = await keys_for(session, vault)
    if not hmac.compare_digest(row.confirm_hash, confirm_fingerprint(keys, row, _tidy(code))):
        row.confirm_tries += 1
        left = CONFIRM_TRIES - row.confirm_tries
        audit.record(session, "upwork.confirm_failed", actor=audit.USER, tries_left=left)
        if left > 0:
            return Confirmation(Answer.WRONG_CODE, tries_left=left)
        await _give_up(session, row)
        return Confirmation(Answer.GONE)
    if await is_locked(session):
        # Locked since the link was asked for: whoever unlocks the account starts again.
        await _give_up(session, row)
        return Confirmation(Answer.GONE)
    if not await _claim(session, row):
        audit.record(session, "upwork.link_stopped", problem=Problem.CANNOT_LINK.value)
        await _give_up(session, row)
        return Confirmation(Answer.CANNOT_LINK)
    pending.bring_back(keys, row)
    row.status, row.linked_at = AccountStatus.LINKED, clock.now()
    row.confirm_hash = row.confirm_expires_at = None
    audit.record(session, "upwork.linked", actor=audit.USER, account=str(row.id))
    await raise_alert(session, AlertKind.UPWORK_LINKED, ref=str(row.id))
    await _ring_everything(session, row)
    return Confirmation(Answer.LINKED, display_name=keys.unseal(row, "name_sealed") or None)


async def reject_link(session: AsyncSession, clock: Clock) -> bool:
    """The person says it was not them. False when nothing waited. A worker revokes and erases the tokens at once."""
    row = await _waiting(session, clock, lock=True)
    if row is None:
        return False
    audit.record(session, "upwork.link_rejected", actor=audit.USER, account=str(row.id))
    await _give_up(session, row)
    return True


async def _say_expired(session: AsyncSession, row: UpworkAccount) -> None:
    """The chat waits for a code that no longer works: it stops waiting and says so. Not after a newer link was asked for."""
    attempt = await session.scalar(
        select(OAuthAttempt).where(OAuthAttempt.used_at.is_not(None), OAuthAttempt.problem.is_(None))
    )
    if attempt is None:
        return
    attempt.problem = Problem.EXPIRED
    if (await dialogs.read(session)).state == dialogs.LINK_CODE:
        await dialogs.clear(session)
    await enqueue(session, Job.CONFIRM_LINK, tenant_id=row.tenant_id, ref=attempt.id)


async def drop_unconfirmed(rt: Runtime, *, tenant_id: UUID, account_id: UUID) -> bool:
    """Erase an account nobody confirmed, and revoke its tokens. True when there is nothing left to keep alive.

    Job.KEEP_TOKEN calls this first; while the code may still come it asks for itself again.
    """
    now = rt.clock.now()
    async with rt.db.begin(tenant_id) as session:
        row = await session.scalar(
            select(UpworkAccount).where(UpworkAccount.id == account_id).with_for_update()
        )
        if row is None:
            return True
        if row.status != AccountStatus.PENDING:
            return False
        if row.confirm_hash is not None and row.confirm_expires_at and row.confirm_expires_at > now:
            delay = (row.confirm_expires_at - now).total_seconds()
            await enqueue(session, Job.KEEP_TOKEN, tenant_id=tenant_id, ref=account_id, delay=delay)
            return True
        upwork_user_id = row.upwork_user_id
        if row.confirm_hash is not None:
            await _say_expired(session, row)
        token = await _last_token(rt, session, row)
        await _erase(session, row)
        audit.record(session, "upwork.link_dropped", account=str(account_id))
    owner = await owner_of(rt.db, upwork_user_id)
    if owner is None:
        # Revoking may end every grant of that person to this key; an account linked elsewhere must not pay for it.
        await _revoke(rt, token)
    elif owner != tenant_id:
        # Whoever was first at the code was not told when the other one signed in, for then nobody owned the account yet.
        await tell_owner(rt.db, owner)
    return True


async def disconnect(rt: Runtime, *, tenant_id: UUID, by: str) -> bool:
    """Erase the tenant's tokens here, then revoke them at Upwork. False when Upwork did not confirm the second.

    `by` is the session that asks, and uses up its grant for DISCONNECT_UPWORK. Raises NotFound when no account is linked,
    StepUpNeeded.
    """
    return await _part_with(rt, tenant_id, by=by)


async def erase_account(rt: Runtime, *, tenant_id: UUID) -> bool:
    """What `disconnect` does, as part of erasing everything: whoever asked for that has proven themselves for that.

    False also when no account is linked.
    """
    try:
        return await _part_with(rt, tenant_id, by=None)
    except NotFound:
        return False


async def _part_with(rt: Runtime, tenant_id: UUID, *, by: str | None) -> bool:
    async with rt.db.begin(tenant_id) as session:
        row = await session.scalar(select(UpworkAccount).with_for_update())
        if row is None:
            raise NotFound(subject="upwork_account")
        if by is not None:
            await require(session, Act.DISCONNECT_UPWORK, subject=ACCOUNT, by=by, clock=rt.clock)
        token = await _last_token(rt, session, row)
        await _erase(session, row)
        await session.execute(delete(OAuthAttempt).where(OAuthAttempt.tenant_id == tenant_id))
        audit.record(session, "upwork.disconnected", actor=audit.USER, account=str(row.id))
    return await _revoke(rt, token)


async def _waiting(session: AsyncSession, clock: Clock, *, lock: bool = False) -> UpworkAccount | None:
    query = select(UpworkAccount).where(
        UpworkAccount.tenant_id == tenant_of(session),
        UpworkAccount.status == AccountStatus.PENDING,
        UpworkAccount.confirm_hash.is_not(None),
        UpworkAccount.confirm_expires_at > clock.now(),
    )
    return await session.scalar(query.with_for_update() if lock else query)


def _tidy(code: str) -> str:
    return "".join(letter for letter in code[:32].upper() if letter.isalnum())


async def _give_up(session: AsyncSession, row: UpworkAccount) -> None:
    """From here no code is right; the tokens go when a worker has revoked them."""
    row.confirm_hash = None
    await enqueue(session, Job.KEEP_TOKEN, tenant_id=row.tenant_id, ref=row.id)


async def _claim(session: AsyncSession, row: UpworkAccount) -> bool:
    """Make the Upwork user this tenant's own. False when it is another's; the unique key decides between two at once."""
    await session.execute(
        delete(UpworkOwner).where(
            UpworkOwner.tenant_id == row.tenant_id, UpworkOwner.upwork_user_id != row.upwork_user_id
        )
    )
    await session.execute(
        insert(UpworkOwner)
        .values(upwork_user_id=row.upwork_user_id, tenant_id=row.tenant_id)
        .on_conflict_do_nothing()
    )
    mine = await session.scalar(
        select(UpworkOwner.upwork_user_id).where(
            UpworkOwner.tenant_id == row.tenant_id, UpworkOwner.upwork_user_id == row.upwork_user_id
        )
    )
    return mine is not None


async def _erase(session: AsyncSession, row: UpworkAccount) -> None:
    await session.execute(delete(UpworkOwner).where(UpworkOwner.tenant_id == row.tenant_id))
    await session.delete(row)


async def _last_token(rt: Runtime, session: AsyncSession, row: UpworkAccount) -> str:
    """The token to revoke; empty when no key opens it any more, which must not keep the row from being erased."""
    try:
        keys = await rt.keys(session)
        if row.status == AccountStatus.PENDING:
            return pending.refresh_token_of(keys, row)
        return keys.unseal(row, "refresh_token_sealed")
    except CannotUnseal:
        return ""


async def _ring_everything(session: AsyncSession, row: UpworkAccount) -> None:
    searches = await session.scalars(
        select(SavedSearch.id).where(SavedSearch.paused_at.is_(None), SavedSearch.deleted_at.is_(None))
    )
    for search_id in searches:
        await enqueue(session, Job.POLL_SEARCH, tenant_id=row.tenant_id, ref=search_id)
    for job in (Job.PROBE_ACCOUNT, Job.SYNC_ROOMS, Job.SYNC_PROPOSALS, Job.KEEP_TOKEN):
        await enqueue(session, job, tenant_id=row.tenant_id, ref=row.id)


async def _revoke(rt: Runtime, token: str) -> bool:
    if not token:
        return False
    try:
        await oauth.revoke(rt.http, rt.settings, token)
    except AppError as error:
        log.warning("upwork.revoke_failed", error=error.code)
        return False
    return True
