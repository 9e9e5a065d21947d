"""Writing a draft: read what is needed, compose without a transaction, store the result as a version."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import model_money, note_spend
from core.accounts.models import Tenant
from core.crypto import TenantKeys
from core.drafting import service
from core.drafting.compose import compose
from core.drafting.draft import (
    Bid,
    DraftRequest,
    Finished,
    Note,
    NoteCode,
    ProposalRequest,
    ReplyRequest,
    Restarted,
    RevisionRequest,
    TextDelta,
    ThreadMessage,
)
from core.drafting.llm import LLM
from core.drafting.models import Draft, DraftKind, DraftState, VersionSource
from core.drafting.own_style import learned_style
from core.drafting.pricing import suggest_bid
from core.drafting.render import letter_language
from core.drafting.style import writing_style
from core.errors import Conflict, NotFound
from core.experiments.recipe import recipe_for, tier_of
from core.jobs_feed.service import asked_of_applicants, find_card_of_job, get_card
from core.messaging.models import Direction, Room, Story
from core.notifications.notifier import DraftWatcher
from core.profile.facts import Profile
from core.profile.service import load_profile
from core.runtime import Runtime
from core.upwork.confirming import linked_account

_STOP_POLL_SECONDS = 0.4
_THREAD_LENGTH = 20

_EMPTY_PROFILE = Profile(headline="", facts=())


@dataclass(frozen=True, slots=True)
class _Plan:
    request: DraftRequest
    revised: bool


async def write_draft(rt: Runtime, watcher: DraftWatcher, *, tenant_id: UUID, draft_id: UUID) -> bool:
    """Job.COMPOSE_DRAFT. False when there was nothing to write (already written, closed, or its posting is gone)."""
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        draft = await service.get_draft(session, draft_id=draft_id)
        if draft.state != DraftState.COMPOSING:
            return False
        try:
            plan = await _plan(rt, session, keys, draft)
            reader = (await session.get_one(Tenant, tenant_id)).locale
        except Conflict:
            return await service.stop_composing(session, draft_id=draft_id)
        # Many that were asked for at once cost more than was set aside for them: the last ones do without a model.
        over = rt.llm is not None and (await model_money(session)).full is not None
    request = replace(plan.request, reader=reader)
    finished = await _compose(
        rt, watcher, request, llm=None if over else rt.llm, tenant_id=tenant_id, draft_id=draft_id
    )
    output = finished.output
    if over:
        output = replace(output, notes=(*output.notes, Note(NoteCode.OVER_LIMIT)))
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        draft = await service.get_draft(session, draft_id=draft_id, lock=True)
        if draft.state != DraftState.COMPOSING:
            _note_wasted(session, finished)
            return False
        if not finished.output.letter.strip():
            # Stopped before the first word: the text as it was before stays the current one.
            _note_wasted(session, finished)
            return await service.stop_composing(session, draft_id=draft_id)
        draft.request_sealed = None
        source = VersionSource.OFFLINE if finished.offline else VersionSource.MODEL
        await service.add_version(
            session,
            keys,
            draft,
            output,
            source=VersionSource.REVISED if plan.revised else source,
            usage=finished.usage,
            offline=finished.offline,
        )
        await service.ask_to_show(session, draft)
    return True


async def give_up(rt: Runtime, *, tenant_id: UUID, draft_id: UUID) -> bool:
    """A composition failed for good: the draft is as it was before, or put away. False when there was nothing to give up."""
    async with rt.db.begin(tenant_id) as session:
        try:
            return await service.stop_composing(session, draft_id=draft_id)
        except NotFound:
            return False


def _note_wasted(session: AsyncSession, finished: Finished) -> None:
    """What nobody reads was paid for all the same."""
    if finished.usage is not None:
        note_spend(session, "draft", finished.usage)


async def _compose(
    rt: Runtime,
    watcher: DraftWatcher,
    request: DraftRequest,
    *,
    llm: LLM | None,
    tenant_id: UUID,
    draft_id: UUID,
) -> Finished:
    stop = asyncio.Event()
    looking = asyncio.ensure_future(_watch_for_stop(rt, stop, tenant_id=tenant_id, draft_id=draft_id))
    shown = ""
    try:
        async with aclosing(compose(request, llm=llm, stop=stop)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    shown += event.text
                    await watcher.progress(shown)
                elif isinstance(event, Restarted):
                    shown = ""
                else:
                    return event
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    raise RuntimeError("a composition ended without a result")


async def _watch_for_stop(rt: Runtime, stop: asyncio.Event, *, tenant_id: UUID, draft_id: UUID) -> None:
    """Stop is pressed in the bot's process and obeyed in the worker's; the row is what both can see."""
    while not stop.is_set():
        await asyncio.sleep(_STOP_POLL_SECONDS)
        with suppress(SQLAlchemyError, OSError):
            async with rt.db.begin(tenant_id) as session:
                if await session.scalar(select(Draft.stop_at).where(Draft.id == draft_id)) is not None:
                    stop.set()


async def _plan(rt: Runtime, session: AsyncSession, keys: TenantKeys, draft: Draft) -> _Plan:
    profile = await _signed(rt, session, await load_profile(session, keys) or _EMPTY_PROFILE)
    seed = keys.fingerprint("voice")
    change = service.read_change(keys, draft)
    if draft.kind == DraftKind.REPLY:
        return await _plan_reply(session, keys, draft, profile=profile, seed=seed, change=change)
    if draft.card_id is None:
        raise Conflict(reason="purged")
    card = await get_card(session, card_id=draft.card_id)
    if card.posting is None:
        raise Conflict(reason="purged")
    posting = card.posting
    instructions = asked_of_applicants(card)
    if change is None:
        bid = suggest_bid(posting, profile.hourly_rate)
        asked = ProposalRequest(
            posting=posting, profile=profile, bid=bid, instructions=instructions, seed=seed
        )
        # What is being tried out has the last word over what was learned.
        recipe = await recipe_for(session, keys, draft, clock=rt.clock)
        learned = recipe.leaves(await learned_style(session, keys))
        style = writing_style(learned, letter_language(asked))
        return _Plan(recipe.applied(replace(asked, style=style)), revised=False)
    current = await service.get_version(session, keys, draft)
    return _Plan(
        RevisionRequest(
            posting=posting,
            profile=profile,
            letter=current.output.letter,
            answers=current.output.answers,
            chip=change.chip,
            instruction=change.instruction,
            bid=current.output.bid,
            instructions=instructions,
            seed=seed,
            language=current.output.language or None,
            tier=await tier_of(session, draft),
        ),
        revised=True,
    )


async def _signed(rt: Runtime, session: AsyncSession, profile: Profile) -> Profile:
    """A letter ends with a name: the user's own, or their first name on Upwork."""
    if profile.signature:
        return profile
    account = await linked_account(session, rt.vault)
    first = (account.display_name or "").split(" ")[0] if account else ""
    return replace(profile, signature=first or None)


async def _plan_reply(
    session: AsyncSession,
    keys: TenantKeys,
    draft: Draft,
    *,
    profile: Profile,
    seed: str,
    change: service.Change | None,
) -> _Plan:
    stories = await session.scalars(
        select(Story)
        .where(Story.room_id == draft.room_id)
        .order_by(Story.written_at.desc())
        .limit(_THREAD_LENGTH)
    )
    thread = tuple(
        ThreadMessage(mine=story.direction == Direction.OUT, text=keys.unseal(story, "body_sealed"))
        for story in reversed(stories.all())
        if story.body_sealed is not None
    )
    if not thread:
        raise Conflict(reason="purged")
    room = await session.get_one(Room, (draft.tenant_id, draft.room_id))
    card = await find_card_of_job(session, upwork_id=room.upwork_job_id) if room.upwork_job_id else None
    current, bid = "", None
    if change is not None:
        with suppress(NotFound):
            current = (await service.get_version(session, keys, draft)).output.letter
    letter, bid = await _sent_letter(session, keys, card.id if card else None)
    return _Plan(
        ReplyRequest(
            profile=profile,
            thread=thread,
            posting=card.posting if card else None,
            bid=bid,
            letter=letter,
            instruction=change.instruction if change else "",
            current=current,
            seed=seed,
        ),
        revised=bool(current),
    )


async def _sent_letter(
    session: AsyncSession, keys: TenantKeys, card_id: UUID | None
) -> tuple[str, Bid | None]:
    if card_id is None:
        return "", None
    proposal = await session.scalar(
        select(Draft).where(Draft.card_id == card_id, Draft.state == DraftState.APPROVED)
    )
    if proposal is None:
        return "", None
    output = (await service.get_version(session, keys, proposal)).output
    return output.letter, output.bid
