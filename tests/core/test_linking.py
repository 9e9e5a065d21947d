"""Linking as the bot uses it, and what its tables give away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.accounts.service import Account
from core.clock import Clock
from core.crypto import CannotUnseal, Vault, token_hash
from core.db import Database
from core.searches.models import SavedSearch
from core.security.assurance import ACCOUNT, Act
from core.security.keys import keys_for
from core.settings import Settings
from core.upwork import confirming, linking, pending, tokens
from core.upwork.confirming import Answer
from core.upwork.models import AccountStatus, OAuthAttempt, UpworkAccount, UpworkOwner
from core.upwork.oauth import TokenSet
from core.upwork.views import CompanyView
from tests.core.proving import prove, session_of

MakeTenant = Callable[..., Awaitable[Account]]
OwnerSql = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


async def start(db: Database, vault: Vault, clock: Clock, settings: Settings, tenant_id: UUID) -> str:
    """A fresh link's token."""
    by = await session_of(db, tenant_id)
    await prove(db, vault, clock, tenant_id, {Act.CONNECT_UPWORK: ACCOUNT}, by=by)
    async with db.begin(tenant_id) as session:
        url = await linking.start_link(session, vault, clock, settings, by=by)
    assert url.startswith(f"{settings.public_url}/connect/")
    return url.rpartition("/")[2]


async def wait_for_code(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID, code: str = "K7QM"
) -> UUID:
    """An account as `finish_link` leaves it; returns its id."""
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        row = UpworkAccount(
            tenant_id=tenant_id,
            id=uuid4(),
            status=AccountStatus.PENDING,
            upwork_user_id="u1",
            upwork_nid="n1",
        )
        row.name_sealed = keys.seal(row, "name_sealed", "Olena K.")
        tokens.seal_tokens(keys, row, TokenSet("access-1", "refresh-1", 86_400), clock.now())
        pending.set_aside(keys, row)
        row.confirm_hash = linking.confirm_fingerprint(keys, row, code)
        row.confirm_expires_at = clock.now() + timedelta(minutes=10)
        session.add(row)
        return row.id


async def test_two_devices_asking_at_once_end_with_one_open_link(
    db: Database, vault: Vault, clock: Clock, settings: Settings, tenant_id: UUID
) -> None:
    by = await session_of(db, tenant_id)
    for _ in range(6):
        await prove(db, vault, clock, tenant_id, {Act.CONNECT_UPWORK: ACCOUNT}, by=by)

    async def press() -> str:
        async with db.begin(tenant_id) as session:
            url = await linking.start_link(session, vault, clock, settings, by=by)
        return url.rpartition("/")[2]

    started = await asyncio.gather(*(press() for _ in range(6)))

    alive = [link for link in started if await linking.language_of_link(db, link=link) is not None]
    assert len(alive) == 1


async def test_the_table_alone_opens_nothing(
    db: Database, vault: Vault, clock: Clock, settings: Settings, tenant_id: UUID
) -> None:
    link = await start(db, vault, clock, settings, tenant_id)
    url = await linking.open_link(db, vault, clock, link=link, browser="the-browser")
    state = url.partition("state=")[2].partition("&")[0]

    async with db.begin(tenant_id) as session:
        stored = str(await session.scalar(text("select t::text from app.oauth_attempts t")))

    assert token_hash(link) in stored
    assert token_hash(state) in stored
    for secret in (link, state, "the-browser"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


async def test_a_lookup_shows_the_one_row_it_names(
    db: Database, vault: Vault, clock: Clock, settings: Settings, make_tenant: MakeTenant
) -> None:
    first, second = await make_tenant(), await make_tenant()
    link = await start(db, vault, clock, settings, first.tenant_id)
    await start(db, vault, clock, settings, second.tenant_id)

    async with db.begin(lookup=f"link:{token_hash(link)}") as session:
        assert list(await session.scalars(select(OAuthAttempt.tenant_id))) == [first.tenant_id]
        changed = await session.execute(text("update app.oauth_attempts set used_at = now() returning id"))
        assert changed.all() == []
    for lookup in ("", "link:", "state:", f"state:{token_hash(link)}", "link:%"):
        async with db.begin(lookup=lookup) as session:
            assert list(await session.scalars(select(OAuthAttempt.tenant_id))) == []


async def test_whose_an_upwork_user_is_cannot_be_listed(
    db: Database, vault: Vault, clock: Clock, make_tenant: MakeTenant
) -> None:
    owner, other = await make_tenant(), await make_tenant()
    await wait_for_code(db, vault, clock, owner.tenant_id)
    async with db.begin(owner.tenant_id) as session:
        assert (await confirming.confirm_link(session, vault, clock, code="K7QM")).answer is Answer.LINKED

    assert await linking.owner_of(db, "u1") == owner.tenant_id
    assert await linking.owner_of(db, "u2") is None
    async with db.begin(other.tenant_id) as session:
        assert list(await session.scalars(select(UpworkOwner))) == []
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with db.begin(other.tenant_id) as session:
            await session.execute(
                text("update app.upwork_owners set tenant_id = :me"), {"me": other.tenant_id}
            )


async def test_a_confirmed_link_wakes_active_searches_only(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID, owner_sql: OwnerSql
) -> None:
    account_id = await wait_for_code(db, vault, clock, tenant_id)
    before = set(await owner_sql("select job, ref from app.work_items"))
    active, paused, deleted = uuid4(), uuid4(), uuid4()
    async with db.begin(tenant_id) as session:
        for search_id, stopped in (
            (active, {}),
            (paused, {"paused_at": clock.now()}),
            (deleted, {"deleted_at": clock.now()}),
        ):
            session.add(SavedSearch(tenant_id=tenant_id, id=search_id, criteria_sealed=b"-", **stopped))
    async with db.begin(tenant_id) as session:
        confirmed = await confirming.confirm_link(session, vault, clock, code="k7-qm")

    assert confirmed.answer is Answer.LINKED
    jobs = set(await owner_sql("select job, ref from app.work_items")) - before
    [told] = [(job, ref) for job, ref in jobs if job == "tell_alert"]
    assert sorted(jobs - {told}) == [
        ("keep_token", account_id),
        ("poll_search", active),
        ("probe_account", tenant_id),
        ("sync_proposals", tenant_id),
        ("sync_rooms", tenant_id),
    ]


async def test_tokens_open_for_work_only_after_the_code(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID
) -> None:
    await wait_for_code(db, vault, clock, tenant_id)
    async with db.begin(tenant_id) as session:
        keys = await keys_for(session, vault)
        row = await session.scalar(select(UpworkAccount))
        assert row is not None
        with pytest.raises(CannotUnseal):
            keys.unseal(row, "access_token_sealed")
        assert pending.refresh_token_of(keys, row) == "refresh-1"
        await confirming.confirm_link(session, vault, clock, code="K7QM")
        assert keys.unseal(row, "access_token_sealed") == "access-1"
        assert keys.unseal(row, "refresh_token_sealed") == "refresh-1"


@pytest.mark.parametrize(
    "code", ["", " ", "K7Q", "K7QMM", "к7qм", "K7QM" * 5000, "\u202eK7Q", "🦊", "<b>K7Q</b>"]
)
async def test_anything_else_typed_is_a_wrong_try_and_is_counted(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID, code: str
) -> None:
    account_id = await wait_for_code(db, vault, clock, tenant_id)
    async with db.begin(tenant_id) as session:
        answer = await confirming.confirm_link(session, vault, clock, code=code)
    assert (answer.answer, answer.tries_left) == (Answer.WRONG_CODE, confirming.CONFIRM_TRIES - 1)

    async with db.begin(tenant_id) as session:
        news = await confirming.link_news(session, vault, clock, ref=account_id)
    assert news == confirming.PendingLink(account_id, "Olena K.", confirming.CONFIRM_TRIES - 1)


async def test_guessing_at_once_is_no_way_around_the_count(
    db: Database, vault: Vault, clock: Clock, tenant_id: UUID
) -> None:
    await wait_for_code(db, vault, clock, tenant_id)

    async def guess() -> Answer:
        async with db.begin(tenant_id) as session:
            return (await confirming.confirm_link(session, vault, clock, code="AAAA")).answer

    answers = await asyncio.gather(*(guess() for _ in range(12)))

    assert answers.count(Answer.WRONG_CODE) == confirming.CONFIRM_TRIES - 1
    async with db.begin(tenant_id) as session:
        assert (await confirming.confirm_link(session, vault, clock, code="K7QM")).answer is Answer.GONE


async def test_a_reference_that_is_no_longer_news_says_nothing(
    db: Database, vault: Vault, clock: Clock, settings: Settings, tenant_id: UUID
) -> None:
    await start(db, vault, clock, settings, tenant_id)
    async with db.begin(tenant_id) as session:
        attempt = await session.scalar(select(OAuthAttempt.id))
        assert attempt is not None
        assert await confirming.link_news(session, vault, clock, ref=attempt) is None
        assert await confirming.link_news(session, vault, clock, ref=uuid4()) is None
        assert await confirming.linked_account(session, vault) is None


@pytest.mark.parametrize(
    ("companies", "chosen"),
    [
        ([], None),
        ([("1", "Agency"), ("2", "Freelancer")], "2"),
        ([("1", None), ("2", None)], "1"),
        ([("1", "Agency")], "1"),
    ],
)
def test_a_freelancers_own_organization_comes_first(
    companies: list[tuple[str, str | None]], chosen: str | None
) -> None:
    views = [CompanyView(organization_id=number, title="x", kind=kind) for number, kind in companies]

    assert linking._own_organization(views) == chosen
