"""What became of proposals on Upwork's side: confirms hand-offs and lost answers, and feeds the statistics."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.models import Action, ActionKind, ActionState, Lane, ProposalOutcome
from core.proposals.settling import DROPPED, mark_sent
from core.runtime import Runtime
from core.upwork import operations
from core.upwork.views import ProposalStatus, ProposalView

log = get_logger(__name__)

LOOK_BACK = timedelta(days=60)
_LATE = timedelta(days=3)


async def sync_proposals(rt: Runtime, notifier: Notifier, *, tenant_id: UUID) -> int:
    """Job.SYNC_PROPOSALS: returns how many proposals Upwork lists. Asks nothing while there is nothing to learn about."""
    now = rt.clock.now()
    async with rt.db.begin(tenant_id) as session:
        if not await _interested(session, rt.clock):
            return 0
    proposals = await operations.list_proposals(rt.upwork, tenant_id, since=now - LOOK_BACK)
    # A withdrawn proposal is not what an action is waiting for: the job may have a newer one.
    by_job = {
        proposal.job_id: proposal
        for proposal in proposals
        if proposal.job_id and proposal.status is not ProposalStatus.WITHDRAWN
    }
    settled = []
    async with rt.db.begin(tenant_id) as session:
        for proposal in proposals:
            await _note(session, proposal)
        for action in await _waiting(session, by_job.keys(), rt.clock):
            proposal = by_job[action.target]
            if await mark_sent(session, action_id=action.id, remote_id=proposal.proposal_id, clock=rt.clock):
                # Should the card not be redrawn below, this job does it.
                await enqueue(session, Job.EXECUTE_ACTION, tenant_id=tenant_id, ref=action.id)
                settled.append(action.id)
    for action_id in settled:
        await notifier.action(tenant_id, action_id)
    return len(proposals)


async def _interested(session: AsyncSession, clock: Clock) -> bool:
    """A person who sent nothing for two months has nothing to be told; a look costs a request per status."""
    recent = await session.scalar(
        select(Action.id)
        .where(Action.kind == ActionKind.PROPOSAL, Action.approved_at > clock.now() - LOOK_BACK)
        .limit(1)
    )
    return recent is not None


async def _waiting(session: AsyncSession, targets: Collection[str], clock: Clock) -> list[Action]:
    """Actions that a proposal on Upwork's side would settle, dropped and expired ones of the last days included."""
    late = clock.now() - _LATE
    found = await session.scalars(
        select(Action).where(
            Action.kind == ActionKind.PROPOSAL,
            Action.target.in_(targets),
            or_(
                Action.state.in_([ActionState.HANDED_OFF, ActionState.NEEDS_HUMAN]),
                and_(Action.state == ActionState.ON_WIRE, Action.lease_until.is_(None)),
                and_(
                    Action.state == ActionState.EXPIRED,
                    Action.lane == Lane.HANDOFF,
                    Action.settled_at > late,
                ),
                and_(
                    Action.state == ActionState.REJECTED,
                    Action.problem == DROPPED,
                    Action.settled_at > late,
                ),
            ),
        )
    )
    return list(found)


async def look_for_replies(session: AsyncSession, *, upwork_room_id: str) -> None:
    """The person wrote in this room on Upwork itself: maybe what they were handed, or what was not confirmed."""
    waiting = await session.scalars(
        select(Action.id).where(
            Action.kind == ActionKind.REPLY,
            Action.target == upwork_room_id,
            Action.state.in_([ActionState.HANDED_OFF, ActionState.NEEDS_HUMAN]),
        )
    )
    for action_id in waiting:
        await enqueue(session, Job.READ_BACK, tenant_id=tenant_of(session), ref=action_id)


async def _note(session: AsyncSession, proposal: ProposalView) -> None:
    values = {
        "status": proposal.status.value,
        "upwork_job_id": proposal.job_id,
        "viewed": bool(proposal.viewed_by_client),
        "changed_at": proposal.modified_at or proposal.created_at,
    }
    await session.execute(
        insert(ProposalOutcome)
        .values(tenant_id=tenant_of(session), upwork_proposal_id=proposal.proposal_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "upwork_proposal_id"], set_=values)
    )
