"""What an action's end means for its draft and its card."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.drafting.models import DraftState
from core.drafting.service import get_draft
from core.jobs import Job, enqueue
from core.jobs_feed.models import CardState
from core.jobs_feed.posting import is_own
from core.jobs_feed.service import get_card
from core.proposals.models import Action, ActionKind, ActionState, Lane
from core.proposals.moves import states_before
from core.security import audit

DROPPED = "dropped"
"""`Action.problem` of one that its person gave up on."""


async def mark_sent(session: AsyncSession, *, action_id: UUID, remote_id: str, clock: Clock) -> bool:
    """Upwork has it. True when this settled the action.

    What was dropped, or handed over and then expired, becomes sent as well when it turns up; what Upwork refused does not, and
    neither does one whose job has a newer action under way.
    """
    action = await session.scalar(
        select(Action)
        .where(Action.id == action_id, Action.state.in_(states_before(ActionState.SENT)))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if action is None or not _may_still_be_sent(action):
        return False
    try:
        async with session.begin_nested():
            action.state = ActionState.SENT
            action.remote_id = remote_id
            action.settled_at = clock.now()
            action.lease_until = action.problem = None
    except IntegrityError:
        return False
    await _close_card(session, action)
    audit.record(session, "action.sent", action=str(action_id), remote=remote_id)
    if action.kind == ActionKind.PROPOSAL and not is_own(action.target):
        await enqueue(session, Job.SYNC_PROPOSALS, tenant_id=action.tenant_id, ref=action.tenant_id, delay=60)
    return True


def _may_still_be_sent(action: Action) -> bool:
    if action.state == ActionState.REJECTED:
        return action.problem == DROPPED
    return action.state != ActionState.EXPIRED or action.lane == Lane.HANDOFF


async def reopen_card(session: AsyncSession, action: Action) -> None:
    """Nothing was sent: the draft can be edited and approved again, and the card says so."""
    draft = await get_draft(session, draft_id=action.draft_id, lock=True)
    if draft.state == DraftState.APPROVED:
        draft.state = DraftState.READY
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id, lock=True)
        if card.row.state == CardState.APPLIED:
            card.row.state = CardState.DRAFTING


async def _close_card(session: AsyncSession, action: Action) -> None:
    """The other way round, for what turned up after all."""
    draft = await get_draft(session, draft_id=action.draft_id, lock=True)
    if draft.state == DraftState.READY:
        draft.state = DraftState.APPROVED
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id, lock=True)
        card.row.state = CardState.APPLIED
