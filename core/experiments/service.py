"""Experiments: beginning one, reading its results, stopping it, and keeping what did better."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import lock_limit
from core.analytics.outcomes import load_outcomes, tally
from core.analytics.rates import Tally
from core.clock import Clock
from core.db import tenant_of
from core.drafting.models import Draft, DraftVersion, VersionSource
from core.errors import Conflict, Invalid, NotFound
from core.experiments import bandit
from core.experiments.bandit import Reading, Split
from core.experiments.models import Experiment, ExperimentDraw, Factor, State
from core.security import audit

_COMPOSED = (VersionSource.MODEL, VersionSource.OFFLINE)

FEWEST_VARIANTS = 2
MOST_VARIANTS = 4
"""Each further one takes as many proposals again before anything can be said."""


@dataclass(frozen=True, slots=True)
class Counts:
    """By variant: `drawn` drafts that got it, `tallies` of those among them that were sent and settled.

    `void` drafts count for none: what they say was written before the draw, or by no model where models are compared.
    """

    drawn: tuple[int, ...]
    tallies: tuple[Tally, ...]
    void: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    experiment: Experiment
    counts: Counts
    reading: Reading


async def start(
    session: AsyncSession, *, factor: Factor, split: Split, variants: Sequence[str]
) -> Experiment:
    """Begin to draw. It takes the place of a variant that was kept for this factor.

    Raises Conflict ("experiment_runs") and Invalid ("too_few_variants", "too_many_variants" with `limit`).
    """
    if len(set(variants)) < FEWEST_VARIANTS:
        raise Invalid(reason="too_few_variants")
    if len(variants) > MOST_VARIANTS:
        raise Invalid(reason="too_many_variants", limit=MOST_VARIANTS)
    await lock_limit(session, "experiments")
    earlier = await session.scalars(
        select(Experiment).where(Experiment.factor == factor, Experiment.state != State.STOPPED)
    )
    for other in earlier:
        if other.state == State.RUNNING:
            raise Conflict(reason="experiment_runs")
        other.state = State.STOPPED
    experiment = Experiment(
        tenant_id=tenant_of(session),
        id=uuid4(),
        factor=factor,
        split=split,
        variants=list(variants),
        state=State.RUNNING,
    )
    session.add(experiment)
    audit.record(
        session,
        "experiment.started",
        actor=audit.USER,
        experiment=str(experiment.id),
        factor=factor.value,
        split=split.value,
    )
    await session.flush()
    return experiment


async def stop(
    session: AsyncSession, *, experiment_id: UUID, clock: Clock, keep: int | None = None
) -> Experiment:
    """End it; with `keep` (a variant's place) every later draft gets that one. A kept one can be stopped as well.

    Raises NotFound, Conflict ("experiment_over") and Invalid ("unknown_button") for a variant that is not there.
    """
    experiment = await _load(session, experiment_id)
    if experiment.state == State.STOPPED or (keep is not None and experiment.state == State.KEPT):
        raise Conflict(reason="experiment_over")
    if keep is not None and not 0 <= keep < len(experiment.variants):
        raise Invalid(reason="unknown_button")
    experiment.state = State.STOPPED if keep is None else State.KEPT
    experiment.kept = keep if keep is not None else experiment.kept
    experiment.ended_at = clock.now()
    audit.record(
        session,
        "experiment.stopped" if keep is None else "experiment.kept",
        actor=audit.USER,
        experiment=str(experiment_id),
        variant=keep,
    )
    return experiment


async def results(session: AsyncSession, *, clock: Clock, limit: int = 6) -> list[Result]:
    """The newest experiments with what they say by now; those that still matter first."""
    rows = (
        await session.scalars(select(Experiment).order_by(Experiment.created_at.desc(), Experiment.id))
    ).all()
    rows = sorted(rows, key=lambda row: row.state == State.STOPPED)[:limit]
    found = []
    for row in rows:
        counts = await counts_of(session, row, clock=clock)
        found.append(Result(row, counts, bandit.read(counts.tallies)))
    return found


async def counts_of(session: AsyncSession, experiment: Experiment, *, clock: Clock) -> Counts:
    """A draft counts for the variant it was given, whatever its person made of it: else the better editor would win."""
    outcomes = await load_outcomes(session, clock=clock)
    drafts: list[list[UUID]] = [[] for _ in experiment.variants]
    draws = (
        await session.scalars(select(ExperimentDraw).where(ExperimentDraw.experiment_id == experiment.id))
    ).all()
    origins = await _origins(session, {draw.draft_id for draw in draws})
    void = 0
    for draw in draws:
        if _is_trial(experiment, draw, origins.get(draw.draft_id)):
            drafts[draw.variant].append(draw.draft_id)
        else:
            void += 1
    return Counts(
        tuple(len(given) for given in drafts), tuple(tally(given, outcomes) for given in drafts), void
    )


def _is_trial(experiment: Experiment, draw: ExperimentDraw, origin: _Origin | None) -> bool:
    """Whether the draft's text is the variant's doing. One that is still being written will be."""
    if origin is None:
        return True
    if origin.offline and experiment.factor == Factor.MODEL:
        return False
    return origin.written_at >= draw.created_at


@dataclass(frozen=True, slots=True)
class _Origin:
    written_at: datetime
    offline: bool


async def _origins(session: AsyncSession, drafts: Collection[UUID]) -> dict[UUID, _Origin]:
    """By draft, the composition that its current text goes back to through edits, changes and undoing."""
    rows = await session.execute(
        select(
            DraftVersion.draft_id,
            DraftVersion.number,
            DraftVersion.parent,
            DraftVersion.source,
            DraftVersion.offline,
            DraftVersion.created_at,
            Draft.current,
        )
        .join(Draft, (Draft.tenant_id == DraftVersion.tenant_id) & (Draft.id == DraftVersion.draft_id))
        .where(DraftVersion.draft_id.in_(drafts))
    )
    versions = {(row.draft_id, row.number): row for row in rows}
    found: dict[UUID, _Origin] = {}
    for row in versions.values():
        if row.number != row.current:
            continue
        origin = row
        while origin.source not in _COMPOSED and (origin.draft_id, origin.parent) in versions:
            origin = versions[origin.draft_id, origin.parent]
        found[row.draft_id] = _Origin(origin.created_at, origin.offline)
    return found


async def _load(session: AsyncSession, experiment_id: UUID) -> Experiment:
    row = await session.get(Experiment, (tenant_of(session), experiment_id), with_for_update=True)
    if row is None:
        raise NotFound(subject="experiment")
    return row
