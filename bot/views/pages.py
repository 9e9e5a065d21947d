"""Rows gathered into what a draft's or an action's message shows; used by handlers and by the notifier alike."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.texts import Words
from bot.ui import Screen
from bot.views.actions import action_screen
from bot.views.cards import card_screen, title_of
from bot.views.cautions import cautions_for
from bot.views.drafts import draft_screens
from core.accounts.service import Account
from core.crypto import TenantKeys
from core.drafting import service as drafting
from core.drafting.lint import reveal
from core.drafting.models import Draft, DraftState
from core.errors import NotFound
from core.jobs_feed.posting import JobPosting, is_own, public_page
from core.jobs_feed.service import find_card_of_job, get_card, recent_totals
from core.matching.evidence import Evidence, EvidenceCode
from core.messaging.models import Room
from core.proposals.models import Action, ActionKind, ActionState, Approval
from core.proposals.payload import Payload
from core.runtime import Runtime


@dataclass(frozen=True, slots=True)
class DraftPage:
    """`replaces` is the older message of this draft, whose buttons go; `reply_to` keeps a reply draft in its thread.

    `reopened` is the job card that the end of this draft has opened again.
    """

    screens: list[Screen]
    replaces: int | None
    reply_to: int | None
    reopened: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActionPage:
    """`message_id` is the action's card in the chat; `sent` tells whether Upwork has it; `own` that Upwork knows
    nothing of the job; `reopened` is the job card that may
    be answered again, because nothing was sent."""

    screen: Screen
    message_id: int | None
    draft_id: UUID
    sent: bool
    own: bool
    reopened: UUID | None


@dataclass(frozen=True, slots=True)
class CardPage:
    """`message_id` is the message in which the card was delivered, if it was."""

    screen: Screen
    message_id: int | None


async def card_page(rt: Runtime, account: Account, *, card_id: UUID, asking_reason: bool = False) -> CardPage:
    async with rt.db.begin(account.tenant_id) as session:
        card = await get_card(session, card_id=card_id)
        recent = await recent_totals(session)
    now = rt.clock.now()
    screen = card_screen(Words(account.locale), card, now=now, recent=recent, asking_reason=asking_reason)
    return CardPage(screen, card.row.message_id)


async def heading_of(
    session: AsyncSession, keys: TenantKeys, words: Words, draft: Draft
) -> tuple[str, JobPosting | None, int | None]:
    """What a draft is about: its title, the posting while it lives, and the message it should answer."""
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id)
        return title_of(words, card), card.posting, card.row.message_id
    room = await session.get_one(Room, (draft.tenant_id, draft.room_id))
    name = keys.unseal(room, "topic_sealed") or keys.unseal(room, "name_sealed")
    posting = None
    if room.upwork_job_id and (card_of_job := await find_card_of_job(session, upwork_id=room.upwork_job_id)):
        posting = card_of_job.posting
    return reveal(name).strip() or words.plain("story.client"), posting, room.head_message_id


async def boost_of(session: AsyncSession, card_id: UUID | None) -> Evidence | None:
    """Up to how many Connects a boost for this job would pay off, as its card says; None where that is not known."""
    score = (await get_card(session, card_id=card_id)).score if card_id is not None else None
    if score is None:
        return None
    return next((item for item in score.odds.evidence if item.code is EvidenceCode.BOOST), None)


async def draft_page(rt: Runtime, account: Account, *, draft_id: UUID) -> DraftPage:
    words = Words(account.locale)
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id)
        heading, posting, reply_to = await heading_of(session, keys, words, draft)
        try:
            version = await drafting.get_version(session, keys, draft)
        except NotFound:
            closed = draft.state == DraftState.CLOSED
            screen = Screen(words("draft.nothing_written" if closed else "draft.composing", title=heading))
            return DraftPage([screen], None, reply_to, draft.card_id if closed else None)
        cautions = await cautions_for(session, keys, draft, version, posting)
    screens = draft_screens(words, draft, version, posting, heading=heading, cautions=cautions)
    return DraftPage(screens, draft.message_id, reply_to)


async def note_draft_message(rt: Runtime, account: Account, *, draft_id: UUID, message_id: int) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=draft_id, lock=True)
        draft.chat_id, draft.message_id = account.chat_id, message_id


async def action_page(rt: Runtime, account: Account, *, action_id: UUID) -> ActionPage:
    words = Words(account.locale)
    async with rt.db.begin(account.tenant_id) as session:
        action = await _action(session, account, action_id)
        keys = await rt.keys(session)
        payload = await payload_of(session, keys, action)
        draft = await drafting.get_draft(session, draft_id=action.draft_id)
        heading, _, _ = await heading_of(session, keys, words, draft)
        url = None
        if action.kind == ActionKind.PROPOSAL and draft.card_id is not None:
            card = await get_card(session, card_id=draft.card_id)
            url = public_page(card.row.ciphertext) if card.row.ciphertext else None
        boost = await boost_of(session, draft.card_id)
    screen = action_screen(words, action, payload, heading=heading, url=url, boost=boost)
    ended = action.state in (ActionState.REJECTED, ActionState.EXPIRED)
    return ActionPage(
        screen=screen,
        message_id=action.message_id,
        draft_id=action.draft_id,
        sent=action.state == ActionState.SENT,
        own=is_own(action.target),
        reopened=draft.card_id if ended else None,
    )


async def action_payload(rt: Runtime, account: Account, *, action_id: UUID) -> Payload:
    """What was approved. Raises NotFound for an id that is not this tenant's."""
    async with rt.db.begin(account.tenant_id) as session:
        action = await _action(session, account, action_id)
        return await payload_of(session, await rt.keys(session), action)


async def _action(session: AsyncSession, account: Account, action_id: UUID) -> Action:
    action = await session.get(Action, (account.tenant_id, action_id))
    if action is None:
        raise NotFound(subject="action")
    return action


async def payload_of(session: AsyncSession, keys: TenantKeys, action: Action) -> Payload:
    approval = (await session.scalars(select(Approval).where(Approval.id == action.approval_id))).one()
    return Payload.read(keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash)


async def note_action_message(rt: Runtime, account: Account, *, action_id: UUID, message_id: int) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        action = await session.get_one(Action, (account.tenant_id, action_id))
        action.chat_id, action.message_id = account.chat_id, message_id
