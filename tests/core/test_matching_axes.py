"""The three axes: bounded, explained, neutral about what nobody said, and never moved the wrong way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.jobs_feed.posting import ClientFacts, ContractType, JobPosting
from core.matching.client import rate_client
from core.matching.embedder import DIMENSIONS
from core.matching.evidence import NEUTRAL, Axis, EvidenceCode, Sign
from core.matching.fit import rate_fit
from core.matching.odds import rate_odds
from core.matching.reading import read_posting, read_profile
from core.profile.facts import Fact, FactKind, Profile
from core.searches.criteria import Criteria
from tests.core.matching_cases import (
    NOW,
    PYTHON,
    any_client,
    any_posting,
    make_posting,
    make_profile,
    patient,
)

Vector = NDArray[np.float64]


def codes(axis: Axis) -> set[EvidenceCode]:
    return {item.code for item in axis.evidence}


def fit(posting: JobPosting, profile: Profile = PYTHON, vector: Vector | None = None) -> Axis:
    return rate_fit(
        posting,
        read_posting(posting),
        read_profile(profile, Criteria(query="python")),
        vector=None if vector is None else [float(value) for value in vector],
    )


def check(axis: Axis) -> None:
    assert isfinite(axis.score)
    assert 0 <= axis.score <= 100
    assert 0 <= axis.confidence <= 1
    assert all(isfinite(item.points) for item in axis.evidence)


@patient
@given(any_client)
def test_any_client_gets_a_bounded_score_that_adds_up(client: ClientFacts) -> None:
    axis = rate_client(client, now=NOW)

    check(axis)
    assert axis.evidence
    assert axis.score == pytest.approx(50 + sum(item.points for item in axis.evidence), abs=0.1)


@patient
@given(any_client)
def test_a_verified_client_never_scores_below_the_same_one_unverified(client: ClientFacts) -> None:
    verified = rate_client(replace(client, payment_verified=True), now=NOW)
    unverified = rate_client(replace(client, payment_verified=False), now=NOW)

    assert verified.score > unverified.score
    assert verified.confidence == unverified.confidence


@patient
@given(any_client, st.decimals(1, 1_000_000, places=2), st.decimals(1, 1_000_000, places=2))
def test_more_spent_never_scores_lower(client: ClientFacts, first: Decimal, second: Decimal) -> None:
    less, more = sorted((first, second))

    assert (
        rate_client(replace(client, spent=more), now=NOW).score
        >= rate_client(replace(client, spent=less), now=NOW).score
    )


@patient
@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500))
def test_more_hires_of_the_same_postings_never_score_lower(posted: int, first: int, second: int) -> None:
    fewer, more = sorted((first, second))
    scores = [
        rate_client(
            ClientFacts(hires=hires, posted_jobs=posted, payment_verified=True, spent=Decimal(500)), now=NOW
        ).score
        for hires in (fewer, more)
    ]

    assert scores[0] <= scores[1]


def test_an_unknown_client_is_neutral_and_says_so() -> None:
    axis = rate_client(ClientFacts(), now=NOW)

    assert (axis.score, axis.confidence) == (50, 0)
    assert codes(axis) == {EvidenceCode.CLIENT_UNKNOWN}


def test_a_first_posting_is_no_bad_record() -> None:
    axis = rate_client(ClientFacts(payment_verified=True, hires=0, posted_jobs=1, spent=Decimal(0)), now=NOW)

    assert EvidenceCode.CLIENT_NEW in codes(axis)
    assert EvidenceCode.CLIENT_SPENT_NOTHING not in codes(axis)
    assert axis.score > 50


def test_a_known_client_is_told_in_numbers() -> None:
    good = rate_client(
        ClientFacts(
            payment_verified=True,
            hires=17,
            posted_jobs=24,
            reviews=12,
            feedback=Decimal("4.92"),
            spent=Decimal(12000),
            member_since=NOW - timedelta(days=1500),
        ),
        now=NOW,
    )
    bad = rate_client(
        ClientFacts(
            payment_verified=False,
            hires=0,
            posted_jobs=20,
            reviews=3,
            feedback=Decimal("2.1"),
            spent=Decimal(0),
        ),
        now=NOW,
    )
    told = {item.code: dict(item.params) for item in good.evidence}

    assert told[EvidenceCode.CLIENT_HIRE_RATE] == {"rate": 0.71, "hires": 17, "posted": 24}
    assert told[EvidenceCode.CLIENT_SPENT] == {"dollars": 12000}
    assert told[EvidenceCode.CLIENT_FEEDBACK] == {"stars": 4.92, "reviews": 12}
    assert told[EvidenceCode.CLIENT_MEMBER] == {"years": 4}
    assert good.score > 70
    assert bad.score < 30
    assert {item.sign for item in bad.evidence} == {Sign.MINUS}


@patient
@given(any_posting)
def test_any_posting_gets_bounded_odds(posting: JobPosting) -> None:
    axis = rate_odds(posting, now=NOW)

    check(axis)
    assert EvidenceCode.POSTED in codes(axis)


@patient
@given(any_posting, st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_bigger_crowd_never_raises_the_odds(posting: JobPosting, first: int, second: int) -> None:
    few, many = sorted((first, second))
    for field in ("applicants", "interviewing", "invites", "hired"):
        crowds: list[dict[str, Any]] = [{field: few}, {field: many}]
        higher, lower = (rate_odds(replace(posting, **crowd), now=NOW).score for crowd in crowds)
        assert lower <= higher, field


@patient
@given(any_posting, st.integers(0, 100_000))
def test_time_never_raises_the_odds(posting: JobPosting, minutes: int) -> None:
    later = NOW + timedelta(minutes=minutes)

    assert rate_odds(posting, now=later).score <= rate_odds(posting, now=NOW).score


def test_a_filled_posting_has_hardly_any_odds() -> None:
    axis = rate_odds(make_posting(hired=1, applicants=2), now=NOW)

    assert axis.score <= 5
    assert {"count": 1, "wanted": 1} in [dict(item.params) for item in axis.evidence]
    assert rate_odds(make_posting(hired=1, applicants=2, freelancers_to_hire=3), now=NOW).score > 50


def test_a_posting_from_the_future_is_new_not_negative() -> None:
    axis = rate_odds(make_posting(published_at=NOW + timedelta(hours=1)), now=NOW)

    assert {"minutes": 0} in [dict(item.params) for item in axis.evidence]


@patient
@given(any_posting, st.lists(st.text(max_size=60), max_size=4))
def test_any_posting_and_profile_get_a_bounded_fit(posting: JobPosting, statements: list[str]) -> None:
    check(fit(posting, make_profile(*statements, headline="")))


def test_what_fits_scores_far_above_what_does_not() -> None:
    near = fit(make_posting(skills=("Python", "FastAPI", "PostgreSQL")))
    far = fit(
        make_posting(
            title="Logo for a bakery", description="Vector logo in Illustrator", skills=("Logo Design",)
        )
    )

    assert near.score > 75
    assert far.score < 20
    assert {"skills": ("Logo Design", "Adobe Illustrator")} in [
        dict(item.params) for item in far.evidence
    ] or {"skills": ("Logo Design",)} in [dict(item.params) for item in far.evidence]


def test_matched_related_and_missing_skills_are_named() -> None:
    axis = fit(make_posting(title="Help", description="", skills=("Python", "Flask", "Kubernetes")))
    named = {item.code: item.params["skills"] for item in axis.evidence if "skills" in item.params}

    assert named == {
        EvidenceCode.SKILLS_MATCHED: ("Python",),
        EvidenceCode.SKILLS_RELATED: ("Flask",),
        EvidenceCode.SKILLS_MISSING: ("Kubernetes",),
    }


def test_a_skill_the_vocabulary_does_not_know_still_matches() -> None:
    fact = Fact(make_profile("x").facts[0].id, 1, FactKind.SKILL, "Blorptech, Zanzibar Suite", ())
    profile = Profile("", (fact,))

    tagged = fit(make_posting(title="Help", description="", skills=("Zanzibar-Suite",)), profile)
    mentioned = fit(make_posting(title="Blorptech help", description="Our Blorptech is slow"), profile)

    assert any(item.params.get("skills") == ("Zanzibar Suite",) for item in tagged.evidence)
    assert any(item.params.get("skills") == ("Blorptech",) for item in mentioned.evidence)


@patient
@given(any_posting, st.sampled_from(["Python", "Figma", "Zanzibar Suite"]))
def test_holding_one_more_wanted_skill_never_lowers_the_fit(posting: JobPosting, skill: str) -> None:
    posting = replace(posting, skills=(*posting.skills, skill))
    without = make_profile("Seven years of work")
    extra = Fact(without.facts[0].id, 2, FactKind.SKILL, skill, ())

    assert fit(posting, Profile("", (*without.facts, extra))).score >= fit(posting, without).score - 0.01


def _unit(*values: float) -> Vector:
    vector = np.zeros(DIMENSIONS)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def test_meaning_counts_when_there_are_vectors_and_is_missed_when_not() -> None:
    near, far = _unit(1, 0.1), _unit(0, 0, 1)
    facts = tuple(
        replace(fact, vector=tuple(float(value) for value in vector))
        for fact, vector in zip(PYTHON.facts, (near, far), strict=True)
    )
    profile = replace(PYTHON, facts=facts)
    posting = make_posting(skills=("Python",))

    close, away, without = (fit(posting, profile, vector) for vector in (_unit(1), _unit(0, 0, 0, 1), None))
    supports = [item for item in close.evidence if item.code is EvidenceCode.FACT_SUPPORTS]

    assert close.score > without.score > away.score
    assert close.confidence > without.confidence
    assert [item.params["fact"] for item in supports] == ["F1"]
    assert supports[0].params["similarity"] == pytest.approx(1, abs=0.01)
    assert EvidenceCode.FACTS_FAR in codes(away)


@pytest.mark.parametrize("vector", [np.full(DIMENSIONS, np.nan), np.ones(3), np.full(DIMENSIONS, 1e300)])
def test_a_broken_vector_is_no_vector(vector: Vector) -> None:
    facts = tuple(replace(fact, vector=tuple([1.0] + [0.0] * (DIMENSIONS - 1))) for fact in PYTHON.facts)

    with np.errstate(all="ignore"):
        check(fit(make_posting(), replace(PYTHON, facts=facts), vector))


def test_the_rate_counts_only_for_hourly_dollars() -> None:
    profile = replace(PYTHON, hourly_rate=Decimal(45))
    hourly: dict[str, Any] = {"contract": ContractType.HOURLY, "hourly_min": Decimal(20)}

    assert EvidenceCode.RATE_COVERED in codes(fit(make_posting(hourly_max=Decimal(60), **hourly), profile))
    assert EvidenceCode.RATE_NOT_COVERED in codes(
        fit(make_posting(hourly_max=Decimal(30), **hourly), profile)
    )
    for other in (
        make_posting(budget=Decimal(10)),
        make_posting(hourly_max=Decimal(30), currency="EUR", **hourly),
    ):
        assert not {EvidenceCode.RATE_COVERED, EvidenceCode.RATE_NOT_COVERED} & codes(fit(other, profile))


def test_an_empty_profile_lets_the_search_speak() -> None:
    empty = Profile("", ())
    posting = make_posting(skills=("Python",))
    by_search = rate_fit(
        posting, read_posting(posting), read_profile(empty, Criteria(query="python fastapi"))
    )
    by_nothing = rate_fit(posting, read_posting(posting), read_profile(empty, None))

    assert by_search.score > 60
    assert (by_nothing.score, by_nothing.confidence) == (NEUTRAL, 0)
    assert codes(by_nothing) == {EvidenceCode.PROFILE_EMPTY}


def test_full_text_rank_lifts_the_words() -> None:
    posting, profile = make_posting(), read_profile(PYTHON)
    low, high = (
        rate_fit(posting, read_posting(posting), profile, text_rank=rank).score for rank in (0.0, 1.0)
    )

    assert low < high


def test_a_ukrainian_profile_fits_like_its_english_twin() -> None:
    posting = make_posting(
        title="Landing page design",
        description="Figma, logo and brand identity",
        skills=("Web Design", "Figma"),
    )
    ukrainian = make_profile("Дизайн лендінгів у Figma", "Логотипи та айдентика", "Веб-дизайн")
    english = make_profile("Landing page design in Figma", "Logos and brand identity", "Web design")

    assert fit(posting, ukrainian).score == pytest.approx(fit(posting, english).score, abs=12)
