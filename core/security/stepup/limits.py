"""A person's own limits: seen by all their sessions, lowered freely, raised only by stepping up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.errors import Invalid
from core.security import audit
from core.security.assurance import Act, StepUpNeeded
from core.security.stepup.models import LimitsRow
from core.security.stepup.service import require


class Limit(StrEnum):
    """The column's name in `limits`."""

    BIDS_A_DAY = "bids_a_day"
    CONNECTS_A_WEEK = "connects_a_week"
    HIGHEST_HOURLY = "highest_hourly"
    HIGHEST_FIXED = "highest_fixed"
    MODEL_DAY = "model_day"
    MODEL_MONTH = "model_month"


@dataclass(frozen=True, slots=True)
class Limits:
    """Proposals within 24 hours, Connects within seven days, the highest bid in US dollars by the hour and for a job, and what
    language models may cost in 24 hours and in 30 days. The last two hold where they are below the role's (`core.access.quota`).
    """

    bids_a_day: int = 20
    connects_a_week: int = 800
    highest_hourly: Decimal = Decimal(250)
    highest_fixed: Decimal = Decimal(15_000)
    model_day: Decimal = Decimal(1_000)
    model_month: Decimal = Decimal(1_000)

    def value(self, limit: Limit) -> Decimal:
        return Decimal(getattr(self, limit.value))


DEFAULTS = Limits()

CEILINGS = {
    Limit.BIDS_A_DAY: Decimal(200),
    Limit.CONNECTS_A_WEEK: Decimal(10_000),
    Limit.HIGHEST_HOURLY: Decimal(1_000),
    Limit.HIGHEST_FIXED: Decimal(1_000_000),
    Limit.MODEL_DAY: Decimal(1_000),
    Limit.MODEL_MONTH: Decimal(1_000),
}
"""What nobody may go above, stepped up or not."""

OF_MODELS = (Limit.MODEL_DAY, Limit.MODEL_MONTH)

WHOLE = frozenset({Limit.BIDS_A_DAY, Limit.CONNECTS_A_WEEK})
"""Limits that count something."""


async def limits_of(session: AsyncSession, *, lock: bool = False) -> Limits:
    """This tenant's limits. `lock` makes everybody else who would spend wait for the end of this transaction."""
    tenant_id = tenant_of(session)
    wanted = select(LimitsRow).where(LimitsRow.tenant_id == tenant_id)
    if lock:
        await session.execute(
            insert(LimitsRow)
            .values(
                tenant_id=tenant_id,
                id=uuid4(),
                **{limit.value: getattr(DEFAULTS, limit.value) for limit in Limit},
            )
            .on_conflict_do_nothing()
        )
        wanted = wanted.with_for_update()
    row = await session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        return DEFAULTS
    return Limits(
        row.bids_a_day,
        row.connects_a_week,
        row.highest_hourly,
        row.highest_fixed,
        row.model_day,
        row.model_month,
    )


def check_value(limit: Limit, value: Decimal) -> Decimal:
    """Raises Invalid ("limit_range" with `limit`, the highest there is)."""
    ceiling = CEILINGS[limit]
    if not value.is_finite() or not 0 <= value <= ceiling or (limit in WHOLE and value != int(value)):
        raise Invalid(reason="limit_range", limit=int(ceiling))
    return value.quantize(Decimal(1) if limit in WHOLE else Decimal("0.01"))


def subject_of(limit: Limit, value: Decimal) -> str:
    """What a step-up for raising a limit is bound to: this limit to this value."""
    return f"{limit.value}={value.normalize():f}"


async def _may_raise(session: AsyncSession, limit: Limit, value: Decimal, *, by: str, clock: Clock) -> None:
    try:
        await require(session, Act.RAISE_LIMITS, subject=subject_of(limit, value), by=by, clock=clock)
    except StepUpNeeded as needed:
        resume = {"limit": limit.value, "value": f"{value:f}"}
        raise StepUpNeeded(needed.act, needed.subject, resume=resume) from None


async def set_limit(session: AsyncSession, limit: Limit, value: Decimal, *, by: str, clock: Clock) -> Limits:
    """Change one limit. Raises Invalid out of range, and StepUpNeeded (RAISE_LIMITS) for more than there is now."""
    value = check_value(limit, value)
    before = await limits_of(session, lock=True)
    if value > before.value(limit):
        await _may_raise(session, limit, value, by=by, clock=clock)
    row = (await session.scalars(select(LimitsRow).where(LimitsRow.tenant_id == tenant_of(session)))).one()
    setattr(row, limit.value, int(value) if limit in WHOLE else value)
    audit.record(
        session,
        "limits.changed",
        actor=audit.USER,
        limit=limit.value,
        before=float(before.value(limit)),
        after=float(value),
    )
    await session.flush()
    return await limits_of(session)
