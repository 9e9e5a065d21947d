"""One person, one account, two doors: a web login asks for a link, and the Telegram user who opens it belongs to its account.

Only somebody who has no account yet can join one, and they see whose it is before they agree: a link that a stranger sends leads
into the stranger's account.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import WebLogin
from core.accounts.models import TelegramLink
from core.accounts.service import claim_chat
from core.crypto import token_hash
from core.db import tenant_of
from core.errors import Conflict
from core.runtime import Runtime
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.factors.contacts import masked
from core.security.models import PageLink
from core.security.page_links import LinkGone, Purpose, tenant_of_link


class AlreadyJoined(Conflict):
    """The account has its chat already, or the Telegram user an account."""

    code = "already_joined"


async def whose(rt: Runtime, *, token: str) -> str:
    """The masked address of the account behind a link. Raises LinkGone."""
    tenant_id = await tenant_of_link(rt.db, token=token)
    async with rt.db.begin(tenant_id) as session:
        link = await session.scalar(
            select(PageLink.id).where(
                PageLink.token_hash == token_hash(token),
                PageLink.purpose == Purpose.JOIN.value,
                PageLink.used_at.is_(None),
                PageLink.expires_at > rt.clock.now(),
            )
        )
        if link is None:
            raise LinkGone
        return await _address(session, rt)


async def join(rt: Runtime, *, token: str, telegram_id: int, chat_id: int) -> UUID:
    """Attach the Telegram user to the account behind the link; its id. Raises LinkGone, AlreadyJoined."""
    tenant_id = await tenant_of_link(rt.db, token=token)
    async with rt.db.begin(tenant_id) as session:
        used = await session.scalar(
            update(PageLink)
            .where(
                PageLink.tenant_id == tenant_id,
                PageLink.token_hash == token_hash(token),
                PageLink.purpose == Purpose.JOIN.value,
                PageLink.used_at.is_(None),
                PageLink.expires_at > rt.clock.now(),
            )
            .values(used_at=rt.clock.now())
            .returning(PageLink.id)
        )
        if used is None:
            raise LinkGone
        if await session.scalar(select(TelegramLink.telegram_id).limit(1)) is not None:
            raise AlreadyJoined
        if not await claim_chat(session, telegram_id=telegram_id, chat_id=chat_id):
            raise AlreadyJoined
        audit.record(session, "account.joined_chat", actor=audit.USER)
        await raise_alert(session, AlertKind.CONTACT_CHANGED, contact="telegram", change="added")
    return tenant_id


async def _address(session: AsyncSession, rt: Runtime) -> str:
    found = (
        await session.execute(
            select(WebLogin.id, WebLogin.email_sealed).where(WebLogin.tenant_id == tenant_of(session))
        )
    ).one_or_none()
    if found is None:
        raise LinkGone
    row = WebLogin(tenant_id=tenant_of(session), id=found.id, email_sealed=found.email_sealed)
    return masked((await rt.keys(session)).unseal(row, "email_sealed"))
