"""What became of each proposal that was sent, draft by draft: whether its client wrote back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.analytics.rates import Tally
from core.clock import Clock
from core.messaging.models import Direction, Room, Story
from core.proposals.models import Action, ActionKind, ActionState

SETTLE = timedelta(days=7)
"""A proposal this old without an answer counts as unanswered. Counting earlier would punish whatever was sent last, and counting
answers before silence could be known would flatter it, so both wait."""


async def load_outcomes(session: AsyncSession, *, clock: Clock) -> dict[UUID, bool | None]:
    """By draft: True for a client who wrote after the approval, False for silence, None while it is too early to tell."""
    actions = (
        await session.scalars(
            select(Action).where(Action.kind == ActionKind.PROPOSAL, Action.state == ActionState.SENT)
        )
    ).all()
    heard = await _last_words(session)
    before = clock.now() - SETTLE
    return {
        action.draft_id: None
        if (action.settled_at or action.approved_at) > before
        else (action.target in heard and heard[action.target] > action.approved_at)
        for action in actions
    }


def tally(drafts: Iterable[UUID], outcomes: Mapping[UUID, bool | None]) -> Tally:
    """Count these drafts; those that were never sent count nowhere."""
    found = Tally()
    for draft_id in drafts:
        if draft_id not in outcomes:
            continue
        outcome = outcomes[draft_id]
        if outcome is None:
            found = replace(found, waiting=found.waiting + 1)
        else:
            found = replace(found, n=found.n + 1, hits=found.hits + outcome)
    return found


async def _last_words(session: AsyncSession) -> dict[str, datetime]:
    rows = await session.execute(
        select(Room.upwork_job_id, func.max(Story.written_at).label("at"))
        .join(Story, (Story.tenant_id == Room.tenant_id) & (Story.room_id == Room.id))
        .where(Story.direction == Direction.IN, Room.upwork_job_id.is_not(None))
        .group_by(Room.upwork_job_id)
    )
    return {row.upwork_job_id: row.at for row in rows}
