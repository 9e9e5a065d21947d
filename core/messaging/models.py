"""Rooms and stories (Upwork's words for conversations and messages)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class Room(TenantRow):
    """A client's conversation and its thread in Telegram. `name_sealed` and `topic_sealed` come from Upwork and are purged.

    `head_message_id` is the card that opened the thread; later cards answer it.
    """

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("tenant_id", "upwork_room_id"),)

    upwork_room_id: Mapped[str]
    upwork_job_id: Mapped[str | None]
    name_sealed: Mapped[bytes | None]
    topic_sealed: Mapped[bytes | None]
    last_story_id: Mapped[str | None]
    fetched_at: Mapped[datetime]
    head_message_id: Mapped[int | None] = mapped_column(BigInteger)


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Story(TenantRow):
    """One message. Text of the client's is Upwork content and lives 24 hours; ids and times stay, so it is never shown twice."""

    __tablename__ = "stories"
    __table_args__ = (
        UniqueConstraint("tenant_id", "upwork_story_id"),
        ForeignKeyConstraint(["tenant_id", "room_id"], ["rooms.tenant_id", "rooms.id"], ondelete="CASCADE"),
        Index(None, "fetched_at"),
        Index(None, "tenant_id", "room_id", "written_at"),
    )

    room_id: Mapped[UUID]
    upwork_story_id: Mapped[str]
    direction: Mapped[str]
    body_sealed: Mapped[bytes | None]
    author_sealed: Mapped[bytes | None]
    written_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
