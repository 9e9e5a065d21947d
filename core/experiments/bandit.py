"""Which variant the next draft gets, and whether one of them is the better one: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log, prod, sqrt
from random import Random

from core.analytics.rates import Tally

PRIOR_HITS, PRIOR_MISSES = 1.0, 12.0
"""What is believed before the first outcome: about 7.7 %, near the 7.45 % that proposals on Upwork get on average. It weighs as
much as 13 outcomes."""

MIN_N = 30
"""Outcomes each variant needs before anything is said about which is better."""
MIN_HITS = 5
"""Answers there must be in all: without them every variant is equally silent."""
SURE = 0.997
"""How likely the best one must be the best. Far above the usual 0.95, because people look again after every few answers: with
a hundred looks at two equal variants, 0.985 called one of them better in every fifth run (see `benchmarks.experiments`)."""

LEAST = 0.5
"""Of an equal share of the drafts, so much goes to every variant even while another one is far ahead."""

_STEPS = 240


class Split(StrEnum):
    THOMPSON = "thompson"  # the more it answers, the more often it is tried
    FIXED = "fixed"  # equal shares


class Verdict(StrEnum):
    NOT_ENOUGH = "not_enough"
    OPEN = "open"  # enough outcomes, no clear winner
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Reading:
    """`best` is the leading variant's place and `chance` how likely it is the best of all, 0..1; None before there is enough."""

    verdict: Verdict
    best: int | None = None
    chance: float | None = None


def choose(tallies: Sequence[Tally], drawn: Sequence[int], split: Split, rng: Random) -> int:
    """The place of the variant for the next draft. `drawn` counts the drafts that each one got so far.

    The one with the fewest drafts is next, whatever the split, until each had MIN_N, and later whenever it has less than LEAST of
    an equal share: a variant that had bad luck at first must not starve, and a starved one leaves the question open for ever.
    """
    fewest = min(drawn)
    if split is Split.FIXED or fewest < MIN_N or fewest * len(drawn) < LEAST * sum(drawn):
        return rng.choice([place for place, count in enumerate(drawn) if count == fewest])
    guesses = [
        rng.betavariate(PRIOR_HITS + tally.hits, PRIOR_MISSES + tally.n - tally.hits) for tally in tallies
    ]
    return guesses.index(max(guesses))


def read(tallies: Sequence[Tally]) -> Reading:
    """What the outcomes say by now."""
    if min(tally.n for tally in tallies) < MIN_N or sum(tally.hits for tally in tallies) < MIN_HITS:
        return Reading(Verdict.NOT_ENOUGH)
    chances = chances_best(tallies)
    best = chances.index(max(chances))
    return Reading(Verdict.CLEAR if chances[best] >= SURE else Verdict.OPEN, best, chances[best])


def chances_best(tallies: Sequence[Tally]) -> list[float]:
    """How likely each variant's true rate is the highest, by integrating over the Beta posteriors; they add up to 1."""
    shapes = [(PRIOR_HITS + tally.hits, PRIOR_MISSES + tally.n - tally.hits) for tally in tallies]
    top = min(1.0, max(_reach(a, b) for a, b in shapes))
    points = [(place + 0.5) * top / _STEPS for place in range(_STEPS)]
    densities = [_density(a, b, points) for a, b in shapes]
    below = []
    for density in densities:
        total, sums = 0.0, []
        for part in density:
            sums.append(total + part / 2)
            total += part
        below.append([part / total for part in sums])
    raw = []
    for place, density in enumerate(densities):
        chance = 0.0
        for step, part in enumerate(density):
            others = (sums[step] for other, sums in enumerate(below) if other != place)
            chance += part * prod(others)
        raw.append(chance / sum(density))
    whole = sum(raw)
    return [chance / whole for chance in raw]


def _density(a: float, b: float, points: Sequence[float]) -> list[float]:
    constant = lgamma(a + b) - lgamma(a) - lgamma(b)
    return [exp(constant + (a - 1) * log(x) + (b - 1) * log(1 - x)) for x in points]


def _reach(a: float, b: float) -> float:
    """Beyond this nothing of the posterior is left worth adding up."""
    mean = a / (a + b)
    return mean + 8 * sqrt(mean * (1 - mean) / (a + b + 1))
