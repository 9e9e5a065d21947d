"""Which variant is next, and when one of them may be called better: pure numbers, with a stated error."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.experiments import simulate
from core.analytics.rates import FLOOR, Tally, wilson
from core.experiments.bandit import MIN_HITS, MIN_N, Split, Verdict, chances_best, choose, read


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == 1.0


def test_no_rate_is_shown_below_the_floor() -> None:
    assert not Tally(FLOOR - 1, 5).enough
    assert Tally(FLOOR, 5).enough
    assert Tally().rate is None


def test_the_one_with_the_fewest_drafts_is_next_until_each_had_enough() -> None:
    rng = Random(1)
    unlucky = [Tally(20, 0), Tally(20, 9)]
    assert choose(unlucky, [20, 21], Split.THOMPSON, rng) == 0
    assert choose(unlucky, [MIN_N - 1, MIN_N + 40], Split.THOMPSON, rng) == 0


def test_a_fixed_split_shares_equally() -> None:
    rng = Random(2)
    drawn = [0, 0, 0]
    for _ in range(99):
        drawn[choose([Tally(40, 20), Tally(40, 0), Tally(40, 5)], drawn, Split.FIXED, rng)] += 1
    assert drawn == [33, 33, 33]


def test_learning_prefers_what_is_answered_and_forgets_nobody() -> None:
    rng = Random(3)
    tallies, drawn = [Tally(60, 15), Tally(60, 3)], [60, 60]
    picks = [choose(tallies, drawn, Split.THOMPSON, rng) for _ in range(500)]
    assert picks.count(0) > 450
    close = [choose([Tally(60, 6), Tally(60, 5)], drawn, Split.THOMPSON, rng) for _ in range(500)]
    assert 100 < close.count(1) < 400


@pytest.mark.parametrize(
    "tallies",
    [
        [Tally(MIN_N - 1, 20), Tally(500, 5)],
        [Tally(200, 0), Tally(200, MIN_HITS - 1)],
        [Tally(), Tally()],
    ],
)
def test_too_little_is_called_too_little(tallies: list[Tally]) -> None:
    assert read(tallies).verdict is Verdict.NOT_ENOUGH
    assert read(tallies).best is None


def test_a_small_lead_stays_open_and_a_great_one_is_clear() -> None:
    open_ = read([Tally(60, 5), Tally(60, 7)])
    assert (open_.verdict, open_.best) == (Verdict.OPEN, 1)
    clear = read([Tally(120, 30), Tally(120, 6), Tally(120, 9)])
    assert (clear.verdict, clear.best) == (Verdict.CLEAR, 0)


def test_the_chances_add_up_and_agree_with_drawing() -> None:
    tallies = [Tally(80, 9), Tally(80, 6), Tally(50, 4)]
    chances = chances_best(tallies)
    assert sum(chances) == pytest.approx(1.0)
    rng, wins, runs = Random(4), [0, 0, 0], 20_000
    for _ in range(runs):
        drawn = [rng.betavariate(1 + one.hits, 12 + one.n - one.hits) for one in tallies]
        wins[drawn.index(max(drawn))] += 1
    assert chances == pytest.approx([count / runs for count in wins], abs=0.02)


@pytest.mark.parametrize("split", list(Split))
def test_with_known_rates_the_better_one_is_found(split: Split) -> None:
    """Ten people each; the benchmark says how often with which error."""
    rng = Random(5)
    runs = [simulate((0.25, 0.05), 400, split, rng) for _ in range(10)]
    assert [run.said for run in runs].count(0) >= 9
    assert all(run.said in (0, None) for run in runs)
