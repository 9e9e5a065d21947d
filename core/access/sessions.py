"""Who is logged in to the web pages: sessions begin, are checked with every request, change their id at each proof, and end.

Rights are not kept here. A session says who is there and what they have proven; the role is read anew each time.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import RefreshToken, WebSession
from core.access.permissions import STAFF, limits_of, role_of
from core.access.tokens import LIFE, NotSignedIn, TokenKind
from core.accounts.models import TelegramLink
from core.clock import Clock
from core.crypto import token_hash
from core.db import tenant_of
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.assurance import chat_session, web_session
from core.security.factors.models import FactorKind
from core.security.stepup.service import forget_proofs, mark_new_device

HALF_WAY_LIFE = timedelta(minutes=10)
"""How long a right password waits for the second step."""

LONGEST = timedelta(days=30)
LONGEST_STAFF = timedelta(hours=12)
IDLE = timedelta(days=7)
IDLE_STAFF = LIFE[TokenKind.CONSOLE]
"""A refresh token that was not used for so long is dead."""


async def begin(
    session: AsyncSession, *, method: str, complete: bool, console: bool, browser: str, clock: Clock
) -> WebSession:
    """A new session of this transaction's tenant. `method` is "password" or "passkey"; `browser` a long-lived cookie's token.

    An unfinished one waits for the second step. A browser that nobody logged in from before raises an alert once it is in.
    """
    tenant_id, now = tenant_of(session), clock.now()
    session_id = uuid4()
    row = WebSession(
        tenant_id=tenant_id,
        id=session_id,
        family=session_id,
        method=method,
        complete=complete,
        console=console,
        browser_hash=token_hash(browser) if browser else None,
        expires_at=now + (await _longest(session) if complete else HALF_WAY_LIFE),
    )
    if complete:
        await _arrive(session, row, clock)
    session.add(row)
    audit.record(
        session, "login.begun", actor=audit.USER, login=str(session_id), method=method, complete=complete
    )
    await session.flush()
    return row


async def live(session: AsyncSession, *, session_id: UUID, clock: Clock) -> WebSession:
    """The session, while it is neither ended nor over. Raises NotSignedIn."""
    row = await session.get(WebSession, (tenant_of(session), session_id))
    if row is None or row.ended_at is not None or row.expires_at <= clock.now():
        raise NotSignedIn
    return row


async def renew(session: AsyncSession, old: WebSession, *, factor: FactorKind, clock: Clock) -> WebSession:
    """The same login under a new id, after a strong factor was shown: whoever copied the old one has nothing.

    Raises NotSignedIn for a session that was ended or renewed meanwhile: of two at once only one goes on.
    """
    if not await _end(session, old.id, reason="renewed", clock=clock):
        raise NotSignedIn
    now = clock.now()
    row = WebSession(
        tenant_id=old.tenant_id,
        id=uuid4(),
        family=old.family,
        method=old.method,
        complete=True,
        console=old.console,
        factor=factor.value,
        factor_at=now,
        browser_hash=old.browser_hash,
        expires_at=old.expires_at if old.complete else now + await _longest(session),
    )
    if not old.complete:
        await _arrive(session, row, clock)
    session.add(row)
    audit.record(
        session, "login.renewed", actor=audit.USER, login=str(row.id), before=str(old.id), factor=factor
    )
    await session.flush()
    return row


async def end_session(session: AsyncSession, *, session_id: UUID, reason: str, clock: Clock) -> bool:
    """End one session, its refresh tokens, proofs and grants. False when it had ended already."""
    ended = await _end(session, session_id, reason=reason, clock=clock)
    if ended:
        audit.record(session, "login.ended", actor=audit.USER, login=str(session_id), reason=reason)
    return ended


async def end_all_sessions(
    session: AsyncSession, *, clock: Clock, but: UUID | None = None, reason: str = "everywhere"
) -> int:
    """End every session of this tenant but one; how many there were."""
    return await _end_where(session, WebSession.id != but if but else None, reason=reason, clock=clock)


async def end_family(session: AsyncSession, *, family: UUID, clock: Clock) -> int:
    """End whatever grew out of one login, because one of its tokens was used twice."""
    return await _end_where(session, WebSession.family == family, reason="reused", clock=clock)


async def shorten_sessions(session: AsyncSession) -> None:
    """Logins that began as anybody's last no longer than staff's do, from when they began: their tenant is staff from now on."""
    for table, longer in ((WebSession, LONGEST - LONGEST_STAFF), (RefreshToken, IDLE - IDLE_STAFF)):
        await session.execute(
            update(table)
            .where(table.tenant_id == tenant_of(session))
            .values(expires_at=table.expires_at - longer)
            .execution_options(synchronize_session=False)
        )


async def list_sessions(session: AsyncSession, *, clock: Clock) -> list[WebSession]:
    """The live ones, the newest first."""
    rows = await session.scalars(
        select(WebSession)
        .where(WebSession.complete, WebSession.ended_at.is_(None), WebSession.expires_at > clock.now())
        .order_by(WebSession.created_at.desc())
    )
    return list(rows)


async def idle_of(session: AsyncSession) -> timedelta:
    """How long this tenant's logins may be left alone."""
    return IDLE_STAFF if await role_of(session) in STAFF else IDLE


async def _longest(session: AsyncSession) -> timedelta:
    return LONGEST_STAFF if await role_of(session) in STAFF else LONGEST


async def _arrive(session: AsyncSession, row: WebSession, clock: Clock) -> None:
    """Somebody is in: tell of a browser never seen before, and let the oldest session go when there are too many."""
    known = row.browser_hash and await session.scalar(
        select(WebSession.id).where(WebSession.complete, WebSession.browser_hash == row.browser_hash).limit(1)
    )
    if not known:
        await raise_alert(session, AlertKind.NEW_DEVICE, login=str(row.family))
        # Whoever came in by a stolen login may have the chat too: its next approval asks for a factor again.
        for telegram_id in await session.scalars(select(TelegramLink.telegram_id)):
            await mark_new_device(session, by=chat_session(telegram_id), clock=clock)
    others = await list_sessions(session, clock=clock)
    for oldest in others[(await limits_of(session)).web_sessions - 1 :]:
        await end_session(session, session_id=oldest.id, reason="too_many", clock=clock)


async def _end(session: AsyncSession, session_id: UUID, *, reason: str, clock: Clock) -> bool:
    ended = await session.scalar(
        update(WebSession)
        .where(
            WebSession.tenant_id == tenant_of(session),
            WebSession.id == session_id,
            WebSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now(), end_reason=reason)
        .returning(WebSession.id)
    )
    if ended is None:
        return False
    await forget_proofs(session, by=web_session(session_id), clock=clock)
    return True


async def _end_where(
    session: AsyncSession, which: ColumnElement[bool] | None, *, reason: str, clock: Clock
) -> int:
    wanted = select(WebSession.id).where(WebSession.ended_at.is_(None))
    if which is not None:
        wanted = wanted.where(which)
    ids = (await session.scalars(wanted)).all()
    for session_id in ids:
        await end_session(session, session_id=session_id, reason=reason, clock=clock)
    return len(ids)
