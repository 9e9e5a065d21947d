"""Using up what a role may use: counted by statements that cannot be overtaken, in the transaction of the act itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import DailyUse, LlmSpend
from core.access.permissions import Limits, limits_of
from core.db import tenant_of
from core.drafting.llm import Usage
from core.drafting.models import Draft, DraftState, DraftVersion
from core.errors import LimitReached
from core.jobs_feed.models import PostingRow
from core.media.models import MediaState, ReceivedMedia
from core.security.stepup.limits import limits_of as own_limits
from core.templates.models import Template

EXPECTED_COST = Decimal("0.05")
"""US dollars set aside for each text that is being written and whose price nobody knows yet."""
EXPECTED_READING = Decimal("0.005")
"""The same for each posting that is being read."""
LONGEST_CALL = timedelta(minutes=10)
"""What a dead process was paying for is no longer set aside after this long; no job runs longer."""

_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)


class Metered(StrEnum):
    DRAFT = "draft"
    EXPORT = "export"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class ModelMoney:
    """US dollars: spent in 24 hours and in 30 days, each with the limit that holds: the role's, or the person's own lower one.

    `plan_day` and `plan_month` are the role's.
    """

    day: Decimal
    of_day: Decimal
    month: Decimal
    of_month: Decimal
    plan_day: Decimal
    plan_month: Decimal

    @property
    def full(self) -> str | None:
        """Which limit is used up, as the reason of a LimitReached; None while there is room."""
        if self.day >= self.of_day:
            return "llm_money"
        return "llm_money_month" if self.month >= self.of_month else None


async def take(session: AsyncSession, metered: Metered) -> None:
    """Count one act against today's limit. One statement, so of many at once none too many gets through.

    Days are UTC days of the database's clock. Raises LimitReached with `limit`, `reason` and `retry_after` up to midnight.
    """
    limit = _per_day(await limits_of(session), metered)
    today = cast(func.timezone("utc", func.now()), Date)
    statement = insert(DailyUse).values(
        tenant_id=tenant_of(session), id=uuid4(), kind=metered.value, day=today, used=1
    )
    counted = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "kind", "day"],
            set_={"used": DailyUse.used + 1},
            where=DailyUse.used < limit,
        ).returning(DailyUse.used)
    )
    if counted is None:
        wait = await _to_midnight(session)
        raise LimitReached(
            limit=limit, reason=f"{metered.value}s_a_day", retry_after=wait, hours=ceil(wait / 3600)
        )


async def check_llm_money(session: AsyncSession, *, beside: UUID | None = None) -> None:
    """Refuse another call once models have cost as much as they may in 24 hours or in 30 days. Raises LimitReached
    ("llm_money", "llm_money_month").

    What is under way counts with what it is expected to cost, and the lock keeps two that begin at once from not seeing each
    other. So a burst goes beyond the limit by no more than it costs more than expected. `beside` is the caller's own draft, which
    is marked as being written already.
    """
    await lock_limit(session, "llm")
    money = await model_money(session)
    reserved = await _reserved(session, beside)
    waiting = replace(money, day=money.day + reserved, month=money.month + reserved)
    if waiting.full == "llm_money":
        wait = _DAY.total_seconds() / 4
        raise LimitReached(limit=str(money.of_day), reason="llm_money", retry_after=wait)
    if waiting.full == "llm_money_month":
        wait = _DAY.total_seconds()
        raise LimitReached(limit=str(money.of_month), reason="llm_money_month", retry_after=wait)


async def _reserved(session: AsyncSession, beside: UUID | None) -> Decimal:
    """US dollars that calls under way are expected to cost: drafts, templates, postings."""
    since = func.now() - LONGEST_CALL
    drafts = select(func.count()).select_from(Draft).where(Draft.state == DraftState.COMPOSING)
    if beside is not None:
        drafts = drafts.where(Draft.id != beside)
    templates = select(func.count()).select_from(Template).where(Template.improving_at > since)
    readings = (
        select(func.count())
        .select_from(PostingRow)
        .where(PostingRow.reading.is_(None), PostingRow.reading_at > since)
    )
    media = select(func.count()).select_from(ReceivedMedia).where(ReceivedMedia.state == MediaState.READING)
    texts = sum([await session.scalar(asked) or 0 for asked in (drafts, templates, media)])
    return EXPECTED_COST * texts + EXPECTED_READING * (await session.scalar(readings) or 0)


async def llm_spent(session: AsyncSession, since: datetime | ColumnElement[datetime]) -> Decimal:
    """US dollars that models charged for this tenant since then: for drafts and for everything else."""
    total = Decimal(0)
    for table in (DraftVersion, LlmSpend):
        found = await session.scalar(
            select(func.coalesce(func.sum(table.cost_usd), 0)).where(table.created_at > since)
        )
        total += Decimal(found or 0)
    return total


async def model_money(session: AsyncSession) -> ModelMoney:
    """What models cost this tenant, beside what they may cost."""
    plan, own = await limits_of(session), await own_limits(session)
    return ModelMoney(
        day=await llm_spent(session, func.now() - _DAY),
        of_day=min(plan.llm_dollars, own.model_day),
        month=await llm_spent(session, func.now() - _MONTH),
        of_month=min(plan.llm_dollars_a_month, own.model_month),
        plan_day=plan.llm_dollars,
        plan_month=plan.llm_dollars_a_month,
    )


def note_spend(session: AsyncSession, purpose: str, usage: Usage) -> None:
    """Count a bill that belongs to no draft, in the transaction that notes what it was for."""
    session.add(
        LlmSpend(
            tenant_id=tenant_of(session),
            id=uuid4(),
            purpose=purpose,
            model=usage.model,
            tokens_in=usage.input_tokens,
            tokens_out=usage.output_tokens,
            cost_usd=usage.cost or Decimal(0),
        )
    )


async def lock_limit(session: AsyncSession, what: str) -> None:
    """Hold this tenant's counting of `what` until the transaction ends."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"limit|{what}|{tenant_of(session)}", 0)))
    )


def _per_day(limits: Limits, metered: Metered) -> int:
    return {
        Metered.DRAFT: limits.drafts_a_day,
        Metered.EXPORT: limits.exports_a_day,
        Metered.READING: limits.drafts_a_day,  # a picture or a voice note costs what a short text costs
    }[metered]


async def _to_midnight(session: AsyncSession) -> float:
    now = func.timezone("utc", func.now())
    left = await session.scalar(select(func.extract("epoch", func.date_trunc("day", now) + _DAY - now)))
    return max(60.0, float(left or 60.0))
