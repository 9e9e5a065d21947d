"""One-time links from the chat to a page: the only way from a Telegram user to a browser and back.

A link belongs to one tenant and one purpose, lives ten minutes, opens in the first browser that asks for it and in no other, and
is used up by what it was made for.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import new_token, token_hash
from core.db import Database, tenant_of
from core.errors import Forbidden, NotFound
from core.security.models import PageLink

LINK_LIFE = timedelta(minutes=10)
_MAX_SECRET = 128  # longer than any token of ours; what is longer was not made here


class Purpose(StrEnum):
    PROTECT = "protect"  # set up, list and remove factors
    VERIFY = "verify"  # prove a factor for one action
    EXPORT = "export"  # fetch a finished export
    LOGIN = "login"  # set up an e-mail address and a password for the web pages
    JOIN = "join"  # the other way round: from a web login to a Telegram chat


class LinkGone(NotFound):
    """The link is unknown, used or too old. Which of them is nobody's business."""

    code = "link_gone"


class OtherBrowser(Forbidden):
    """Another browser opened this link first."""

    code = "link_other_browser"


async def new_page_link(
    session: AsyncSession, purpose: Purpose, *, clock: Clock, ref: UUID | None = None, **data: str
) -> str:
    """A fresh token for this tenant's chat; earlier unused links of the same purpose die. `ref` and `data` hold ids only."""
    await session.execute(
        delete(PageLink).where(PageLink.purpose == purpose.value, PageLink.used_at.is_(None))
    )
    token = new_token()
    session.add(
        PageLink(
            tenant_id=tenant_of(session),
            id=uuid4(),
            purpose=purpose.value,
            token_hash=token_hash(token),
            ref=ref,
            data=data,
            expires_at=clock.now() + LINK_LIFE,
        )
    )
    return token


async def tenant_of_link(db: Database, *, token: str) -> UUID:
    """Whose link it is. Raises LinkGone for one we did not make."""
    if not 0 < len(token) <= _MAX_SECRET:
        raise LinkGone
    hashed = token_hash(token)
    async with db.begin(lookup=f"page:{hashed}") as session:
        tenant_id = await session.scalar(select(PageLink.tenant_id).where(PageLink.token_hash == hashed))
    if tenant_id is None:
        raise LinkGone
    return tenant_id


async def look_at_page_link(
    db: Database, clock: Clock, *, token: str, purpose: Purpose, browser: str
) -> UUID:
    """The tenant behind a link that this browser may open, without binding it. Raises LinkGone or OtherBrowser."""
    tenant_id = await tenant_of_link(db, token=token)
    async with db.begin(tenant_id) as session:
        link = await _find(session, clock, token=token, purpose=purpose)
        if link.browser_hash is not None and not hmac.compare_digest(link.browser_hash, token_hash(browser)):
            raise OtherBrowser
    return tenant_id


async def open_page_link(
    db: Database, clock: Clock, *, token: str, purpose: Purpose, browser: str
) -> PageLink:
    """Bind the link to this browser, or check that it is bound to it. Raises LinkGone or OtherBrowser.

    `browser` is the token in the browser's cookie; a link that nobody opened yet takes the first one that comes.
    """
    tenant_id = await tenant_of_link(db, token=token)
    async with db.begin(tenant_id) as session:
        link = await _find(session, clock, token=token, purpose=purpose)
        bound = await session.scalar(
            update(PageLink)
            .where(
                PageLink.tenant_id == tenant_id,
                PageLink.id == link.id,
                PageLink.used_at.is_(None),
                or_(PageLink.browser_hash.is_(None), PageLink.browser_hash == token_hash(browser)),
            )
            .values(browser_hash=token_hash(browser))
            .returning(PageLink.id)
        )
        if bound is None or not browser:
            raise OtherBrowser
        return link


@asynccontextmanager
async def through_page_link(
    db: Database, clock: Clock, *, token: str, purpose: Purpose, browser: str
) -> AsyncIterator[tuple[AsyncSession, PageLink]]:
    """A transaction of the link's tenant, for a posted form. Raises LinkGone, or OtherBrowser for any but the bound browser."""
    tenant_id = await tenant_of_link(db, token=token)
    async with db.begin(tenant_id) as session:
        link = await _find(session, clock, token=token, purpose=purpose)
        known = link.browser_hash is not None and hmac.compare_digest(link.browser_hash, token_hash(browser))
        if not browser or not known:
            raise OtherBrowser
        yield session, link


async def use_up(session: AsyncSession, link: PageLink, *, clock: Clock) -> bool:
    """End the link; of two at once only one gets True."""
    used: Any = await session.scalar(
        update(PageLink)
        .where(PageLink.tenant_id == link.tenant_id, PageLink.id == link.id, PageLink.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(PageLink.id)
    )
    return used is not None


async def _find(session: AsyncSession, clock: Clock, *, token: str, purpose: Purpose) -> PageLink:
    link = await session.scalar(select(PageLink).where(PageLink.token_hash == token_hash(token)))
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= clock.now():
        raise LinkGone
    return link
