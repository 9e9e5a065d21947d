"""Showing exact bytes for approval, and taking the approval: one button, one hash, one time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys, new_token, token_hash
from core.db import tenant_of
from core.drafting.lint import refuse_unsendable
from core.drafting.models import Draft, DraftKind, DraftState
from core.drafting.service import get_draft, get_version
from core.errors import Conflict, Invalid
from core.jobs import Job, enqueue
from core.jobs_feed.models import CardState
from core.jobs_feed.service import CONTENT_LIFE, PURGE_MARGIN, get_card
from core.learning.answers import note_answer
from core.matching.learning import Answer
from core.messaging.models import Room
from core.proposals.locking import refuse_locked
from core.proposals.models import Action, ActionKind, ActionState, Approval
from core.proposals.payload import Payload, PayloadAnswer
from core.proposals.settling import reopen_card
from core.proposals.spending import connects_of, over_limit
from core.security import audit
from core.security.alerts import habits
from core.security.assurance import Act, StepUpNeeded, chat_session
from core.security.stepup.limits import Limit
from core.security.stepup.service import require, require_known_device

HANDOFF_LIFE = timedelta(days=7)
"""How long a text that its person sends by hand is waited for; its approval's time does not bind them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the approval card shows. `nonce` exists only here and in the button; the table has its hash."""

    approval_id: UUID
    nonce: str
    payload: Payload
    expires_at: datetime


async def build_payload(session: AsyncSession, keys: TenantKeys, draft: Draft) -> Payload:
    """The current version as the bytes that would leave. Raises Invalid ("no_bid", "unanswered" with `position`) or
    Conflict ("purged" when the posting, and with it the questions, is gone)."""
    version = await get_version(session, keys, draft)
    output = version.output
    if draft.kind == DraftKind.REPLY:
        room = await session.get_one(Room, (draft.tenant_id, draft.room_id))
        return Payload(
            tenant_id=draft.tenant_id,
            kind=ActionKind.REPLY,
            target=room.upwork_room_id,
            text=output.letter,
            draft_id=draft.id,
            version=version.row.number,
        )
    if draft.card_id is None:
        raise Conflict(reason="purged")
    card = await get_card(session, card_id=draft.card_id)
    if card.posting is None:
        raise Conflict(reason="purged")
    if output.bid is None:
        raise Invalid(reason="no_bid")
    written = {answer.position: answer.text for answer in output.answers}
    for question in card.posting.questions:
        if not written.get(question.position, "").strip():
            raise Invalid(reason="unanswered", position=question.position)
    return Payload(
        tenant_id=draft.tenant_id,
        kind=ActionKind.PROPOSAL,
        target=card.row.upwork_id,
        text=output.letter,
        draft_id=draft.id,
        version=version.row.number,
        bid=output.bid.amount,
        contract=output.bid.contract,
        currency=output.bid.currency,
        answers=tuple(
            PayloadAnswer(question=question.text, answer=written[question.position])
            for question in card.posting.questions
        ),
    )


async def show(
    session: AsyncSession, keys: TenantKeys, *, draft_id: UUID, telegram_id: int, clock: Clock, hours: int
) -> Shown:
    """Seal the exact bytes of the current version and make the one button that approves them. Earlier buttons die.

    Good for `hours`, and for no longer than the posting: with its text go the questions that are sent along. Raises as
    `build_payload` does, "purged" too for a posting whose day is over but whose text is still there, and Unsendable for bytes
    that nobody may approve: empty, too long, or with characters that cannot be seen.
    """
    draft = await get_draft(session, draft_id=draft_id, lock=True)
    if draft.state != DraftState.READY:
        raise Conflict(reason=draft.state)
    payload = await build_payload(session, keys, draft)
    expires_at = clock.now() + timedelta(hours=hours)
    letter_required = True
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id)
        letter_required = card.posting is None or card.posting.cover_letter_required
        expires_at = min(expires_at, card.row.seen_at + CONTENT_LIFE - PURGE_MARGIN)
        if expires_at <= clock.now():
            raise Conflict(reason="purged")
    refuse_unsendable(
        payload.text,
        [item.answer for item in payload.answers],
        proposal=payload.kind is ActionKind.PROPOSAL,
        letter_required=letter_required,
    )
    await withdraw(session, draft_id=draft_id, clock=clock)
    nonce = new_token()
    row = Approval(
        tenant_id=draft.tenant_id,
        id=uuid4(),
        draft_id=draft.id,
        version=payload.version,
        kind=payload.kind,
        target=payload.target,
        payload_sealed=b"",
        payload_hash=payload.sha256,
        nonce_hash=token_hash(nonce),
        telegram_id=telegram_id,
        expires_at=expires_at,
    )
    row.payload_sealed = keys.seal(row, "payload_sealed", payload.canonical())
    session.add(row)
    audit.record(session, "approval.shown", actor=audit.USER, draft=str(draft_id), version=payload.version)
    await session.flush()
    return Shown(row.id, nonce, payload, row.expires_at)


async def withdraw(session: AsyncSession, *, draft_id: UUID, clock: Clock) -> None:
    """Make every unused button of a draft refuse."""
    await session.execute(
        update(Approval)
        .where(Approval.draft_id == draft_id, Approval.used_at.is_(None), Approval.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )


async def approve(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    nonce: str,
    telegram_id: int,
    clock: Clock,
    chat_id: int,
    message_id: int,
) -> Action:
    """Use a button once: one conditional statement decides, so of fifty taps one wins.

    The same transaction checks who is acting and makes the action. Raises Conflict with `reason`: "used" (and `action_id`),
    "expired", "changed" (the draft has a newer version, or this button was taken back), "unknown", or "duplicate": this job has a
    live proposal already. Raises Locked, and StepUpNeeded for a session without a proof, a new one, or a bid beyond the limits.
    """
    await refuse_locked(session)
    now = clock.now()
    approval = await session.scalar(
        update(Approval)
        .where(
            Approval.nonce_hash == token_hash(nonce),
            Approval.telegram_id == telegram_id,
            Approval.used_at.is_(None),
            Approval.withdrawn_at.is_(None),
            Approval.expires_at > now,
            Approval.version
            == select(Draft.current)
            .where(Draft.id == Approval.draft_id, Draft.state == DraftState.READY)
            .scalar_subquery(),
        )
        .values(used_at=now)
        .returning(Approval)
    )
    if approval is None:
        raise await _why_not(session, nonce=nonce, telegram_id=telegram_id, now=now)
    draft = await get_draft(session, draft_id=approval.draft_id, lock=True)
    if draft.state != DraftState.READY or draft.current != approval.version:
        # Somebody was changing the draft while the button was pressed; the lock has waited for them.
        raise Conflict(reason="changed", draft_id=draft.id)
    payload = Payload.read(keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash)
    beyond = await _step_up(session, approval, payload, by=chat_session(telegram_id), clock=clock)
    draft.state = DraftState.APPROVED
    action = Action(
        tenant_id=tenant_of(session),
        id=uuid4(),
        kind=approval.kind,
        target=approval.target,
        approval_id=approval.id,
        draft_id=approval.draft_id,
        state=ActionState.APPROVED,
        attempt=0,
        readbacks=0,
        approved_at=now,
        expires_at=approval.expires_at,
        spent_at=now,
        connects=connects_of(payload),
        beyond_limits=beyond is not None,
        chat_id=chat_id,
        message_id=message_id,
    )
    try:
        async with session.begin_nested():
            session.add(action)
    except IntegrityError:
        raise Conflict(reason="duplicate") from None
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id, lock=True)
        card.row.state = CardState.APPLIED
        card.row.decided_at = now
        await note_answer(session, card.row, Answer.APPROVED, clock=clock)
    audit.record(
        session,
        "action.approved",
        actor=audit.USER,
        action=str(action.id),
        hash=approval.payload_hash,
        beyond=beyond,
    )
    await habits.consider(session, clock=clock)
    await enqueue(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action.id)
    return action


async def _step_up(
    session: AsyncSession, approval: Approval, payload: Payload, *, by: str, clock: Clock
) -> Limit | None:
    """Everything this session must have proven for these bytes; the limit that a grant let it go beyond, if one did.

    A grant is bound to the payload's hash: a newer version of the draft is another payload, and the grant says nothing about it.
    """
    try:
        await require_known_device(session, by=by, clock=clock)
        await require(session, Act.APPROVE, subject=approval.payload_hash, by=by, clock=clock)
        limit = await over_limit(session, payload, clock=clock)
        if limit is not None:
            await require(
                session, Act.APPROVE_BEYOND_LIMITS, subject=approval.payload_hash, by=by, clock=clock
            )
    except StepUpNeeded as needed:
        facts = {"bid": str(payload.bid)} if payload.bid is not None else {}
        resume = {"draft": str(approval.draft_id), "version": str(approval.version), **facts}
        raise StepUpNeeded(needed.act, needed.subject, resume=resume) from None
    return limit


async def _why_not(session: AsyncSession, *, nonce: str, telegram_id: int, now: datetime) -> Conflict:
    approval = await session.scalar(
        select(Approval).where(Approval.nonce_hash == token_hash(nonce), Approval.telegram_id == telegram_id)
    )
    if approval is None:
        return Conflict(reason="unknown")
    if approval.used_at is not None:
        action = await session.scalar(select(Action).where(Action.approval_id == approval.id))
        return Conflict(reason="used", action_id=action.id if action else None, draft_id=approval.draft_id)
    if approval.expires_at <= now:
        return Conflict(reason="expired", draft_id=approval.draft_id)
    return Conflict(reason="changed", draft_id=approval.draft_id)


async def expire(session: AsyncSession, *, clock: Clock) -> list[UUID]:
    """Actions whose approval ran out before anything was sent, and hand-offs that nobody confirmed for `HANDOFF_LIFE`: ids of
    those that changed. Their cards are shown anew. A handed-off text may have been sent by hand, so its draft stays closed."""
    now = clock.now()
    idle = or_(
        Action.state.in_([ActionState.APPROVED, ActionState.PARKED]),
        and_(Action.state == ActionState.CLAIMED, Action.lease_until < func.now()),
    )
    handed = and_(Action.state == ActionState.HANDED_OFF, Action.approved_at <= now - HANDOFF_LIFE)
    waiting = await session.scalars(
        select(Action)
        .where(or_(and_(idle, Action.expires_at <= now), handed))
        .with_for_update(skip_locked=True)
    )
    changed = []
    for action in waiting.all():
        if action.state != ActionState.HANDED_OFF:
            await reopen_card(session, action)
        action.state = ActionState.EXPIRED
        action.settled_at = now
        action.lease_until = None
        audit.record(session, "action.expired", action=str(action.id))
        await enqueue(session, Job.EXECUTE_ACTION, tenant_id=action.tenant_id, ref=action.id)
        changed.append(action.id)
    return changed
