"""Which row a message in a chat speaks of, so that a reply to it finds its way after any restart.

The user's own messages are noted too, in the transaction that took them: an update that is handled a second time (because
Telegram failed between the effect and the answer) then only answers again.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.service import Account
from core.db import tenant_of
from core.notifications.models import SentMessage, Subject
from core.runtime import Runtime


async def note(
    session: AsyncSession, *, chat_id: int, message_id: int, subject: Subject, subject_id: UUID
) -> None:
    await session.execute(
        insert(SentMessage)
        .values(
            tenant_id=tenant_of(session),
            id=uuid4(),
            chat_id=chat_id,
            message_id=message_id,
            subject=subject,
            subject_id=subject_id,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "chat_id", "message_id"],
            set_={"subject": subject, "subject_id": subject_id},
        )
    )


async def remember(
    rt: Runtime, account: Account, message_id: int, subject: Subject, subject_id: UUID
) -> None:
    """`note` in a transaction of its own, for a message that was just sent."""
    async with rt.db.begin(account.tenant_id) as session:
        await note(
            session, chat_id=account.chat_id, message_id=message_id, subject=subject, subject_id=subject_id
        )


async def recall(session: AsyncSession, *, chat_id: int, message_id: int) -> SentMessage | None:
    found: SentMessage | None = await session.scalar(
        select(SentMessage).where(SentMessage.chat_id == chat_id, SentMessage.message_id == message_id)
    )
    return found
