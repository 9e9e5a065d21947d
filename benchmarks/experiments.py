"""Does an experiment find the better variant? Simulated people with known true reply rates, looked at after every few answers.

A run sends one proposal after another; what was drawn is `core.experiments.bandit`'s, and so is the verdict, which is read every
LOOK proposals as an impatient person would. Whoever stops does so at the first clear verdict. A run that ends without one says
"not clear", which is no error. Rates are near what is published: 7.45 % of proposals get an answer on average.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from core.analytics.rates import Tally, wilson
from core.experiments.bandit import MIN_N, SURE, Split, Verdict, choose, read

RUNS = 200
LOOK = 10
DELAY = 20
"""So many proposals go out before the outcome of one is known: a week's silence."""


@dataclass(frozen=True, slots=True)
class Case:
    """`rates` are the true ones; the first is the best unless all are the same. `sent` is how many proposals a run has."""

    name: str
    rates: tuple[float, ...]
    sent: int


@dataclass(frozen=True, slots=True)
class Run:
    """`said` is the variant called better, None for no verdict; `at` the proposals sent by then; `answers` in the whole run."""

    said: int | None
    at: int
    answers: int


CASES = (
    Case("no difference", (0.0745, 0.0745), 1000),
    Case("no difference, three", (0.0745, 0.0745, 0.0745), 1000),
    Case("7.5% against 15%", (0.15, 0.0745), 1000),
    Case("7.5% against 20%", (0.20, 0.0745), 1000),
    Case("three, 7.5 / 10 / 15%", (0.15, 0.10, 0.0745), 1000),
)


def simulate(rates: Sequence[float], sent: int, split: Split, rng: Random) -> Run:
    """One person. The experiment goes on to the end whatever it says: only the first clear verdict counts."""
    drawn = [0] * len(rates)
    known = [0] * len(rates)
    hits = [0] * len(rates)
    waiting: list[tuple[int, bool]] = []
    said, at, answers = None, sent, 0
    for number in range(1, sent + 1):
        tallies = [Tally(n, found) for n, found in zip(known, hits, strict=True)]
        variant = said if said is not None else choose(tallies, drawn, split, rng)
        drawn[variant] += 1
        answered = rng.random() < rates[variant]
        answers += answered
        waiting.append((variant, answered))
        if len(waiting) > DELAY:
            settled, found = waiting.pop(0)
            known[settled] += 1
            hits[settled] += found
        if said is None and number % LOOK == 0:
            reading = read([Tally(n, found) for n, found in zip(known, hits, strict=True)])
            if reading.verdict is Verdict.CLEAR:
                said, at = reading.best, number
    return Run(said, at, answers)


def share(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count / of:6.1%} ({low:.1%}–{high:.1%})"


def main() -> None:
    start = time.perf_counter()
    print(f"{RUNS} runs each; at least {MIN_N} outcomes a variant; called clear at {SURE:.1%}; 95% intervals")
    print(f"{'true reply rates':24s} {'split':9s} {'right':24s} {'wrong':24s} not clear  median n  answers")
    for case in CASES:
        same = len(set(case.rates)) == 1
        for split in Split:
            rng = Random(f"{case.name}|{split}")
            runs = [simulate(case.rates, case.sent, split, rng) for _ in range(RUNS)]
            right = sum(run.said == 0 and not same for run in runs)
            wrong = sum(run.said is not None and (same or run.said != 0) for run in runs)
            ends = [run.at for run in runs if run.said is not None]
            mean = sum(run.answers for run in runs) / RUNS
            print(
                f"{case.name:24s} {split.value:9s} {'-' if same else share(right, RUNS):24s} {share(wrong, RUNS):24s}"
                f" {(RUNS - right - wrong) / RUNS:9.1%}  {median(ends) if ends else 0:8.0f}  {mean:7.1f}"
            )
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
