"""Erasing an account for good, in steps that can be repeated: whoever is killed in between leaves no account half there.

Order matters. Nothing may leave for Upwork any more; Upwork's consent is revoked while its token can still be read; the
erasure is written down outside the database before anything irreversible; then the data key goes, which makes everything that
was sealed unreadable at once; then the rows. A backup that is restored later is brought to the same end by
`core.privacy.replay`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.sessions import end_all_sessions
from core.accounts.models import Tenant
from core.accounts.service import Account, account_of
from core.clock import Clock
from core.db import Database, tenant_of
from core.errors import NotFound, Unavailable
from core.failpoints import reach
from core.inbox import InboxUpdate
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.models import SentMessage
from core.notifications.notifier import Notifier
from core.privacy import tombstones
from core.privacy.gather import chats_of
from core.privacy.models import ErasedTenant
from core.privacy.rules import RULES, Erase
from core.privacy.tables import TABLES
from core.proposals.models import Action, ActionState, Approval
from core.runtime import Runtime
from core.security import anchor, audit, chain
from core.security.alerts.service import AlertKind, raise_alert
from core.security.anchor import Anchor
from core.security.assurance import ACCOUNT, Act
from core.security.models import TenantKey
from core.security.stepup.service import require
from core.upwork import confirming
from core.upwork.models import UpworkAccount

log = get_logger(__name__)

NOTICE_SECONDS = 15.0
"""Between the last yes and the first step: the warning by mail leaves in this time."""

SWEEP_SECONDS = 120.0
"""A job that was running when the account went may ask for itself once more; this long after, that is swept up."""

DELETABLE = timedelta(hours=47)
"""Telegram lets a bot delete what it wrote for 48 hours."""

_WAITING = (ActionState.APPROVED, ActionState.PARKED, ActionState.CLAIMED)
_LOOK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Losses:
    """What goes with an account, for asking twice in plain words."""

    drafts: int
    sent: int
    waiting: int
    facts: int
    searches: int
    linked: bool


async def losses(session: AsyncSession) -> Losses:
    async def count(table: str, *where: str) -> int:
        columns = TABLES[table].c
        query = select(func.count()).select_from(TABLES[table])
        if where:
            query = query.where(columns.state.in_(where))
        return int(await session.scalar(query) or 0)

    return Losses(
        drafts=await count("drafts"),
        sent=await count("actions", ActionState.SENT),
        waiting=await count("actions", *_WAITING, ActionState.ON_WIRE),
        facts=await count("profile_facts"),
        searches=await count("saved_searches"),
        linked=bool(await count("upwork_accounts")),
    )


async def ask_erasure(session: AsyncSession, *, by: str, clock: Clock) -> bool:
    """The person's last yes. Uses up a step-up; from here nothing leaves any more. False when it was said already.

    Raises StepUpNeeded.
    """
    tenant = await session.get_one(Tenant, tenant_of(session), with_for_update=True)
    if tenant.erasing_at is not None:
        return False
    await require(session, Act.FORGET, subject=ACCOUNT, by=by, clock=clock)
    tenant.erasing_at = clock.now()
    # Locked as well: what would be approved in the seconds that are left is refused like everything of a locked account.
    tenant.locked_at = tenant.locked_at or tenant.erasing_at
    await _end_actions(session, clock)
    await end_all_sessions(session, clock=clock, reason="erased")
    audit.record(session, "account.erasure_asked", actor=audit.USER)
    await raise_alert(session, AlertKind.ERASED)
    await enqueue(
        session, Job.ERASE_TENANT, tenant_id=tenant.tenant_id, ref=tenant.tenant_id, delay=NOTICE_SECONDS
    )
    return True


async def _end_actions(session: AsyncSession, clock: Clock) -> None:
    """What waits is never sent; a worker that has claimed one meanwhile finds it gone. What is on the wire is left to it."""
    await session.execute(
        update(Action)
        .where(Action.tenant_id == tenant_of(session), Action.state.in_(_WAITING))
        .values(state=ActionState.EXPIRED, settled_at=clock.now(), lease_until=None)
    )
    await session.execute(
        update(Approval)
        .where(
            Approval.tenant_id == tenant_of(session),
            Approval.used_at.is_(None),
            Approval.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )


@dataclass(frozen=True, slots=True)
class _Farewell:
    account: Account | None
    messages: tuple[int, ...]
    linked: bool


async def erase(rt: Runtime, notifier: Notifier, *, tenant_id: UUID) -> float | None:
    """Job.ERASE_TENANT. Returns seconds until it wants to look once more, None when nothing is left of the account.

    Raises Unavailable while an action is on the wire or the erasure cannot be written down; safe to repeat from anywhere.
    """
    async with rt.db.begin(tenant_id) as session:
        tenant = await session.scalar(select(Tenant).where(Tenant.tenant_id == tenant_id))
        if tenant is None:
            await _forget_system_rows(session, chats=[])
            return None
        if tenant.erasing_at is None:
            raise NotFound(subject="erasure")
        await _end_actions(session, rt.clock)
        if await _on_wire(session):
            raise Unavailable("an action is on its way", retry_after=_LOOK_AGAIN_SECONDS)
        farewell = await _farewell(session, rt.clock)
    revoked = await confirming.erase_account(rt, tenant_id=tenant_id) or not farewell.linked
    if farewell.account is not None and farewell.messages:
        await notifier.unsend(farewell.account.chat_id, farewell.messages)
    await _shred(rt, tenant_id)
    reach("mid_erase")
    await delete_rows(rt.db, tenant_id)
    log.info("account.erased")
    if farewell.account is not None:
        await notifier.farewell(farewell.account, revoked=revoked)
    return SWEEP_SECONDS


async def _on_wire(session: AsyncSession) -> bool:
    """Whether a worker is sending right now: its answer is waited for, so that the person learns what became of it."""
    found = await session.scalar(
        select(Action.id)
        .where(
            Action.tenant_id == tenant_of(session),
            Action.state == ActionState.ON_WIRE,
            Action.lease_until > func.now(),
        )
        .limit(1)
    )
    return found is not None


async def _farewell(session: AsyncSession, clock: Clock) -> _Farewell:
    messages = await session.scalars(
        select(SentMessage.message_id).where(
            SentMessage.tenant_id == tenant_of(session), SentMessage.created_at > clock.now() - DELETABLE
        )
    )
    linked = await session.scalar(
        select(UpworkAccount.id).where(UpworkAccount.tenant_id == tenant_of(session)).limit(1)
    )
    return _Farewell(await account_of(session), tuple(messages), linked is not None)


async def _shred(rt: Runtime, tenant_id: UUID) -> None:
    """Write the erasure down, outside and here, and delete the data key. From here nothing sealed can be read again."""
    now = rt.clock.now()
    async with rt.db.begin(tenant_id) as session:
        head = await chain.head_of(session)
    await tombstones.remember(rt.settings, tenant_id, now)
    await anchor.write(rt.settings, rt.http, rt.vault, Anchor(tenant_id, head, now, erased=True))
    async with rt.db.begin(tenant_id) as session:
        await session.execute(
            insert(ErasedTenant)
            .values(mark=tombstones.mark_of(tenant_id), audit_head=f"{head.seq}:{head.hash.hex()}")
            .on_conflict_do_nothing()
        )
        await session.execute(delete(TenantKey).where(TenantKey.tenant_id == tenant_id))


async def delete_rows(db: Database, tenant_id: UUID) -> None:
    """Delete the account with everything that belongs to it, in one transaction. An account that is gone is no error."""
    async with db.begin(tenant_id) as session:
        chats = await chats_of(session)
        await session.execute(delete(Tenant).where(Tenant.tenant_id == tenant_id))
        await _forget_system_rows(session, chats=chats)


async def _forget_system_rows(session: AsyncSession, *, chats: list[int]) -> None:
    """What no foreign key takes along. Of a stored update its number stays for two days, so that it is not handled twice."""
    tenant_id = tenant_of(session)
    for name, rule in RULES.items():
        if rule.erase is Erase.BY_TENANT:
            table = TABLES[name]
            await session.execute(delete(table).where(table.c.tenant_id == tenant_id))
    if chats:
        await session.execute(
            update(InboxUpdate)
            .where(or_(*(InboxUpdate.chat_id == chat for chat in chats)))
            .values(
                chat_id=0,
                payload_sealed=None,
                error=None,
                lease_until=None,
                done_at=func.coalesce(InboxUpdate.done_at, func.now()),
            )
            .execution_options(synchronize_session=False)
        )
