"""The library of templates: adding, changing, deleting, importing, and how clients answer to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import Metered, check_llm_money, lock_limit, take
from core.analytics.outcomes import load_outcomes, tally
from core.analytics.rates import Tally
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.drafting.draft import LETTER_LIMIT
from core.drafting.lint import without_invisible
from core.drafting.models import Draft
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.experiments.models import Experiment, Factor, State
from core.jobs import Job, enqueue
from core.security import audit
from core.templates.importing import Parsed, short_name
from core.templates.models import Template, TemplateUse
from core.templates.variables import checked_body

MOST = 40
"""Templates one person keeps; more than fit into a list nobody finds anything in."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A template as it is read. `offered` is a better wording that waits for the person's word."""

    id: UUID
    name: str
    body: str
    offered: str | None = None
    improving: bool = False


async def add_templates(
    session: AsyncSession, keys: TenantKeys, parsed: Sequence[Parsed]
) -> tuple[Letter, ...]:
    """Keep all of them, or none. One with the name and the words of another is not kept twice.

    Raises Invalid ("template_unknown", "template_near", "template_long", "empty") and LimitReached ("templates").
    """
    if not parsed:
        raise Invalid(reason="empty")
    await lock_limit(session, "templates")
    known = await list_templates(session, keys)
    taken = {(letter.name, letter.body): letter for letter in known}
    letters = []
    for one in parsed:
        name, body = _checked(one)
        if (name, body) in taken:
            letters.append(taken[name, body])
            continue
        if len(taken) >= MOST:
            raise LimitReached(limit=MOST, reason="templates")
        row = Template(
            tenant_id=tenant_of(session), id=uuid4(), name_sealed=b"", body_sealed=b"", characters=len(body)
        )
        # Those of one file keep their order; the transaction's own time would be the same for all.
        row.created_at = func.clock_timestamp()
        row.name_sealed = keys.seal(row, "name_sealed", name)
        row.body_sealed = keys.seal(row, "body_sealed", body)
        session.add(row)
        audit.record(session, "template.added", actor=audit.USER, template=str(row.id))
        letters.append(Letter(row.id, name, body))
        taken[name, body] = letters[-1]
    await session.flush()
    return tuple(letters)


async def list_templates(session: AsyncSession, keys: TenantKeys) -> list[Letter]:
    rows = await session.scalars(select(Template).order_by(Template.created_at, Template.id))
    return [_read(keys, row) for row in rows]


async def get_template(session: AsyncSession, keys: TenantKeys, *, template_id: UUID) -> Letter:
    """Raises NotFound for an id that is not this tenant's, or was deleted."""
    return _read(keys, await _load(session, template_id))


async def change_template(
    session: AsyncSession, keys: TenantKeys, *, template_id: UUID, changed: Parsed, keep_name: bool = False
) -> Letter:
    """Put new words in the place of the old ones; what was sent with the old ones still counts.

    Raises Invalid as above, and Conflict as `refuse_while_tried` does.
    """
    row = await _load(session, template_id)
    await refuse_while_tried(session, template_id=template_id)
    name, body = _checked(changed)
    if not keep_name:
        row.name_sealed = keys.seal(row, "name_sealed", name)
    row.body_sealed = keys.seal(row, "body_sealed", body)
    row.characters = len(body)
    row.offered_sealed = None
    audit.record(session, "template.changed", actor=audit.USER, template=str(template_id))
    return _read(keys, row)


async def refuse_while_tried(session: AsyncSession, *, template_id: UUID) -> None:
    """Raises Conflict ("template_tried") while an experiment compares this template: one number would stand for two letters."""
    running = await session.scalars(
        select(Experiment.variants).where(
            Experiment.factor == Factor.TEMPLATE, Experiment.state == State.RUNNING
        )
    )
    if any(str(template_id) in variants for variants in running):
        raise Conflict(reason="template_tried")


async def delete_template(session: AsyncSession, *, template_id: UUID) -> None:
    """Raises Conflict ("template_in_use") while an experiment tries it out, or it was kept as the better one."""
    row = await _load(session, template_id)
    experiments = await session.scalars(
        select(Experiment).where(Experiment.factor == Factor.TEMPLATE, Experiment.state != State.STOPPED)
    )
    for experiment in experiments:
        running = experiment.state == State.RUNNING
        used = experiment.variants if running else [experiment.variants[experiment.kept or 0]]
        if str(template_id) in used:
            raise Conflict(reason="template_in_use")
    await session.delete(row)
    audit.record(session, "template.deleted", actor=audit.USER, template=str(template_id))


async def use_template(session: AsyncSession, *, draft: Draft, template_id: UUID) -> None:
    """Have `draft` made from this template; a draft that has one keeps it."""
    await _load(session, template_id)
    if await session.scalar(select(TemplateUse.id).where(TemplateUse.draft_id == draft.id)) is None:
        session.add(
            TemplateUse(tenant_id=draft.tenant_id, id=uuid4(), draft_id=draft.id, template_id=template_id)
        )
        audit.record(session, "template.used", template=str(template_id), draft=str(draft.id))
        await session.flush()


async def template_of(session: AsyncSession, keys: TenantKeys, *, draft_id: UUID) -> Letter | None:
    """The template this draft is made from."""
    row = await session.scalar(
        select(Template)
        .join(
            TemplateUse,
            (TemplateUse.tenant_id == Template.tenant_id) & (TemplateUse.template_id == Template.id),
        )
        .where(TemplateUse.draft_id == draft_id)
    )
    return _read(keys, row) if row else None


async def reply_rates(session: AsyncSession, *, clock: Clock) -> dict[UUID, Tally]:
    """How clients answered to the proposals made from each template."""
    outcomes = await load_outcomes(session, clock=clock)
    drafts: dict[UUID, list[UUID]] = {}
    for use in await session.scalars(select(TemplateUse)):
        drafts.setdefault(use.template_id, []).append(use.draft_id)
    return {template_id: tally(used, outcomes) for template_id, used in drafts.items()}


async def request_improvement(session: AsyncSession, *, template_id: UUID, clock: Clock) -> None:
    """Ask a model for a better wording; it is offered, never put in place. Raises LimitReached like a draft does."""
    row = await _load(session, template_id)
    await take(session, Metered.DRAFT)
    await check_llm_money(session)
    row.improving_at = clock.now()
    row.offered_sealed = None
    audit.record(session, "template.improvement_asked", actor=audit.USER, template=str(template_id))
    await enqueue(session, Job.IMPROVE_TEMPLATE, tenant_id=row.tenant_id, ref=row.id)


async def settle_offer(
    session: AsyncSession, keys: TenantKeys, *, template_id: UUID, accepted: bool
) -> Letter:
    """Take the offered wording, or leave it. Raises NotFound ("offer") when there is none any more."""
    letter = _read(keys, await _load(session, template_id))
    if letter.offered is None:
        raise NotFound(subject="offer")
    if accepted:
        return await change_template(
            session,
            keys,
            template_id=template_id,
            changed=Parsed(letter.name, letter.offered),
            keep_name=True,
        )
    (await _load(session, template_id)).offered_sealed = None
    audit.record(session, "template.offer_declined", actor=audit.USER, template=str(template_id))
    return Letter(letter.id, letter.name, letter.body)


def _checked(one: Parsed) -> tuple[str, str]:
    """Name and body as they are kept. What is wrong is told with the `name` of the template: a file holds many."""
    body = without_invisible(one.body).strip()
    if not any(sign.isalpha() for sign in body):
        raise Invalid(reason="empty")
    name = short_name(without_invisible(one.name)) or short_name(body)
    if len(body) > LETTER_LIMIT:
        raise Invalid(reason="template_long", limit=LETTER_LIMIT, length=len(body), name=name)
    try:
        return name, checked_body(body)
    except Invalid as wrong:
        wrong.data["name"] = name
        raise


def _read(keys: TenantKeys, row: Template) -> Letter:
    offered = keys.unseal(row, "offered_sealed") if row.offered_sealed is not None else None
    return Letter(
        row.id,
        keys.unseal(row, "name_sealed"),
        keys.unseal(row, "body_sealed"),
        offered,
        row.improving_at is not None,
    )


async def _load(session: AsyncSession, template_id: UUID) -> Template:
    row = await session.get(Template, (tenant_of(session), template_id), with_for_update=True)
    if row is None:
        raise NotFound(subject="template")
    return row
