"""Using up what a role may use: counted by statements that cannot be overtaken, in the transaction of the act itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from uuid import uuid4

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import DailyUse, LlmSpend
from core.access.permissions import Limits, limits_of
from core.db import tenant_of
from core.drafting.llm import Usage
from core.drafting.models import Draft, DraftState, DraftVersion
from core.errors import LimitReached
from core.media.models import MediaState, ReceivedMedia

EXPECTED_COST = Decimal("0.05")
"""US dollars set aside for each text that is being written and whose price nobody knows yet."""

_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)


class Metered(StrEnum):
    DRAFT = "draft"
    EXPORT = "export"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class ModelMoney:
    """US dollars: spent in 24 hours and in 30 days, each with its limit."""

    day: Decimal
    of_day: Decimal
    month: Decimal
    of_month: Decimal


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


async def check_llm_money(session: AsyncSession) -> None:
    """Refuse another text once the model has cost as much as the role may spend in 24 hours or in 30 days. Raises LimitReached
    ("llm_money", "llm_money_month").

    Texts under way count with EXPECTED_COST each; the lock keeps two that begin at once from not seeing each other.
    """
    await lock_limit(session, "llm")
    limits = await limits_of(session)
    writing = await session.scalar(
        select(func.count()).select_from(Draft).where(Draft.state == DraftState.COMPOSING)
    )
    reading = await session.scalar(
        select(func.count()).select_from(ReceivedMedia).where(ReceivedMedia.state == MediaState.READING)
    )
    reserved = EXPECTED_COST * ((writing or 0) + (reading or 0))
    if await llm_spent(session, _DAY) + reserved >= limits.llm_dollars:
        raise LimitReached(
            limit=str(limits.llm_dollars), reason="llm_money", retry_after=_DAY.total_seconds() / 4
        )
    if await llm_spent(session, _MONTH) + reserved >= limits.llm_dollars_a_month:
        raise LimitReached(
            limit=str(limits.llm_dollars_a_month), reason="llm_money_month", retry_after=_DAY.total_seconds()
        )


async def llm_spent(session: AsyncSession, period: timedelta) -> Decimal:
    """US dollars that models charged for this tenant in the last `period`: for drafts and for everything else."""
    total = Decimal(0)
    for table in (DraftVersion, LlmSpend):
        found = await session.scalar(
            select(func.coalesce(func.sum(table.cost_usd), 0)).where(table.created_at > func.now() - period)
        )
        total += Decimal(found or 0)
    return total


async def model_money(session: AsyncSession) -> ModelMoney:
    """What models cost this tenant, beside what they may cost."""
    limits = await limits_of(session)
    return ModelMoney(
        await llm_spent(session, _DAY),
        limits.llm_dollars,
        await llm_spent(session, _MONTH),
        limits.llm_dollars_a_month,
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
