"""An approved action that may not leave just now: beyond a limit, or of a locked account. Nothing is sent, its person decides."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.errors import Conflict, NotFound
from core.jobs import Job, enqueue
from core.proposals.locking import refuse_locked
from core.proposals.models import Action, ActionState, Approval
from core.proposals.moves import may_move
from core.proposals.settling import DROPPED, reopen_card
from core.security import audit
from core.security.assurance import Act
from core.security.stepup.service import require, require_known_device

LOCKED = "locked"
"""`Action.problem` of one that was parked because its account was locked."""


def park(session: AsyncSession, action: Action, *, problem: str) -> None:
    """`problem` says why: LOCKED, or "limit_" and the limit's name."""
    if not may_move(ActionState(action.state), ActionState.PARKED):
        raise RuntimeError(f"an action cannot be parked from {action.state}")
    action.state = ActionState.PARKED
    action.problem = problem
    action.lease_until = None
    audit.record(session, "action.parked", action=str(action.id), problem=problem)


async def may_send(session: AsyncSession, *, action_id: UUID, by: str, clock: Clock) -> None:
    """What sending once more needs: an account that is not locked, and a session that has proven itself.

    Raises Locked, StepUpNeeded, NotFound.
    """
    await refuse_locked(session)
    await require_known_device(session, by=by, clock=clock)
    await require(session, Act.APPROVE, subject=str(action_id), by=by, clock=clock)


async def unpark(
    session: AsyncSession, *, action_id: UUID, by: str, clock: Clock, beyond: bool = False
) -> None:
    """Put a parked action back in line. It is measured again where it is claimed, unless `beyond` the limits was stepped up for.

    Raises Locked, StepUpNeeded, NotFound, and Conflict ("expired", "changed") when there is nothing parked any more.
    """
    await may_send(session, action_id=action_id, by=by, clock=clock)
    action = await session.scalar(select(Action).where(Action.id == action_id))
    if action is None:
        raise NotFound
    if beyond:
        approval = await session.get_one(Approval, (action.tenant_id, action.approval_id))
        await require(session, Act.APPROVE_BEYOND_LIMITS, subject=approval.payload_hash, by=by, clock=clock)
    back = await session.scalar(
        update(Action)
        .where(
            Action.id == action_id,
            Action.state == ActionState.PARKED,
            Action.expires_at > clock.now(),
        )
        .values(state=ActionState.APPROVED, problem=None, beyond_limits=beyond)
        .returning(Action.id)
    )
    if back is None:
        raise Conflict(reason="expired" if action.expires_at <= clock.now() else "changed")
    audit.record(session, "action.unparked", actor=audit.USER, action=str(action_id), beyond=beyond)
    await enqueue(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action_id)


async def drop_parked(session: AsyncSession, *, action_id: UUID, clock: Clock) -> bool:
    """Its person gives it up; the draft can be edited and approved again. False when it was not parked (any more)."""
    action = await session.scalar(
        update(Action)
        .where(Action.id == action_id, Action.state == ActionState.PARKED)
        .values(state=ActionState.REJECTED, problem=DROPPED, settled_at=clock.now())
        .returning(Action)
    )
    if action is None:
        return False
    await reopen_card(session, action)
    audit.record(session, "action.dropped", actor=audit.USER, action=str(action_id))
    return True
