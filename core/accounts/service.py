"""Finding and opening accounts, and where a conversation stopped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import TelegramLink, Tenant
from core.clock import Clock
from core.crypto import Vault
from core.db import Database, tenant_of
from core.jobs import Job, enqueue
from core.jobs_feed import service as cards
from core.messaging import service as stories
from core.searches.service import resume_polling
from core.security import audit
from core.security.keys import create_key

LOCALES = ("uk", "en")
WEEK_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who is acting: enough for a handler to open the tenant's transactions and to speak their language."""

    tenant_id: UUID
    telegram_id: int
    chat_id: int
    locale: str
    onboarded: bool
    paused: bool
    unreachable: bool = False


class _AlreadyLinked(Exception):
    """Another device opened the account a moment earlier; this transaction is to leave nothing."""


async def find_account(db: Database, *, telegram_id: int) -> Account | None:
    """The account of a Telegram user, or None. Reads exactly the row that carries this id."""
    async with db.begin(lookup=f"telegram:{telegram_id}") as session:
        link = await session.scalar(select(TelegramLink).where(TelegramLink.telegram_id == telegram_id))
    return None if link is None else await load_account(db, tenant_id=link.tenant_id)


async def load_account(db: Database, *, tenant_id: UUID) -> Account | None:
    async with db.begin(tenant_id) as session:
        return await account_of(session)


async def account_of(session: AsyncSession) -> Account | None:
    """The account of this transaction's tenant."""
    tenant_id = tenant_of(session)
    row = (
        await session.execute(
            select(Tenant, TelegramLink)
            .join(TelegramLink, TelegramLink.tenant_id == Tenant.tenant_id)
            .where(Tenant.tenant_id == tenant_id)
        )
    ).one_or_none()
    if row is None:
        return None
    tenant, link = row
    return Account(
        tenant_id=tenant_id,
        telegram_id=link.telegram_id,
        chat_id=link.chat_id,
        locale=tenant.locale,
        onboarded=tenant.onboarded_at is not None,
        paused=tenant.paused_at is not None,
        unreachable=tenant.unreachable_at is not None,
    )


async def prepare_account(session: AsyncSession, vault: Vault, *, locale: str) -> None:
    """The new account of this transaction's tenant: its row, its data key and what is to be done for it from now on."""
    tenant_id = tenant_of(session)
    session.add(Tenant(tenant_id=tenant_id, locale=locale if locale in LOCALES else "en"))
    await session.flush()
    await create_key(session, vault)
    audit.record(session, "account.opened", actor=audit.USER)
    await enqueue(session, Job.PURGE_CONTENT, tenant_id=tenant_id, ref=tenant_id, delay=300)
    await enqueue(session, Job.EXPIRE_APPROVALS, tenant_id=tenant_id, ref=tenant_id, delay=60)
    await enqueue(session, Job.ANCHOR_AUDIT, tenant_id=tenant_id, ref=tenant_id, delay=600)
    await enqueue(session, Job.WEEKLY_REPORT, tenant_id=tenant_id, ref=tenant_id, delay=WEEK_SECONDS)


async def open_account(db: Database, vault: Vault, *, telegram_id: int, chat_id: int, locale: str) -> Account:
    """Make an account for a Telegram user who has none; two devices at once end up with the same one."""
    tenant_id = uuid4()
    with suppress(_AlreadyLinked):
        async with db.begin(tenant_id) as session:
            await prepare_account(session, vault, locale=locale)
            if not await claim_chat(session, telegram_id=telegram_id, chat_id=chat_id):
                raise _AlreadyLinked
    account = await find_account(db, telegram_id=telegram_id)
    if account is None:
        raise RuntimeError("an account that was just opened cannot be found")
    return account


async def claim_chat(session: AsyncSession, *, telegram_id: int, chat_id: int) -> bool:
    """Make this Telegram user the one of the transaction's tenant; False when they have an account already."""
    claimed = await session.scalar(
        insert(TelegramLink)
        .values(telegram_id=telegram_id, tenant_id=tenant_of(session), chat_id=chat_id)
        .on_conflict_do_nothing()
        .returning(TelegramLink.telegram_id)
    )
    return claimed is not None


async def set_locale(session: AsyncSession, *, locale: str) -> None:
    tenant = await session.get_one(Tenant, tenant_of(session))
    tenant.locale = locale if locale in LOCALES else "en"
    audit.record(session, "account.language_changed", actor=audit.USER, locale=tenant.locale)


async def finish_onboarding(session: AsyncSession, *, clock: Clock) -> None:
    tenant = await session.get_one(Tenant, tenant_of(session))
    if tenant.onboarded_at is None:
        tenant.onboarded_at = clock.now()
        audit.record(session, "account.onboarded", actor=audit.USER)


async def set_paused(session: AsyncSession, *, paused: bool, clock: Clock) -> None:
    """Stop or resume asking Upwork for new postings. Messages and approved actions go on."""
    tenant = await session.get_one(Tenant, tenant_of(session))
    tenant.paused_at = clock.now() if paused else None
    audit.record(session, "account.paused" if paused else "account.resumed", actor=audit.USER)


async def mark_unreachable(session: AsyncSession, *, clock: Clock) -> None:
    """The user blocked the bot: nothing is asked for or sent until they write again."""
    tenant = await session.get_one(Tenant, tenant_of(session))
    tenant.unreachable_at = clock.now()
    audit.record(session, "account.left_chat")


async def mark_reachable(session: AsyncSession) -> None:
    """The user is here. After an absence polling goes on, and what was found and written meanwhile is delivered."""
    tenant = await session.get_one(Tenant, tenant_of(session))
    if tenant.unreachable_at is None:
        return
    tenant.unreachable_at = None
    audit.record(session, "account.came_back")
    await resume_polling(session)
    await cards.ring_undelivered(session)
    await stories.ring_undelivered(session)
