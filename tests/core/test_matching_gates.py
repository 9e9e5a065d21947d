"""The user's rules refuse what breaks them, and only on a known fact."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from core.jobs_feed.posting import ClientFacts, ContractType, ExperienceLevel, JobPosting
from core.matching.gates import GateCode, failed_gates
from core.searches.criteria import Criteria
from tests.core.matching_cases import NOW, PYTHON, any_posting, make_posting, make_profile, patient


def codes(posting: JobPosting, **rules: Any) -> list[GateCode]:
    return [gate.code for gate in failed_gates(posting, Criteria(query="python", **rules), PYTHON, NOW)]


HOURLY, FIXED = ContractType.HOURLY, ContractType.FIXED
CASES: list[tuple[GateCode, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (GateCode.TOO_OLD, {"max_age_hours": 2}, {"published_at": NOW - timedelta(hours=3)}, {}),
    (
        GateCode.HOURLY_BELOW_FLOOR,
        {"min_hourly": Decimal(40)},
        {"contract": HOURLY, "hourly_max": Decimal(39)},
        {"contract": HOURLY, "hourly_min": Decimal(10), "hourly_max": Decimal(40)},
    ),
    (
        GateCode.BUDGET_BELOW_FLOOR,
        {"min_budget": Decimal(500)},
        {"budget": Decimal(499)},
        {"budget": Decimal(500)},
    ),
    (GateCode.EXCLUDED_WORD, {"exclude_words": ("tests",)}, {}, {"description": "The latest news contested"}),
    (
        GateCode.CLIENT_UNVERIFIED,
        {"payment_verified_only": True},
        {"client": ClientFacts(payment_verified=False)},
        {"client": ClientFacts(payment_verified=True)},
    ),
    (GateCode.TOO_MANY_APPLICANTS, {"max_applicants": 20}, {"applicants": 21}, {"applicants": 20}),
    (
        GateCode.EXCLUDED_COUNTRY,
        {"exclude_countries": ("India",)},
        {"client": ClientFacts(country="IND")},
        {"client": ClientFacts(country="Indonesia")},
    ),
    (
        GateCode.EXPERIENCE,
        {"experience": (ExperienceLevel.EXPERT,)},
        {"experience": ExperienceLevel.ENTRY},
        {"experience": ExperienceLevel.EXPERT},
    ),
    (GateCode.ALREADY_APPLIED, {}, {"applied": True}, {"applied": False}),
    (GateCode.WRONG_CONTRACT, {"contract": FIXED}, {"hourly_max": Decimal(50)}, {"contract": FIXED}),
]


@pytest.mark.parametrize(("code", "rules", "bad", "good"), CASES, ids=[case[0].value for case in CASES])
def test_each_rule_refuses_and_admits(
    code: GateCode, rules: dict[str, Any], bad: dict[str, Any], good: dict[str, Any]
) -> None:
    assert [code] == codes(make_posting(**bad), **rules)
    assert codes(make_posting(**good), **rules) == []


def test_unknown_breaks_no_rule() -> None:
    strict = {
        "contract": HOURLY,
        "min_hourly": Decimal(40),
        "min_budget": Decimal(500),
        "experience": (ExperienceLevel.EXPERT,),
        "payment_verified_only": True,
        "max_applicants": 1,
        "exclude_countries": ("India",),
    }

    assert codes(make_posting(), **strict) == []
    assert codes(make_posting(contract=HOURLY, hourly_max=Decimal(0)), **strict) == []


def test_foreign_money_is_unknown_money() -> None:
    posting = make_posting(contract=HOURLY, hourly_max=Decimal(10), currency="EUR")

    assert codes(posting, min_hourly=Decimal(40)) == []


def test_excluded_words_are_meant_in_any_language_and_form() -> None:
    posting = make_posting(
        title="WordPress site for agencies", description="An online gambling portal", skills=("PHP",)
    )

    gates = failed_gates(
        posting,
        Criteria(query="x", exclude_words=("вордпрес", "казино", "agency", "php", "django")),
        PYTHON,
        NOW,
    )

    assert [gate.params["word"] for gate in gates] == ["вордпрес", "казино", "agency", "php"]


def test_numbers_are_told() -> None:
    (gate,) = failed_gates(make_posting(applicants=33), Criteria(query="x", max_applicants=20), PYTHON, NOW)

    assert dict(gate.params) == {"count": 33, "limit": 20}


@pytest.mark.parametrize(
    ("places", "country", "refused"),
    [
        (("United States",), "Ukraine", True),
        (("Europe",), "Ukraine", False),
        (("USA", "Україна"), "Ukraine", False),
        (("Narnia",), "Ukraine", False),
        (("United States",), None, False),
        ((), "Ukraine", False),
    ],
)
def test_a_mandatory_place_refuses_only_people_known_to_be_elsewhere(
    places: tuple[str, ...], country: str | None, refused: bool
) -> None:
    posting = make_posting(preferred_locations=places, location_mandatory=True)

    gates = failed_gates(posting, Criteria(query="x"), PYTHON, NOW, country=country)

    assert refused == (GateCode.LOCATION_ELSEWHERE in [gate.code for gate in gates])


@pytest.mark.parametrize(
    "words", ["I am based in Kyiv, Ukraine.", "Живу у Львові, Україна", "located in Poland"]
)
def test_the_users_own_words_say_where_they_are(words: str) -> None:
    posting = make_posting(preferred_locations=("United States",), location_mandatory=True)

    gates = failed_gates(posting, Criteria(query="x"), make_profile(words), NOW)

    assert [gate.code for gate in gates] == [GateCode.LOCATION_ELSEWHERE]


def test_a_renewed_posting_is_young_again() -> None:
    posting = make_posting(published_at=NOW - timedelta(days=5), renewed_at=NOW - timedelta(minutes=5))

    assert codes(posting) == []


@patient
@given(any_posting)
def test_no_posting_breaks_the_rules_themselves(posting: JobPosting) -> None:
    rules = Criteria(
        query="x",
        exclude_words=("a", "", "C++"),
        min_hourly=Decimal(1),
        exclude_countries=("", "US"),
        max_applicants=0,
    )

    gates = failed_gates(posting, rules, PYTHON, NOW)

    assert len({(gate.code, gate.params.get("word")) for gate in gates}) == len(gates)
