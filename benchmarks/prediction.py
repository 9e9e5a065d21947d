"""Do the chances on a card hold, and the range of a market's next week? Made-up people and markets whose truth is known.

Odds: each person has a reply rate of their own near the published average, and clients who mind a crowd, a bad fit and a late
proposal more or less. After so many settled proposals the chances for later ones are compared with what then happened, beside the
published average alone and the person's plain rate. Market: weeks drawn around a line, with an odd week now and then; how often
the next one lies in the range that was told, and how often a market that stands still is called a clear trend.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import exp, log, log2

import numpy as np
from numpy.typing import NDArray

from benchmarks.eval_match.measures import interval
from core.analytics.market import trend
from core.analytics.prospects import REPLY_RATE, Prospects, fit_prospects
from core.matching.calibration import brier_score, expected_error
from core.matching.learning import Answer, Answered

SEED = 17
PEOPLE = 60
SIZES = (0, 20, 60, 200)
LATER = 200
MARKETS = 600
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)

Values = NDArray[np.float64]


def proposal(rng: random.Random, person: tuple[float, float]) -> tuple[Answered, float]:
    """One settled proposal and its true chance. `person` is their log-odds at an average posting and how much postings matter."""
    level, matter = person
    numbers = {
        "age": rng.expovariate(1 / 150),
        "crowd": float(rng.randint(0, 50)),
        "fit": rng.gauss(70, 12),
        "client": rng.gauss(60, 15),
    }
    early = numbers["age"] < 60
    tells = 0.6 * (numbers["fit"] - 70) / 12 - 0.5 * (log2(1 + numbers["crowd"]) - 4) + 0.7 * (early - 0.33)
    chance = 1 / (1 + exp(-(level + matter * tells)))
    # Old enough for a yes or no.
    at = NOW - timedelta(days=40)
    return Answered(numbers, 60, Answer.APPROVED, at, sent=True, replied=rng.random() < chance), chance


def odds() -> dict[tuple[str, int], tuple[Values, Values]]:
    """By forecast and number of proposals known: every later chance and what happened."""
    rng = random.Random(SEED)
    told: dict[tuple[str, int], tuple[list[float], list[float]]] = {}
    ways: dict[str, Callable[[Prospects, Answered], float]] = {
        "as shown": lambda known, each: known.chances(each.numbers).reply,
        "published": lambda _, each: REPLY_RATE,
        "plain rate": lambda known, each: known.replies / known.proposals if known.proposals else REPLY_RATE,
    }
    for _ in range(PEOPLE):
        mean = min(0.5, max(0.02, rng.lognormvariate(log(0.11), 0.6)))
        person = (log(mean / (1 - mean)), rng.uniform(0, 1.5))
        history = [proposal(rng, person)[0] for _ in range(max(SIZES))]
        later = [proposal(rng, person)[0] for _ in range(LATER)]
        for size in SIZES:
            known = fit_prospects(history[:size], now=NOW)
            for way, tells in ways.items():
                chances, happened = told.setdefault((way, size), ([], []))
                chances += [tells(known, each) for each in later]
                happened += [float(each.replied) for each in later]
    return {key: (np.array(chances), np.array(happened)) for key, (chances, happened) in told.items()}


def markets(slope: float, weeks: int) -> tuple[Values, Values]:
    """For each market: did the next week lie in the range, and was the trend called clear (1 or 0)."""
    rng = random.Random(f"{slope}|{weeks}")
    held, clear = [], []
    for _ in range(MARKETS):
        level = rng.uniform(15, 60)
        series = [
            max(0.0, rng.gauss(level + slope * week, 0.15 * level) * (2.0 if rng.random() < 0.05 else 1.0))
            for week in range(weeks + 1)
        ]
        found = trend(series[:-1])
        if found is None:
            raise RuntimeError("too few weeks to measure")
        held.append(float(found.low <= series[-1] <= found.high))
        clear.append(float(found.clear))
    return np.array(held), np.array(clear)


def main() -> None:
    print(f"odds: {PEOPLE} people, {LATER} later proposals each; Brier score with a 95 % interval, and ECE")
    for (way, size), (chances, happened) in odds().items():
        low, high = interval((chances - happened) ** 2)
        print(
            f"  {size:3d} known  {way:10s}  Brier {brier_score(chances, happened):.4f} [{low:.4f}, {high:.4f}]"
            f"  ECE {expected_error(chances, happened, bins=10):.3f}"
        )
    print(f"market: {MARKETS} each")
    for slope in (0.0, 2.0):
        for weeks in (4, 8, 11):
            held, clear = markets(slope, weeks)
            print(
                f"  {slope:+.0f} a week, {weeks:2d} weeks: next week in the range {held.mean():.1%},"
                f" called a clear trend {clear.mean():.1%}"
            )


if __name__ == "__main__":
    main()
