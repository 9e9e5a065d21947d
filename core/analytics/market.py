"""Where the market of a person's own searches goes: postings, pay and applicants by week, and the week to come.

Counted from cards: postings that a search found and its rules let pass. It says nothing about Upwork as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.jobs_feed.models import JobCard
from core.learning.answers import NUMBERS
from core.matching.learning import Family
from core.searches.models import SavedSearch

WEEK = timedelta(days=7)
MIN_WEEKS = 4
LOOK_BACK_WEEKS = 12
_STOPPED = SavedSearch.deleted_at.is_not(None) | SavedSearch.paused_at.is_not(None)
MIN_IN_WEEK = 3
"""A week's median needs as many postings that name the number."""


_T = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812)
"""Student's t, 90 % two-sided, by degrees of freedom from 1."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A posting that got through: when it was seen, US dollars an hour or for the job, and its applicants then.

    `search_since` is when its search began to look; None for a search that no longer looks.
    """

    seen_at: datetime
    search_since: datetime | None
    hourly: float | None = None
    budget: float | None = None
    applicants: float | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """`weekly` oldest first; `change` per week in the series' own unit; the week to come is `expected`, and nine times in ten
    within `low`..`high` if the past weeks' scatter goes on. `clear`: the change stands out from the scatter."""

    weekly: tuple[float, ...]
    change: float
    expected: float
    low: float
    high: float
    clear: bool


@dataclass(frozen=True, slots=True)
class Market:
    """A trend is None where the weeks are too few or too thin to speak of; `weeks` are the whole ones there are."""

    weeks: int
    postings: Trend | None
    hourly: Trend | None
    budget: Trend | None
    applicants: Trend | None


async def load_market(session: AsyncSession, *, clock: Clock) -> Market:
    """From this tenant's cards of the last `LOOK_BACK_WEEKS` whole weeks."""
    now = clock.now()
    rows = await session.execute(
        select(JobCard.seen_at, JobCard.facts, SavedSearch.created_at, _STOPPED.label("stopped"))
        .join(
            SavedSearch,
            (SavedSearch.tenant_id == JobCard.tenant_id) & (SavedSearch.id == JobCard.search_id),
        )
        .where(JobCard.seen_at >= now - LOOK_BACK_WEEKS * WEEK)
    )
    passed = []
    for row in rows:
        numbers = row.facts.get(NUMBERS) or {}
        passed.append(
            Passed(
                row.seen_at,
                None if row.stopped else row.created_at,
                numbers.get(Family.HOURLY),
                numbers.get(Family.BUDGET),
                numbers.get(Family.CROWD),
            )
        )
    return read_market(passed, now=now)


def read_market(passed: Sequence[Passed], *, now: datetime) -> Market:
    """Weeks are counted back from now; the first one is whole only if something was seen before it, so it is left out.

    Postings are counted for searches that looked all the time: a new search would look like a growing market. A week without any
    is unknown, because a pause looks the same.
    """
    by_week: dict[int, list[Passed]] = {}
    for each in passed:
        by_week.setdefault(int((now - each.seen_at) / WEEK), []).append(each)
    oldest = max(by_week, default=0)
    # The oldest week may have begun in its middle: the searches were new then, or it is cut off.
    weeks = [by_week.get(age, []) for age in range(oldest - 1, -1, -1)]
    steady = now - oldest * WEEK
    counts = [
        sum(each.search_since is not None and each.search_since <= steady for each in week) for week in weeks
    ]
    return Market(
        weeks=len(weeks),
        postings=trend([float(count) or None for count in counts]),
        hourly=trend(_medians([[each.hourly for each in week] for week in weeks])),
        budget=trend(_medians([[each.budget for each in week] for week in weeks])),
        applicants=trend(_medians([[each.applicants for each in week] for week in weeks])),
    )


def trend(weekly: Sequence[float | None]) -> Trend | None:
    """Theil and Sen's line through the weeks: the median of all slopes, which one odd week does not bend."""
    known = [(float(index), value) for index, value in enumerate(weekly) if value is not None]
    if len(known) < MIN_WEEKS or weekly[-1] is None:
        return None
    slopes = [
        (later - earlier) / (at - before)
        for position, (before, earlier) in enumerate(known)
        for at, later in known[position + 1 :]
    ]
    change = median(slopes)
    start = median(value - change * at for at, value in known)
    scatter = np.array([value - (start + change * at) for at, value in known])
    places = np.array([at for at, _ in known])
    spread = _spread(places, scatter, float(len(weekly)))
    expected = max(0.0, start + change * len(weekly))
    return Trend(
        tuple(value for _, value in known),
        change,
        expected,
        max(0.0, expected - spread),
        expected + spread,
        _clear(slopes, len(known)),
    )


def _spread(places: NDArray[np.float64], scatter: NDArray[np.float64], at: float) -> float:
    """Half the 90 % range of a single value at `at`, as for a straight line through normal scatter: few weeks make it wide, both
    because they know little of the scatter and because the line swings. An odd week, which bends no slope, widens it.
    """
    free = len(places) - 2
    deviation = 1.2533 * float(np.abs(scatter).mean()) * sqrt(len(places) / free)
    middle = float(places.mean())
    swing = (at - middle) ** 2 / float(((places - middle) ** 2).sum())
    return _T[min(free, len(_T)) - 1] * deviation * sqrt(1 + 1 / len(places) + swing)


def _clear(slopes: Sequence[float], weeks: int) -> bool:
    """Mann and Kendall's test, 5 % two-sided: do more pairs of weeks rise (or fall) than chance would let them?"""
    balance = sum((slope > 0) - (slope < 0) for slope in slopes)
    spread = sqrt(weeks * (weeks - 1) * (2 * weeks + 5) / 18)
    return (abs(balance) - 1) / spread > 1.96


def _medians(weeks: Sequence[Sequence[float | None]]) -> list[float | None]:
    known = [[value for value in week if value is not None] for week in weeks]
    return [median(week) if len(week) >= MIN_IN_WEEK else None for week in known]
