"""Telegram updates, stored before they are acknowledged.

An update is a row first and an effect later: a crash between the two costs a second, not a message. `update_id` is the
primary key, so a redelivered update is the same row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import CannotUnseal, Vault
from core.db import Base
from core.failpoints import reach
from core.log import get_logger

log = get_logger(__name__)

KEEP = timedelta(hours=48)
LEASE = timedelta(seconds=90)
MAX_ATTEMPTS = 5
LIFE = timedelta(hours=24)
"""How long an update may wait: as long as Telegram keeps one. It quotes the message it answers, so it must not lie longer."""

_INT64 = 2**63
_MOST_CLAIMS = MAX_ATTEMPTS + 3


class InboxUpdate(Base):
    """`payload_sealed` is the update's JSON under the system key; it is erased once handled, the id is kept for 48 hours."""

    __tablename__ = "inbox_updates"
    __table_args__ = (Index(None, "chat_id", "update_id", postgresql_where=text("done_at is null")),)

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    payload_sealed: Mapped[bytes | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


def chat_of(update: dict[str, Any]) -> int:
    """The chat an update belongs to, wherever its kind keeps it; 0 when it has none."""
    for part in update.values():
        if not isinstance(part, dict):
            continue
        holder = part.get("message") if isinstance(part.get("message"), dict) else part
        for key in ("chat", "from", "user"):
            candidate = (holder or {}).get(key) or part.get(key)
            if isinstance(candidate, dict) and isinstance(candidate.get("id"), int):
                return int(candidate["id"])
    return 0


def _as_stored(update: dict[str, Any]) -> bytes:
    """Half a surrogate pair parses as JSON but is no text; it becomes a question mark instead of failing its whole batch."""
    return json.dumps(update, ensure_ascii=False).encode("utf-8", "replace")


async def store(session: AsyncSession, vault: Vault, updates: Sequence[dict[str, Any]]) -> int:
    """Insert updates that are not there yet; returns how many were new. Updates without an id are ignored.

    Nothing in one update can keep the others of its batch from being stored.
    """
    rows = []
    for content in updates:
        update_id = content.get("update_id")
        if not isinstance(update_id, int) or not 0 <= update_id < _INT64:
            continue
        chat_id = chat_of(content)
        rows.append(
            {
                "update_id": update_id,
                "chat_id": chat_id if -_INT64 <= chat_id < _INT64 else 0,
                "payload_sealed": vault.seal_system(_as_stored(content), f"inbox|{update_id}"),
            }
        )
    if not rows:
        return 0
    statement = insert(InboxUpdate).values(rows).on_conflict_do_nothing().returning(InboxUpdate.update_id)
    new = len((await session.execute(statement)).all())
    reach("after_inbox_insert")
    return new


_CLAIM = text(
    """
    update app.inbox_updates as u
       set lease_until = now() + :lease, attempts = attempts + 1
     where u.update_id in (
            select w.update_id
              from app.inbox_updates as w
             where w.done_at is null
               and (w.lease_until is null or w.lease_until < now())
               and not exists (select 1 from app.inbox_updates as e
                                where e.chat_id = w.chat_id and e.done_at is null and e.update_id < w.update_id)
             order by w.update_id
             limit :batch
               for update skip locked)
       and u.done_at is null
    returning u.update_id, u.payload_sealed, u.attempts
    """
)


async def claim(
    session: AsyncSession, vault: Vault, *, batch: int = 20
) -> list[tuple[int, dict[str, Any], int]]:
    """Lease the oldest waiting update of each chat: (update_id, update, attempt). Order within a chat is kept.

    A row that no key opens any more is put aside, and so is one whose handling ended the process again and again: neither may
    keep everybody else waiting.
    """
    rows = (await session.execute(_CLAIM, {"lease": LEASE, "batch": batch})).all()
    claimed = []
    for row in sorted(rows, key=lambda row: row.update_id):
        content = _open(vault, row.update_id, row.payload_sealed)
        if content is None or row.attempts > _MOST_CLAIMS:
            log.error("update.put_aside", update_id=row.update_id, attempts=row.attempts)
            await finish(session, row.update_id, error="sealed" if content is None else "crashes")
        else:
            claimed.append((row.update_id, content, row.attempts))
    return claimed


async def following(
    session: AsyncSession, vault: Vault, *, chat_id: int, update_id: int, limit: int = 50
) -> list[tuple[int, dict[str, Any]]]:
    """What waits in a chat behind an update: (update_id, update), oldest first. Leases nothing."""
    rows = await session.execute(
        select(InboxUpdate.update_id, InboxUpdate.payload_sealed)
        .where(
            InboxUpdate.chat_id == chat_id, InboxUpdate.update_id > update_id, InboxUpdate.done_at.is_(None)
        )
        .order_by(InboxUpdate.update_id)
        .limit(limit)
    )
    opened = ((row.update_id, _open(vault, row.update_id, row.payload_sealed)) for row in rows)
    return [(number, content) for number, content in opened if content is not None]


def _open(vault: Vault, update_id: int, sealed: bytes | None) -> dict[str, Any] | None:
    try:
        content = json.loads(vault.unseal_system(sealed or b"", f"inbox|{update_id}"))
    except (CannotUnseal, ValueError):
        log.error("update.sealed", update_id=update_id)
        return None
    return content if isinstance(content, dict) else None


async def finish(session: AsyncSession, update_id: int, *, error: str | None = None) -> None:
    """Mark an update handled and erase its content."""
    await session.execute(
        text(
            "update app.inbox_updates set done_at = now(), lease_until = null, payload_sealed = null, error = :error "
            "where update_id = :id"
        ),
        {"id": update_id, "error": error},
    )


async def renew(session: AsyncSession, update_id: int) -> None:
    """Keep an update that is still being handled from being handled a second time."""
    await session.execute(
        update(InboxUpdate)
        .where(
            InboxUpdate.update_id == update_id,
            InboxUpdate.done_at.is_(None),
            InboxUpdate.lease_until.is_not(None),
        )
        .values(lease_until=func.now() + LEASE)
    )


async def release(session: AsyncSession, update_id: int) -> None:
    """Give an update back to be tried again at once."""
    await session.execute(
        text("update app.inbox_updates set lease_until = null where update_id = :id and done_at is null"),
        {"id": update_id},
    )


async def forget_old(session: AsyncSession) -> None:
    """Empty what nobody came to handle within a day, and drop what was handled two days ago."""
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.done_at.is_(None), InboxUpdate.received_at < func.now() - LIFE)
        .values(done_at=func.now(), lease_until=None, payload_sealed=None, error="too old")
    )
    await session.execute(delete(InboxUpdate).where(InboxUpdate.done_at < func.now() - KEEP))
