"""Carrying out an approved action: claimed, then on the wire, then sent, and never a second time.

`on_wire` is committed before the first byte. From there no code sends again: an answer settles the action, anything else is
read back from Upwork's own side. Every update carries the attempt, so a worker that lost its lease changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AppError, LimitReached, NeedsReauth, Unavailable
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.approval import reopen_card
from core.proposals.models import Action, ActionKind, ActionState, Approval, Lane
from core.proposals.payload import Payload
from core.runtime import Runtime
from core.security import audit
from core.upwork import operations
from core.upwork.errors import BytesLeft, Refused
from core.upwork.requests import Answer

log = get_logger(__name__)

LEASE = timedelta(seconds=150)
"""Sending waits for its turn, maybe for a token, then for Upwork: a minute at the most. A worker must not be overtaken then."""

READBACK_DELAYS = (0.0, 30.0, 120.0, 600.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    action_id: UUID
    number: int
    payload: Payload


async def execute(rt: Runtime, notifier: Notifier, *, tenant_id: UUID, action_id: UUID) -> None:
    """Job.EXECUTE_ACTION. Raises Unavailable, LimitReached or NeedsReauth while nothing has left: safe to try again."""
    attempt = await _claim(rt, tenant_id=tenant_id, action_id=action_id)
    if attempt is None:
        return
    try:
        able_to = (await rt.upwork.account(tenant_id)).capabilities
        able = able_to.create_proposal if attempt.payload.kind is ActionKind.PROPOSAL else able_to.send_story
    except AppError:
        await _give_back(rt, tenant_id, attempt)
        raise
    if not able:
        await _hand_off(rt, tenant_id, attempt)
    elif await _go_on_wire(rt, tenant_id, attempt):
        await notifier.action(tenant_id, action_id)
        await _send(rt, tenant_id, attempt)
    await notifier.action(tenant_id, action_id)


async def _claim(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> Attempt | None:
    """Lease an approved action, or one whose worker died before anything left. Ends one that was left on the wire."""
    async with rt.db.begin(tenant_id) as session:
        action = await session.scalar(
            update(Action)
            .where(
                Action.id == action_id,
                (Action.state == ActionState.APPROVED)
                | ((Action.state == ActionState.CLAIMED) & (Action.lease_until < func.now())),
                Action.expires_at > rt.clock.now(),
            )
            .values(state=ActionState.CLAIMED, attempt=Action.attempt + 1, lease_until=func.now() + LEASE)
            .returning(Action)
        )
        if action is None:
            await _recover(session, action_id)
            return None
        approval = await session.get_one(Approval, (tenant_id, action.approval_id))
        keys = await rt.keys(session)
        payload = Payload.read(keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash)
        # A crash from here on is found by this item, when the lease is over.
        await enqueue(
            session, Job.EXECUTE_ACTION, tenant_id=tenant_id, ref=action_id, delay=LEASE.total_seconds() + 1
        )
        return Attempt(action_id, action.attempt, payload)


async def _recover(session: AsyncSession, action_id: UUID) -> None:
    """A worker died between the first byte and the answer: nobody sends again, somebody looks."""
    abandoned = await session.scalar(
        select(Action).where(
            Action.id == action_id, Action.state == ActionState.ON_WIRE, Action.lease_until < func.now()
        )
    )
    if abandoned is not None:
        await enqueue(session, Job.READ_BACK, tenant_id=abandoned.tenant_id, ref=abandoned.id)


async def _fenced(
    session: AsyncSession, attempt: Attempt, *, expected: ActionState, **values: object
) -> Action | None:
    action: Action | None = await session.scalar(
        update(Action)
        .where(Action.id == attempt.action_id, Action.attempt == attempt.number, Action.state == expected)
        .values(**values)
        .returning(Action)
    )
    return action


async def _give_back(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    async with rt.db.begin(tenant_id) as session:
        await _fenced(
            session, attempt, expected=ActionState.CLAIMED, state=ActionState.APPROVED, lease_until=None
        )


async def _go_on_wire(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> bool:
    async with rt.db.begin(tenant_id) as session:
        action = await _fenced(
            session,
            attempt,
            expected=ActionState.CLAIMED,
            state=ActionState.ON_WIRE,
            lane=Lane.GRAPHQL,
            on_wire_at=func.now(),
            lease_until=func.now() + LEASE,
        )
        if action is not None:
            audit.record(session, "action.on_wire", action=str(action.id), attempt=attempt.number)
        return action is not None


async def _send(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    payload = attempt.payload
    try:
        if payload.kind is ActionKind.PROPOSAL:
            if payload.bid is None:
                raise Refused(reason="no bid")  # build_payload never lets this through
            receipt = await operations.create_proposal(
                rt.upwork,
                tenant_id,
                job_id=payload.target,
                amount=payload.bid,
                cover_letter=payload.text,
                answers=[Answer(item.question, item.answer) for item in payload.answers],
            )
            remote_id = receipt.proposal_id
        else:
            remote_id = await operations.send_story(
                rt.upwork, tenant_id, room_id=payload.target, text=payload.text
            )
    except BytesLeft:
        log.warning("action.outcome_unknown", action_id=str(attempt.action_id))
        async with rt.db.begin(tenant_id) as session:
            await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=attempt.action_id)
    except Refused as refusal:
        await _reject(rt, tenant_id, attempt, problem=str(refusal.data.get("reason") or refusal.code)[:300])
    except (Unavailable, LimitReached, NeedsReauth):
        # Upwork's side executed nothing: back in line, the job's own retry decides when.
        async with rt.db.begin(tenant_id) as session:
            await _fenced(
                session,
                attempt,
                expected=ActionState.ON_WIRE,
                state=ActionState.APPROVED,
                lease_until=None,
                on_wire_at=None,
            )
        raise
    else:
        await settle_sent(rt, tenant_id=tenant_id, action_id=attempt.action_id, remote_id=remote_id)


async def _reject(rt: Runtime, tenant_id: UUID, attempt: Attempt, *, problem: str) -> None:
    async with rt.db.begin(tenant_id) as session:
        action = await _fenced(
            session,
            attempt,
            expected=ActionState.ON_WIRE,
            state=ActionState.REJECTED,
            problem=problem,
            settled_at=rt.clock.now(),
        )
        if action is not None:
            await reopen_card(session, action)
            audit.record(session, "action.rejected", action=str(action.id))


async def _hand_off(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    """This key cannot send: the person does it with prepared text, and Upwork's side confirms it later."""
    async with rt.db.begin(tenant_id) as session:
        action = await _fenced(
            session,
            attempt,
            expected=ActionState.CLAIMED,
            state=ActionState.HANDED_OFF,
            lane=Lane.HANDOFF,
            lease_until=None,
        )
        if action is not None:
            audit.record(session, "action.handed_off", action=str(action.id))


async def settle_sent(rt: Runtime, *, tenant_id: UUID, action_id: UUID, remote_id: str) -> bool:
    """Upwork has it. True when this call settled it; an action that was settled before stays as it is."""
    async with rt.db.begin(tenant_id) as session:
        action = await session.scalar(
            update(Action)
            .where(
                Action.id == action_id,
                Action.state.in_([ActionState.ON_WIRE, ActionState.NEEDS_HUMAN, ActionState.HANDED_OFF]),
            )
            .values(
                state=ActionState.SENT,
                remote_id=remote_id,
                settled_at=rt.clock.now(),
                lease_until=None,
                problem=None,
            )
            .returning(Action)
        )
        if action is None:
            return False
        audit.record(session, "action.sent", action=str(action_id), remote=remote_id)
        if action.kind == ActionKind.PROPOSAL:
            await enqueue(session, Job.SYNC_PROPOSALS, tenant_id=tenant_id, ref=tenant_id, delay=60)
        return True
