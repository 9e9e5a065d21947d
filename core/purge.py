"""Upwork's content lives 24 hours: everything that holds or may quote it goes, what is the user's own stays.

Postings, their vectors and scores, clients' messages and names are deleted or emptied. Of a draft the user's own words stay: what
they typed, and what they approved. What a machine wrote from a posting or a message and nobody approved goes with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.retention import forget_old_logins
from core.crypto import CannotUnseal, TenantKeys
from core.drafting import service as drafting
from core.drafting.draft import Answer, DraftOutput
from core.drafting.models import Draft, DraftState, DraftVersion, VersionSource
from core.jobs_feed.models import JobCard
from core.jobs_feed.service import CONTENT_LIFE, PURGE_MARGIN, purge_postings
from core.log import get_logger
from core.media.service import forget_media
from core.messaging.models import Room, Story
from core.messaging.service import purge_messages
from core.privacy.export import forget_old_exports
from core.proposals.models import Action, Approval
from core.proposals.payload import Payload
from core.proposals.settling import DROPPED
from core.runtime import Runtime
from core.security.factors.contacts import forget_replaced
from core.upwork.models import UpworkUsage

log = get_logger(__name__)

USAGE_LIFE = timedelta(days=35)
"""How long the number of a day's requests to Upwork is kept."""

_LIFE = CONTENT_LIFE - PURGE_MARGIN
_BATCH = 200


async def purge_content(rt: Runtime, *, tenant_id: UUID) -> int:
    """Job.PURGE_CONTENT: returns how many postings, messages and texts made from them were cleared."""
    now = rt.clock.now()
    async with rt.db.begin(tenant_id) as session:
        postings = await purge_postings(session, clock=rt.clock)
        messages = await purge_messages(session, clock=rt.clock)
        await forget_media(session, clock=rt.clock)
        await _forget_refusals(session, now)
        await forget_old_exports(session, clock=rt.clock)
        await forget_replaced(session, clock=rt.clock)
        await forget_old_logins(session, clock=rt.clock)
        await session.execute(
            delete(UpworkUsage).where(
                UpworkUsage.tenant_id == tenant_id, UpworkUsage.day < (now - USAGE_LIFE).date()
            )
        )
    texts = await _strip_drafts(rt, tenant_id, now)
    if postings or messages or texts:
        log.info("content.purged", postings=postings, messages=messages, texts=texts)
    return postings + messages + texts


async def _forget_refusals(session: AsyncSession, now: datetime) -> None:
    """Upwork's reason for a refusal is Upwork's text as well."""
    await session.execute(
        update(Action)
        .where(Action.settled_at <= now - _LIFE, Action.problem.is_not(None), Action.problem != DROPPED)
        .values(problem=None)
    )


async def _strip_drafts(rt: Runtime, tenant_id: UUID, now: datetime) -> int:
    """A transaction each: a text that cannot be opened keeps only itself from being cleared."""
    sources_gone = _sources_gone(now - _LIFE)
    async with rt.db.begin(tenant_id) as session:
        try:
            await rt.keys(session)
        except CannotUnseal:
            return 0  # without the key every sealed text is gone already
        draft_ids = (
            await session.scalars(
                select(DraftVersion.draft_id)
                .join(
                    Draft, and_(Draft.tenant_id == DraftVersion.tenant_id, Draft.id == DraftVersion.draft_id)
                )
                .where(DraftVersion.stripped_at.is_(None), sources_gone)
                .group_by(DraftVersion.draft_id)
                .order_by(func.random())  # else a batch of broken ones would be all that is ever tried
                .limit(_BATCH)
            )
        ).all()
    stripped = 0
    for draft_id in draft_ids:
        try:
            async with rt.db.begin(tenant_id) as session:
                stripped += await _strip_draft(session, await rt.keys(session), draft_id, sources_gone, now)
        except (CannotUnseal, ValueError) as error:
            log.error("content.not_stripped", draft_id=str(draft_id), error=type(error).__name__)
    return stripped


def _sources_gone(old: datetime) -> ColumnElement[bool]:
    """Whether the posting or a message that a version could quote was purged: it was known when the version was made."""
    alive_then = DraftVersion.created_at - timedelta(seconds=_LIFE.total_seconds())
    of_card = exists().where(
        JobCard.tenant_id == Draft.tenant_id, JobCard.id == Draft.card_id, JobCard.seen_at <= old
    )
    of_room = exists().where(
        Story.tenant_id == Draft.tenant_id,
        Story.room_id == Draft.room_id,
        Story.fetched_at <= old,
        Story.fetched_at > alive_then,
    )
    of_rooms_job = exists().where(
        Room.tenant_id == Draft.tenant_id,
        Room.id == Draft.room_id,
        JobCard.tenant_id == Draft.tenant_id,
        JobCard.upwork_id == Room.upwork_job_id,
        JobCard.seen_at <= old,
        JobCard.seen_at > alive_then,
    )
    return or_(of_card, of_room, of_rooms_job)


@dataclass(frozen=True, slots=True)
class _Machine:
    """What a machine wrote into one draft: an edited version that still has it is not the user's own there."""

    letters: frozenset[str]
    answers: frozenset[tuple[int, str]]

    def own_words(self, output: DraftOutput) -> DraftOutput:
        answers = tuple(
            Answer(answer.position, "" if (answer.position, answer.text) in self.answers else answer.text)
            for answer in output.answers
        )
        return replace(output, letter="" if output.letter in self.letters else output.letter, answers=answers)


async def _strip_draft(
    session: AsyncSession, keys: TenantKeys, draft_id: UUID, sources_gone: ColumnElement[bool], now: datetime
) -> int:
    draft = await drafting.get_draft(session, draft_id=draft_id, lock=True)
    versions = {
        row.number: drafting.read_version(keys, row)
        for row in await session.scalars(select(DraftVersion).where(DraftVersion.draft_id == draft_id))
    }
    due = set(
        await session.scalars(
            select(DraftVersion.number)
            .join(Draft, and_(Draft.tenant_id == DraftVersion.tenant_id, Draft.id == DraftVersion.draft_id))
            .where(DraftVersion.draft_id == draft_id, DraftVersion.stripped_at.is_(None), sources_gone)
        )
    )
    approvals = (await session.scalars(select(Approval).where(Approval.draft_id == draft_id))).all()
    approved = {row.version for row in approvals if row.used_at is not None}
    machine = _machine_written([version for number, version in versions.items() if number not in approved])
    for number in due:
        row, output = versions[number].row, versions[number].output
        bare = replace(output, claims=(), findings=(), notes=(), gaps=())
        if number in approved:
            kept = replace(bare, answers=tuple(replace(item, needs_fact="") for item in bare.answers))
        elif row.source == VersionSource.EDITED:
            kept = machine.own_words(bare)
        else:
            kept = replace(bare, letter="", answers=())
        drafting.rewrite_version(keys, row, kept)
        row.stripped_at = now
        if (
            number == draft.current
            and not kept.letter
            and draft.state in (DraftState.READY, DraftState.COMPOSING)
        ):
            await drafting.close(session, draft)
    for approval in approvals:
        if approval.version in due and approval.stripped_at is None:
            _strip_approval(keys, approval, now)
    return len(due)


def _machine_written(versions: Sequence[drafting.Version]) -> _Machine:
    written = [version.output for version in versions if version.row.source != VersionSource.EDITED]
    return _Machine(
        letters=frozenset(output.letter for output in written),
        answers=frozenset((item.position, item.text) for output in written for item in output.answers),
    )


def _strip_approval(keys: TenantKeys, approval: Approval, now: datetime) -> None:
    """Of what was approved the client's questions go; of what was only shown everything, and its button is dead."""
    if approval.used_at is None:
        approval.payload_sealed = b""
        approval.withdrawn_at = approval.withdrawn_at or now
    else:
        payload = Payload.read(
            keys.unseal(approval, "payload_sealed"), expected_hash=approval.payload_hash
        ).without_questions()
        approval.payload_sealed = keys.seal(approval, "payload_sealed", payload.canonical())
    approval.stripped_at = now
