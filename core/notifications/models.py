from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class Subject(StrEnum):
    """What a Telegram message is about, so that a reply to it finds its way after any restart."""

    CARD = "card"
    DRAFT = "draft"
    ROOM = "room"


class SentMessage(TenantRow):
    """A message of ours in a chat and the row it speaks of."""

    __tablename__ = "sent_messages"
    __table_args__ = (UniqueConstraint("tenant_id", "chat_id", "message_id"),)

    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    subject: Mapped[str]
    subject_id: Mapped[UUID]
