"""Finding out what became of an action whose answer never came, by asking Upwork's own side. Nothing is sent here."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import AppError, LimitReached, Unavailable
from core.jobs import Job, enqueue
from core.jobs_feed.posting import is_own
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.execution import settle_sent
from core.proposals.finding import find_remote
from core.proposals.models import Action, ActionState, Approval
from core.proposals.parking import may_send
from core.proposals.payload import Payload
from core.proposals.settling import DROPPED, reopen_card
from core.runtime import Runtime
from core.security import audit

log = get_logger(__name__)

DELAYS = (0.0, 30.0, 120.0, 600.0)
"""When to look, in seconds after the look before."""

TELL_AFTER = 2
"""Looks without finding it after which the person is told; a fresh proposal may take a moment to show."""

_LONGEST_PAUSE = 600.0
_GIVE_UP = timedelta(days=2)
_OPEN = (ActionState.ON_WIRE, ActionState.NEEDS_HUMAN, ActionState.HANDED_OFF)


async def read_back(rt: Runtime, notifier: Notifier, *, tenant_id: UUID, action_id: UUID) -> None:
    """Job.READ_BACK: at once, then after 30 s, 2 min and 10 min. Found means sent; not found means a person decides.

    "Not seen" is told from the second look on, but the looks go on: what shows up late still becomes sent. A look that Upwork
    did not answer says nothing and is made again.
    """
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is not None:
        try:
            remote_id = await find_remote(rt, *loaded)
        except AppError as error:
            log.info("readback.unanswered", action_id=str(action_id), error=error.code)
            await _unanswered(rt, tenant_id, action_id, error)
        else:
            if remote_id is None:
                await _not_found(rt, tenant_id, action_id)
            else:
                await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id)
    await notifier.action(tenant_id, action_id)


async def _load(rt: Runtime, tenant_id: UUID, action_id: UUID) -> tuple[Action, Payload] | None:
    """None when there is nothing to find out (any more), or when somebody is still sending it."""
    async with rt.db.begin(tenant_id) as session:
        action = await session.get(Action, (tenant_id, action_id))
        if action is None or action.state not in _OPEN:
            return None
        if action.state == ActionState.ON_WIRE and await _being_sent(session, action):
            # Not yet ours to judge: the one who sends it says how it went, or its lease ends.
            await enqueue(session, Job.EXECUTE_ACTION, tenant_id=tenant_id, ref=action_id)
            return None
        approval = await session.get_one(Approval, (tenant_id, action.approval_id))
        keys = await rt.keys(session)
        return action, Payload.read(
            keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash
        )


async def _being_sent(session: AsyncSession, action: Action) -> bool:
    return action.lease_until is not None and action.lease_until > await _db_now(session)


async def _db_now(session: AsyncSession) -> datetime:
    """Leases and the moment of leaving are in the database's time."""
    return (await session.scalars(select(func.now()))).one()


async def _not_found(rt: Runtime, tenant_id: UUID, action_id: UUID) -> None:
    async with rt.db.begin(tenant_id) as session:
        row = await session.get_one(Action, (tenant_id, action_id), with_for_update=True)
        if row.state not in _OPEN:
            return
        row.readbacks += 1
        if row.readbacks < len(DELAYS):
            delay = DELAYS[row.readbacks]
            await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=action_id, delay=delay)
        if row.readbacks >= TELL_AFTER:
            _needs_human(session, row)


async def _unanswered(rt: Runtime, tenant_id: UUID, action_id: UUID, error: AppError) -> None:
    pause = error.retry_after if isinstance(error, Unavailable | LimitReached) else _LONGEST_PAUSE
    async with rt.db.begin(tenant_id) as session:
        row = await session.get_one(Action, (tenant_id, action_id), with_for_update=True)
        if row.state not in _OPEN or rt.clock.now() - row.approved_at > _GIVE_UP:
            return
        delay = min(_LONGEST_PAUSE, max(DELAYS[1], pause))
        await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=action_id, delay=delay)
        if row.on_wire_at and await _db_now(session) - row.on_wire_at >= timedelta(seconds=DELAYS[1]):
            _needs_human(session, row)


def _needs_human(session: AsyncSession, row: Action) -> None:
    if row.state == ActionState.ON_WIRE:
        row.state = ActionState.NEEDS_HUMAN
        audit.record(session, "action.needs_human", action=str(row.id))


async def look_once(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> bool:
    """A person asks whether Upwork has it by now. True when it is settled as sent. Raises when Upwork does not answer."""
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None:
        return False
    if is_own(loaded[1].target):
        # Only its person can know, so their word is taken.
        return await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id="")
    if loaded[0].state == ActionState.HANDED_OFF:
        # It was handed over because the key could not send it; by now it may.
        async with rt.db.begin(tenant_id) as session:
            await enqueue(session, Job.PROBE_ACCOUNT, tenant_id=tenant_id, ref=tenant_id)
    remote_id = await find_remote(rt, *loaded)
    return remote_id is not None and await settle_sent(
        rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id
    )


async def resend(rt: Runtime, *, tenant_id: UUID, action_id: UUID, by: str) -> bool:
    """A person asks to send again what was not confirmed. Looks once more first; True when it goes out again.

    Raises whatever the look raises: without an answer from Upwork nothing is sent a second time. `by` is the session that asks;
    raises Locked and StepUpNeeded as an approval does.
    """
    async with rt.db.begin(tenant_id) as session:
        await may_send(session, action_id=action_id, by=by, clock=rt.clock)
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None or loaded[0].state != ActionState.NEEDS_HUMAN:
        return False
    action, payload = loaded
    remote_id = await find_remote(rt, action, payload)
    if remote_id is not None:
        await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id)
        return False
    if not payload.complete:
        return False
    async with rt.db.begin(tenant_id) as session:
        await may_send(session, action_id=action_id, by=by, clock=rt.clock)
        again = await session.scalar(
            update(Action)
            .where(
                Action.id == action_id,
                Action.state == ActionState.NEEDS_HUMAN,
                Action.attempt == action.attempt,
                Action.expires_at > rt.clock.now(),
            )
            .values(state=ActionState.APPROVED, on_wire_at=None, lease_until=None, readbacks=0)
            .returning(Action.id)
        )
        if again is None:
            return False
        audit.record(session, "action.resend_asked", actor=audit.USER, action=str(action_id))
        await enqueue(session, Job.EXECUTE_ACTION, tenant_id=tenant_id, ref=action_id)
        return True


async def drop(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> bool:
    """A person gives up on an unconfirmed or handed-off action. False when there is nothing to give up.

    Upwork is asked once more if it answers: what is there was sent, whatever the person thought.
    """
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None or loaded[0].state == ActionState.ON_WIRE:
        return False
    try:
        remote_id = await find_remote(rt, *loaded)
    except AppError as error:
        log.info("readback.unanswered", action_id=str(action_id), error=error.code)
        remote_id = None
    if remote_id is not None:
        await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id)
        return False
    async with rt.db.begin(tenant_id) as session:
        action = await session.scalar(
            select(Action)
            .where(
                Action.id == action_id, Action.state.in_([ActionState.NEEDS_HUMAN, ActionState.HANDED_OFF])
            )
            .with_for_update()
        )
        if action is None:
            return False
        action.state = ActionState.REJECTED
        action.settled_at = rt.clock.now()
        action.problem = DROPPED
        await reopen_card(session, action)
        audit.record(session, "action.dropped", actor=audit.USER, action=str(action_id))
        return True
