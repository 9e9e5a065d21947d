"""What is known of a voice note, a picture or a file by now, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from aiogram.types import InlineKeyboardButton
from sqlalchemy.ext.asyncio import AsyncSession

from bot.callbacks import MediaCb
from bot.foreign import markup
from bot.memory import note
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, Screen, blocks, button, lines
from bot.views.packing import labelled, pack
from bot.views.posting import money
from core.accounts.service import Account
from core.errors import Invalid, NotFound
from core.media import service
from core.media.models import MediaKind, MediaState, Purpose
from core.media.service import Media
from core.notifications.models import Subject
from core.profile import service as profiles
from core.profile.facts import Profile
from core.profile.parsing import MAX_BYTES, MAX_FACTS, ParsedProfile
from core.runtime import Runtime

_SUBJECTS = {Purpose.DRAFT: Subject.DRAFT, Purpose.ROOM: Subject.ROOM}
Row = list[InlineKeyboardButton]


@dataclass(frozen=True, slots=True)
class MediaPage:
    """`status_id` is the message that tells how far it is; `reply_to` is the person's own message."""

    media: Media
    screens: list[Screen]
    status_id: int | None
    reply_to: int


async def media_page(rt: Runtime, account: Account, *, media_id: UUID) -> MediaPage | None:
    """None when its day is over."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        try:
            media = await service.get_media(session, keys, media_id=media_id)
        except NotFound:
            return None
        profile = await profiles.load_profile(session, keys)
        room = await service.room_of(session, media)
    screens = media_screens(Words(account.locale), media, profile, room=room)
    return MediaPage(media, screens, media.row.status_id, media.row.message_id)


async def note_status(rt: Runtime, account: Account, page: MediaPage, message_id: int) -> None:
    """Remember the message that tells of it; a reply to it speaks of what the recording spoke of."""
    async with rt.db.begin(account.tenant_id) as session:
        media = await service.get_media(session, await rt.keys(session), media_id=page.media.id, lock=True)
        media.row.status_id = message_id
        await note_subject(session, account, media, message_id)


async def note_subject(session: AsyncSession, account: Account, media: Media, message_id: int) -> None:
    subject = _SUBJECTS.get(Purpose(media.row.purpose)) if media.row.purpose else None
    if subject is not None and media.row.subject_id is not None:
        await note(
            session,
            chat_id=account.chat_id,
            message_id=message_id,
            subject=subject,
            subject_id=media.row.subject_id,
        )


def media_screens(
    words: Words, media: Media, profile: Profile | None, *, room: UUID | None = None
) -> list[Screen]:
    """One message as a rule; several when there is much to read before agreeing."""
    match MediaState(media.row.state):
        case MediaState.ASKED:
            return [_asking(words, media, profile)]
        case MediaState.FAILED:
            return _failed(words, media, room)
        case MediaState.READING if not media.text or media.row.purpose in (Purpose.JOB, Purpose.FACTS):
            return [progress_screen(words, media)]
    if media.row.purpose == Purpose.JOB:
        kept = words("media.caption_kept") if media.details.caption else None
        return [Screen(blocks(words("media.job_done"), kept, cost_line(words, media)))]
    if media.row.purpose == Purpose.FACTS:
        return _proposed(words, media, profile)
    return _heard(words, media, room)


def progress_screen(words: Words, media: Media) -> Screen:
    return Screen(words("media.listening" if media.row.kind == MediaKind.VOICE else "media.reading"))


def _asking(words: Words, media: Media, profile: Profile | None) -> Screen:
    choice: Row = []
    if profile is not None:
        choice.append(button(words.plain("button.media_job"), MediaCb(verb="job", media=media.id), GREEN))
    choice.append(button(words.plain("button.media_facts"), MediaCb(verb="facts", media=media.id), BLUE))
    return Screen(words("media.ask" if profile is not None else "media.ask_facts"), [choice])


def _heard(words: Words, media: Media, room: UUID | None) -> list[Screen]:
    rows: list[Row] = []
    if media.row.purpose == Purpose.NOTHING:
        foot = words("media.no_target")
        rows.append([button(words.plain("button.media_to_facts"), MediaCb(verb="facts", media=media.id))])
    else:
        foot = words("media.as_instruction" if media.row.purpose == Purpose.DRAFT else "media.as_answer")
        rows += _verbatim(words, media, room)
    return pack([*_quote(words, media), foot, cost_line(words, media)], rows)


def _quote(words: Words, media: Media) -> list[Html]:
    return labelled(words("media.heard"), service.with_caption(media))


def _verbatim(words: Words, media: Media, room: UUID | None) -> list[Row]:
    """For a client's eyes the person's own words may do as they are; they are still shown for approval first."""
    if room is None:
        return []
    return [[button(words.plain("button.media_words"), MediaCb(verb="words", media=media.id))]]


def _failed(words: Words, media: Media, room: UUID | None) -> list[Screen]:
    problem = media.row.problem or ""
    rows: list[Row] = []
    if media.row.used:
        return [Screen(problem_text(words, problem))]
    if not problem.startswith("invalid."):
        rows.append([button(words.plain("button.media_again"), MediaCb(verb="again", media=media.id), GREEN)])
    if media.row.kind == MediaKind.FILE:
        verb = "paste_job" if media.row.purpose == Purpose.JOB else "paste_facts"
        rows.append([button(words.plain(f"button.media_{verb}"), MediaCb(verb=verb, media=media.id))])
    if not media.text:
        return [Screen(problem_text(words, problem), rows)]
    rows += _verbatim(words, media, room)
    kept = words("media.words_kept")
    return pack(
        [problem_text(words, problem), *labelled(kept, service.with_caption(media)), cost_line(words, media)],
        rows,
    )


def problem_text(words: Words, problem: str) -> Html:
    """The words for a stored code ("invalid.pdf_pages|limit=30|pages=900"): the most specific there are."""
    code, *given = problem.split("|")
    params: dict[str, object] = {}
    for part in given:
        name, _, value = part.partition("=")
        params[name] = int(value) if value.isdecimal() else value
    for key in (f"error.{code}", f"error.{code.partition('.')[0]}"):
        if words.has(key):
            with suppress(KeyError, ValueError, TypeError):
                return words(key, **params)
    return words("error.media_vendor")


def proposal_of(media: Media, profile: Profile | None) -> ParsedProfile | None:
    """The facts in what was read that the profile does not have, and the rate if it is another; None for nothing new."""
    text = facts_text(media)
    try:
        parsed = profiles.read_text(text)
    except Invalid:
        return None
    known = {fact.text for fact in profile.facts} if profile else set()
    room = MAX_FACTS - len(known)
    new = tuple(fact for fact in parsed.facts if fact.text not in known)[: max(0, room)]
    rate = parsed.hourly_rate
    if profile is not None and rate == profile.hourly_rate:
        rate = None
    if not new and rate is None:
        return None
    return ParsedProfile(parsed.headline, new, rate, parsed.languages)


def facts_text(media: Media) -> str:
    """What is taken for facts: as much of the words as a profile takes at once."""
    return service.with_caption(media).encode()[:MAX_BYTES].decode(errors="ignore")


def _proposed(words: Words, media: Media, profile: Profile | None) -> list[Screen]:
    if media.row.used:
        return [Screen(words("media.facts_added"))]
    found = proposal_of(media, profile)
    if found is None:
        rows = [
            [button(words.plain("button.media_paste_facts"), MediaCb(verb="paste_facts", media=media.id))]
        ]
        return [Screen(blocks(words("media.no_new_facts"), cost_line(words, media)), rows)]
    listed = [Html(f"{number}. {markup(fact.text)}") for number, fact in enumerate(found.facts, start=1)]
    rate = words("media.proposed_rate", rate=money(found.hourly_rate)) if found.hourly_rate else None
    cut = len(service.with_caption(media).encode()) > MAX_BYTES
    rows = [
        [
            button(words.plain("button.media_add"), MediaCb(verb="add", media=media.id), GREEN),
            button(words.plain("button.media_no"), MediaCb(verb="no", media=media.id)),
        ]
    ]
    return pack(
        [
            words("media.proposed", n=len(found.facts)) if found.facts else None,
            *_grouped(listed),
            rate,
            lines(words("media.cut") if cut else None, words("media.proposed_note"), cost_line(words, media)),
        ],
        rows,
    )


def _grouped(listed: Sequence[Html]) -> list[Html]:
    """Facts in blocks of ten: a line each, no empty line between them."""
    return [lines(*listed[start : start + 10]) for start in range(0, len(listed), 10)]


def cost_line(words: Words, media: Media) -> Html | None:
    """What the model took for it; nothing for what cost nothing or nobody knows."""
    if not media.row.cost_usd:
        return None
    return words("media.cost", model_money=words.plain("draft.cost", cost=f"{media.row.cost_usd:.4f}"))
