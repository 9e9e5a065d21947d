"""One score out of three axes: weights, bands, the learned share, and a form that a database keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs_feed.models import Band
from core.jobs_feed.posting import ClientFacts, JobPosting
from core.matching.flags import FlagKind
from core.matching.percentile import percentile
from core.matching.reading import read_posting, read_profile
from core.matching.score import (
    DEFAULT_WEIGHTS,
    Learned,
    Score,
    Weights,
    dump_score,
    load_score,
    score_posting,
)
from core.searches.criteria import Criteria
from tests.core.matching_cases import NOW, PYTHON, any_posting, make_posting, make_profile, patient

SEARCH = Criteria(query="python")
CLIENT = ClientFacts(
    payment_verified=True,
    hires=30,
    posted_jobs=40,
    reviews=20,
    feedback=Decimal("4.9"),
    spent=Decimal(50_000),
)
GOOD = make_posting(skills=("Python", "FastAPI", "PostgreSQL"), applicants=2, interviewing=0, client=CLIENT)


def score(posting: JobPosting, **options: object) -> Score:
    return score_posting(posting, PYTHON, SEARCH, now=NOW, **options)  # type: ignore[arg-type]  # passed through


@patient
@given(any_posting, st.none() | st.floats(0, 1))
def test_any_posting_scores_within_bounds_and_survives_storage(
    posting: JobPosting, text_rank: float | None
) -> None:
    result = score(posting, text_rank=text_rank)

    assert all(
        0 <= value <= 100
        for value in (result.total, result.fit.score, result.client.score, result.odds.score)
    )
    assert load_score(json.loads(json.dumps(dump_score(result)))) == result


def test_the_total_is_the_weighted_mean_of_the_axes() -> None:
    result = score(GOOD, weights=Weights(fit=1, client=2, odds=5))
    expected = (result.fit.score + 2 * result.client.score + 5 * result.odds.score) / 8

    assert result.total == pytest.approx(expected, abs=0.01)


def test_bands_follow_the_users_thresholds() -> None:
    total = score(GOOD).total

    assert score(GOOD).band is Band.INSTANT
    assert score(GOOD, weights=Weights(instant_at=100, digest_at=total - 1)).band is Band.DIGEST
    assert score(GOOD, weights=Weights(instant_at=100, digest_at=100)).band is Band.SILENT


def test_a_grave_flag_rings_no_bell() -> None:
    suspicious = replace(GOOD, description=f"{GOOD.description} Contact me on Telegram @fastmoney1.")

    assert score(suspicious).total >= DEFAULT_WEIGHTS.instant_at
    assert score(suspicious).band is Band.DIGEST
    assert [flag.kind for flag in score(suspicious).flags] == [FlagKind.OFF_PLATFORM]


def test_a_repost_is_flagged_by_the_caller() -> None:
    assert [flag.kind for flag in score(GOOD, repost=True).flags] == [FlagKind.REPOST]
    assert score(GOOD).flags == ()


@pytest.mark.parametrize(("answers", "share"), [(0, 0), (100, 0.5), (300, 0.75)])
def test_the_users_answers_count_more_the_more_there_are(answers: int, share: float) -> None:
    cold = score(GOOD).total
    blended = score(GOOD, learned=Learned(score=10, answers=answers))

    assert blended.learned_share == share
    assert blended.total == pytest.approx((1 - share) * cold + share * 10, abs=0.01)


def test_readings_made_once_give_the_same_score() -> None:
    ready = score(GOOD, posting_reading=read_posting(GOOD), profile_reading=read_profile(PYTHON, SEARCH))

    assert ready == score(GOOD)


def test_old_news_scores_lower() -> None:
    assert score(replace(GOOD, published_at=NOW - timedelta(days=2))).total < score(GOOD).total


def test_a_stranger_to_the_field_scores_low() -> None:
    stranger = make_profile("I translate medical texts from German", headline="Medical translator")

    assert score_posting(GOOD, stranger, SEARCH, now=NOW).band is Band.SILENT


@pytest.mark.parametrize(
    "weights",
    [
        {"fit": -1.0},
        {"fit": 0.0, "client": 0.0, "odds": 0.0},
        {"fit": float("nan")},
        {"digest_at": 80.0, "instant_at": 70.0},
        {"instant_at": 101.0},
    ],
)
def test_impossible_weights_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Weights(**weights)


def test_percentile_needs_company() -> None:
    assert percentile(50, [10] * 9) is None
    assert percentile(50, list(range(0, 100, 10))) == 55
    assert percentile(0, [10] * 10) == 0
    assert percentile(99, [10] * 10) == 100
    assert percentile(10, [10] * 10) == 50
