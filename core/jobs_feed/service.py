"""Cards in front of a user: reading them, deciding about them, and letting go of the postings behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.jobs_feed.models import Band, CardState, JobCard, PostingRow, SeenPosting
from core.jobs_feed.posting import JobPosting
from core.learning.answers import note_answer, take_back
from core.matching.instructions import Instruction, find_instructions
from core.matching.learning import Answer
from core.matching.posting_facts import PostingFacts
from core.matching.score import Score, load_score
from core.security import audit

CONTENT_LIFE = timedelta(hours=24)
PURGE_MARGIN = timedelta(minutes=15)
"""The purge runs every five minutes; with this margin nothing ever reaches its 24th hour."""

SEEN_LIFE = timedelta(days=30)
"""How long the mere fact that a posting was seen is remembered: longer than any search asks back."""

DIGEST_SECONDS = 3600.0

POSTING_JSON = TypeAdapter(JobPosting)
READING_JSON = TypeAdapter(PostingFacts)
REFUSED = "refused"
"""The score of a posting that no search's rules let pass."""

SKIP_REASONS = ("budget", "skills", "client", "crowded", "boring", "other")


@dataclass(frozen=True, slots=True)
class Card:
    """A card with what is still known of its posting; `posting` and `score` are None once the content was purged.

    `reading` is a model's, if one was asked: without it the rules read.
    """

    row: JobCard
    posting: JobPosting | None
    score: Score | None
    reading: PostingFacts | None = None

    @property
    def id(self) -> UUID:
        return self.row.id


def posting_of(row: PostingRow) -> JobPosting:
    return POSTING_JSON.validate_python(row.body)


async def get_card(session: AsyncSession, *, card_id: UUID, lock: bool = False) -> Card:
    """Raises NotFound for an id that is not this tenant's."""
    row = await session.get(JobCard, (tenant_of(session), card_id), with_for_update=lock or None)
    if row is None:
        raise NotFound(subject="card")
    return await _with_posting(session, row)


async def find_card_of_job(session: AsyncSession, *, upwork_id: str) -> Card | None:
    row = await session.scalar(select(JobCard).where(JobCard.upwork_id == upwork_id))
    return None if row is None else await _with_posting(session, row)


async def list_cards(session: AsyncSession, *, states: Sequence[CardState], limit: int = 10) -> list[Card]:
    """Newest first."""
    rows = await session.scalars(
        select(JobCard)
        .where(JobCard.state.in_([state.value for state in states]))
        .order_by(JobCard.seen_at.desc())
        .limit(limit)
    )
    return [await _with_posting(session, row) for row in rows]


async def waiting_for_digest(session: AsyncSession, *, limit: int = 8) -> list[Card]:
    """The best cards nobody was told of yet, as long as there is something to show of them."""
    rows = await session.scalars(
        select(JobCard)
        .join(
            PostingRow,
            (PostingRow.tenant_id == JobCard.tenant_id) & (PostingRow.upwork_id == JobCard.upwork_id),
        )
        .where(JobCard.band == Band.DIGEST, JobCard.state == CardState.NEW, JobCard.delivered_at.is_(None))
        .order_by(JobCard.total.desc())
        .limit(limit)
    )
    return [await _with_posting(session, row) for row in rows]


async def ring_undelivered(session: AsyncSession) -> None:
    """Ask again for the cards that could not be delivered while the user was away, as long as their postings live."""
    tenant_id = tenant_of(session)
    rows = await session.execute(
        select(JobCard.id, JobCard.band)
        .join(
            PostingRow,
            (PostingRow.tenant_id == JobCard.tenant_id) & (PostingRow.upwork_id == JobCard.upwork_id),
        )
        .where(
            JobCard.band.in_((Band.INSTANT, Band.DIGEST)),
            JobCard.state == CardState.NEW,
            JobCard.delivered_at.is_(None),
        )
    )
    waiting = rows.all()
    for card_id, band in waiting:
        if band == Band.INSTANT:
            await enqueue(session, Job.DELIVER_CARD, tenant_id=tenant_id, ref=card_id)
    if any(band == Band.DIGEST for _, band in waiting):
        await enqueue(session, Job.DELIVER_DIGEST, tenant_id=tenant_id, ref=tenant_id)


async def _with_posting(session: AsyncSession, row: JobCard) -> Card:
    stored = await posting_row_of(session, row)
    if stored is None or stored.score is None or REFUSED in stored.score:
        return Card(row, None, None)
    return Card(row, posting_of(stored), load_score(stored.score), _reading_of(stored))


def asked_of_applicants(card: Card) -> tuple[Instruction, ...]:
    """What the client wants every applicant to do, as the rules found it and, where a model read, as it did."""
    if card.posting is None:
        return ()
    found = {(item.kind, item.value.casefold()): item for item in find_instructions(card.posting.text)}
    for test in card.reading.tests if card.reading else ():
        if test.quote is not None:
            told = Instruction(test.kind, test.value, test.quote.text)
            found.setdefault((test.kind, test.value.casefold()), told)
    return tuple(found.values())


async def posting_row_of(session: AsyncSession, card: JobCard, *, lock: bool = False) -> PostingRow | None:
    """The posting behind a card while it lives."""
    wanted = select(PostingRow).where(PostingRow.upwork_id == card.upwork_id)
    found: PostingRow | None = await session.scalar(wanted.with_for_update() if lock else wanted)
    return found


def _reading_of(row: PostingRow) -> PostingFacts | None:
    """None for one that another version of this program wrote in another form."""
    if row.reading is None:
        return None
    try:
        return READING_JSON.validate_python(row.reading)
    except ValidationError:
        return None


async def recent_totals(session: AsyncSession, *, limit: int = 100) -> list[int]:
    """Totals of the user's latest cards, for the percentile on a new one."""
    return list(await session.scalars(select(JobCard.total).order_by(JobCard.seen_at.desc()).limit(limit)))


async def skip_card(session: AsyncSession, *, card_id: UUID, reason: str, clock: Clock) -> Card:
    """Put a card aside with a reason; skipping again only changes the reason. One that is being answered stays as it is."""
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state in (CardState.DRAFTING, CardState.APPLIED):
        return card
    card.row.state = CardState.SKIPPED
    card.row.skip_reason = reason if reason in SKIP_REASONS else "other"
    card.row.decided_at = clock.now()
    await note_answer(session, card.row, Answer.SKIPPED, reason=card.row.skip_reason, clock=clock)
    audit.record(session, "card.skipped", actor=audit.USER, card=str(card_id), reason=card.row.skip_reason)
    return card


async def restore_card(session: AsyncSession, *, card_id: UUID) -> Card:
    """Undo a skip or a save."""
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state in (CardState.SKIPPED, CardState.SAVED):
        card.row.state = CardState.SHOWN
        card.row.skip_reason = None
        card.row.decided_at = None
        await take_back(session, card.row)
        audit.record(session, "card.restored", actor=audit.USER, card=str(card_id))
    return card


async def save_card(session: AsyncSession, *, card_id: UUID, clock: Clock) -> Card:
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state in (CardState.NEW, CardState.SHOWN, CardState.SKIPPED):
        card.row.state = CardState.SAVED
        card.row.decided_at = clock.now()
        await note_answer(session, card.row, Answer.SAVED, clock=clock)
        audit.record(session, "card.saved", actor=audit.USER, card=str(card_id))
    return card


async def purge_postings(session: AsyncSession, *, clock: Clock) -> int:
    """Delete postings (text, vectors, scores that quote them) before they are 24 hours old; returns how many."""
    now = clock.now()
    old = now - CONTENT_LIFE + PURGE_MARGIN
    gone = await session.scalars(
        delete(PostingRow).where(PostingRow.fetched_at <= old).returning(PostingRow.id)
    )
    await session.execute(delete(SeenPosting).where(SeenPosting.fetched_at <= now - SEEN_LIFE))
    return len(gone.all())
