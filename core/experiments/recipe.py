"""How a draft is to be written: what its experiments drew for it, what was kept, and the template its person chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.drafting.draft import Opener, Pattern, ProposalRequest, Style
from core.drafting.llm import Tier
from core.drafting.models import Draft
from core.drafting.style import StyleProfile, Trait, forget
from core.errors import NotFound
from core.experiments import bandit
from core.experiments.bandit import Split
from core.experiments.models import Experiment, ExperimentDraw, Factor, State
from core.experiments.service import counts_of
from core.security import audit
from core.templates.service import template_of, use_template

SHORT, LONG = "80", "220"

WORDS: Mapping[Factor, tuple[str, ...]] = MappingProxyType(
    {
        Factor.OPENER: tuple(opener.value for opener in Opener),
        Factor.LENGTH: (SHORT, LONG),
        Factor.MODEL: (Tier.SMART.value, Tier.FAST.value),
    }
)
"""The variants of every factor whose variants are not the person's own."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """None and "" leave a thing to the writer. `words` is the wanted length of the letter."""

    opener: Opener | None = None
    words: int | None = None
    tier: Tier | None = None
    template: Pattern | None = None

    def leaves(self, style: StyleProfile) -> StyleProfile:
        """What was learned, as far as this recipe leaves it to habit: an opener that is tried out is the only one."""
        return forget(style, [Trait.OPENER]) if self.opener else style

    def applied(self, request: ProposalRequest) -> ProposalRequest:
        style: Style = replace(request.style, words=self.words) if self.words else request.style
        return replace(request, style=style, opener=self.opener, tier=self.tier, template=self.template)


async def recipe_for(session: AsyncSession, keys: TenantKeys, draft: Draft, *, clock: Clock) -> Recipe:
    """This draft's recipe. What was drawn for it stays drawn, so that writing it anew does not try the other variant, not even
    when the experiment is over: its text counts for that variant."""
    chosen = await template_of(session, keys, draft_id=draft.id)
    words = await _drawn_before(session, draft)
    in_force = await _in_force(session)
    # A draft that has its opener or length counts for that: no template may write over it.
    own_words = words.keys() & {Factor.OPENER, Factor.LENGTH, Factor.TEMPLATE}
    if chosen is None and not own_words and Factor.TEMPLATE in in_force:
        template_id = UUID(await _variant(session, in_force[Factor.TEMPLATE], draft, clock))
        with suppress(NotFound):
            await use_template(session, draft=draft, template_id=template_id)
            chosen = await template_of(session, keys, draft_id=draft.id)
    for factor, experiment in in_force.items():
        # A template has an opener and a length of its own, and one that its person chose is no draw of ours.
        if (
            factor not in words
            and factor is not Factor.TEMPLATE
            and (chosen is None or factor is Factor.MODEL)
        ):
            words[factor] = await _variant(session, experiment, draft, clock)
    return Recipe(
        opener=Opener(words[Factor.OPENER]) if Factor.OPENER in words else None,
        words=int(words[Factor.LENGTH]) if Factor.LENGTH in words else None,
        tier=Tier(words[Factor.MODEL]) if Factor.MODEL in words else None,
        template=Pattern(chosen.name, chosen.body) if chosen else None,
    )


async def tier_of(session: AsyncSession, draft: Draft) -> Tier | None:
    """The model for a change of this draft: the one that was drawn for it, else the one that was kept. Draws nothing."""
    words = await _drawn_before(session, draft)
    if Factor.MODEL in words:
        return Tier(words[Factor.MODEL])
    kept = (await _in_force(session)).get(Factor.MODEL)
    if kept is None or kept.state != State.KEPT:
        return None
    return Tier(kept.variants[kept.kept or 0])


async def _drawn_before(session: AsyncSession, draft: Draft) -> dict[Factor, str]:
    """What was drawn for this draft by whichever experiment, the first draw of each factor."""
    rows = await session.execute(
        select(Experiment.factor, Experiment.variants, ExperimentDraw.variant)
        .join(
            ExperimentDraw,
            (ExperimentDraw.tenant_id == Experiment.tenant_id)
            & (ExperimentDraw.experiment_id == Experiment.id),
        )
        .where(ExperimentDraw.draft_id == draft.id)
        .order_by(ExperimentDraw.created_at)
    )
    found: dict[Factor, str] = {}
    for factor, variants, variant in rows:
        found.setdefault(Factor(factor), variants[variant])
    return found


async def _in_force(session: AsyncSession) -> dict[Factor, Experiment]:
    """For each factor the experiment that runs, else the last one whose winner was kept and not stopped since."""
    rows = await session.scalars(
        select(Experiment)
        .where(Experiment.state != State.STOPPED)
        .order_by(Experiment.created_at.desc(), Experiment.id)
    )
    found: dict[Factor, Experiment] = {}
    for row in rows:
        found.setdefault(Factor(row.factor), row)
    return found


async def _variant(session: AsyncSession, experiment: Experiment, draft: Draft, clock: Clock) -> str:
    variants: Sequence[str] = experiment.variants
    if experiment.state == State.KEPT:
        return variants[experiment.kept or 0]
    return variants[await _draw(session, experiment, draft, clock)]


async def _draw(session: AsyncSession, experiment: Experiment, draft: Draft, clock: Clock) -> int:
    counts = await counts_of(session, experiment, clock=clock)
    # The ids are random, so this is; and whoever looks again sees the same draw.
    rng = Random(draft.id.int ^ experiment.id.int)
    variant = bandit.choose(counts.tallies, counts.drawn, Split(experiment.split), rng)
    session.add(
        ExperimentDraw(
            tenant_id=draft.tenant_id,
            id=uuid4(),
            experiment_id=experiment.id,
            draft_id=draft.id,
            variant=variant,
        )
    )
    audit.record(
        session, "experiment.drawn", experiment=str(experiment.id), draft=str(draft.id), variant=variant
    )
    await session.flush()
    return variant
