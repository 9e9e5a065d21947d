"""The user's own numbers: from postings seen to contracts, counted from rows that hold no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import llm_spent
from core.clock import Clock
from core.drafting.models import Draft, DraftKind
from core.jobs_feed.models import Band, CardState, JobCard
from core.messaging.models import Direction, Room, Story
from core.proposals.models import Action, ActionKind, ActionState, ProposalOutcome


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts over the last `days`. `reply_rate` is replied / sent, None before the first; `delay` is the median of seconds
    between seeing a posting and delivering its card, of those cards that are delivered at once.

    `skip_reasons` counts cards by the reason given; `cost` is US dollars spent on language models.
    """

    days: int
    cards: int
    shown: int
    skipped: int
    drafted: int
    sent: int
    viewed: int
    replied: int
    hired: int
    replies_sent: int
    delay: float | None
    cost: float
    skip_reasons: dict[str, int]
    by_search: dict[UUID, tuple[int, int]]

    @property
    def reply_rate(self) -> float | None:
        return self.replied / self.sent if self.sent else None


async def load_funnel(session: AsyncSession, *, clock: Clock, days: int = 30) -> Funnel:
    """Count everything of this tenant since `days` ago."""
    since = clock.now() - timedelta(days=days)
    cards = (await session.scalars(select(JobCard).where(JobCard.seen_at >= since))).all()
    sent = (
        await session.scalars(
            select(Action).where(Action.state == ActionState.SENT, Action.settled_at >= since)
        )
    ).all()
    proposals = [action for action in sent if action.kind == ActionKind.PROPOSAL]
    written = await last_words(session, since)
    answered = {
        action.target for action in proposals if written.get(action.target, since) > action.approved_at
    }
    outcomes = {row.upwork_proposal_id: row for row in await session.scalars(select(ProposalOutcome))}
    mine = [outcomes[action.remote_id] for action in proposals if action.remote_id in outcomes]
    delays = [
        (card.delivered_at - card.seen_at).total_seconds()
        for card in cards
        if card.delivered_at is not None and card.band == Band.INSTANT
    ]
    reasons: dict[str, int] = {}
    for card in cards:
        if card.skip_reason:
            reasons[card.skip_reason] = reasons.get(card.skip_reason, 0) + 1
    search_of = {card.upwork_id: card.search_id for card in cards}
    by_search: dict[UUID, tuple[int, int]] = {}
    for action in proposals:
        if (search_id := search_of.get(action.target)) is not None:
            total, replied = by_search.get(search_id, (0, 0))
            by_search[search_id] = (total + 1, replied + (action.target in answered))
    return Funnel(
        days=days,
        cards=len(cards),
        shown=sum(card.delivered_at is not None for card in cards),
        skipped=sum(card.state == CardState.SKIPPED for card in cards),
        drafted=await _count_drafts(session, since),
        sent=len(proposals),
        viewed=sum(outcome.viewed for outcome in mine),
        replied=len(answered),
        hired=sum(outcome.status == "hired" for outcome in mine),
        replies_sent=len(sent) - len(proposals),
        delay=median(delays) if delays else None,
        cost=float(await llm_spent(session, since)),
        skip_reasons=dict(sorted(reasons.items(), key=lambda item: -item[1])),
        by_search=by_search,
    )


async def last_words(session: AsyncSession, since: datetime) -> dict[str, datetime]:
    """When each job's client wrote last. An invitation came before the proposal and is no answer to it."""
    rows = await session.execute(
        select(Room.upwork_job_id, func.max(Story.written_at).label("at"))
        .join(Story, (Story.tenant_id == Room.tenant_id) & (Story.room_id == Room.id))
        .where(Story.direction == Direction.IN, Story.written_at >= since, Room.upwork_job_id.is_not(None))
        .group_by(Room.upwork_job_id)
    )
    return {row.upwork_job_id: row.at for row in rows}


async def _count_drafts(session: AsyncSession, since: datetime) -> int:
    drafted = (
        select(func.count())
        .select_from(Draft)
        .where(Draft.kind == DraftKind.PROPOSAL, Draft.created_at >= since)
    )
    return int(await session.scalar(drafted) or 0)
