"""What the stand-in's GraphQL endpoint answers, quirks included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, validate_schema

from sandbox.upwork.schema_files import executable_schema

QUESTIONS = ["When could you start?", "Which index would you try?"]
JOB: dict[str, Any] = {
    "title": "Speed up PostgreSQL reports",
    "description": 'Our reports are slow.\nStart with "compass" & <b>send</b> no templates.',
    "skills": ["Python", "PostgreSQL"],
    "hourly_min": 30,
    "hourly_max": 55,
    "questions": QUESTIONS,
    "applicants": 7,
    "invites": 2,
    "client": {
        "name": "North Labs",
        "country": "Germany",
        "verified": True,
        "hires": 12,
        "spent": 5300.5,
        "feedback": 4.8,
    },
}
SEARCH = """query ($filter: MarketplaceJobPostingsSearchFilter, $sort: [MarketplaceJobPostingSearchSortAttribute]) {
  marketplaceJobPostingsSearch(marketPlaceJobFilter: $filter, searchType: USER_JOBS_SEARCH, sortAttributes: $sort) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { cursor node { id title publishedDateTime totalApplicants job { contractTerms { contractType } } } }
  }
}"""


async def titles(api: Any, **filter_: Any) -> list[str]:
    data = await api.data(
        SEARCH, filter={"pagination_eq": {"first": 50, "after": "0"}, **filter_}, sort=[{"field": "RECENCY"}]
    )
    return [edge["node"]["title"] for edge in data["marketplaceJobPostingsSearch"]["edges"]]


async def test_search_node_carries_the_posting(upwork: Any) -> None:
    posted = await upwork.control("jobs", **JOB)
    query = """{ marketplaceJobPostingsSearch(sortAttributes: [{field: RECENCY}]) { edges { node {
        id ciphertext title description totalApplicants applied hourlyBudgetType
        amount { rawValue } hourlyBudgetMin { rawValue currency } hourlyBudgetMax { displayValue }
        skills { name prettyName }
        client { totalHires totalFeedback totalSpent { rawValue } verificationStatus location { country } }
        job { contractTerms { contractType hourlyContractTerms { hourlyBudgetMax } }
          contractorSelection { proposalRequirement { coverLetterRequired screeningQuestions { question sequenceNumber } } }
          activityStat { applicationsBidStats { avgRateBid { rawValue } } jobActivity { invitesSent totalHired } } }
    } } } }"""
    node = (await upwork.data(query))["marketplaceJobPostingsSearch"]["edges"][0]["node"]
    assert (node["id"], node["ciphertext"]) == (posted["id"], posted["ciphertext"])
    assert (node["title"], node["description"]) == (JOB["title"], JOB["description"])
    assert (node["totalApplicants"], node["applied"], node["amount"]["rawValue"]) == (7, False, "0.00")
    assert node["hourlyBudgetMin"] == {"rawValue": "30.00", "currency": "USD"}
    assert node["hourlyBudgetMax"] == {"displayValue": "$55.00"}
    assert [skill["name"] for skill in node["skills"]] == ["python", "postgresql"]
    assert node["client"]["totalSpent"] == {"rawValue": "5300.50"}
    assert node["client"]["verificationStatus"] == "VERIFIED"
    assert node["client"]["location"] == {"country": "Germany"}
    asked = node["job"]["contractorSelection"]["proposalRequirement"]["screeningQuestions"]
    assert [entry["question"] for entry in asked] == JOB["questions"]
    assert node["job"]["contractTerms"]["contractType"] == "HOURLY"
    assert node["job"]["activityStat"]["jobActivity"] == {"invitesSent": 2, "totalHired": 0}


async def test_pages_are_offsets_and_first_alone_fails(upwork: Any) -> None:
    await upwork.control("feed", now=30)
    body = await upwork.ask(SEARCH, filter={"pagination_eq": {"first": 5}})
    assert body["data"] == {"marketplaceJobPostingsSearch": None}
    assert body["errors"][0]["message"] == "Exception occurred"
    assert body["errors"][0]["extensions"] == {"code": 500}
    seen: list[str] = []
    after = "0"
    while True:
        found = (await upwork.data(SEARCH, filter={"pagination_eq": {"first": 20, "after": after}}))[
            "marketplaceJobPostingsSearch"
        ]
        if not found["edges"]:
            break
        seen += [edge["node"]["id"] for edge in found["edges"]]
        after = found["edges"][-1]["cursor"]
    assert len(seen) == len(set(seen)) == 42
    assert found["totalCount"] != 42
    default = await upwork.data(SEARCH)
    assert len(default["marketplaceJobPostingsSearch"]["edges"]) == 10


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"searchExpression_eq": "marzipan"}, {"Marzipan shop in Django", "Ship marzipan abroad"}),
        ({"searchExpression_eq": "marzipan quokka"}, {"Marzipan shop in Django", "Ship marzipan abroad", "Quokka counter"}),
        ({"searchExpression_eq": "marzipan AND django"}, {"Marzipan shop in Django"}),
        ({"searchExpression_eq": "(marzipan OR quokka) AND NOT django"}, {"Ship marzipan abroad", "Quokka counter"}),
        ({"searchExpression_eq": "marzipan -django"}, {"Ship marzipan abroad"}),
        ({"searchExpression_eq": '"marzipan abroad"'}, {"Ship marzipan abroad"}),
        ({"searchExpression_eq": "quokk*"}, {"Quokka counter"}),
        ({"titleExpression_eq": "wombat"}, set()),
        ({"searchExpression_eq": "wombat"}, {"Quokka counter"}),
        ({"skillExpression_eq": "Swahili, Zoology"}, {"Ship marzipan abroad", "Quokka counter"}),
        ({"searchTerm_eq": {"andTerms_all": ["marzipan"], "excludeTerms_any": ["django"]}}, {"Ship marzipan abroad"}),
        ({"searchTerm_eq": {"orTerms_any": ["quokka", "django"]}, "skillExpression_eq": "zoology"}, {"Quokka counter"}),
        ({"searchExpression_eq": "marzipan quokka", "jobType_eq": "FIXED"}, {"Quokka counter"}),
        ({"searchExpression_eq": "marzipan quokka", "experienceLevel_eq": "EXPERT"}, {"Quokka counter"}),
        ({"searchExpression_eq": "marzipan quokka", "verifiedPaymentOnly_eq": True}, {"Marzipan shop in Django"}),
        ({"searchExpression_eq": "marzipan", "locations_any": ["Iceland"]}, {"Marzipan shop in Django"}),
        ({"searchExpression_eq": "marzipan", "clientHiresRange_eq": {"rangeStart": 5}}, {"Marzipan shop in Django"}),
        ({"searchExpression_eq": "quokka", "budgetRange_eq": {"rangeStart": 9000}}, {"Quokka counter"}),
        ({"searchExpression_eq": "quokka", "hourlyRate_eq": {"rangeStart": 900}}, {"Quokka counter"}),
        ({"searchExpression_eq": "quokka", "workload_eq": "AS_NEEDED"}, set()),
        ({"searchExpression_eq": "quokka", "categoryIds_any": ["Web Development"]}, set()),
    ],
)  # fmt: skip
async def test_filters(upwork: Any, wanted: dict[str, Any], found: set[str]) -> None:
    iceland = {"country": "Iceland", "verified": True, "hires": 9}
    poor = {"country": "Malta", "verified": False, "hires": 0}
    await upwork.control(
        "jobs", title="Marzipan shop in Django", description="Sweets", skills=["Django"], client=iceland
    )
    await upwork.control(
        "jobs", title="Ship marzipan abroad", description="Boxes", skills=["Swahili"], client=poor
    )
    await upwork.control(
        "jobs", title="Quokka counter", description="Not a wombat", skills=["Zoology"], kind="FIXED", amount=50,
        experience="EXPERT", client=poor,
    )  # fmt: skip
    assert set(await titles(upwork, **wanted)) == found


async def test_category_ids_come_from_the_ontology(upwork: Any) -> None:
    await upwork.control("jobs", **JOB)
    tree = (
        await upwork.data("{ ontologyCategories { id preferredLabel subcategories { id preferredLabel } } }")
    )["ontologyCategories"]
    web = next(category for category in tree if category["preferredLabel"] == "Web, Mobile & Software Dev")
    assert JOB["title"] in await titles(upwork, categoryIds_any=[web["id"]])
    writing = next(category for category in tree if category["preferredLabel"] == "Writing")
    assert JOB["title"] not in await titles(upwork, categoryIds_any=[writing["id"]])


async def test_closed_postings_leave_the_search_but_can_be_read(upwork: Any) -> None:
    posted = await upwork.control("jobs", **JOB)
    await upwork.control(f"jobs/{posted['id']}/close")
    assert JOB["title"] not in await titles(upwork)
    query = (
        "query ($id: ID!) { marketplaceJobPosting(id: $id) { workFlowState { status } content { title } } }"
    )
    job = (await upwork.data(query, id=posted["id"]))["marketplaceJobPosting"]
    assert job == {"workFlowState": {"status": "CLOSED"}, "content": {"title": JOB["title"]}}
    cipher = await upwork.ask(query, id=posted["ciphertext"])
    assert cipher["data"] == {"marketplaceJobPosting": None}
    assert "404" in cipher["errors"][0]["message"]


async def test_contents_skip_what_is_unknown(upwork: Any) -> None:
    posted = await upwork.control("jobs", **JOB)
    query = "query ($ids: [ID!]!) { marketplaceJobPostingsContents(ids: $ids) { id ciphertext } }"
    found = (await upwork.data(query, ids=["1", posted["id"]]))["marketplaceJobPostingsContents"]
    assert found == [{"id": posted["id"], "ciphertext": posted["ciphertext"]}]


async def test_profile_history_and_organizations(upwork: Any) -> None:
    data = await upwork.data(
        """{ user { id nid email freelancerProfile { personalData { title chargeRate { rawValue } }
             aggregates { jobSuccessScore totalEarnings { rawValue } } } talentProfile { personId } }
             organization { id type } companySelector { items { title organizationId } } }"""
    )
    assert data["user"]["freelancerProfile"]["aggregates"]["jobSuccessScore"] == 98
    assert data["user"]["freelancerProfile"]["personalData"]["chargeRate"] == {"rawValue": "45.00"}
    assert data["organization"]["id"] == data["companySelector"]["items"][0]["organizationId"]
    query = """query ($id: ID!) { talentWorkHistory(filter: {personId: $id, status: [ACTIVE]}) {
        totalCount workHistoryList { contract { title status } } } }"""
    history = (await upwork.data(query, id=data["user"]["id"]))["talentWorkHistory"]
    assert history["totalCount"] == 1
    assert history["workHistoryList"][0]["contract"]["status"] == "ACTIVE"
    refused = await upwork.ask(query, id="1500000000000000002")
    assert refused["errors"][0]["message"] == "Authorization failed"


async def test_tenant_header_chooses_the_organization(upwork: Any) -> None:
    items = (await upwork.data("{ companySelector { items { organizationId title } } }"))["companySelector"][
        "items"
    ]
    agency = items[1]["organizationId"]
    body = await upwork.ask("{ organization { id flag { agency } } }", {"X-Upwork-API-TenantId": agency})
    assert body["data"]["organization"] == {"id": agency, "flag": {"agency": True}}
    refused = await upwork.ask("{ organization { id } }", {"X-Upwork-API-TenantId": "77"})
    assert refused["data"] == {"organization": None}
    assert refused["errors"][0]["message"] == "Authorization failed"


async def test_token_and_agent_are_needed(upwork: Any) -> None:
    assert (await upwork.post("{ user { id } }", {"Authorization": ""})).status_code == 401
    assert (
        await upwork.post("{ user { id } }", {"Authorization": "Bearer oauth2v2_wrong"})
    ).status_code == 401
    async with httpx.AsyncClient(base_url=upwork.http.base_url) as plain:
        blocked = await plain.post("/graphql", json={"query": "{ user { id } }"})
    assert blocked.status_code == 403
    assert blocked.headers["content-type"].startswith("text/html")
    assert "Enable JavaScript and cookies to continue" in blocked.text


async def test_introspection_one_type_at_a_time(upwork: Any) -> None:
    query = "query ($name: String!) { __type(name: $name) { fields { name } } }"
    fields = (await upwork.data(query, name="Mutation"))["__type"]["fields"]
    assert {"name": "createJobProposal"} in fields
    two = await upwork.ask('{ a: __type(name: "Query") { name } b: __type(name: "Mutation") { name } }')
    assert two["errors"][0]["extensions"]["classification"] == "BadFaithIntrospection"
    assert "data" not in two
    nested = await upwork.ask('{ __type(name: "Query") { fields { type { fields { name } } } } }')
    assert nested["errors"][0]["extensions"]["classification"] == "BadFaithIntrospection"
    await upwork.control("settings", additions=False)
    fields = (await upwork.data(query, name="Mutation"))["__type"]["fields"]
    assert {"name": "createJobProposal"} not in fields
    body = await upwork.ask("{ vendorProposal(id: 1) { viewedByClient } }")
    assert body["errors"][0]["extensions"]["classification"] == "ValidationError"


async def test_missing_scopes_fail_the_whole_query(upwork: Any) -> None:
    missing = ["Submit Proposal", "Money.currency"]
    await upwork.control("applications", client_id="poor", missing_scopes=missing)
    await upwork.sign_in(client_id="poor")
    body = await upwork.ask(
        "{ user { id } organization { id } marketplaceJobPostingsSearch { edges { node { amount { currency } } } } }"
    )
    assert body == {
        "errors": [
            {
                "message": "The client or authentication token doesn't have enough oauth2 permissions/scopes "
                "to access: [Money.currency].",
                "extensions": {"classification": "ExecutionAborted"},
            }
        ]
    }  # fmt: skip
    await upwork.data(
        "{ user { id } marketplaceJobPostingsSearch { edges { node { amount { rawValue } } } } }"
    )
    submit = """mutation { createJobProposal(input: {selectedContractor: {id: "1", oDeskUserID: "2"}, jobReference: "3",
        chargedAmount: 1, coverLetter: "x"}) { error } }"""
    assert "Mutation.createJobProposal" in (await upwork.ask(submit))["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "classification"),
    [
        ("{ user { nope } }", "ValidationError"),
        ("{ room { id } }", "ValidationError"),
        ("{ user {", "InvalidSyntax"),
        ("", "InvalidSyntax"),
    ],
)
async def test_bad_documents_come_with_200(upwork: Any, query: str, classification: str) -> None:
    body = await upwork.ask(query)
    assert body["errors"][0]["extensions"]["classification"] == classification
    assert "data" not in body


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'"x"', b'{"query": 3}', b'{"query": "{ user { id } }", "variables": 4}', b"\xff" * 100_000],
)
async def test_unreadable_bodies_do_no_harm(upwork: Any, content: bytes) -> None:
    headers = {"Authorization": f"Bearer {upwork.access_token}"}
    answer = await upwork.http.post("/graphql", content=content, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["errors"]


async def test_wrong_variables_are_told(upwork: Any) -> None:
    body = await upwork.ask(SEARCH, filter={"jobType_eq": "BARTER"})
    assert "BARTER" in body["errors"][0]["message"]


def _operations() -> Iterator[tuple[str, str]]:
    """Every query field with every field below it, three levels deep."""
    schema = executable_schema(additions=True)
    assert validate_schema(schema) == []
    arguments = {
        "talentProfile": '(personId: "1500000000000000001")',
        "talentWorkHistory": '(filter: {personId: "1500000000000000001"})',
        "marketplaceJobPosting": '(id: "$job")',
        "marketplaceJobPostingsContents": '(ids: ["$job"])',
        "vendorProposal": '(id: "$proposal")',
        "vendorProposals": "(filter: {status_eq: Activated}, pagination: {first: 5},"
        " sortAttribute: {field: CREATEDDATETIME, sortOrder: DESC})",
        "proposalRoom": '(vendorProposalId: "$proposal")',
        "room": '(id: "$room")',
        "roomStories": '(filter: {roomId_eq: "$room"})',
        "roomStory": '(roomId: "$room", storyId: "$story")',
        "oneOnOneRoom": '(userId: "1", organizationId: "2")',
    }  # fmt: skip

    def below(field: GraphQLField, depth: int) -> str:
        kind = get_named_type(field.type)
        if not isinstance(kind, GraphQLObjectType):
            return ""
        parts = []
        for name, child in kind.fields.items():
            leaf = not isinstance(get_named_type(child.type), GraphQLObjectType)
            if name == "ownership" or (child.args and name not in {"stories", "reasons"}):
                continue
            if leaf or depth:
                parts.append(name + below(child, depth - 1))
        return " { __typename " + " ".join(parts) + " }"

    query = schema.query_type
    assert query is not None
    for name, field in query.fields.items():
        yield name, f"{{ {name}{arguments.get(name, '')}{below(field, 5)} }}"


@pytest.mark.parametrize(
    ("name", "query"), list(_operations()), ids=lambda value: value if value[0] != "{" else ""
)
async def test_every_query_resolves_every_field(upwork: Any, name: str, query: str) -> None:
    job = await upwork.control("jobs", **JOB, kind="FIXED", amount=300)
    user = await upwork.data("{ user { id nid } organization { id } }")
    submit = "mutation ($input: CreateJobProposalInput!) { createJobProposal(input: $input) { newProposalId error } }"
    sent = await upwork.data(
        submit,
        input={
            "selectedContractor": {"id": user["user"]["id"], "oDeskUserID": user["user"]["nid"]},
            "jobReference": job["id"],
            "chargedAmount": 290,
            "coverLetter": "Hello",
            "teamOrgId": user["organization"]["id"],
            "questions": [{"question": question, "answer": "Yes"} for question in QUESTIONS],
            "milestones": [{"amount": 290, "description": "All of it", "dueDate": "2027-01-01"}],
            "estimatedDuration": 2,
        },
    )  # fmt: skip
    proposal = sent["createJobProposal"]["newProposalId"]
    answered = await upwork.control(f"proposals/{proposal}/answer")
    known = {
        "$job": job["id"],
        "$proposal": proposal,
        "$room": answered["room_id"],
        "$story": answered["story"]["id"],
    }
    for placeholder, value in known.items():
        query = query.replace(placeholder, value)
    data = await upwork.data(query)
    assert name in data
    assert data[name] is not None or name == "oneOnOneRoom"
