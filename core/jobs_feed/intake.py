"""From what Upwork returned to cards: stored once per user, recognised when put up again, scored, banded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, null, select, update
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.jobs import Job, enqueue
from core.jobs_feed import reposts
from core.jobs_feed.models import Band, CardState, JobCard, PostingRow, SeenPosting
from core.jobs_feed.posting import JobPosting
from core.jobs_feed.service import DIGEST_SECONDS, POSTING_JSON, REFUSED, posting_of
from core.learning.answers import NUMBERS
from core.matching.score import Score, dump_score

REPOST_WINDOW = timedelta(days=7)
RING_WINDOW = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored posting that waits for its score. `text_rank` is Postgres full-text's rank for the profile's words; None when it
    has none to look for, which says nothing about the posting.

    `twins` are Upwork's ids of other postings that are the same job; `repost` says that one of them came first.
    """

    posting_id: UUID
    posting: JobPosting
    search_ids: tuple[UUID, ...]
    backlog: bool
    vector: tuple[float, ...] | None
    text_rank: float | None
    repost: bool
    twins: tuple[str, ...] = ()


async def store_postings(
    session: AsyncSession,
    *,
    search_id: UUID,
    postings: Iterable[JobPosting],
    clock: Clock,
    backlog: bool = False,
) -> int:
    """Keep postings this user has not seen yet; returns how many wait for a score because of this call.

    What was seen before, a day or a week ago, is not stored again. One that another search's rules refused is weighed once more,
    for this search.
    """
    by_id = {posting.upwork_id: posting for posting in postings}
    known = set(await session.scalars(select(SeenPosting.upwork_id).where(SeenPosting.upwork_id.in_(by_id))))
    waiting = 0
    # In one order everywhere: two searches that store the same postings at once must not wait for each other.
    for upwork_id in sorted(by_id.keys() - known):
        if await _note_seen(session, by_id[upwork_id], clock):
            await _store(session, by_id[upwork_id], search_id, clock, backlog)
            waiting += 1
        else:
            known.add(upwork_id)
    waiting += await _found_again(session, sorted(known), search_id)
    if waiting:
        tenant_id = tenant_of(session)
        await enqueue(session, Job.SCORE_POSTINGS, tenant_id=tenant_id, ref=tenant_id)
    return waiting


async def _note_seen(session: AsyncSession, posting: JobPosting, clock: Clock) -> bool:
    mark = reposts.fingerprint(posting)
    added = await session.scalar(
        insert(SeenPosting)
        .values(
            tenant_id=tenant_of(session),
            id=uuid4(),
            upwork_id=posting.upwork_id,
            fingerprint=mark,
            bands=list(reposts.bands(mark)),
            published_at=posting.published_at,
            fetched_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_id"])
        .returning(SeenPosting.id)
    )
    return added is not None


async def _store(
    session: AsyncSession, posting: JobPosting, search_id: UUID, clock: Clock, backlog: bool
) -> None:
    session.add(
        PostingRow(
            tenant_id=tenant_of(session),
            id=uuid4(),
            upwork_id=posting.upwork_id,
            title=posting.title,
            description=posting.description,
            body=POSTING_JSON.dump_python(posting, mode="json"),
            search_ids=[search_id],
            backlog=backlog,
            fingerprint=reposts.fingerprint(posting),
            published_at=posting.published_at,
            fetched_at=clock.now(),
        )
    )
    await session.flush()


async def _found_again(session: AsyncSession, upwork_ids: list[str], search_id: UUID) -> int:
    """One search's rules are not another's: a posting without a card is open to every search that finds it."""
    if not upwork_ids:
        return 0
    asked = await session.scalars(
        update(PostingRow)
        .where(
            PostingRow.upwork_id.in_(upwork_ids),
            ~PostingRow.search_ids.contains([search_id]),
            PostingRow.score.is_(None) | PostingRow.score.has_key(REFUSED),
        )
        .values(search_ids=func.array_append(PostingRow.search_ids, search_id), score=null())
        .returning(PostingRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(asked.all())


async def unscored(
    session: AsyncSession, *, words: Sequence[str], clock: Clock, limit: int = 40
) -> list[Candidate]:
    """Postings without a score, oldest first. `words` are the profile's own, for the full-text rank."""
    query = func.to_tsquery("english", " | ".join(f"'{_quote(word)}'" for word in words))
    rank = func.ts_rank_cd(PostingRow.search_vector, query, 32)
    rows = (
        await session.execute(
            select(PostingRow, rank.label("rank"))
            .where(PostingRow.score.is_(None))
            .order_by(PostingRow.published_at)
            .limit(limit)
        )
    ).all()
    alike = await _alike(session, [row for row, _ in rows], clock)
    return [
        Candidate(
            posting_id=row.id,
            posting=posting_of(row),
            search_ids=tuple(row.search_ids),
            backlog=row.backlog,
            vector=None if row.embedding is None else tuple(float(value) for value in row.embedding),
            text_rank=float(text_rank or 0.0) if words else None,
            repost=any(twin.published_at < row.published_at for twin in alike[row.upwork_id]),
            twins=tuple(twin.upwork_id for twin in alike[row.upwork_id]),
        )
        for row, text_rank in rows
    ]


def _quote(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")


async def _alike(
    session: AsyncSession, rows: Collection[PostingRow], clock: Clock
) -> dict[str, list[SeenPosting]]:
    """For each posting those of the last week that are the same job; found by parts of their fingerprints."""
    wanted = {band for row in rows for band in reposts.bands(row.fingerprint)}
    if not wanted:
        return {}
    near = (
        await session.scalars(
            select(SeenPosting).where(
                SeenPosting.bands.overlap(array(sorted(wanted))),
                SeenPosting.fetched_at > clock.now() - REPOST_WINDOW,
            )
        )
    ).all()
    return {
        row.upwork_id: [
            seen
            for seen in near
            if seen.upwork_id != row.upwork_id and reposts.is_same_job(row.fingerprint, seen.fingerprint)
        ]
        for row in rows
    }


async def rung_lately(
    session: AsyncSession, *, search_ids: Collection[UUID], clock: Clock
) -> dict[UUID, int]:
    """How many cards of each search were given the loud band in the last hours."""
    rows = await session.execute(
        select(JobCard.search_id, func.count().label("cards"))
        .where(
            JobCard.search_id.in_(search_ids),
            JobCard.band == Band.INSTANT,
            JobCard.seen_at > clock.now() - RING_WINDOW,
        )
        .group_by(JobCard.search_id)
    )
    return {row.search_id: row.cards for row in rows}


async def store_score(
    session: AsyncSession,
    *,
    candidate: Candidate,
    search_id: UUID | None,
    score: Score | None,
    vector: Sequence[float] | None,
    band: Band,
    numbers: Mapping[str, float] | None = None,
) -> JobCard | None:
    """Write a posting's score and make its card: at most one per user and posting, and none for a job that has a card already.

    `score` None means that no search's rules let it pass: the posting is marked as looked at and nobody is told. `numbers` are
    what an answer to the card will teach.
    """
    tenant_id = tenant_of(session)
    row = await session.get(PostingRow, (tenant_id, candidate.posting_id), with_for_update=True)
    if row is None or row.score is not None:
        return None
    if score is None or search_id is None:
        # Another search may have found it meanwhile; then it is weighed again instead of being set aside.
        if set(row.search_ids) == set(candidate.search_ids):
            row.score = {REFUSED: True}
        return None
    row.score = dump_score(score)
    row.embedding = list(vector) if vector is not None else None
    if await _merge(session, candidate):
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
            facts=_facts(candidate.posting, numbers),
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
        await enqueue(session, Job.READ_POSTING, tenant_id=tenant_id, ref=card.id)
    elif card.band == Band.DIGEST:
        await enqueue(session, Job.DELIVER_DIGEST, tenant_id=tenant_id, ref=tenant_id, delay=DIGEST_SECONDS)
    return card


async def _merge(session: AsyncSession, candidate: Candidate) -> bool:
    """Count a repost on the card the job has already. False when it has none."""
    if not candidate.twins:
        return False
    shown = await session.scalar(
        select(JobCard.id)
        .where(JobCard.upwork_id.in_(candidate.twins))
        .order_by(JobCard.seen_at)
        .limit(1)
        .with_for_update()
    )
    if shown is None:
        return False
    await session.execute(update(JobCard).where(JobCard.id == shown).values(reposts=JobCard.reposts + 1))
    return True


def _facts(posting: JobPosting, numbers: Mapping[str, float] | None) -> dict[str, Any]:
    """What statistics need after the text is gone. No words of the posting's."""
    return {
        "contract": posting.contract,
        "pay": float(posting.hourly_max or posting.budget or 0) or None,
        "currency": posting.currency,
        "client_spent": float(posting.client.spent) if posting.client.spent is not None else None,
        NUMBERS: dict(numbers) if numbers else None,
    }
