"""A person's answers to cards: noted as numbers, read for scoring, shown, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import cast, delete, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import String

from core.analytics.funnel import last_words
from core.clock import Clock
from core.db import tenant_of
from core.drafting.models import Draft, DraftVersion, VersionSource
from core.errors import NotFound
from core.jobs_feed.models import JobCard
from core.learning.models import CardAnswer, LearnedRule
from core.matching.calibration import Calibration, calibrate
from core.matching.learning import Answer, Answered, Family, Taste, fit_taste
from core.matching.lessons import Leaning, Lesson, leanings, lessons
from core.matching.score import Weights
from core.proposals.models import Action, ActionKind, ActionState, ProposalOutcome
from core.security import audit

LATEST = 1000
"""Tastes change, and so many answers are fitted in a blink."""

NUMBERS = "numbers"
"""Under this name a card's `facts` keep what can be learned from; `COLD` is the cold-start total among them."""

COLD = "cold"
HIRED = "hired"


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything learned of a person's answers: `rules` they made, `habits` that are no rules yet, `leanings` of the model.

    `share` 0..1 is the part of a new card's total that comes from them; 0 as long as they foretell nothing that the cold-start
    score does not. `instant_at` is the total from which a card rings now.
    """

    answers: int
    since: datetime | None
    share: float
    rules: tuple[Lesson, ...]
    habits: tuple[Lesson, ...]
    leanings: tuple[Leaning, ...]
    calibration: Calibration
    instant_at: int


async def note_answer(
    session: AsyncSession, card: JobCard, answer: Answer, *, clock: Clock, reason: str | None = None
) -> None:
    """Keep the numbers of an answered card; a later answer takes the place of the earlier one."""
    numbers: Mapping[str, float] | None = card.facts.get(NUMBERS)
    if not numbers:
        return  # a card from before anything was learned
    values = {
        "numbers": {name: value for name, value in numbers.items() if name != COLD},
        "cold": numbers.get(COLD, card.total),
        "shown": card.total,
        "answer": answer.value,
        "reason": reason,
        "answered_at": clock.now(),
    }
    # Nothing can be pressed on a card whose proposal is on its way: whoever skips after approving has taken the proposal back.
    await session.execute(
        insert(CardAnswer)
        .values(tenant_id=card.tenant_id, card_id=card.id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "card_id"], set_=values)
    )


async def take_back(session: AsyncSession, card: JobCard) -> None:
    """The person brought a card back: it is unanswered again."""
    await session.execute(delete(CardAnswer).where(CardAnswer.card_id == card.id))


async def load_answers(session: AsyncSession) -> list[Answered]:
    """The latest answers, oldest first, each with what became of it since."""
    rows = (
        await session.execute(
            select(CardAnswer, JobCard.upwork_id)
            .join(JobCard, (JobCard.tenant_id == CardAnswer.tenant_id) & (JobCard.id == CardAnswer.card_id))
            .order_by(CardAnswer.answered_at.desc())
            .limit(LATEST)
        )
    ).all()
    if not rows:
        return []
    edited = await _edited(session)
    hired = set(
        await session.scalars(select(ProposalOutcome.upwork_job_id).where(ProposalOutcome.status == HIRED))
    )
    sent = set(
        await session.scalars(
            select(Action.target).where(Action.kind == ActionKind.PROPOSAL, Action.state == ActionState.SENT)
        )
    )
    written = await last_words(session, min(row.answered_at for row, _ in rows))
    return [
        Answered(
            numbers=row.numbers,
            total=row.cold,
            shown=row.shown,
            answer=Answer(row.answer),
            at=row.answered_at,
            reason=row.reason,
            edited=row.card_id in edited,
            sent=approved and upwork_id in sent,
            replied=approved and upwork_id in written and written[upwork_id] > row.answered_at,
            hired=approved and upwork_id in hired,
        )
        for row, upwork_id in reversed(rows)
        for approved in [row.answer == Answer.APPROVED]
    ]


async def _edited(session: AsyncSession) -> set[UUID]:
    """Cards whose letter its person wrote into."""
    found = await session.scalars(
        select(Draft.card_id)
        .join(DraftVersion, (DraftVersion.tenant_id == Draft.tenant_id) & (DraftVersion.draft_id == Draft.id))
        .where(Draft.card_id.is_not(None), DraftVersion.source == VersionSource.EDITED)
    )
    return {card_id for card_id in found if card_id is not None}


async def load_rules(session: AsyncSession) -> tuple[Lesson, ...]:
    """The rules its person made, oldest first."""
    rows = await session.scalars(select(LearnedRule).order_by(LearnedRule.created_at))
    return tuple(
        Lesson(Family(row.family), row.below, row.threshold, row.answers, row.skipped, row.since)
        for row in rows
    )


async def load_memory(session: AsyncSession, weights: Weights) -> Memory:
    answers = await load_answers(session)
    rules = await load_rules(session)
    taste: Taste | None = fit_taste(answers)
    ruled = {rule.family for rule in rules}
    return Memory(
        answers=len(answers),
        since=min((answer.at for answer in answers), default=None),
        share=taste.share if taste else 0.0,
        rules=rules,
        habits=tuple(habit for habit in lessons(answers) if habit.family not in ruled),
        leanings=tuple(leanings(answers, taste)),
        calibration=calibrate(
            [answer.shown for answer in answers], [answer.wanted for answer in answers], weights
        ),
        instant_at=round(weights.instant_at),
    )


async def make_rule(session: AsyncSession, family: Family) -> Lesson:
    """Make a habit a rule. Raises NotFound when the answers show no such habit (any more)."""
    habit = next((each for each in lessons(await load_answers(session)) if each.family is family), None)
    if habit is None:
        raise NotFound(subject="habit")
    values = {
        "below": habit.below,
        "threshold": habit.threshold,
        "answers": habit.answers,
        "skipped": habit.skipped,
        "since": habit.since,
    }
    await session.execute(
        insert(LearnedRule)
        .values(tenant_id=tenant_of(session), family=family.value, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "family"], set_=values)
    )
    audit.record(session, "rule.made", actor=audit.USER, family=family.value)
    return habit


async def forget(session: AsyncSession, families: Sequence[Family]) -> None:
    """Drop the rules about these numbers, and the numbers themselves from every answer: only new answers teach them anew."""
    names = [family.value for family in families]
    await session.execute(delete(LearnedRule).where(LearnedRule.family.in_(names)))
    await session.execute(
        update(CardAnswer)
        .values(numbers=CardAnswer.numbers.op("-", return_type=JSONB())(cast(names, ARRAY(String))))
        .execution_options(synchronize_session=False)
    )
    audit.record(session, "rule.forgotten", actor=audit.USER, families=",".join(names))


async def forget_all(session: AsyncSession) -> None:
    """Back to the beginning: no answers, no rules."""
    await session.execute(delete(LearnedRule))
    await session.execute(delete(CardAnswer))
    audit.record(session, "learning.reset", actor=audit.USER)
