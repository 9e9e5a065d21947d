"""What the bot is waiting for in a chat. In Postgres, so that a restart or a lost Redis forgets no conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import Dialog
from core.db import tenant_of

LINK_CODE = "link_code"
"""The one state that the web process sets: the code may be typed before the bot has asked for it."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """`state` names what the next message is taken for; `data` holds ids and short words, never the user's text."""

    state: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)


async def read(session: AsyncSession) -> Awaiting:
    row = await session.scalar(select(Dialog).order_by(Dialog.updated_at.desc()).limit(1))
    return Awaiting(row.state, row.data) if row else Awaiting()


async def expect(session: AsyncSession, state: str, *, chat_id: int, **data: str) -> None:
    """The next plain message of this user is meant for `state`."""
    await clear(session)
    session.add(Dialog(tenant_id=tenant_of(session), id=uuid4(), chat_id=chat_id, state=state, data=data))


async def clear(session: AsyncSession) -> None:
    await session.execute(delete(Dialog))
