"""What an action spends of its person's limits, counted where it is approved and again where it is claimed.

Both happen while the tenant's row in `limits` is locked, so of fifty at once only as many get through as there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.jobs_feed.posting import ContractType
from core.proposals.models import Action, ActionKind, ActionState
from core.proposals.payload import Payload
from core.proposals.settling import DROPPED
from core.security.stepup.limits import Limit, Limits, limits_of

CONNECTS_EACH = 16
"""Upwork's interface does not say what a proposal costs, so each is counted as a dear one."""

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)

_SPENT = or_(
    Action.state.in_(
        [
            ActionState.APPROVED,
            ActionState.CLAIMED,
            ActionState.ON_WIRE,
            ActionState.SENT,
            ActionState.NEEDS_HUMAN,
            ActionState.HANDED_OFF,
        ]
    ),
    # Nobody knows whether these left, so they count.
    and_(Action.state == ActionState.EXPIRED, Action.on_wire_at.is_not(None)),
    and_(Action.state == ActionState.REJECTED, Action.problem == DROPPED, Action.on_wire_at.is_not(None)),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Proposals of the last day and Connects of the last week."""

    bids: int
    connects: int


def connects_of(payload: Payload) -> int:
    return CONNECTS_EACH if payload.kind is ActionKind.PROPOSAL else 0


async def spent(session: AsyncSession, *, clock: Clock, claimed_by: UUID | None = None) -> Spent:
    """What has been spent, approvals that wait included.

    For the action that is being claimed (`claimed_by`) only what went before it counts: not itself, not what still waits.
    """
    now = clock.now()
    mine = [
        Action.tenant_id == tenant_of(session),
        Action.kind == ActionKind.PROPOSAL.value,
        Action.spent_at > now - WEEK,
        _SPENT,
    ]
    if claimed_by is not None:
        mine += [Action.id != claimed_by, Action.state != ActionState.APPROVED]
    row = (
        await session.execute(
            select(func.count().filter(Action.spent_at > now - DAY), func.sum(Action.connects)).where(*mine)
        )
    ).one()
    return Spent(int(row[0]), int(row[1] or 0))


async def over_limit(
    session: AsyncSession, payload: Payload, *, clock: Clock, claimed_by: UUID | None = None
) -> Limit | None:
    """The first limit that this proposal would go beyond, or None. Replies spend nothing.

    Locks the tenant's limits until the transaction ends.
    """
    if payload.kind is not ActionKind.PROPOSAL:
        return None
    limits = await limits_of(session, lock=True)
    size = _too_high(limits, payload)
    if size is not None:
        return size
    before = await spent(session, clock=clock, claimed_by=claimed_by)
    if before.bids + 1 > limits.bids_a_day:
        return Limit.BIDS_A_DAY
    if before.connects + connects_of(payload) > limits.connects_a_week:
        return Limit.CONNECTS_A_WEEK
    return None


def _too_high(limits: Limits, payload: Payload) -> Limit | None:
    bid = payload.bid or Decimal(0)
    if payload.contract is ContractType.HOURLY:
        return Limit.HIGHEST_HOURLY if bid > limits.highest_hourly else None
    return Limit.HIGHEST_FIXED if bid > limits.highest_fixed else None
