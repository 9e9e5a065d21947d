"""Carrying out an approved action: claimed, then on the wire, then sent, and never a second time.

The row says `on_wire` before anything is transmitted. From there no code sends again: an answer settles the action, anything
else is looked up on Upwork's own side. A worker that lost its lease holds an old attempt number and so changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, extract, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.errors import LimitReached, NeedsReauth, Unavailable
from core.failpoints import reach
from core.jobs import Job, enqueue, has_item
from core.jobs_feed.posting import is_own
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.finding import find_remote, same_text
from core.proposals.locking import hold_unlocked
from core.proposals.models import Action, ActionKind, ActionState, Approval, Lane
from core.proposals.moves import may_move
from core.proposals.parking import LOCKED, park
from core.proposals.payload import Payload
from core.proposals.settling import DROPPED, mark_sent, reopen_card
from core.proposals.spending import connects_of, over_limit
from core.runtime import Runtime
from core.security import audit
from core.upwork import capabilities, operations
from core.upwork.client import DEADLINE_SECONDS
from core.upwork.errors import BytesLeft, MissingScope, Refused
from core.upwork.requests import Answer
from core.upwork.views import Priority

log = get_logger(__name__)

SEND_SECONDS = 75.0
"""The most one attempt may take: waiting for its turn, maybe for a token, then for Upwork, maybe twice."""

LEASE = timedelta(seconds=90)
"""Longer than an attempt may take, so that a worker that is still sending is never overtaken."""

_TELL_SECONDS = 5.0


def check_times(*, lease: timedelta, attempt: float, deadline: float) -> None:
    """Refuse times under which two workers could be sending the same action. Raises SystemExit saying which.

    `attempt` is the longest one attempt may take, `deadline` that of one request; seconds.
    """
    if lease.total_seconds() < 3 * deadline:
        raise SystemExit(
            f"An action's lease of {lease.total_seconds():g} s is shorter than three times the {deadline:g} s that Upwork "
            "may take to answer. Raise LEASE or lower DEADLINE_SECONDS."
        )
    if attempt >= lease.total_seconds():
        raise SystemExit(
            f"An attempt of {attempt:g} s outlives its lease of {lease.total_seconds():g} s. Lower SEND_SECONDS or raise LEASE."
        )


def check_own_times() -> None:
    """Called when a worker starts."""
    check_times(lease=LEASE, attempt=SEND_SECONDS, deadline=DEADLINE_SECONDS)


@dataclass(frozen=True, slots=True)
class Attempt:
    action_id: UUID
    number: int
    payload: Payload


async def execute(rt: Runtime, notifier: Notifier, *, tenant_id: UUID, action_id: UUID) -> None:
    """Job.EXECUTE_ACTION: carry an action one step on and show its card as it is now.

    Raises Unavailable, LimitReached or NeedsReauth while nothing has left or when the card could not be shown: safe to repeat.
    """
    attempt = await _claim(rt, tenant_id=tenant_id, action_id=action_id)
    if attempt is not None:
        await _carry_out(rt, notifier, tenant_id, attempt)
    # Also for an action that somebody else settled: whoever did may have died before the card was redrawn.
    await notifier.action(tenant_id, action_id)
    reach("after_card_edit")


async def _carry_out(rt: Runtime, notifier: Notifier, tenant_id: UUID, attempt: Attempt) -> None:
    try:
        reach("after_claim")
        if await _there_already(rt, tenant_id, attempt):
            return
        leaves = await _put_on_wire(rt, tenant_id, attempt)
    except (Exception, asyncio.CancelledError):
        await asyncio.shield(_nothing_left(rt, tenant_id, attempt))
        raise
    if not leaves:
        return
    # Telegram may be slow; it must not keep an action from leaving, and never undo one that left.
    telling = asyncio.ensure_future(_tell(notifier, tenant_id, attempt.action_id))
    try:
        await _send(rt, tenant_id, attempt)
    finally:
        await telling


async def _tell(notifier: Notifier, tenant_id: UUID, action_id: UUID) -> None:
    try:
        async with asyncio.timeout(_TELL_SECONDS):
            await notifier.action(tenant_id, action_id)
    except Exception as error:  # noqa: BLE001 - this is a courtesy; the final state is told by the job itself
        log.warning("action.not_told", action_id=str(action_id), error=type(error).__name__)


async def _claim(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> Attempt | None:
    """Lease an approved action, or one whose worker died before anything left. Others are left to whom they belong."""
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
            await _look_after(session, action_id)
            return None
        approval = await session.get_one(Approval, (tenant_id, action.approval_id))
        keys = await rt.keys(session)
        payload = Payload.read(keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash)
        if await _parked(session, action, payload, rt.clock):
            return None
        audit.record(session, "action.claimed", action=str(action_id), attempt=action.attempt)
        await session.flush()
        reach("before_claim_commit")
        return Attempt(action_id, action.attempt, payload)


async def _parked(session: AsyncSession, action: Action, payload: Payload, clock: Clock) -> bool:
    """Whether the account is locked or the limits leave no room: then nothing is sent, and its person is asked.

    The limits may have been lowered since the approval, and others may have been quicker.
    """
    if await hold_unlocked(session):
        limit = None
        if not action.beyond_limits:
            limit = await over_limit(session, payload, clock=clock, claimed_by=action.id)
        if limit is None:
            action.spent_at, action.connects = clock.now(), connects_of(payload)
            return False
        park(session, action, problem=f"limit_{limit.value}")
    else:
        park(session, action, problem=LOCKED)
    return True


async def _look_after(session: AsyncSession, action_id: UUID) -> None:
    """One that another worker leased is looked at again when that lease is over; one it left on the wire is read back."""
    left = extract("epoch", Action.lease_until - func.now())
    row = (
        await session.execute(
            select(Action, left.label("left"))
            .where(Action.id == action_id, Action.state.in_([ActionState.CLAIMED, ActionState.ON_WIRE]))
            .with_for_update(of=Action)
        )
    ).one_or_none()
    if row is None or row.left is None:
        return
    action: Action = row.Action
    if row.left > 0:
        delay = float(row.left) + 1.0
        await enqueue(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action_id, delay=delay)
    elif action.state == ActionState.ON_WIRE:
        action.lease_until = None
        await enqueue(session, Job.READ_BACK, tenant_id=action.tenant_id, ref=action_id)


async def _move(
    rt: Runtime, tenant_id: UUID, attempt: Attempt, before: ActionState, after: ActionState, **values: object
) -> bool:
    """Change our own attempt's state. False when it is no longer ours."""
    async with rt.db.begin(tenant_id) as session:
        return await _moved(session, attempt, before, after, **values) is not None


async def _moved(
    session: AsyncSession, attempt: Attempt, before: ActionState, after: ActionState, **values: object
) -> Action | None:
    if not may_move(before, after):
        raise RuntimeError(f"an action cannot go from {before} to {after}")
    action: Action | None = await session.scalar(
        update(Action)
        .where(Action.id == attempt.action_id, Action.attempt == attempt.number, Action.state == before)
        .values(state=after, **values)
        .returning(Action)
    )
    if action is not None:
        event = "given_back" if after is ActionState.APPROVED else after.value
        audit.record(session, f"action.{event}", action=str(action.id), attempt=attempt.number)
    return action


async def _nothing_left(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    """Back in line at once, whatever kept this attempt from sending."""
    for before in (ActionState.CLAIMED, ActionState.ON_WIRE):
        await _move(rt, tenant_id, attempt, before, ActionState.APPROVED, lease_until=None, on_wire_at=None)


async def _there_already(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> bool:
    """An earlier action left with the same words and was given up unconfirmed: if Upwork has it, this one is settled with it.

    Raises when Upwork does not answer: without a look nothing goes out a second time.
    """
    for earlier in await _unconfirmed_before(rt, tenant_id, attempt):
        remote_id = await find_remote(rt, earlier, attempt.payload)
        if remote_id is not None:
            await settle_sent(rt, tenant_id=tenant_id, action_id=attempt.action_id, remote_id=remote_id)
            return True
    return False


async def _unconfirmed_before(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> list[Action]:
    """Actions for the same target whose bytes may have left and of which Upwork said neither yes nor no, oldest first."""
    wanted = attempt.payload
    async with rt.db.begin(tenant_id) as session:
        rows = await session.execute(
            select(Action, Approval)
            .join(Approval, and_(Approval.tenant_id == Action.tenant_id, Approval.id == Action.approval_id))
            .where(
                Action.id != attempt.action_id,
                Action.kind == wanted.kind,
                Action.target == wanted.target,
                Action.on_wire_at.is_not(None),
                Action.state.in_([ActionState.ON_WIRE, ActionState.NEEDS_HUMAN, ActionState.EXPIRED])
                | ((Action.state == ActionState.REJECTED) & (Action.problem == DROPPED)),
            )
            .order_by(Action.on_wire_at)
        )
        keys = await rt.keys(session)
        return [
            row.Action
            for row in rows
            if wanted.kind is ActionKind.PROPOSAL or same_text(_text_of(keys, row.Approval), wanted.text)
        ]


def _text_of(keys: TenantKeys, approval: Approval) -> str:
    return Payload.read(keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash).text


async def _put_on_wire(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> bool:
    """True when the action is ours to send now; False when it was handed to the person, or is no longer ours."""
    by_hand = is_own(attempt.payload.target)
    if by_hand or not await _able(rt, tenant_id, attempt.payload.kind):
        await _move(
            rt,
            tenant_id,
            attempt,
            ActionState.CLAIMED,
            ActionState.HANDED_OFF,
            lane=Lane.HANDOFF,
            lease_until=None,
        )
        return False
    async with rt.db.begin(tenant_id) as session:
        # A lock that comes a moment later waits for this transaction, and finds the action already leaving.
        unlocked = await hold_unlocked(session)
        if unlocked:
            action = await _moved(
                session,
                attempt,
                ActionState.CLAIMED,
                ActionState.ON_WIRE,
                lane=Lane.GRAPHQL,
                on_wire_at=func.now(),
                lease_until=func.now() + LEASE,
            )
        else:
            action = await _moved(
                session,
                attempt,
                ActionState.CLAIMED,
                ActionState.PARKED,
                problem=LOCKED,
                lease_until=None,
            )
    reach("after_on_wire_commit")
    return unlocked and action is not None


async def _able(rt: Runtime, tenant_id: UUID, kind: ActionKind) -> bool:
    """Whether this account's key can send this. Asked of Upwork itself when nobody did since it was linked."""
    known = (await rt.upwork.account(tenant_id)).capabilities
    able = known.create_proposal if kind is ActionKind.PROPOSAL else known.send_story
    if able or known.probed_at is not None or known.dropped_fields:
        return able
    known = await capabilities.probe(rt.upwork, tenant_id, priority=Priority.PERSON)
    return known.create_proposal if kind is ActionKind.PROPOSAL else known.send_story


async def _send(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    try:
        remote_id = await _transmit(rt, tenant_id, attempt.payload)
        reach("after_response")
    except MissingScope:
        await _move(
            rt,
            tenant_id,
            attempt,
            ActionState.ON_WIRE,
            ActionState.HANDED_OFF,
            lane=Lane.HANDOFF,
            lease_until=None,
            on_wire_at=None,
        )
    except Refused as refusal:
        await _reject(rt, tenant_id, attempt, problem=str(refusal.data.get("reason") or refusal.code)[:300])
    except (Unavailable, LimitReached, NeedsReauth):
        # Upwork's side executed nothing: back in line, the job's own retry decides when.
        await _nothing_left(rt, tenant_id, attempt)
        raise
    except (Exception, asyncio.CancelledError) as error:
        # BytesLeft, a worker told to stop, a bug of ours: bytes may have left, so nobody sends again and somebody looks.
        await asyncio.shield(_ask_read_back(rt, tenant_id, attempt))
        if not isinstance(error, BytesLeft):
            raise
        log.warning("action.outcome_unknown", action_id=str(attempt.action_id))
    else:
        await settle_sent(rt, tenant_id=tenant_id, action_id=attempt.action_id, remote_id=remote_id)
        reach("after_sent_commit")


async def _transmit(rt: Runtime, tenant_id: UUID, payload: Payload) -> str:
    """Upwork's id of what was sent."""
    if payload.kind is ActionKind.REPLY:
        return await operations.send_story(rt.upwork, tenant_id, room_id=payload.target, text=payload.text)
    if payload.bid is None or not payload.complete:
        raise Refused(reason="incomplete")  # build_payload never lets this through
    receipt = await operations.create_proposal(
        rt.upwork,
        tenant_id,
        job_id=payload.target,
        amount=payload.bid,
        cover_letter=payload.text,
        answers=[Answer(item.question, item.answer) for item in payload.answers],
    )
    return receipt.proposal_id


async def _ask_read_back(rt: Runtime, tenant_id: UUID, attempt: Attempt) -> None:
    """Say that nobody is sending any more, and have Upwork asked what it got."""
    async with rt.db.begin(tenant_id) as session:
        ours = await session.scalar(
            update(Action)
            .where(
                Action.id == attempt.action_id,
                Action.attempt == attempt.number,
                Action.state == ActionState.ON_WIRE,
            )
            .values(lease_until=None)
            .returning(Action.id)
        )
        if ours is not None:
            await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=attempt.action_id)


async def _reject(rt: Runtime, tenant_id: UUID, attempt: Attempt, *, problem: str) -> None:
    async with rt.db.begin(tenant_id) as session:
        action = await _moved(
            session,
            attempt,
            ActionState.ON_WIRE,
            ActionState.REJECTED,
            problem=problem,
            lease_until=None,
            settled_at=rt.clock.now(),
        )
        if action is not None:
            await reopen_card(session, action)


async def settle_sent(rt: Runtime, *, tenant_id: UUID, action_id: UUID, remote_id: str) -> bool:
    """Upwork has it. True when this call settled it; an action that was settled before stays as it is."""
    async with rt.db.begin(tenant_id) as session:
        return await mark_sent(session, action_id=action_id, remote_id=remote_id, clock=rt.clock)


async def ring_forgotten(session: AsyncSession) -> int:
    """Ask again for actions that should be on their way and that no work item speaks of; returns how many.

    Nothing in this program leaves one behind; a restored backup, or a work item deleted by hand, can.
    """
    waiting = (
        await session.scalars(
            select(Action).where(
                (Action.state == ActionState.APPROVED)
                | (
                    Action.state.in_([ActionState.CLAIMED, ActionState.ON_WIRE])
                    & (Action.lease_until < func.now())
                )
            )
        )
    ).all()
    asked = 0
    for action in waiting:
        if not await has_item(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action.id):
            await enqueue(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action.id)
            asked += 1
    return asked
