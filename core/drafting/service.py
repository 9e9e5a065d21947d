"""Drafts and versions: asking for one, changing it in every way a person may, and going back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import Metered, check_llm_money, take
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.drafting.draft import INSTRUCTION_LIMIT, LETTER_LIMIT, Bid, Chip, DraftOutput
from core.drafting.llm import Usage
from core.drafting.models import Draft, DraftKind, DraftState, DraftVersion, VersionSource
from core.drafting.repricing import repriced
from core.errors import Conflict, Invalid, NotFound
from core.jobs import Job, enqueue
from core.jobs_feed.models import CardState
from core.jobs_feed.posting import ContractType
from core.jobs_feed.service import get_card
from core.messaging.models import Room
from core.security import audit

MAX_BID = Decimal(1_000_000)

Prepare = Callable[[AsyncSession, Draft], Awaitable[None]]

_OUTPUT = TypeAdapter(DraftOutput)


@dataclass(frozen=True, slots=True)
class Version:
    row: DraftVersion
    output: DraftOutput


@dataclass(frozen=True, slots=True)
class Change:
    """What the next composition is asked to do to the current text."""

    chip: Chip | None = None
    instruction: str = ""


async def request_proposal(session: AsyncSession, *, card_id: UUID, prepare: Prepare | None = None) -> Draft:
    """A draft for a card: the one there is, or a new one that the worker starts to write. One whose writing got lost is asked
    for again. `prepare` is run on a new draft before anybody writes it.

    Raises Conflict (`reason` "purged" when the posting's text is gone, "applied" when a proposal is on its way)."""
    card = await get_card(session, card_id=card_id, lock=True)
    if card.row.state == CardState.APPLIED:
        raise Conflict(reason="applied")
    existing = await session.scalar(
        select(Draft).where(
            Draft.card_id == card_id, Draft.state.not_in([DraftState.CLOSED, DraftState.APPROVED])
        )
    )
    if existing is not None:
        if existing.state == DraftState.COMPOSING:
            await enqueue(session, Job.COMPOSE_DRAFT, tenant_id=existing.tenant_id, ref=existing.id)
        return existing
    if card.posting is None:
        raise Conflict(reason="purged")
    card.row.state = CardState.DRAFTING
    draft = await _start(
        session, Draft(tenant_id=tenant_of(session), id=uuid4(), kind=DraftKind.PROPOSAL, card_id=card_id)
    )
    await enqueue(session, Job.READ_POSTING, tenant_id=draft.tenant_id, ref=card_id)
    if prepare is not None:
        await prepare(session, draft)
    return draft


async def request_reply(
    session: AsyncSession, *, room_id: UUID, keys: TenantKeys | None = None, change: Change | None = None
) -> Draft:
    """A drafted answer to the last message of a room; an open reply draft is written anew.

    `change` (with `keys`) is what its person wants said. Raises Invalid ("too_long", "empty") for a wish that is none.
    """
    if change is not None:
        _check_wish(change)
    room = await session.get(Room, (tenant_of(session), room_id), with_for_update=True)
    if room is None:
        raise NotFound(subject="room")
    draft = await _open_reply(session, room_id)
    fresh = draft is None
    if draft is None:
        draft = Draft(tenant_id=tenant_of(session), id=uuid4(), kind=DraftKind.REPLY, room_id=room_id)
    draft.request_sealed = (
        _sealed_wish(keys, draft, change) if keys is not None and change is not None else None
    )
    if fresh:
        return await _start(session, draft)
    draft.state = DraftState.COMPOSING
    await _ring(session, draft)
    return draft


async def write_reply(session: AsyncSession, keys: TenantKeys, *, room_id: UUID, text: str) -> Draft:
    """The user typed an answer themselves: the next version of the room's open reply draft."""
    _check_letter(text)
    room = await session.get(Room, (tenant_of(session), room_id), with_for_update=True)
    if room is None:
        raise NotFound(subject="room")
    draft = await _open_reply(session, room_id)
    if draft is None:
        draft = Draft(
            tenant_id=room.tenant_id,
            id=uuid4(),
            kind=DraftKind.REPLY,
            room_id=room_id,
            state=DraftState.READY,
            current=0,
        )
        session.add(draft)
        await session.flush()
    await add_version(
        session, keys, draft, DraftOutput(letter=text, language=""), source=VersionSource.EDITED
    )
    return draft


async def _open_reply(session: AsyncSession, room_id: UUID) -> Draft | None:
    found: Draft | None = await session.scalar(
        select(Draft)
        .where(Draft.room_id == room_id, Draft.state.not_in([DraftState.CLOSED, DraftState.APPROVED]))
        .order_by(Draft.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    return found


async def _start(session: AsyncSession, draft: Draft) -> Draft:
    draft.state = DraftState.COMPOSING
    draft.current = 0
    session.add(draft)
    await session.flush()
    audit.record(session, "draft.requested", actor=audit.USER, draft=str(draft.id), kind=draft.kind)
    await _ring(session, draft)
    return draft


async def _ring(session: AsyncSession, draft: Draft) -> None:
    """Every text that is written anew passes here, so here it is counted. Raises LimitReached."""
    await take(session, Metered.DRAFT)
    await check_llm_money(session, beside=draft.id)
    draft.stop_at = None
    await enqueue(session, Job.COMPOSE_DRAFT, tenant_id=draft.tenant_id, ref=draft.id)


async def get_draft(session: AsyncSession, *, draft_id: UUID, lock: bool = False) -> Draft:
    """Raises NotFound for an id that is not this tenant's."""
    draft = await session.get(Draft, (tenant_of(session), draft_id), with_for_update=lock or None)
    if draft is None:
        raise NotFound(subject="draft")
    return draft


async def get_version(
    session: AsyncSession, keys: TenantKeys, draft: Draft, *, number: int | None = None
) -> Version:
    """The current version, or version `number`. Raises NotFound while nothing was written yet."""
    wanted = draft.current if number is None else number
    row = await session.scalar(
        select(DraftVersion).where(DraftVersion.draft_id == draft.id, DraftVersion.number == wanted)
    )
    if row is None:
        raise NotFound(subject="version")
    return read_version(keys, row)


async def get_parent(session: AsyncSession, keys: TenantKeys, draft: Draft) -> Version:
    """What the current version was made from; the first is its own. The one numbered before it may have been undone."""
    row = (await get_version(session, keys, draft)).row
    return await get_version(session, keys, draft, number=row.parent or max(1, row.number - 1))


def read_version(keys: TenantKeys, row: DraftVersion) -> Version:
    return Version(row, _OUTPUT.validate_json(keys.unseal(row, "body_sealed")))


def rewrite_version(keys: TenantKeys, row: DraftVersion, output: DraftOutput) -> None:
    """Replace a version's text in place. Only for taking out what may not be kept: history is otherwise never rewritten."""
    row.body_sealed = keys.seal(row, "body_sealed", _OUTPUT.dump_json(output).decode())


async def add_version(
    session: AsyncSession,
    keys: TenantKeys,
    draft: Draft,
    output: DraftOutput,
    *,
    source: VersionSource,
    usage: Usage | None = None,
    offline: bool = False,
) -> DraftVersion:
    """Append a version and make it current; later versions that were undone stay in the history."""
    last = await session.scalar(
        select(DraftVersion.number)
        .where(DraftVersion.draft_id == draft.id)
        .order_by(DraftVersion.number.desc())
        .limit(1)
    )
    row = DraftVersion(
        tenant_id=draft.tenant_id,
        id=uuid4(),
        draft_id=draft.id,
        number=(last or 0) + 1,
        parent=draft.current or None,
        source=source,
        body_sealed=b"",
        characters=len(output.letter),
        offline=offline,
        model=usage.model if usage else None,
        prompt_version=usage.prompt if usage else None,
        tokens_in=usage.input_tokens if usage else 0,
        tokens_cached=usage.cached_tokens if usage else 0,
        tokens_out=usage.output_tokens if usage else 0,
        cost_usd=(usage.cost if usage else None) or Decimal(0),
    )
    row.body_sealed = keys.seal(row, "body_sealed", _OUTPUT.dump_json(output).decode())
    session.add(row)
    draft.current = row.number
    draft.state = DraftState.READY
    audit.record(
        session,
        "draft.version_added",
        actor=audit.USER,
        draft=str(draft.id),
        number=row.number,
        source=source,
    )
    await session.flush()
    return row


async def replace_letter(session: AsyncSession, keys: TenantKeys, *, draft_id: UUID, text: str) -> Draft:
    """Take the user's own text as the next version, to the letter. Raises Invalid ("empty", or "too_long" with `limit`)."""
    _check_letter(text)
    draft = await _editable(session, draft_id)
    current = await get_version(session, keys, draft)
    # What the code had found out concerned the old words; the check runs anew when the text is shown for approval.
    output = replace(current.output, letter=text, claims=(), findings=(), notes=())
    await add_version(session, keys, draft, output, source=VersionSource.EDITED)
    return draft


async def replace_answer(
    session: AsyncSession, keys: TenantKeys, *, draft_id: UUID, position: int, text: str
) -> Draft:
    """Put the user's own words as the answer to one screening question."""
    _check_letter(text)
    draft = await _editable(session, draft_id)
    current = await get_version(session, keys, draft)
    answers = tuple(
        replace(answer, text=text, needs_fact="") if answer.position == position else answer
        for answer in current.output.answers
    )
    await add_version(
        session, keys, draft, replace(current.output, answers=answers), source=VersionSource.EDITED
    )
    return draft


async def set_bid(session: AsyncSession, keys: TenantKeys, *, draft_id: UUID, amount: Decimal) -> Draft:
    """Change the price the user asks for, in the text too. Raises Invalid ("bid_range" with `limit`)."""
    if not amount.is_finite() or not 0 < amount <= MAX_BID:
        raise Invalid(reason="bid_range", limit=int(MAX_BID))
    draft = await _editable(session, draft_id)
    current = await get_version(session, keys, draft)
    before = current.output.bid
    bid = Bid(
        amount=amount.quantize(Decimal("0.01")),
        contract=before.contract if before else ContractType.HOURLY,
        currency=before.currency if before else "USD",
    )
    await add_version(session, keys, draft, repriced(current.output, bid), source=VersionSource.EDITED)
    return draft


async def request_change(session: AsyncSession, keys: TenantKeys, *, draft_id: UUID, change: Change) -> Draft:
    """Have the current text rewritten by a chip or by the user's instruction. Raises Invalid ("too_long", "empty")."""
    _check_wish(change)
    draft = await _editable(session, draft_id)
    draft.request_sealed = _sealed_wish(keys, draft, change)
    draft.state = DraftState.COMPOSING
    audit.record(session, "draft.change_requested", actor=audit.USER, draft=str(draft_id), chip=change.chip)
    await _ring(session, draft)
    return draft


def _check_wish(change: Change) -> None:
    if change.chip is None and not change.instruction.strip():
        raise Invalid(reason="empty")
    if len(change.instruction) > INSTRUCTION_LIMIT:
        raise Invalid(reason="too_long", limit=INSTRUCTION_LIMIT)


def _sealed_wish(keys: TenantKeys, draft: Draft, change: Change) -> bytes:
    wanted = json.dumps({"chip": change.chip, "instruction": change.instruction})
    return keys.seal(draft, "request_sealed", wanted)


async def rewrite(session: AsyncSession, *, draft_id: UUID) -> Draft:
    """Have a whole new text written from the facts; the current one stays in the history."""
    draft = await _editable(session, draft_id)
    draft.request_sealed = None
    draft.state = DraftState.COMPOSING
    audit.record(session, "draft.rewrite_requested", actor=audit.USER, draft=str(draft_id))
    await _ring(session, draft)
    return draft


def read_change(keys: TenantKeys, draft: Draft) -> Change | None:
    if draft.request_sealed is None:
        return None
    wanted = json.loads(keys.unseal(draft, "request_sealed"))
    return Change(chip=Chip(wanted["chip"]) if wanted["chip"] else None, instruction=wanted["instruction"])


async def undo(session: AsyncSession, keys: TenantKeys, *, draft_id: UUID) -> Draft:
    """Go back to what the current version was made from. Raises Conflict ("first_version") when there is nothing before."""
    draft = await _editable(session, draft_id)
    if draft.current <= 1:
        raise Conflict(reason="first_version")
    draft.current = (await get_parent(session, keys, draft)).row.number
    audit.record(session, "draft.undone", actor=audit.USER, draft=str(draft_id), number=draft.current)
    return draft


async def discard(session: AsyncSession, *, draft_id: UUID) -> Draft:
    """Close a draft without sending. The card is open for a new one; the versions stay in the history."""
    draft = await get_draft(session, draft_id=draft_id, lock=True)
    if draft.state == DraftState.APPROVED:
        raise Conflict(reason="approved")
    await close(session, draft)
    audit.record(session, "draft.discarded", actor=audit.USER, draft=str(draft_id))
    return draft


async def close(session: AsyncSession, draft: Draft) -> None:
    """Put a draft away; its card is open for a new one."""
    draft.state = DraftState.CLOSED
    draft.request_sealed = None
    if draft.card_id is not None:
        card = await get_card(session, card_id=draft.card_id, lock=True)
        if card.row.state == CardState.DRAFTING:
            card.row.state = CardState.SHOWN


async def stop_composing(session: AsyncSession, *, draft_id: UUID) -> bool:
    """Leave a draft as it was before the composition that came to nothing. False when none was under way."""
    draft = await get_draft(session, draft_id=draft_id, lock=True)
    if draft.state != DraftState.COMPOSING:
        return False
    if draft.current:
        draft.state = DraftState.READY
        draft.request_sealed = None
    else:
        await close(session, draft)
    audit.record(session, "draft.not_composed", draft=str(draft_id))
    await ask_to_show(session, draft)
    return True


async def ask_to_show(session: AsyncSession, draft: Draft) -> None:
    """Have what became of a composition shown, in the transaction that ends it: a crash or a deaf Telegram only delays it."""
    await enqueue(session, Job.DELIVER_DRAFT, tenant_id=draft.tenant_id, ref=draft.id)


async def request_stop(session: AsyncSession, *, draft_number: int, clock: Clock) -> bool:
    """The user pressed Stop on a streamed draft; the worker that writes it looks for this mark."""
    composing = await session.scalars(select(Draft).where(Draft.state == DraftState.COMPOSING))
    for draft in composing:
        if stream_number(draft.id) == draft_number:
            draft.stop_at = clock.now()
            return True
    return False


def stream_number(draft_id: UUID) -> int:
    """Telegram names a streamed draft by a non-zero integer; this one is the draft's own, the same in every process."""
    return (draft_id.int & 0x7FFF_FFFF) or 1


async def _editable(session: AsyncSession, draft_id: UUID) -> Draft:
    """Raises Conflict: "approved" once it was sent on its way, "closed" after discarding, "composing" while being written."""
    draft = await get_draft(session, draft_id=draft_id, lock=True)
    if draft.state in (DraftState.APPROVED, DraftState.CLOSED, DraftState.COMPOSING):
        raise Conflict(reason=draft.state)
    return draft


def _check_letter(text: str) -> None:
    if not text.strip():
        raise Invalid(reason="empty")
    if len(text) > LETTER_LIMIT:
        raise Invalid(reason="too_long", limit=LETTER_LIMIT, length=len(text))
