"""What is usual for one person: at which hours they approve things, and how many. Their own past is all that is asked.

Hours: a histogram over the hours of the week, smoothed over neighbouring hours and over the days, because three weeks of
anybody's life leave most of its 168 cells empty. Volume: robust, so that one wild day in the past neither hides the next one
nor makes the rest look odd. Nothing is said before there is enough of a past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median, quantiles

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.security.alerts.models import Alert, AlertKind
from core.security.alerts.service import raise_alert
from core.security.models import AuditEvent

APPROVED = "action.approved"
"""The event that is watched: it is what somebody who got in would do."""

LOOK_BACK = timedelta(days=60)
ENOUGH_ACTIONS = 25
ENOUGH_DAYS = 12
"""Days with at least one action. Before that a person has no habits yet."""

QUIET = timedelta(hours=24)
"""A kind of oddity is told once and then not again for so long."""

_WEEK, _DAY = 168, 24
_NEAR = (1.0, 0.9, 0.7, 0.4)
"""How much an action says about its own hour and the three on either side of it."""
_OF_THE_WEEK = 0.25
"""Share of the very hour of the week in the smoothed histogram; the rest is the hour of the day, whichever day."""
_RARE_HOUR = 0.004

_MOST_A_DAY, _MOST_AN_HOUR = 10, 7
"""Fewer than this many are never a flood, however little somebody usually does."""
_TIMES_USUAL = 2.0
_SPREADS = 4.0
_TO_DEVIATION = 1.4826


def weight_of_hour(history: Sequence[datetime], now: datetime) -> float:
    """How much of somebody's activity falls around this hour: 0 for never, 1 if they do nothing at any other."""
    of_week = Counter(_hour_of_week(at) for at in history)
    of_day = Counter[int]()
    for hour, count in of_week.items():
        of_day[hour % _DAY] += count
    here = _hour_of_week(now)
    week = _around(of_week, here, _WEEK)
    day = _around(of_day, here % _DAY, _DAY)
    return (_OF_THE_WEEK * week + (1 - _OF_THE_WEEK) * day) / len(history)


def is_unusual_hour(history: Sequence[datetime], now: datetime) -> bool:
    return has_habits(history) and weight_of_hour(history, now) < _RARE_HOUR


def is_unusual_volume(history: Sequence[datetime], now: datetime) -> bool:
    """Whether this action makes too many of a day, or of an hour. `history` is what came before it, oldest first."""
    before = [at for at in history if at <= now - QUIET]
    if not has_habits(before):
        return False
    return _too_many(before, history, now, timedelta(days=1), _MOST_A_DAY) or _too_many(
        before, history, now, timedelta(hours=1), _MOST_AN_HOUR
    )


def has_habits(history: Sequence[datetime]) -> bool:
    return len(history) >= ENOUGH_ACTIONS and len({at.date() for at in history}) >= ENOUGH_DAYS


def _around(counts: Counter[int], here: int, cells: int) -> float:
    return sum(
        share * (counts[(here + step) % cells] + (counts[(here - step) % cells] if step else 0))
        for step, share in enumerate(_NEAR)
    )


def _hour_of_week(at: datetime) -> int:
    return at.weekday() * _DAY + at.hour


def _too_many(
    before: Sequence[datetime], history: Sequence[datetime], now: datetime, window: timedelta, least: int
) -> bool:
    recent = 1 + sum(at > now - window for at in history)
    return recent > least and recent > _bound(_runs(before, window))


def _runs(history: Sequence[datetime], window: timedelta) -> list[int]:
    """How many actions each stretch of activity held: stretches begin with an action and last one window."""
    runs: list[int] = []
    began: datetime | None = None
    for at in history:
        if began is None or at >= began + window:
            began = at
            runs.append(0)
        runs[-1] += 1
    return runs


def _bound(runs: Sequence[int]) -> float:
    middle = median(runs)
    spread = _TO_DEVIATION * median(abs(run - middle) for run in runs)
    high = quantiles(runs, n=20, method="inclusive")[-1] if len(runs) > 1 else middle
    return max(_TIMES_USUAL * high, middle + _SPREADS * spread)


async def consider(session: AsyncSession, *, clock: Clock) -> None:
    """Look at the action that this transaction approves, and raise an alert if it is not like its person."""
    now = clock.now()
    history = list(
        await session.scalars(
            select(AuditEvent.created_at)
            .where(AuditEvent.event == APPROVED, AuditEvent.created_at > now - LOOK_BACK)
            .order_by(AuditEvent.seq)
        )
    )
    if is_unusual_hour(history, now) and not await _told(session, AlertKind.UNUSUAL_HOUR, now):
        await raise_alert(session, AlertKind.UNUSUAL_HOUR)
    if is_unusual_volume(history, now) and not await _told(session, AlertKind.UNUSUAL_VOLUME, now):
        count = 1 + sum(at > now - QUIET for at in history)
        await raise_alert(session, AlertKind.UNUSUAL_VOLUME, count=count)


async def _told(session: AsyncSession, kind: AlertKind, now: datetime) -> bool:
    found = await session.scalar(
        select(Alert.id).where(Alert.kind == kind.value, Alert.created_at > now - QUIET).limit(1)
    )
    return found is not None
