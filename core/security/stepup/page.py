"""What the page of a challenge does: look, match the number, prove a factor. Each step is a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import Tenant
from core.crypto import token_hash
from core.runtime import Runtime
from core.security.factors import passkeys
from core.security.factors.models import Binding, Factor, FactorKind
from core.security.factors.passkeys import PasskeyOptions
from core.security.factors.proving import Shown
from core.security.factors.service import verify_code
from core.security.lockout.service import guarded, subject_of
from core.security.models import PageLink
from core.security.page_links import (
    LinkGone,
    Purpose,
    look_at_page_link,
    open_page_link,
    tenant_of_link,
    through_page_link,
)
from core.security.stepup.passing import (
    Pending,
    challenge_of,
    count_wrong_code,
    match_number,
    passed,
    pending,
)


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """One browser at one link. Everything here raises LinkGone or OtherBrowser when it may not come in.

    `ip` is the caller's address; tries are counted by it too.
    """

    rt: Runtime
    token: str
    browser: str
    ip: str = ""


async def language_of(rt: Runtime, token: str) -> str:
    """The language of the person whose link it is. Raises LinkGone."""
    tenant_id = await tenant_of_link(rt.db, token=token)
    async with rt.db.begin(tenant_id) as session:
        found = await session.scalar(select(Tenant.locale).where(Tenant.tenant_id == tenant_id))
    if found is None:
        raise LinkGone
    return found


async def look(door: Door) -> Pending:
    """What the page shows. Changes nothing: a preview fetched by a messenger must not take the link away."""
    rt = door.rt
    tenant_id = await look_at_page_link(
        rt.db, rt.clock, token=door.token, purpose=Purpose.VERIFY, browser=door.browser
    )
    async with rt.db.begin(tenant_id) as session:
        wanted = select(PageLink).where(PageLink.token_hash == token_hash(door.token))
        link = (await session.scalars(wanted)).one()
        return pending(await challenge_of(session, link, clock=rt.clock))


async def come_in(door: Door) -> None:
    """Take the link for this browser: from now on no other may use it."""
    await open_page_link(
        door.rt.db, door.rt.clock, token=door.token, purpose=Purpose.VERIFY, browser=door.browser
    )


async def pick(door: Door, number: int) -> bool:
    """Whether the number is the chat's. False ends the challenge."""
    async with through_page_link(
        door.rt.db, door.rt.clock, token=door.token, purpose=Purpose.VERIFY, browser=door.browser
    ) as (session, link):
        row = await challenge_of(session, link, clock=door.rt.clock)
        return await match_number(session, row, number, clock=door.rt.clock)


async def has_passkey(door: Door) -> bool:
    """Whether the account has a passkey that browsers would find at our address."""
    if not passkeys.work_at(door.rt.settings):
        return False
    tenant_id = await tenant_of_link(door.rt.db, token=door.token)
    async with door.rt.db.begin(tenant_id) as session:
        found = await session.scalar(
            select(Factor.id)
            .where(Factor.kind == FactorKind.PASSKEY.value, Factor.confirmed_at.is_not(None))
            .limit(1)
        )
    return found is not None


async def offer_passkey(door: Door) -> PasskeyOptions:
    """What the browser asks a passkey to sign: this challenge and no other."""
    rt = door.rt
    async with through_page_link(
        rt.db, rt.clock, token=door.token, purpose=Purpose.VERIFY, browser=door.browser
    ) as (session, link):
        asked = pending(await challenge_of(session, link, clock=rt.clock))
        return await passkeys.begin_assertion(
            session, await rt.keys(session), rt.settings, binding=_binding(asked), clock=rt.clock
        )


async def prove(door: Door, shown: Shown) -> int | None:
    """Show a factor: None when the challenge is passed, else how many wrong tries are left; with 0 it is over.

    Raises LimitReached while the account or the address has to wait.
    """
    rt = door.rt
    tenant_id = await tenant_of_link(rt.db, token=door.token)
    left: int | None = None

    async def attempt() -> bool:
        nonlocal left
        async with through_page_link(
            rt.db, rt.clock, token=door.token, purpose=Purpose.VERIFY, browser=door.browser
        ) as (session, link):
            row = await challenge_of(session, link, clock=rt.clock)
            if row.matched_at is None:
                raise LinkGone
            kind = await _check(rt, session, shown, pending(row))
            if kind is None:
                left = await count_wrong_code(session, row, clock=rt.clock)
                return False
            await passed(session, row, link, kind=kind, clock=rt.clock)
            return True

    await guarded(
        rt.db,
        attempt,
        subject=subject_of(tenant_id),
        factor=shown.kind.value,
        ip=door.ip,
        tenant_id=tenant_id,
    )
    return left


async def _check(rt: Runtime, session: AsyncSession, shown: Shown, asked: Pending) -> FactorKind | None:
    keys = await rt.keys(session)
    if not shown.answer:
        return await verify_code(session, keys, code=shown.code, clock=rt.clock)
    if shown.challenge_id is None:
        return None
    right = await passkeys.finish_assertion(
        session,
        keys,
        rt.settings,
        challenge_id=shown.challenge_id,
        answer=shown.answer,
        binding=_binding(asked),
        clock=rt.clock,
    )
    return FactorKind.PASSKEY if right else None


def _binding(asked: Pending) -> Binding:
    return Binding(asked.act.value, str(asked.id), asked.by)
