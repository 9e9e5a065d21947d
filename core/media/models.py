"""What a person sent that is not text: where it lies at Telegram, what was read in it, what is to become of it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class MediaKind(StrEnum):
    VOICE = "voice"  # a voice note, an audio file, a round video note: something to hear
    FILE = "file"  # a photo or a document: something to read
    TEXT = "text"  # typed in place of a file that could not be read


class MediaState(StrEnum):
    ASKED = "asked"  # its person has not said yet what it is for
    READING = "reading"
    READ = "read"
    FAILED = "failed"


class Purpose(StrEnum):
    DRAFT = "draft"  # an instruction for a draft
    ROOM = "room"  # what to answer a client
    NOTHING = "nothing"  # a voice note that answers nothing: its words are shown
    JOB = "job"  # a brief that becomes a job card
    FACTS = "facts"  # facts of the profile, once confirmed


class ReceivedMedia(TenantRow):
    """One message with a recording, a picture or a file. The bytes are never stored: they are fetched, read and let go.

    `details_sealed` is Telegram's id of the file and the caption, `reading_sealed` the words found in it; both go with the row,
    within 24 hours. `chat_id` and `message_id` make a repeated update find its row again. `problem` is the code of an error.
    """

    __tablename__ = "received_media"
    __table_args__ = (
        UniqueConstraint("tenant_id", "chat_id", "message_id"),
        Index(None, "tenant_id", "created_at"),
    )

    kind: Mapped[str]
    state: Mapped[str]
    purpose: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    status_id: Mapped[int | None] = mapped_column(BigInteger)
    details_sealed: Mapped[bytes]
    reading_sealed: Mapped[bytes | None]
    problem: Mapped[str | None]
    used: Mapped[bool] = mapped_column(default=False)
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
