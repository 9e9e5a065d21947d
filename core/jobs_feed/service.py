"""From postings that Upwork returned to cards in front of a user: stored once, merged with reposts, scored, banded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.jobs_feed.models import Band, CardState, JobCard, PostingRow
from core.jobs_feed.posting import JobPosting
from core.jobs_feed.reposts import fingerprint, is_repost
from core.matching.score import Score, dump_score, load_score
from core.security import audit

CONTENT_LIFE = timedelta(hours=24)
PURGE_MARGIN = timedelta(minutes=15)
"""The purge runs every five minutes; with this margin nothing ever reaches its 24th hour."""

_POSTING = TypeAdapter(JobPosting)

SKIP_REASONS = ("budget", "skills", "client", "crowded", "boring", "other")


@dataclass(frozen=True, slots=True)
class Card:
    """A card with what is still known of its posting; `posting` and `score` are None once the content was purged."""

    row: JobCard
    posting: JobPosting | None
    score: Score | None

    @property
    def id(self) -> UUID:
        return self.row.id


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored posting that waits for its score. `text_rank` is Postgres full-text's rank for the profile's words."""

    posting_id: UUID
    posting: JobPosting
    vector: tuple[float, ...] | None
    text_rank: float
    repost: bool


async def store_postings(
    session: AsyncSession, *, search_id: UUID, postings: Sequence[JobPosting], clock: Clock
) -> int:
    """Keep postings this user has not seen yet; returns how many. A repost of a shown posting only counts on its card."""
    tenant_id = tenant_of(session)
    known = await _already_carded(session, [posting.upwork_id for posting in postings])
    stored = 0
    for posting in postings:
        if posting.upwork_id in known:
            continue
        row_id = await session.scalar(
            insert(PostingRow)
            .values(
                tenant_id=tenant_id,
                id=uuid4(),
                upwork_id=posting.upwork_id,
                title=posting.title,
                description=posting.description,
                body={"posting": _POSTING.dump_python(posting, mode="json"), "search": str(search_id)},
                fingerprint=fingerprint(posting),
                published_at=posting.published_at,
                fetched_at=clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_id"])
            .returning(PostingRow.id)
        )
        stored += row_id is not None
    if stored:
        await enqueue(session, Job.SCORE_POSTINGS, tenant_id=tenant_id, ref=tenant_id)
    return stored


async def _already_carded(session: AsyncSession, upwork_ids: list[str]) -> set[str]:
    return set(await session.scalars(select(JobCard.upwork_id).where(JobCard.upwork_id.in_(upwork_ids))))


async def unscored(
    session: AsyncSession, *, words: Sequence[str], limit: int = 40
) -> list[tuple[UUID, Candidate]]:
    """Postings without a score, oldest first: (search id, candidate). `words` are the profile's own, for the full-text rank."""
    query = func.to_tsquery("english", " | ".join(f"'{_quote(word)}'" for word in words) or "''")
    rank = func.ts_rank_cd(PostingRow.search_vector, query, 32)
    rows = (
        await session.execute(
            select(PostingRow, rank.label("rank"))
            .where(PostingRow.score.is_(None))
            .order_by(PostingRow.published_at)
            .limit(limit)
        )
    ).all()
    found = []
    for row, text_rank in rows:
        posting = _posting_of(row)
        found.append(
            (
                UUID(row.body["search"]),
                Candidate(
                    posting_id=row.id,
                    posting=posting,
                    vector=None if row.embedding is None else tuple(float(value) for value in row.embedding),
                    text_rank=float(text_rank or 0.0),
                    repost=await _find_original(session, row) is not None,
                ),
            )
        )
    return found


def _quote(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")


async def _find_original(session: AsyncSession, row: PostingRow) -> PostingRow | None:
    others = await session.scalars(
        select(PostingRow).where(PostingRow.score.is_not(None), PostingRow.published_at <= row.published_at)
    )
    posting = _posting_of(row)
    return next((other for other in others if is_repost(posting, _posting_of(other))), None)


def _posting_of(row: PostingRow) -> JobPosting:
    return _POSTING.validate_python(row.body["posting"])


async def store_score(
    session: AsyncSession,
    *,
    candidate: Candidate,
    search_id: UUID,
    score: Score | None,
    vector: Sequence[float] | None,
    band: Band,
) -> JobCard | None:
    """Write a posting's score and make its card: at most one per user and posting, and none for a repost of a shown one.

    `score` None means a gate refused it: the posting is marked as looked at and nobody is told.
    """
    tenant_id = tenant_of(session)
    row = await session.get(PostingRow, (tenant_id, candidate.posting_id), with_for_update=True)
    if row is None or row.score is not None:
        return None
    row.score = dump_score(score) if score else {"refused": True}
    row.embedding = list(vector) if vector is not None else None
    if score is None:
        return None
    original = await _find_original(session, row)
    if original is not None:
        merged = await session.execute(
            update(JobCard).where(JobCard.upwork_id == original.upwork_id).values(reposts=JobCard.reposts + 1)
        )
        if merged.rowcount:  # type: ignore[attr-defined]  # an UPDATE's cursor result has it
            return None
    card_id = await session.scalar(
        insert(JobCard)
        .values(
            tenant_id=tenant_id,
            id=uuid4(),
            upwork_id=row.upwork_id,
            ciphertext=candidate.posting.ciphertext,
            search_id=search_id,
            band=band,
            state=CardState.NEW,
            fit=round(score.fit.score),
            client=round(score.client.score),
            odds=round(score.odds.score),
            total=round(score.total),
            facts=_numbers(candidate.posting),
            published_at=row.published_at,
            seen_at=row.fetched_at,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_id"])
        .returning(JobCard.id)
    )
    if card_id is None:
        return None
    card = await session.get_one(JobCard, (tenant_id, card_id))
    if card.band == Band.INSTANT:
        await enqueue(session, Job.DELIVER_CARD, tenant_id=tenant_id, ref=card.id)
    elif card.band == Band.DIGEST:
        await enqueue(session, Job.DELIVER_DIGEST, tenant_id=tenant_id, ref=tenant_id, delay=DIGEST_SECONDS)
    return card


DIGEST_SECONDS = 3600.0


def _numbers(posting: JobPosting) -> dict[str, Any]:
    """What statistics need after the text is gone. No words of the posting's."""
    return {
        "contract": posting.contract,
        "pay": float(posting.hourly_max or posting.budget or 0) or None,
        "currency": posting.currency,
        "client_spent": float(posting.client.spent) if posting.client.spent is not None else None,
    }


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
    rows = await session.scalars(
        select(JobCard)
        .where(JobCard.band == Band.DIGEST, JobCard.state == CardState.NEW, JobCard.delivered_at.is_(None))
        .order_by(JobCard.total.desc())
        .limit(limit)
    )
    return [await _with_posting(session, row) for row in rows]


async def _with_posting(session: AsyncSession, row: JobCard) -> Card:
    stored = await session.scalar(select(PostingRow).where(PostingRow.upwork_id == row.upwork_id))
    if stored is None or stored.score is None or "refused" in stored.score:
        return Card(row, None, None)
    return Card(row, _posting_of(stored), load_score(stored.score))


async def recent_totals(session: AsyncSession, *, limit: int = 100) -> list[int]:
    """Totals of the user's latest cards, for the percentile on a new one."""
    return list(await session.scalars(select(JobCard.total).order_by(JobCard.seen_at.desc()).limit(limit)))


async def skip_card(session: AsyncSession, *, card_id: UUID, reason: str, clock: Clock) -> Card:
    """Put a card aside with a reason; skipping again only changes the reason."""
    card = await get_card(session, card_id=card_id, lock=True)
    card.row.state = CardState.SKIPPED
    card.row.skip_reason = reason if reason in SKIP_REASONS else "other"
    card.row.decided_at = clock.now()
    audit.record(session, "card.skipped", actor=audit.USER, card=str(card_id), reason=card.row.skip_reason)
    return card


async def restore_card(session: AsyncSession, *, card_id: UUID) -> Card:
    """Undo a skip or a save."""
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state in (CardState.SKIPPED, CardState.SAVED):
        card.row.state = CardState.SHOWN
        card.row.skip_reason = None
        card.row.decided_at = None
        audit.record(session, "card.restored", actor=audit.USER, card=str(card_id))
    return card


async def save_card(session: AsyncSession, *, card_id: UUID, clock: Clock) -> Card:
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state in (CardState.NEW, CardState.SHOWN, CardState.SKIPPED):
        card.row.state = CardState.SAVED
        card.row.decided_at = clock.now()
        audit.record(session, "card.saved", actor=audit.USER, card=str(card_id))
    return card


async def purge_content(session: AsyncSession, *, clock: Clock) -> int:
    """Delete postings (text, vectors, scores that quote them) before they are 24 hours old; returns how many."""
    old: datetime = clock.now() - CONTENT_LIFE + PURGE_MARGIN
    result = await session.execute(delete(PostingRow).where(PostingRow.fetched_at <= old))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE's cursor result has it
