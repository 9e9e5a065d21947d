"""Using up what a role may use: counted by statements that cannot be overtaken, in the transaction of the act itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from uuid import uuid4

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import DailyUse
from core.access.permissions import Limits, limits_of
from core.db import tenant_of
from core.drafting.models import Draft, DraftState, DraftVersion
from core.errors import LimitReached

EXPECTED_COST = Decimal("0.05")
"""US dollars set aside for each text that is being written and whose price nobody knows yet."""

_DAY = timedelta(days=1)


class Metered(StrEnum):
    DRAFT = "draft"
    EXPORT = "export"


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
    """Refuse another text once the model has cost as much as the role may spend in 24 hours. Raises LimitReached.

    Texts under way count with EXPECTED_COST each; the lock keeps two that begin at once from not seeing each other.
    """
    await lock_limit(session, "llm")
    limit = (await limits_of(session)).llm_dollars
    spent = await session.scalar(
        select(func.coalesce(func.sum(DraftVersion.cost_usd), 0)).where(
            DraftVersion.created_at > func.now() - _DAY
        )
    )
    writing = await session.scalar(
        select(func.count()).select_from(Draft).where(Draft.state == DraftState.COMPOSING)
    )
    if Decimal(spent or 0) + EXPECTED_COST * (writing or 0) >= limit:
        raise LimitReached(limit=str(limit), reason="llm_money", retry_after=_DAY.total_seconds() / 4)


async def lock_limit(session: AsyncSession, what: str) -> None:
    """Hold this tenant's counting of `what` until the transaction ends."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"limit|{what}|{tenant_of(session)}", 0)))
    )


def _per_day(limits: Limits, metered: Metered) -> int:
    return {Metered.DRAFT: limits.drafts_a_day, Metered.EXPORT: limits.exports_a_day}[metered]


async def _to_midnight(session: AsyncSession) -> float:
    now = func.timezone("utc", func.now())
    left = await session.scalar(select(func.extract("epoch", func.date_trunc("day", now) + _DAY - now)))
    return max(60.0, float(left or 60.0))
