"""Reading what was sent: fetched, judged by its bytes, heard or seen outside any transaction, and let go.

Job.READ_MEDIA. What a model says of it is stored with its bill in one transaction, so a second run neither pays nor acts twice.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from core.access.quota import check_llm_money, note_spend
from core.crypto import CannotUnseal
from core.drafting.hearing import Audio
from core.drafting.llm import Picture, Usage
from core.drafting.prompts import visible
from core.errors import AppError, Invalid, NotFound, Unavailable
from core.log import get_logger
from core.media import service, sniff
from core.media.carding import make_card
from core.media.models import MediaKind, MediaState, Purpose
from core.media.pdf import read_pdf
from core.media.seeing import read_pictures
from core.media.service import Media
from core.runtime import Runtime
from core.security import audit

log = get_logger(__name__)

LEAST_LETTERS = 2


class MediaDesk(Protocol):
    """What reading needs of the chat."""

    def fetch(self, tenant_id: UUID, file_id: str, *, most: int) -> Awaitable[bytes]:
        """The bytes of a file. Raises Invalid ("file_too_big", "file_gone") or Unavailable."""

    def media(self, tenant_id: UUID, media_id: UUID) -> Awaitable[None]:
        """Show how far a reading is, or what came of it."""


@dataclass(frozen=True, slots=True)
class _Read:
    text: str
    usage: Usage | None = None


async def read_media(rt: Runtime, desk: MediaDesk, *, tenant_id: UUID, media_id: UUID) -> None:
    """Read it, show it, do what it was sent for. What keeps it from that is shown instead, with a way to go on."""
    media = await _load(rt, tenant_id, media_id)
    if media is None:
        return
    if media.row.state != MediaState.READING:
        # Done before; only the showing may have got lost.
        await desk.media(tenant_id, media_id)
        return
    if not media.text:
        try:
            found = await _read(rt, desk, media, tenant_id=tenant_id)
        except AppError as failure:
            await _fail(rt, tenant_id, media_id, failure)
            await desk.media(tenant_id, media_id)
            return
        media = await _keep(rt, tenant_id, media_id, found)
        if media is None or media.row.problem:
            await desk.media(tenant_id, media_id)
            return
    if media.row.purpose in (Purpose.DRAFT, Purpose.ROOM):
        # First the words as they were understood, then what they do.
        await desk.media(tenant_id, media_id)
    await _use(rt, desk, media, tenant_id=tenant_id)


async def _load(rt: Runtime, tenant_id: UUID, media_id: UUID) -> Media | None:
    """None when its day is over."""
    async with rt.db.begin(tenant_id) as session:
        try:
            return await service.get_media(session, await rt.keys(session), media_id=media_id)
        except (NotFound, CannotUnseal):
            return None


async def give_up(rt: Runtime, desk: MediaDesk, *, tenant_id: UUID, media_id: UUID) -> None:
    """Reading failed for good: its person is told and may ask again."""
    await _fail(rt, tenant_id, media_id, Unavailable("media"))
    await desk.media(tenant_id, media_id)


async def _read(rt: Runtime, desk: MediaDesk, media: Media, *, tenant_id: UUID) -> _Read:
    if media.row.kind == MediaKind.VOICE:
        return await _hear(rt, desk, media, tenant_id=tenant_id)
    data = await desk.fetch(tenant_id, media.details.file_id, most=sniff.MOST_BYTES)
    if not data:
        raise Invalid(reason="file_empty")
    if sniff.is_pdf(data):
        content = await read_pdf(data)
        if not content.scans:
            if not content.text.strip():
                raise Invalid(reason="pdf_no_text")
            return _Read(content.text)
        return await _see(rt, [_picture(scan) for scan in content.scans], tenant_id=tenant_id)
    return await _see(rt, [_picture(data)], tenant_id=tenant_id)


async def _hear(rt: Runtime, desk: MediaDesk, media: Media, *, tenant_id: UUID) -> _Read:
    if rt.hearing is None:
        raise Invalid(reason="no_hearing")
    minutes = rt.settings.voice_minutes
    data = await desk.fetch(tenant_id, media.details.file_id, most=sniff.MOST_BYTES)
    if not data:
        raise Invalid(reason="file_empty")
    extension = sniff.audio_extension(data)
    if extension is None:
        raise Invalid(reason="not_audio")
    seconds = sniff.audio_seconds(data, media.details.seconds)
    service.refuse_long(seconds, minutes)
    if extension not in ("mp4", "wav", "flac") and len(data) > sniff.bytes_for(minutes):
        # The length is the sender's word; so many bytes are not a few minutes of speech.
        raise Invalid(reason="voice_long", minutes=minutes)
    await _refuse_poor(rt, tenant_id)
    heard = await rt.hearing.hear(Audio(data, extension, seconds))
    return _Read(visible(heard.text).strip(), heard.usage)


async def _see(rt: Runtime, pictures: list[Picture], *, tenant_id: UUID) -> _Read:
    if rt.llm is None:
        raise Invalid(reason="no_seeing")
    await _refuse_poor(rt, tenant_id)
    seen = await read_pictures(rt.llm, pictures)
    return _Read(seen.text, seen.usage)


def _picture(data: bytes) -> Picture:
    kind = sniff.image_kind(data)
    if kind is None:
        raise Invalid(reason="not_readable")
    if len(data) > sniff.MOST_IMAGE_BYTES:
        raise Invalid(reason="image_big", mb=sniff.MOST_IMAGE_BYTES // 1024 // 1024)
    if not kind.bearable:
        raise Invalid(reason="image_sides", limit=sniff.LONGEST_SIDE)
    return Picture(kind.mime, data)


async def _refuse_poor(rt: Runtime, tenant_id: UUID) -> None:
    async with rt.db.begin(tenant_id) as session:
        await check_llm_money(session)


async def _keep(rt: Runtime, tenant_id: UUID, media_id: UUID, found: _Read) -> Media | None:
    """Store the words and the bill. The bill counts whatever came of it."""
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        try:
            media = await service.get_media(session, keys, media_id=media_id, lock=True)
        except NotFound:
            return None
        if found.usage is not None:
            note_spend(session, "hearing" if media.row.kind == MediaKind.VOICE else "seeing", found.usage)
            media.row.cost_usd = (media.row.cost_usd or Decimal(0)) + (found.usage.cost or Decimal(0))
        if sum(sign.isalnum() for sign in found.text) < LEAST_LETTERS:
            media.row.state = MediaState.FAILED
            media.row.problem = (
                "invalid.nothing_heard" if media.row.kind == MediaKind.VOICE else "invalid.nothing_seen"
            )
        else:
            media.row.reading_sealed = keys.seal(media.row, "reading_sealed", found.text)
        audit.record(session, "media.read", media=str(media_id), problem=media.row.problem)
        return service.Media(media.row, media.details, found.text)


async def _use(rt: Runtime, desk: MediaDesk, media: Media, *, tenant_id: UUID) -> None:
    failed = False
    try:
        if media.row.purpose == Purpose.JOB:
            await make_card(rt, media, tenant_id=tenant_id)
        async with rt.db.begin(tenant_id) as session:
            keys = await rt.keys(session)
            fresh = await service.get_media(session, keys, media_id=media.id, lock=True)
            if fresh.row.state != MediaState.READING:
                return
            await service.apply(session, keys, fresh)
            if fresh.row.purpose == Purpose.JOB:
                fresh.row.used = True
            fresh.row.state = MediaState.READ
    except AppError as refusal:
        failed = True
        await _fail(rt, tenant_id, media.id, refusal)
    if failed or media.row.purpose not in (Purpose.DRAFT, Purpose.ROOM):
        await desk.media(tenant_id, media.id)


async def _fail(rt: Runtime, tenant_id: UUID, media_id: UUID, failure: AppError) -> None:
    log.info("media.not_read", error=failure.code, reason=str(failure.data.get("reason", "")))
    async with rt.db.begin(tenant_id) as session:
        try:
            await service.fail(session, await rt.keys(session), media_id=media_id, failure=failure)
        except (NotFound, CannotUnseal):
            return
