"""Learning from answers without a database: the model, the habits, the bands, the chances, the market."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.market import Passed, read_market, trend
from core.analytics.prospects import (
    CONNECT_PRICE,
    HIRE_PER_REPLY,
    MIN_PROPOSALS,
    REPLY_RATE,
    SETTLED_AFTER,
    Chances,
    Prospects,
    boost,
    fit_prospects,
)
from core.jobs_feed.models import Band
from core.jobs_feed.posting import ClientFacts, ContractType
from core.matching.calibration import (
    MIN_FOR_ERRORS,
    MIN_IN_BAND,
    Advice,
    brier_score,
    calibrate,
    expected_error,
)
from core.matching.evidence import EvidenceCode
from core.matching.learning import (
    MIN_ANSWERS,
    Answer,
    Answered,
    Family,
    fit_taste,
    fit_unproven,
    numbers_of,
)
from core.matching.lessons import MIN_LEANING_ANSWERS, MIN_MATCHING, leanings, lessons, matches
from core.matching.score import DEFAULT_WEIGHTS, Learned, blend_learned, score_posting
from core.searches.criteria import Criteria
from tests.core.matching_cases import NOW, PYTHON, make_posting

CRITERIA = Criteria(query="python")


def answered(answer: Answer, *, total: float = 60, days: float = 1, **numbers: float) -> Answered:
    return Answered(numbers, total, answer, NOW - timedelta(days=days), reason="budget", shown=total)


def cheap_skips(count: int, *, takes: int = 6) -> list[Answered]:
    """Somebody who skips what pays under $300 and takes the rest."""
    return [
        *(
            answered(Answer.SKIPPED, days=count - number, budget=100 + 20 * (number % 9), contract=1)
            for number in range(count)
        ),
        *(answered(Answer.APPROVED, budget=900 + 100 * number, contract=1) for number in range(takes)),
    ]


def test_numbers_are_numbers_and_leave_out_what_upwork_did_not_say() -> None:
    bare = make_posting()
    score = score_posting(bare, PYTHON, CRITERIA, now=NOW)
    assert set(numbers_of(bare, score, now=NOW)) == {"age", "questions", "fit", "client", "odds"}
    full = make_posting(
        contract=ContractType.FIXED,
        budget=Decimal(250),
        applicants=12,
        client=ClientFacts(payment_verified=False, hires=3, posted_jobs=4, spent=Decimal(99)),
    )
    numbers = numbers_of(full, score, now=NOW)
    assert (numbers["budget"], numbers["contract"], numbers["crowd"]) == (250, 1, 12)
    assert (numbers["verified"], numbers["spent"], numbers["hire_rate"]) == (0, 99, 0.75)
    assert all(type(value) is float for value in numbers.values())
    assert "budget" not in numbers_of(replace(full, currency="EUR"), score, now=NOW)


def test_nothing_is_learned_from_a_few_answers_or_of_one_kind() -> None:
    assert fit_taste(cheap_skips(MIN_ANSWERS - 2, takes=1)) is None
    assert fit_taste(cheap_skips(50, takes=0)) is None
    assert fit_taste([]) is None


def test_the_model_learns_which_way_pay_speaks_and_stays_on_the_scale() -> None:
    taste = fit_taste(cheap_skips(20, takes=20))
    assert taste is not None
    assert taste.weights[Family.BUDGET] > 0.3
    poor, rich = taste.learned({"budget": 120.0}, 60), taste.learned({"budget": 2000.0}, 60)
    assert rich.score > 60 > poor.score
    assert rich.answers == 40
    # A number that was never seen moves nothing, and what does not vary is no reason.
    assert taste.learned({"crowd": 500.0}, 60) == taste.learned({}, 60)
    assert Family.CONTRACT not in taste.weights


def test_a_person_who_takes_little_gets_other_cards_first_not_lower_ones() -> None:
    rng = random.Random(4)
    answers = [
        answered(
            Answer.APPROVED if number % 10 == 0 else Answer.SKIPPED,
            total=rng.uniform(40, 80),
            crowd=rng.uniform(0, 60),
        )
        for number in range(100)
    ]
    taste = fit_taste(answers)
    assert taste is not None
    mean = np.mean([taste.learned(each.numbers, each.total).score for each in answers])
    assert abs(mean - np.mean([each.total for each in answers])) < 3


def test_an_edit_a_reply_and_a_contract_say_more_than_a_tap() -> None:
    yes = answered(Answer.APPROVED)
    rising = [
        answered(Answer.SAVED),
        yes,
        replace(yes, edited=True),
        replace(yes, replied=True),
        replace(yes, replied=True, hired=True),
    ]
    weights = [each.weight for each in rising]
    assert weights == sorted(set(weights))
    no = answered(Answer.SKIPPED)
    assert replace(no, reason="other").weight < no.weight


_number = st.floats(0, 1e9)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Answer)),
            st.floats(0, 100),
            st.dictionaries(st.sampled_from([family.value for family in Family]), _number, max_size=6),
        ),
        max_size=40,
    ),
    st.dictionaries(st.sampled_from([family.value for family in Family]), _number, max_size=6),
)
def test_any_answers_give_a_score_within_bounds(
    rows: list[tuple[Answer, float, dict[str, float]]], numbers: dict[str, float]
) -> None:
    answers = [Answered(found, total, answer, NOW) for answer, total, found in rows]
    taste = fit_taste(answers)
    if taste is not None:
        learned = taste.learned(numbers, 50)
        assert math.isfinite(learned.score)
        assert 0 <= learned.score <= 100
    lessons(answers)
    leanings(answers, taste)


def test_the_blend_is_n_of_n_plus_100_and_says_so() -> None:
    cold = score_posting(make_posting(), PYTHON, CRITERIA, now=NOW)
    moved = blend_learned(cold, Learned(100, 100), DEFAULT_WEIGHTS)
    assert moved.total == pytest.approx((cold.total + 100) / 2, abs=0.01)
    assert moved.learned_share == 0.5
    told = moved.fit.evidence[-1]
    assert told.code is EvidenceCode.LEARNED
    assert told.params == {"answers": 100, "before": round(cold.total), "after": round(moved.total)}
    assert blend_learned(cold, Learned(0, 0), DEFAULT_WEIGHTS) == cold
    given_at_once = score_posting(make_posting(), PYTHON, CRITERIA, now=NOW, learned=Learned(100, 100))
    assert given_at_once == moved


def test_a_habit_is_named_with_where_it_came_from() -> None:
    [habit] = lessons(cheap_skips(12))
    assert (habit.family, habit.below, habit.threshold) == (Family.BUDGET, True, 300)
    assert (habit.answers, habit.skipped) == (12, 12)
    assert habit.since == NOW - timedelta(days=12)
    assert habit.holds_for({"budget": 299})
    assert not habit.holds_for({"budget": 300})
    assert not habit.holds_for({})


def test_no_habit_below_the_floor_nor_for_whoever_skips_everything() -> None:
    assert lessons(cheap_skips(MIN_MATCHING - 1)) == []
    everything = [answered(Answer.SKIPPED, budget=100.0 * number) for number in range(1, 40)]
    assert lessons(everything) == []
    mixed = [
        answered(Answer.SKIPPED if number % 2 else Answer.SAVED, budget=50.0 * number) for number in range(60)
    ]
    assert lessons(mixed) == []


def test_a_crowd_is_counted_from_its_number_on() -> None:
    answers = [
        answered(Answer.SKIPPED if crowd >= 20 else Answer.APPROVED, crowd=float(crowd))
        for crowd in range(40)
    ]
    [habit] = lessons(answers)
    assert (habit.family, habit.below, habit.threshold) == (Family.CROWD, False, 20)
    assert matches({"crowd": 20}, Family.CROWD, 20, below=False)


def test_leanings_wait_for_answers_enough() -> None:
    few = cheap_skips(MIN_MATCHING, takes=4)
    assert leanings(few, fit_taste(few)) == []
    many = cheap_skips(MIN_LEANING_ANSWERS, takes=10)
    [leaning] = leanings(many, fit_taste(many))
    assert (leaning.family, leaning.more, leaning.answers) == (Family.BUDGET, True, 30)


def test_bands_below_the_floor_claim_nothing() -> None:
    few = calibrate([80.0] * (MIN_IN_BAND - 1), [True] * (MIN_IN_BAND - 1), DEFAULT_WEIGHTS)
    assert few.bands[0].band is Band.INSTANT
    assert (few.bands[0].low, few.brier, few.ece, few.advice) == (None, None, None, None)


def test_totals_that_tell_are_better_than_the_average_and_those_that_do_not_are_not() -> None:
    rng = random.Random(3)
    totals = [rng.uniform(20, 95) for _ in range(200)]
    telling = calibrate(totals, [rng.random() < total / 100 for total in totals], DEFAULT_WEIGHTS)
    assert telling.brier is not None
    assert telling.base is not None
    assert telling.ece is not None
    assert telling.brier < telling.base - 0.01
    assert telling.ece < 0.1
    silent = calibrate(totals, [rng.random() < 0.5 for _ in totals], DEFAULT_WEIGHTS)
    assert silent.brier is not None
    assert silent.base is not None
    assert silent.brier > silent.base - 0.01
    assert calibrate(totals[:MIN_FOR_ERRORS], [True] * MIN_FOR_ERRORS, DEFAULT_WEIGHTS).brier is None


def test_advice_needs_an_interval_that_is_clear_of_the_mark() -> None:
    loud = calibrate([80.0] * 40, [number < 2 for number in range(40)], DEFAULT_WEIGHTS)
    assert loud.advice is Advice.RAISE_INSTANT
    quiet = calibrate([60.0] * 40, [number < 32 for number in range(40)], DEFAULT_WEIGHTS)
    assert quiet.advice is Advice.LOWER_INSTANT
    assert calibrate([80.0] * 40, [number < 16 for number in range(40)], DEFAULT_WEIGHTS).advice is None


def test_brier_and_ece_by_hand() -> None:
    chances, happened = np.array([0.2, 0.2, 0.8, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    assert brier_score(chances, happened) == pytest.approx(0.04)
    assert expected_error(chances, happened, bins=2) == pytest.approx(0.2)


def proposals(count: int, replies: Sequence[int], **changes: Any) -> list[Answered]:
    return [
        replace(
            answered(Answer.APPROVED, days=20, age=90.0, crowd=10.0, **changes),
            sent=True,
            replied=number in replies,
        )
        for number in range(count)
    ]


def test_without_a_history_the_published_averages_speak() -> None:
    nothing = fit_prospects([], now=NOW)
    late, early = nothing.chances({"age": 300.0}), nothing.chances({"age": 10.0})
    assert late.reply == pytest.approx(REPLY_RATE)
    assert REPLY_RATE + 0.05 <= early.reply <= REPLY_RATE + 0.10
    assert (late.sure, late.proposals) == (0, 0)
    assert late.hire < late.reply


def test_the_own_rate_takes_over_with_the_number_of_proposals() -> None:
    chances = fit_prospects(proposals(40, range(20)), now=NOW).chances({"age": 300.0})
    assert chances.reply == pytest.approx((20 + REPLY_RATE * 40) / 80, abs=0.05)
    assert chances.sure == 0.5


def test_a_young_proposal_is_not_a_no_and_a_skip_is_no_proposal() -> None:
    young = replace(answered(Answer.APPROVED), sent=True, at=NOW - SETTLED_AFTER / 2)
    unsent = answered(Answer.APPROVED, days=30)
    assert fit_prospects([young, unsent, answered(Answer.SKIPPED, days=30)], now=NOW).proposals == 0
    # Nor is its answer a yes: those that stay silent are not known yet, and would be missing beside it.
    assert fit_prospects([replace(young, replied=True)], now=NOW).proposals == 0


def test_a_contract_is_counted_among_answers_old_enough_for_one() -> None:
    recent = [replace(answered(Answer.APPROVED, days=10), sent=True, replied=True) for _ in range(20)]
    old = [replace(answered(Answer.APPROVED, days=40), sent=True, replied=True, hired=True)]
    only_recent = fit_prospects(recent, now=NOW)
    assert (only_recent.replies, only_recent.hires, only_recent.old_replies) == (20, 0, 0)
    chances = only_recent.chances({"age": 300.0})
    assert chances.hire == pytest.approx(chances.reply * HIRE_PER_REPLY)
    both = fit_prospects(recent + old, now=NOW)
    assert (both.hires, both.old_replies) == (1, 1)


def test_a_model_is_used_only_when_it_foresees_better_than_the_rate() -> None:
    rng = random.Random(5)
    telling = [
        replace(each, numbers={"fit": fit, "age": 90.0}, replied=rng.random() < (0.7 if fit > 60 else 0.05))
        for each in proposals(120, ())
        for fit in [rng.uniform(20, 100)]
    ]
    model = fit_prospects(telling, now=NOW)
    assert model.model is not None
    assert model.chances({"fit": 95.0}).reply > model.chances({"fit": 25.0}).reply + 0.2
    chance = [
        replace(each, numbers={"fit": rng.uniform(20, 100)}, replied=rng.random() < 0.12)
        for each in proposals(120, ())
    ]
    assert fit_prospects(chance, now=NOW).model is None
    assert fit_prospects(telling[: MIN_PROPOSALS - 1], now=NOW).model is None


def test_the_model_is_calibrated_on_proposals_it_has_not_seen() -> None:
    rng = random.Random(8)

    def history(count: int) -> list[Answered]:
        found = []
        for each in proposals(count, ()):
            fit = rng.uniform(20, 100)
            found.append(
                replace(
                    each, numbers={"fit": fit}, replied=rng.random() < 1 / (1 + math.exp(-(fit - 75) / 12))
                )
            )
        return found

    model, later = fit_prospects(history(300), now=NOW), history(600)
    chances = np.array([model.chances(each.numbers).reply for each in later])
    assert expected_error(chances, np.array([float(each.replied) for each in later])) < 0.1


def test_a_boost_pays_as_long_as_it_earns_more_than_it_costs() -> None:
    # One in ten, half as likely again: 5 % of what $600 leaves after 10 %, $540, is $27, which is 180 Connects at $0.15.
    found = boost(Chances(0.4, 0.1, 1, 10), 600)
    assert found.connects == 180
    assert (found.gained, found.value) == pytest.approx((0.05, 540))
    assert boost(Chances(0.4, 0.1, 1, 10), 0).connects == 0
    assert boost(Chances(1, 1, 1, 10), 600).connects == 0
    for budget in (50, 333, 10_000):
        found = boost(Chances(0.15, 0.0375, 0, 0), budget)
        earned = found.gained * found.value
        assert found.connects * CONNECT_PRICE <= earned + 1e-6 < (found.connects + 1) * CONNECT_PRICE + 1e-6
    assert Prospects(10, 2, 9, 2).chances({}).hire <= Prospects(10, 2, 9, 2).chances({}).reply


def test_a_trend_is_seen_through_an_odd_week() -> None:
    rising = trend([10, 12, 14, 90, 18, 20, 22])
    assert rising is not None
    assert rising.change == pytest.approx(2, abs=0.5)
    assert rising.expected == pytest.approx(24, abs=2)
    assert rising.clear
    flat = trend([10, 12, 9, 11, 10, 12, 9])
    assert flat is not None
    assert not flat.clear
    assert flat.low <= flat.expected <= flat.high


def test_too_few_weeks_are_no_trend() -> None:
    assert trend([5, 6, 7]) is None
    assert trend([5, 6, 7, 8, None]) is None
    assert trend([]) is None
    assert read_market([], now=NOW).postings is None


def test_the_market_counts_whole_weeks_and_needs_numbers() -> None:
    passed = [
        Passed(
            NOW - timedelta(days=7 * week + 1 + 0.1 * number),
            NOW - timedelta(days=60),
            hourly=50.0 + 2 * (6 - week),
            applicants=None,
        )
        for week in range(7)
        for number in range(4 + week)
    ]
    market = read_market(passed, now=NOW)
    assert market.weeks == 6
    assert market.postings is not None
    assert market.postings.weekly == (9, 8, 7, 6, 5, 4)  # the oldest week is left out
    assert market.postings.clear
    assert market.hourly is not None
    assert market.hourly.change == pytest.approx(2)
    assert market.applicants is None
    assert market.budget is None


def test_a_new_search_is_no_growing_market_and_a_pause_no_shrinking_one() -> None:
    def seen(week: int, count: int, since: int | None) -> list[Passed]:
        began = None if since is None else NOW - timedelta(days=since)
        return [Passed(NOW - timedelta(days=7 * week + 1 + 0.1 * n), began) for n in range(count)]

    steady = [each for week in range(8) for each in seen(week, 6, 60)]
    young = [each for week in range(3) for each in seen(week, 20, 20)]
    stopped = [each for week in range(4, 8) for each in seen(week, 20, None)]
    market = read_market([*steady, *young, *stopped], now=NOW)
    assert market.postings is not None
    assert market.postings.weekly == (6,) * 7
    assert not market.postings.clear
    paused = [each for week in (0, 1, 4, 5, 6, 7) for each in seen(week, 6, 60)]
    after = read_market(paused, now=NOW)
    assert after.postings is not None
    assert after.postings.weekly == (6,) * 5
    assert after.weeks == 7


def test_numbers_that_foretell_nothing_move_no_score() -> None:
    """People whose profile says all there is to say must not lose by being learned from."""
    moved = told = 0
    for seed in range(40):
        rng = random.Random(seed)
        chosen = [
            answered(
                Answer.APPROVED if total + rng.gauss(0, 15) > 60 else Answer.SKIPPED,
                total=total,
                budget=rng.uniform(50, 3000),
                crowd=rng.uniform(0, 50),
                spent=rng.uniform(0, 1e5),
                hire_rate=rng.random(),
            )
            for total in [rng.uniform(30, 90) for _ in range(40)]
        ]
        assert fit_unproven(chosen) is not None
        moved += fit_taste(chosen) is not None
        tells = [
            replace(each, answer=Answer.APPROVED if each.numbers["budget"] > 1500 else Answer.SKIPPED)
            for each in chosen
        ]
        told += fit_taste(tells) is not None
    assert moved <= 14
    assert told == 40
