"""Finding out what became of an action whose answer never came, by asking Upwork's own side. Nothing is sent here."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from core.errors import AppError
from core.jobs import Job, enqueue
from core.log import get_logger
from core.notifications.notifier import Notifier
from core.proposals.approval import reopen_card
from core.proposals.execution import READBACK_DELAYS, settle_sent
from core.proposals.models import Action, ActionKind, ActionState, Approval
from core.proposals.payload import Payload
from core.runtime import Runtime
from core.security import audit
from core.upwork import operations
from core.upwork.views import Priority

log = get_logger(__name__)

_CLOCK_SKEW = timedelta(seconds=60)
_OPEN = (ActionState.ON_WIRE, ActionState.NEEDS_HUMAN, ActionState.HANDED_OFF)


async def read_back(rt: Runtime, notifier: Notifier, *, tenant_id: UUID, action_id: UUID) -> None:
    """Job.READ_BACK: at once, then after 30 s, 2 min and 10 min. Found means sent; not found means a person decides.

    "Not seen" is told from the second look on, but the looks go on: what shows up late still becomes sent.
    """
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None:
        return
    action, payload = loaded
    try:
        remote_id = await find_remote(rt, action, payload)
    except AppError as error:
        log.info("readback.unavailable", action_id=str(action_id), error=error.code)
        remote_id = None
    if remote_id is not None:
        await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id)
        await notifier.action(tenant_id, action_id)
        return
    async with rt.db.begin(tenant_id) as session:
        row = await session.get_one(Action, (tenant_id, action_id), with_for_update=True)
        if row.state not in _OPEN:
            return
        row.readbacks += 1
        if row.readbacks < len(READBACK_DELAYS):
            delay = READBACK_DELAYS[row.readbacks]
            await enqueue(session, Job.READ_BACK, tenant_id=tenant_id, ref=action_id, delay=delay)
        changed = row.state == ActionState.ON_WIRE and row.readbacks >= 2
        if changed:
            row.state = ActionState.NEEDS_HUMAN
            audit.record(session, "action.needs_human", action=str(action_id))
    if changed:
        await notifier.action(tenant_id, action_id)


async def find_remote(rt: Runtime, action: Action, payload: Payload) -> str | None:
    """Upwork's id of what the action sent, or None when Upwork does not show it. Raises when Upwork did not answer."""
    started = (action.on_wire_at or action.approved_at) - _CLOCK_SKEW
    if payload.kind is ActionKind.PROPOSAL:
        found = await operations.find_proposal(
            rt.upwork, action.tenant_id, payload.target, priority=Priority.PERSON
        )
        return found.proposal_id if found else None
    stories = await operations.list_stories(
        rt.upwork, action.tenant_id, payload.target, since=started, priority=Priority.PERSON
    )
    me = (await rt.upwork.account(action.tenant_id)).upwork_user_id
    for story in stories:
        mine = story.author_id is None or story.author_id == me
        if mine and story.written_at >= started and _same(story.text, payload.text):
            return story.story_id
    return None


def _same(seen: str, sent: str) -> bool:
    """Upwork may trim the ends of a message or change its line breaks; nothing else counts as the same."""
    return seen.replace("\r\n", "\n").strip() == sent.replace("\r\n", "\n").strip()


async def _load(rt: Runtime, tenant_id: UUID, action_id: UUID) -> tuple[Action, Payload] | None:
    async with rt.db.begin(tenant_id) as session:
        action = await session.get(Action, (tenant_id, action_id))
        if action is None or action.state not in _OPEN:
            return None
        approval = await session.get_one(Approval, (tenant_id, action.approval_id))
        keys = await rt.keys(session)
        return action, Payload.read(
            keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash
        )


async def look_once(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> bool:
    """A person asks whether Upwork has it by now. True when it is settled as sent. Raises when Upwork does not answer."""
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None:
        return False
    remote_id = await find_remote(rt, *loaded)
    return remote_id is not None and await settle_sent(
        rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id
    )


async def resend(rt: Runtime, *, tenant_id: UUID, action_id: UUID) -> bool:
    """A person asks to send again what was not confirmed. Looks once more first; True when it goes out again.

    Raises whatever the look raises: without an answer from Upwork nothing is sent a second time.
    """
    loaded = await _load(rt, tenant_id, action_id)
    if loaded is None or loaded[0].state != ActionState.NEEDS_HUMAN:
        return False
    action, payload = loaded
    remote_id = await find_remote(rt, action, payload)
    if remote_id is not None:
        await settle_sent(rt, tenant_id=tenant_id, action_id=action_id, remote_id=remote_id)
        return False
    async with rt.db.begin(tenant_id) as session:
        again = await session.scalar(
            update(Action)
            .where(
                Action.id == action_id,
                Action.state == ActionState.NEEDS_HUMAN,
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
    """A person gives up on an unconfirmed or handed-off action."""
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
        action.problem = "dropped"
        await reopen_card(session, action)
        audit.record(session, "action.dropped", actor=audit.USER, action=str(action_id))
        return True
