"""Reading what Upwork sends, including what it should not send."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.searches.criteria import Criteria
from core.upwork import answers, mapping, requests, wire
from core.upwork.views import ProposalStatus

NODE: dict[str, Any] = {
    "id": "1790000000000000001",
    "ciphertext": "~021790000000000000001",
    "title": "Stripe billing for a SaaS",
    "description": "We need metered billing.",
    "createdDateTime": "2026-09-01T10:00:00+0000",
    "publishedDateTime": "2026-09-01T10:00:05.123Z",
    "renewedDateTime": None,
    "amount": {"rawValue": "0.0", "currency": "USD"},
    "hourlyBudgetType": "MANUAL",
    "hourlyBudgetMin": {"rawValue": "40.0", "currency": "EUR"},
    "hourlyBudgetMax": {"rawValue": "65.5", "currency": "EUR"},
    "duration": "MONTH",
    "durationLabel": "1 to 3 months",
    "engagement": "30+ hrs/week",
    "experienceLevel": "EXPERT",
    "category": "web_mobile_software_dev",
    "subcategory": "web_development",
    "totalApplicants": 4,
    "freelancersToHire": 2,
    "enterprise": False,
    "applied": True,
    "preferredFreelancerLocation": ["Ukraine", None, "Poland"],
    "preferredFreelancerLocationMandatory": True,
    "skills": [{"name": "python", "prettyName": "Python"}, None, {"name": "stripe-api", "prettyName": None}],
    "client": {
        "totalHires": 12,
        "totalPostedJobs": 20,
        "totalReviews": 9,
        "totalFeedback": 4.9,
        "totalSpent": {"rawValue": "15400.75", "currency": "USD"},
        "verificationStatus": "VERIFIED",
        "memberSinceDateTime": "2019-04-01T00:00:00+0000",
        "location": {"city": "Oslo", "country": "Norway"},
    },
    "job": {
        "contractTerms": {"contractType": "HOURLY", "fixedPriceContractTerms": None},
        "contractorSelection": {
            "proposalRequirement": {
                "coverLetterRequired": False,
                "screeningQuestions": [
                    {"question": "Second?", "sequenceNumber": 2},
                    {"question": "First?", "sequenceNumber": 1},
                    {"question": None, "sequenceNumber": 0},
                ],
            }
        },
        "activityStat": {"jobActivity": {"invitesSent": 3, "totalInvitedToInterview": 1, "totalHired": 0}},
    },
}


def posting(**changes: Any) -> JobPosting:
    found = mapping.search_posting({**NODE, **changes})
    assert found is not None
    return found


def test_a_posting_is_read_completely() -> None:
    found = posting()
    assert found.published_at == datetime(2026, 9, 1, 10, 0, 5, 123000, tzinfo=UTC)
    assert (found.contract, found.budget) == (ContractType.HOURLY, None)
    assert (found.hourly_min, found.hourly_max, found.currency) == (Decimal("40.0"), Decimal("65.5"), "EUR")
    assert found.experience is ExperienceLevel.EXPERT
    assert found.skills == ("Python", "stripe-api")
    assert [(question.position, question.text) for question in found.questions] == [
        (0, "First?"),
        (1, "Second?"),
    ]
    assert (found.cover_letter_required, found.applicants, found.interviewing, found.hired) == (
        False,
        4,
        1,
        0,
    )
    assert (found.freelancers_to_hire, found.applied, found.enterprise) == (2, True, False)
    assert (found.preferred_locations, found.location_mandatory) == (("Ukraine", "Poland"), True)
    client = found.client
    assert (client.country, client.city, client.payment_verified) == ("Norway", "Oslo", True)
    assert (client.hires, client.posted_jobs, client.spent) == (12, 20, Decimal("15400.75"))
    assert client.feedback == Decimal("4.9")


@pytest.mark.parametrize(
    ("changes", "contract", "budget"),
    [
        ({"job": None}, ContractType.HOURLY, None),
        ({"job": None, "amount": {"rawValue": "500", "currency": "USD"}}, ContractType.FIXED, Decimal(500)),
        (
            {"job": None, "hourlyBudgetMin": None, "hourlyBudgetMax": None, "hourlyBudgetType": None},
            None,
            None,
        ),
        (
            {
                "amount": None,
                "job": {
                    "contractTerms": {
                        "contractType": "FIXED",
                        "fixedPriceContractTerms": {"amount": {"rawValue": "750.00", "currency": "USD"}},
                    }
                },
            },
            ContractType.FIXED,
            Decimal("750.00"),
        ),
    ],
)
def test_the_contract_is_found_where_upwork_put_it(
    changes: dict[str, Any], contract: ContractType | None, budget: Decimal | None
) -> None:
    found = posting(**changes)
    assert (found.contract, found.budget) == (contract, budget)


@pytest.mark.parametrize("name", ["id", "title", "ciphertext"])
def test_a_posting_without_its_ids_is_left_out(name: str) -> None:
    assert mapping.search_posting({**NODE, name: None}) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-09-16T22:52:15.448Z", datetime(2026, 9, 16, 22, 52, 15, 448000, tzinfo=UTC)),
        ("2026-09-16T22:52:15+0000", datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        ("2026-09-16T22:52:15", datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        ("2026-09-17T00:52:15+02:00", datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        ("1789599135000", datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        (1789599135000, datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        ({"rawValue": "1789599135", "displayValue": "x"}, datetime(2026, 9, 16, 22, 52, 15, tzinfo=UTC)),
        ("yesterday", None),
        ("9" * 30, None),
        ("NaN", None),
        (None, None),
        (True, None),
    ],
)
def test_times_come_in_every_form(value: object, expected: datetime | None) -> None:
    assert wire.moment(value) == expected


def test_accepted_means_submitted() -> None:
    view = mapping.proposal({"id": "1", "status": {"status": "Accepted"}})
    assert view is not None
    assert view.status is ProposalStatus.SUBMITTED
    odd = mapping.proposal({"id": "1", "status": {"status": "SomethingNew"}})
    assert odd is not None
    assert odd.status is ProposalStatus.UNKNOWN


def test_an_attachment_without_words_is_still_a_message() -> None:
    view = mapping.story({"id": "s", "createdDateTime": "1789599135000", "message": None, "user": None}, "r")
    assert view is not None
    assert (view.text, view.author_id, view.edited_at) == ("", None, None)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("1e400")
    | st.just("-0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
READERS: list[Callable[[Any], object]] = [
    mapping.search_posting,
    lambda node: mapping.profile(node, node, node),
    mapping.company,
    mapping.proposal,
    mapping.room,
    lambda node: mapping.story(node, "room"),
    mapping.capabilities,
    lambda node: list(wire.nodes(node)),
    answers.parse,
]
COMPLETE: dict[str, Any] = NODE | {
    "nid": "somebody",
    "name": "Some B.",
    "organizationId": "7",
    "personalData": {"title": "Engineer", "chargeRate": {"rawValue": "65", "currency": "USD"}},
    "languages": {"edges": [{"node": {"language": {"englishName": "English"}}}]},
    "employmentRecords": [{"companyName": "Studio", "jobTitle": "Engineer"}],
    "aggregates": {"jobSuccessScore": 97.0, "totalEarnings": {"rawValue": "1", "currency": "USD"}},
    "marketplaceJobPosting": {"id": "5", "content": {"title": "T"}},
    "status": {"status": "Hired", "reason": {"reason": "why"}},
    "auditDetails": {"createdDateTime": {"rawValue": "1789599135000"}},
    "roomUsers": [{"role": "member", "user": {"id": "1", "name": "N"}}],
    "latestStory": {"id": "9", "createdDateTime": "1789599135000"},
    "edges": [{"node": {"id": "1"}}],
    "data": {"user": {"id": "1"}},
    "errors": [{"message": "m", "path": ["a", 0], "extensions": {"classification": "X", "code": 500}}],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value, its own included."""
    found = [path]
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += places(item, (*path, key))
    return found


def spoiled(value: Any, changes: dict[tuple[Any, ...], Any], path: tuple[Any, ...] = ()) -> Any:
    """A copy with other things in some places."""
    if path in changes:
        return changes[path]
    if isinstance(value, dict):
        return {key: spoiled(item, changes, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item, changes, (*path, key)) for key, item in enumerate(value)]
    return value


@given(st.dictionaries(st.sampled_from(places(COMPLETE)), st.none() | JUNK, max_size=12))
def test_no_answer_is_so_broken_that_reading_it_fails(changes: dict[tuple[Any, ...], Any]) -> None:
    node = spoiled(COMPLETE, changes)
    for read in READERS:
        read(node)


@pytest.mark.parametrize("place", places(COMPLETE), ids=str)
def test_a_null_in_any_place_is_survived(place: tuple[Any, ...]) -> None:
    node = spoiled(COMPLETE, {place: None})
    for read in READERS:
        read(node)
    needed = place in {(), ("id",), ("title",), ("ciphertext",)}
    assert (mapping.search_posting(node) is None) is needed


@given(JUNK)
def test_single_values_never_fail(value: object) -> None:
    for read in (wire.text, wire.number, wire.decimal, wire.moment, wire.flag, wire.texts):
        read(value)
    found = wire.text(value)
    assert found is None or found.encode()


@given(st.text(max_size=80))
def test_any_query_becomes_a_balanced_expression(query: str) -> None:
    expression = requests.search_expression(query)
    assert expression.count('"') % 2 == 0
    assert expression.count("(") == expression.count(")")
    assert not set("{}[]^~:\\/") & set(expression)
    json.dumps(requests.search_jobs(Criteria(query=query, skills=(query[:20],)), first=1, offset=0))


def test_the_users_words_stay_words() -> None:
    assert requests.search_expression('"real time" (python OR go) C++') == '"real time" (python OR go) C++'
    assert requests.search_expression(") broken (") == "broken"
    assert (
        requests.search_expression("R&D +must a && b CI/CD what? node.js C#")
        == "R&D must a b CI CD what node.js C#"
    )


SCOPES = "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [{}]."


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (SCOPES.format("Money.currency, PageInfo.endCursor"), {"Money.currency", "PageInfo.endCursor"}),
        (SCOPES.format("Query.roomList"), {"Query.roomList"}),
        (SCOPES.format(""), set()),
        ("Something about Money.currency", set()),
    ],
)
def test_missing_scopes_are_read_from_the_message(message: str, fields: set[str]) -> None:
    answer = answers.parse({"errors": [{"message": message}]})
    assert answer is not None
    assert answer.missing_fields == fields
