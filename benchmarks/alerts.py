"""A month of ordinary use of many people, replayed against the alerts, and then the same people with a thief in their account.

`python -m benchmarks.alerts [people] [seed]` prints how many alerts ordinary use raises and which attacks are found. Nothing is
tuned to a person: the same code judges all of them, from nothing but the times at which they approved something before.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from core.security.alerts import habits
from core.security.alerts.models import AlertKind

START = datetime(2026, 1, 5, tzinfo=UTC)
BEFORE = 30
MONTH = 30
"""Days of history, and days that are replayed."""


class Attack(StrEnum):
    """`NIGHT`: a burst while its owner sleeps. `FLOOD`: five usual days within three hours of a usual day. `DRIP`: one approval
    an hour, all night. `HAND`: a single approval in the middle of the working day, which nothing tells from its owner."""

    NIGHT = "a burst at night"
    FLOOD = "five times the usual volume"
    DRIP = "one an hour, at night"
    HAND = "one, at a usual hour"


@dataclass(frozen=True, slots=True)
class Person:
    """`rises` is their first working hour (UTC), `pace` approvals on a usual day."""

    rises: float
    works: float
    pace: float
    weekends: float
    owl: float
    traveller: bool
    rng: random.Random = field(repr=False)


@dataclass(slots=True)
class Measured:
    people: int = 0
    days: int = 0
    actions: int = 0
    false_alerts: Counter[AlertKind] = field(default_factory=Counter)
    found: Counter[Attack] = field(default_factory=Counter)
    tried: Counter[Attack] = field(default_factory=Counter)

    @property
    def per_action(self) -> float:
        return sum(self.false_alerts.values()) / max(1, self.actions)

    @property
    def per_day(self) -> float:
        return sum(self.false_alerts.values()) / max(1, self.days)


def make_person(rng: random.Random) -> Person:
    return Person(
        rises=rng.choice([rng.uniform(5, 9), rng.uniform(5, 9), rng.uniform(9, 14), rng.uniform(16, 20)]),
        works=rng.uniform(7, 11),
        pace=rng.lognormvariate(1.1, 0.5),
        weekends=rng.choice([0.0, 0.15, 0.4, 0.8]),
        owl=rng.choice([0.0, 0.02, 0.05, 0.15]),
        traveller=rng.random() < 0.08,
        rng=rng,
    )


def live(person: Person, days: int) -> list[datetime]:
    """When they approve things: work days, weekends, a holiday, late evenings, hunting days with two or three times as much,
    a trip some hours away, and daylight saving half way."""
    rng = person.rng
    holiday = _stretch(rng, days, rng.randint(3, 7)) if rng.random() < 0.4 else range(0)
    trip = _stretch(rng, days, rng.randint(4, 10)) if person.traveller else range(0)
    shift = rng.choice([-5, -2, 2, 3, 6])
    moments: list[datetime] = []
    for day in range(days):
        date = START + timedelta(days=day)
        if day in holiday or (date.weekday() >= 5 and rng.random() > person.weekends):
            continue
        pace = person.pace * rng.choice([0.3, 0.7, 1, 1, 1, 1.2, 1.5, 2.0 if rng.random() < 0.7 else 3.0])
        begins = (
            person.rises + rng.gauss(0, 0.7) + (shift if day in trip else 0) + (1 if day > days / 2 else 0)
        )
        for _ in range(_poisson(rng, pace)):
            hour = begins + person.works * rng.betavariate(1.4, 1.6)
            if rng.random() < person.owl:
                hour = begins + person.works + rng.expovariate(1 / 1.5)
            moments.append(date + timedelta(hours=hour))
            # Who approves one often approves the next a few minutes later.
            if rng.random() < 0.25:
                moments.append(moments[-1] + timedelta(minutes=rng.uniform(1, 15)))
    return sorted(moments)


def attack(person: Person, kind: Attack, usual: Sequence[datetime]) -> list[datetime]:
    rng = person.rng
    day = START + timedelta(days=BEFORE + rng.randint(5, MONTH - 5))
    asleep = day + timedelta(hours=person.rises + person.works + 7 + rng.uniform(-0.5, 1))
    awake = day + timedelta(hours=person.rises + person.works / 2)
    if kind is Attack.NIGHT:
        return [asleep + timedelta(minutes=3 * number) for number in range(8)]
    if kind is Attack.DRIP:
        return [asleep + timedelta(hours=number) for number in range(3)]
    if kind is Attack.HAND:
        return [awake]
    days = Counter(at.date() for at in usual)
    many = max(10, round(5 * sum(days.values()) / max(1, len(days))))
    return [awake + timedelta(minutes=180 * number / many) for number in range(many)]


def alerts_in(moments: Iterable[datetime]) -> list[tuple[datetime, AlertKind]]:
    """What `habits` would have raised while this happened, each kind at most once within its quiet time."""
    history: list[datetime] = []
    told: dict[AlertKind, datetime] = {}
    raised: list[tuple[datetime, AlertKind]] = []
    for now in moments:
        recent = [at for at in history if at > now - habits.LOOK_BACK]
        for kind, unusual in (
            (AlertKind.UNUSUAL_HOUR, habits.is_unusual_hour),
            (AlertKind.UNUSUAL_VOLUME, habits.is_unusual_volume),
        ):
            if unusual(recent, now) and now - told.get(kind, START - timedelta(days=9)) >= habits.QUIET:
                told[kind] = now
                raised.append((now, kind))
        history.append(now)
    return raised


def measure(*, people: int, seed: int) -> Measured:
    """Replay everybody's month, then once more for each attack on everybody who has habits by then."""
    measured = Measured(people=people)
    since = START + timedelta(days=BEFORE)
    for number in range(people):
        person = make_person(random.Random(f"{seed}/{number}"))
        usual = live(person, BEFORE + MONTH)
        measured.days += MONTH
        measured.actions += sum(at >= since for at in usual)
        ordinary = alerts_in(usual)
        measured.false_alerts.update(kind for at, kind in ordinary if at >= since)
        if not habits.has_habits(list(takewhile(lambda at: at < since, usual))):
            continue
        for kind in Attack:
            planted = attack(person, kind, usual)
            raised = alerts_in(sorted([*usual, *planted]))
            measured.tried[kind] += 1
            measured.found[kind] += any(planted[0] <= at <= planted[-1] for at, _ in raised)
    return measured


def table(measured: Measured) -> str:
    lines = [
        f"{measured.people} people, {measured.days} days, {measured.actions} approvals in the replayed month",
        f"{'false alerts':<32}{sum(measured.false_alerts.values()):>8}",
        *(
            f"  {kind.value:<30}{measured.false_alerts[kind]:>8}"
            for kind in (AlertKind.UNUSUAL_HOUR, AlertKind.UNUSUAL_VOLUME)
        ),
        f"{'  per approval':<32}{measured.per_action:>8.2%}",
        f"{'  per person and day':<32}{measured.per_day:>8.2%}",
        "attacks found, of people with a past",
        *(
            f"  {kind.value:<30}{measured.found[kind] / max(1, measured.tried[kind]):>8.1%}  of {measured.tried[kind]}"
            for kind in Attack
        ),
    ]
    return "\n".join(lines)


def _stretch(rng: random.Random, days: int, length: int) -> range:
    begins = rng.randint(0, days - length)
    return range(begins, begins + length)


def _poisson(rng: random.Random, mean: float) -> int:
    count, left = 0, rng.expovariate(1)
    while left < mean:
        count += 1
        left += rng.expovariate(1)
    return count


def main(people: int = 400, seed: int = 7) -> None:
    print(table(measure(people=people, seed=seed)))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
