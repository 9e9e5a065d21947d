"""Habits read off a person's answers, in a form that can be said: "you skip fixed-price jobs under $300"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from operator import ge, lt

from core.matching.learning import Answered, Family, Numbers, Taste

MIN_MATCHING = 8
"""Fewer answers than this are no habit."""

SURE_SHARE = 0.6
BEYOND_OTHERS = 0.2
MIN_OTHERS = 3

MIN_LEANING_ANSWERS = 20
LEANING_AT = 0.25
SHOWN_LEANINGS = 4

# Which way a habit of skipping goes, and at which round numbers it may be said.
BELOW = {
    Family.BUDGET: (100, 200, 300, 500, 1000),
    Family.HOURLY: (15, 20, 30, 40, 60),
    Family.SPENT: (1, 100, 1000),
    Family.HIRE_RATE: (0.25, 0.5),
    Family.VERIFIED: (0.5,),
    Family.LEVEL: (1.5,),
}
FROM = {Family.CROWD: (10, 20, 50), Family.QUESTIONS: (1, 3), Family.AGE: (360,), Family.CONTRACT: (0.5,)}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A habit: `skipped` of `answers` cards with the number below (or from) `threshold` were skipped, the first at `since`."""

    family: Family
    below: bool
    threshold: float
    answers: int
    skipped: int
    since: datetime

    def holds_for(self, numbers: Numbers) -> bool:
        return matches(numbers, self.family, self.threshold, below=self.below)


@dataclass(frozen=True, slots=True)
class Leaning:
    """What the model leans to: `more` says whether more of it makes a card likelier to be taken."""

    family: Family
    more: bool
    answers: int
    since: datetime


def matches(numbers: Numbers, family: Family, threshold: float, *, below: bool) -> bool:
    """Whether a rule says anything against a posting; what Upwork did not say breaks no rule."""
    value = numbers.get(family)
    return value is not None and (lt if below else ge)(value, threshold)


def lessons(answers: Sequence[Answered]) -> list[Lesson]:
    """One habit per family at most, the surest first. A skip for a reason that names another thing still counts as a skip."""
    found = []
    for below, thresholds in ((True, BELOW), (False, FROM)):
        for family, steps in thresholds.items():
            known = [answer for answer in answers if family in answer.numbers]
            habits = [habit for step in steps if (habit := _habit(known, family, step, below=below))]
            if habits:
                found.append(
                    max(habits, key=lambda habit: habit.answers * _floor(habit.skipped, habit.answers))
                )
    return sorted(found, key=lambda lesson: -_floor(lesson.skipped, lesson.answers))


def leanings(answers: Sequence[Answered], taste: Taste | None) -> list[Leaning]:
    """The model's strongest leanings, strongest first; none before there are answers enough to speak of them."""
    if taste is None or taste.answers < MIN_LEANING_ANSWERS:
        return []
    strongest = sorted(taste.weights.items(), key=lambda item: -abs(item[1]))
    return [
        Leaning(family, weight > 0, len(known), min(answer.at for answer in known))
        for family, weight in strongest[:SHOWN_LEANINGS]
        if abs(weight) >= LEANING_AT and (known := [each for each in answers if family in each.numbers])
    ]


def _habit(known: Sequence[Answered], family: Family, threshold: float, *, below: bool) -> Lesson | None:
    hit = [answer for answer in known if matches(answer.numbers, family, threshold, below=below)]
    rest = [answer for answer in known if not matches(answer.numbers, family, threshold, below=below)]
    if len(hit) < MIN_MATCHING or len(rest) < MIN_OTHERS:
        return None
    skipped = sum(not answer.wanted for answer in hit)
    others = sum(not answer.wanted for answer in rest) / len(rest)
    # Whoever skips everything has no habit about this.
    if _floor(skipped, len(hit)) < SURE_SHARE or skipped / len(hit) < others + BEYOND_OTHERS:
        return None
    return Lesson(family, below, threshold, len(hit), skipped, min(answer.at for answer in hit))


def _floor(count: int, total: int) -> float:
    """Wilson's lower bound of a share, 90 % two-sided."""
    z = 1.645
    share = count / total
    middle = share + z * z / (2 * total)
    return (middle - z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))) / (
        1 + z * z / total
    )
