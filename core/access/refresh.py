"""Refresh tokens: 256 random bits, kept as hashes, each good once. A second use of an old one ends the whole login.

A client whose answer got lost tries again within seconds. It gets the same successor, because a successor is computed from its
predecessor under a key of ours: nothing has to be kept in the clear for that, and nobody without the key can go ahead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import RefreshToken, WebSession
from core.access.sessions import end_family, idle_of
from core.access.system_secrets import Purpose, SystemSecrets
from core.access.tokens import NotSignedIn
from core.clock import Clock
from core.crypto import token_hash
from core.db import Database, tenant_of
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert

GRACE = timedelta(seconds=10)

_BYTES = 32
_LONGEST = 128  # characters; ours have 43


@dataclass(frozen=True, slots=True, repr=False)
class Refreshed:
    tenant_id: UUID
    session_id: UUID
    token: str


async def start_chain(session: AsyncSession, *, session_id: UUID, clock: Clock) -> str:
    """The first refresh token of a session."""
    token = secrets.token_urlsafe(_BYTES)
    await _keep(session, session_id, token, clock)
    return token


async def rotate(db: Database, system: SystemSecrets, clock: Clock, *, token: str) -> Refreshed:
    """Exchange a refresh token for the next one. Raises NotSignedIn.

    Whoever presents a used one again ends every session that grew out of the same login, and its owner is told; unless it is
    the direct predecessor, no older than GRACE, of a token that nobody used yet.
    """
    if not 0 < len(token) <= _LONGEST:
        raise NotSignedIn
    hashed = token_hash(token)
    async with db.begin(lookup=f"refresh:{hashed}") as session:
        tenant_id = await session.scalar(
            select(RefreshToken.tenant_id).where(RefreshToken.token_hash == hashed)
        )
    if tenant_id is None:
        raise NotSignedIn
    successor = _successor(await system.get(Purpose.REFRESH), token)
    async with db.begin(tenant_id) as session:
        session_id = await _use(session, hashed, clock)
        if session_id is not None:
            await _keep(session, session_id, successor, clock)
        else:
            session_id = await _again(session, hashed, token_hash(successor), clock)
    if session_id is None:
        raise NotSignedIn
    return Refreshed(tenant_id, session_id, successor)


async def _use(session: AsyncSession, hashed: str, clock: Clock) -> UUID | None:
    """The one statement that decides: the session, when the token was unused and its session is alive."""
    now = clock.now()
    alive = (
        select(WebSession.id)
        .where(
            WebSession.tenant_id == RefreshToken.tenant_id,
            WebSession.id == RefreshToken.session_id,
            WebSession.complete,
            WebSession.ended_at.is_(None),
            WebSession.expires_at > now,
        )
        .exists()
    )
    used: UUID | None = await session.scalar(
        update(RefreshToken)
        .where(
            RefreshToken.tenant_id == tenant_of(session),
            RefreshToken.token_hash == hashed,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > now,
            alive,
        )
        .values(used_at=now)
        .returning(RefreshToken.session_id)
    )
    return used


async def _again(session: AsyncSession, hashed: str, successor_hash: str, clock: Clock) -> UUID | None:
    """A token that does not work any more: a lost answer asked for again, a theft, or just an old login."""
    found = (
        await session.execute(
            select(RefreshToken, WebSession)
            .join(
                WebSession,
                (WebSession.tenant_id == RefreshToken.tenant_id) & (WebSession.id == RefreshToken.session_id),
            )
            .where(RefreshToken.token_hash == hashed)
        )
    ).one_or_none()
    if found is None:
        return None
    row, login = found
    if row.used_at is None:
        return None
    next_unused = await session.scalar(
        select(RefreshToken.id).where(
            RefreshToken.token_hash == successor_hash,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > clock.now(),
        )
    )
    fresh = clock.now() - row.used_at <= GRACE
    if fresh and next_unused is not None and login.ended_at is None:
        return row.session_id
    ended = await end_family(session, family=login.family, clock=clock)
    if ended:
        audit.record(session, "login.reused", login=str(login.id), ended=ended)
        await raise_alert(session, AlertKind.SESSION_REUSED, login=str(login.family))
    return None


async def _keep(session: AsyncSession, session_id: UUID, token: str, clock: Clock) -> None:
    session.add(
        RefreshToken(
            tenant_id=tenant_of(session),
            id=uuid4(),
            session_id=session_id,
            token_hash=token_hash(token),
            expires_at=clock.now() + await idle_of(session),
        )
    )
    await session.flush()


def _successor(key: bytes, token: str) -> str:
    made = hmac.new(key, b"refresh|" + token.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
