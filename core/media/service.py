"""Rows of received media: taken once per message, given a purpose, read, and turned into what they were sent for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import Metered, take
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.drafting import service as drafting
from core.drafting.models import Draft, DraftKind, DraftState
from core.drafting.service import Change
from core.errors import AppError, Conflict, Invalid, LimitReached, NotFound, Unavailable
from core.jobs import Job, enqueue
from core.jobs_feed.service import CONTENT_LIFE, PURGE_MARGIN
from core.media.models import MediaKind, MediaState, Purpose, ReceivedMedia
from core.messaging.models import Room
from core.security import audit


@dataclass(frozen=True, slots=True)
class Details:
    """What Telegram said about a file. `seconds` is what the sender's app claims; `caption` is what the person typed below."""

    file_id: str = ""
    seconds: float = 0.0
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A row, opened. `text` is what was read or heard, "" before and when there was nothing."""

    row: ReceivedMedia
    details: Details
    text: str

    @property
    def id(self) -> UUID:
        return self.row.id


async def receive(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    kind: MediaKind,
    chat_id: int,
    message_id: int,
    details: Details,
    purpose: Purpose | None = None,
    subject_id: UUID | None = None,
    text: str = "",
) -> Media:
    """The row of this message, new or the one it has: an update that comes twice takes nothing twice.

    Without a purpose its person is asked for one first. Nothing is read before `ask_to_read`.
    """
    tenant_id = tenant_of(session)
    row = ReceivedMedia(
        tenant_id=tenant_id,
        id=uuid4(),
        kind=kind,
        state=MediaState.ASKED,
        purpose=purpose,
        subject_id=subject_id,
        chat_id=chat_id,
        message_id=message_id,
        details_sealed=b"",
        used=False,
    )
    sealed = keys.seal(row, "details_sealed", json.dumps({slot: getattr(details, slot) for slot in _SLOTS}))
    reading = keys.seal(row, "reading_sealed", text) if text else None
    added = await session.scalar(
        insert(ReceivedMedia)
        .values(
            tenant_id=tenant_id,
            id=row.id,
            kind=kind.value,
            state=MediaState.ASKED.value,
            purpose=purpose.value if purpose else None,
            subject_id=subject_id,
            chat_id=chat_id,
            message_id=message_id,
            details_sealed=sealed,
            reading_sealed=reading,
            used=False,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "chat_id", "message_id"])
        .returning(ReceivedMedia.id)
    )
    if added is None:
        known = await session.scalar(
            select(ReceivedMedia).where(
                ReceivedMedia.chat_id == chat_id, ReceivedMedia.message_id == message_id
            )
        )
        if known is None:
            raise NotFound(subject="media")
        return _opened(keys, known)
    audit.record(session, "media.received", actor=audit.USER, media=str(row.id), kind=kind.value)
    return await get_media(session, keys, media_id=row.id)


_SLOTS = ("file_id", "seconds", "caption")


async def get_media(session: AsyncSession, keys: TenantKeys, *, media_id: UUID, lock: bool = False) -> Media:
    """Raises NotFound for an id that is not this tenant's, or whose day is over."""
    row = await session.get(ReceivedMedia, (tenant_of(session), media_id), with_for_update=lock or None)
    if row is None:
        raise NotFound(subject="media")
    return _opened(keys, row)


def _opened(keys: TenantKeys, row: ReceivedMedia) -> Media:
    details: dict[str, Any] = json.loads(keys.unseal(row, "details_sealed"))
    return Media(row, Details(**details), keys.unseal(row, "reading_sealed") or "")


async def ask_to_read(session: AsyncSession, *, media_id: UUID, purpose: Purpose) -> ReceivedMedia:
    """Have it read for this purpose; what was read already is used again. Raises Conflict ("media_busy", "media_used"),
    LimitReached when the day's readings are over."""
    row = await session.get(ReceivedMedia, (tenant_of(session), media_id), with_for_update=True)
    if row is None:
        raise NotFound(subject="media")
    if row.state == MediaState.READING:
        raise Conflict(reason="media_busy")
    if row.used:
        raise Conflict(reason="media_used")
    if row.reading_sealed is None:
        await take(session, Metered.READING)
    row.state, row.purpose, row.problem = MediaState.READING, purpose, None
    await enqueue(session, Job.READ_MEDIA, tenant_id=row.tenant_id, ref=row.id)
    return row


async def apply(session: AsyncSession, keys: TenantKeys, media: Media) -> None:
    """Do with a transcript what was asked: change the draft, or have an answer drafted. Once; nothing is sent by this.

    Raises as the same wish does when it is typed.
    """
    if media.row.used or media.row.subject_id is None:
        return
    wish = Change(instruction=with_caption(media))
    if media.row.purpose == Purpose.DRAFT:
        await drafting.request_change(session, keys, draft_id=media.row.subject_id, change=wish)
    elif media.row.purpose == Purpose.ROOM:
        await drafting.request_reply(session, room_id=media.row.subject_id, keys=keys, change=wish)
    media.row.used = True


def with_caption(media: Media) -> str:
    """The words that count: what was said, then what was typed below it."""
    return "\n".join(part for part in (media.text.strip(), media.details.caption.strip()) if part)


async def room_of(session: AsyncSession, media: Media) -> UUID | None:
    """The room that a transcript may answer word for word, if it is about one."""
    subject = media.row.subject_id
    if subject is None or media.row.purpose not in (Purpose.DRAFT, Purpose.ROOM):
        return None
    if media.row.purpose == Purpose.ROOM:
        room = await session.get(Room, (media.row.tenant_id, subject))
        return room.id if room else None
    draft = await session.get(Draft, (media.row.tenant_id, subject))
    return draft.room_id if draft is not None and draft.kind == DraftKind.REPLY else None


async def target_of(session: AsyncSession, *, draft_id: UUID) -> tuple[Purpose, UUID]:
    """What a recording sent in reply to a draft is for. Raises Conflict ("sent_proposal") for a proposal that went its way."""
    draft = await drafting.get_draft(session, draft_id=draft_id)
    if draft.state not in (DraftState.APPROVED, DraftState.CLOSED):
        return Purpose.DRAFT, draft.id
    if draft.room_id is not None:
        # That message is on its way or was put away; the next one goes to the same room.
        return Purpose.ROOM, draft.room_id
    raise Conflict(reason=draft.state)


async def fail(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    media_id: UUID,
    failure: AppError,
    purpose: Purpose | None = None,
) -> None:
    """Note why it was not read or not used, as a code whose words are the bot's. What was read stays.

    `purpose` is what it was being asked for, so that it can be asked for once more.
    """
    media = await get_media(session, keys, media_id=media_id, lock=True)
    if media.row.used or media.row.state == MediaState.READ:
        return
    media.row.state = MediaState.FAILED
    media.row.purpose = purpose or media.row.purpose
    media.row.problem = _code(failure)


def _code(failure: AppError) -> str:
    """ "invalid.pdf_pages|limit=30|pages=900": enough to say the same in either language later."""
    reason = failure.data.get("reason") or failure.data.get("subject")
    # A vendor's troubles are not the person's; Upwork's words for the same codes would be wrong here.
    if failure.data.get("vendor") or (isinstance(failure, Unavailable | LimitReached) and not reason):
        return "media_vendor"
    params = [
        f"{name}={value}"
        for name, value in failure.data.items()
        if name not in ("reason", "subject") and isinstance(value, str | int)
    ]
    return "|".join([f"{failure.code}.{reason}" if reason else failure.code, *params])[:200]


def refuse_long(seconds: float, minutes: int) -> None:
    """Raises Invalid ("voice_long" with `minutes`)."""
    # Apps round the length; a few seconds are nobody's intention.
    if seconds > minutes * 60 + 3:
        raise Invalid(reason="voice_long", minutes=minutes)


async def forget_media(session: AsyncSession, *, clock: Clock) -> None:
    """What was read is gone before its 24th hour, like the postings and messages it may be about."""
    old = clock.now() - CONTENT_LIFE + PURGE_MARGIN
    await session.execute(delete(ReceivedMedia).where(ReceivedMedia.created_at <= old))
