"""What may happen once, or so many times, tried fifty times at once. The other operations' races are beside their own tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from core.access import joining
from core.access.joining import AlreadyJoined
from core.access.models import WebLogin
from core.access.permissions import LIMITS, Role
from core.access.quota import Metered, take
from core.accounts.service import find_account, prepare_account
from core.crypto import Vault
from core.db import Database
from core.errors import AppError, LimitReached
from core.runtime import Runtime
from core.security.alerts import kill
from core.security.page_links import (
    LinkGone,
    OtherBrowser,
    Purpose,
    new_page_link,
    open_page_link,
    through_page_link,
    use_up,
)
from tests.conftest import FakeClock

FIFTY = 50


async def outcomes(attempt: Callable[[int], Awaitable[object]]) -> list[object]:
    """What each of fifty at once got: what it returned, or the kind of refusal."""

    async def one(number: int) -> object:
        try:
            return await attempt(number)
        except AppError as refusal:
            return type(refusal)

    return list(await asyncio.gather(*(one(number) for number in range(FIFTY))))


@pytest.mark.asvs("V15.4.2")
async def test_a_one_time_link_opens_in_one_of_fifty_browsers(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    async with db.begin(tenant_id) as session:
        token = await new_page_link(session, Purpose.PROTECT, clock=clock)

    async def opens(number: int) -> object:
        link = await open_page_link(
            db, clock, token=token, purpose=Purpose.PROTECT, browser=f"browser {number}"
        )
        return link.id

    found = await outcomes(opens)
    assert found.count(OtherBrowser) == FIFTY - 1


@pytest.mark.asvs("V15.4.2")
async def test_a_one_time_link_is_used_up_by_one_of_fifty(
    db: Database, clock: FakeClock, tenant_id: UUID
) -> None:
    async with db.begin(tenant_id) as session:
        token = await new_page_link(session, Purpose.EXPORT, clock=clock)
    await open_page_link(db, clock, token=token, purpose=Purpose.EXPORT, browser="one")

    async def uses(_: int) -> object:
        async with through_page_link(db, clock, token=token, purpose=Purpose.EXPORT, browser="one") as (
            session,
            link,
        ):
            return await use_up(session, link, clock=clock)

    found = await outcomes(uses)
    assert found.count(True) == 1
    assert set(found) <= {True, False, LinkGone}


@pytest.mark.asvs("V15.4.2")
async def test_a_kill_link_locks_once(db: Database, clock: FakeClock, tenant_id: UUID) -> None:
    async with db.begin(tenant_id) as session:
        token = kill.new_kill_link(session, clock=clock)

    found = await outcomes(lambda _: kill.pull(db, clock, token=token))

    assert found.count(True) == 1
    assert found.count(LinkGone) == FIFTY - 1


@pytest.mark.asvs("V15.4.2")
@pytest.mark.parametrize("metered", [Metered.EXPORT, Metered.DRAFT])
async def test_a_days_quota_holds_for_fifty_at_once(db: Database, tenant_id: UUID, metered: Metered) -> None:
    limits = LIMITS[Role.FREELANCER]
    room = limits.exports_a_day if metered is Metered.EXPORT else limits.drafts_a_day
    for _ in range(max(0, room - 2)):
        async with db.begin(tenant_id) as session:
            await take(session, metered)

    async def takes(_: int) -> object:
        async with db.begin(tenant_id) as session:
            await take(session, metered)
        return True

    found = await outcomes(takes)
    assert found.count(True) == min(room, 2)
    assert found.count(LimitReached) == FIFTY - min(room, 2)


@pytest.mark.asvs("V15.4.2")
async def test_a_web_account_is_joined_by_one_of_fifty_chats(
    db: Database, rt: Runtime, vault: Vault, clock: FakeClock
) -> None:
    web, tenant_id = replace(rt, db=db, clock=clock), uuid4()
    async with db.begin(tenant_id) as session:
        await prepare_account(session, vault, locale="en")
        session.add(WebLogin(email_index="x", tenant_id=tenant_id, id=uuid4(), email_sealed=b"x"))
        token = await new_page_link(session, Purpose.JOIN, clock=clock)

    found = await outcomes(
        lambda number: joining.join(web, token=token, telegram_id=5000 + number, chat_id=5000 + number)
    )

    assert found.count(tenant_id) == 1
    assert set(found) <= {tenant_id, LinkGone, AlreadyJoined}
    accounts = [await find_account(db, telegram_id=5000 + number) for number in range(FIFTY)]
    assert sum(account is not None for account in accounts) == 1
