"""Kill links: an alert's e-mail carries one, and whoever opens it can lock the account, without logging in and only once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import new_token, token_hash
from core.db import Database, tenant_of
from core.security import audit
from core.security.lock import lock
from core.security.models import KillLink
from core.security.page_links import LinkGone

KILL_LIFE = timedelta(days=7)
_MAX_SECRET = 128  # longer than any token of ours; what is longer was not made here


def new_kill_link(session: AsyncSession, *, clock: Clock) -> str:
    """A fresh token for the tenant's mailbox; its hash is stored with the transaction."""
    token = new_token()
    session.add(
        KillLink(
            tenant_id=tenant_of(session),
            id=uuid4(),
            token_hash=token_hash(token),
            expires_at=clock.now() + KILL_LIFE,
        )
    )
    return token


async def owner_of(db: Database, clock: Clock, *, token: str) -> UUID:
    """Whose account a link locks. Raises LinkGone for one that is unknown, used or too old."""
    if not 0 < len(token) <= _MAX_SECRET:
        raise LinkGone
    hashed = token_hash(token)
    async with db.begin(lookup=f"kill:{hashed}") as session:
        link = await session.scalar(select(KillLink).where(KillLink.token_hash == hashed))
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise LinkGone
    return link.tenant_id


async def pull(db: Database, clock: Clock, *, token: str) -> bool:
    """Use the link up and lock its account. False when the account was locked already. Raises LinkGone."""
    tenant_id = await owner_of(db, clock, token=token)
    async with db.begin(tenant_id) as session:
        used = await session.scalar(
            update(KillLink)
            .where(
                KillLink.tenant_id == tenant_id,
                KillLink.token_hash == token_hash(token),
                KillLink.used_at.is_(None),
                KillLink.expires_at > clock.now(),
            )
            .values(used_at=clock.now())
            .returning(KillLink.id)
        )
        if used is None:
            raise LinkGone
        audit.record(session, "kill_link.used", actor=audit.USER, link=str(used))
        return await lock(session, clock=clock, reason="mail")
