"""What became of proposals on Upwork's side: confirms hand-offs and lost answers, and feeds the statistics."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import tenant_of
from core.notifications.notifier import Notifier
from core.proposals.execution import settle_sent
from core.proposals.models import Action, ActionKind, ActionState, ProposalOutcome
from core.runtime import Runtime
from core.upwork import operations
from core.upwork.views import ProposalView

_LOOK_BACK = timedelta(days=60)


async def sync_proposals(rt: Runtime, notifier: Notifier, *, tenant_id: UUID) -> int:
    """Job.SYNC_PROPOSALS: returns how many proposals Upwork lists."""
    proposals = await operations.list_proposals(rt.upwork, tenant_id, since=rt.clock.now() - _LOOK_BACK)
    by_job = {proposal.job_id: proposal for proposal in proposals if proposal.job_id}
    async with rt.db.begin(tenant_id) as session:
        waiting = (
            await session.scalars(
                select(Action).where(
                    Action.kind == ActionKind.PROPOSAL,
                    Action.state.in_([ActionState.HANDED_OFF, ActionState.NEEDS_HUMAN, ActionState.ON_WIRE]),
                    Action.target.in_(list(by_job)),
                )
            )
        ).all()
        for proposal in proposals:
            await _note(session, proposal)
    for action in waiting:
        proposal_id = by_job[action.target].proposal_id
        if await settle_sent(rt, tenant_id=tenant_id, action_id=action.id, remote_id=proposal_id):
            await notifier.action(tenant_id, action.id)
    return len(proposals)


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
