"""Job postings: search, one posting, several contents, the ontology."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from sandbox.upwork.answers import authorization_failed, exception_occurred
from sandbox.upwork.clock import posting_time
from sandbox.upwork.composer import DURATIONS, archetypes, ontology_id, slug, stable_number
from sandbox.upwork.records import Account, Company, Posting, Skill
from sandbox.upwork.resolvers.context import Info, Node, caller, money, page
from sandbox.upwork.search_text import Expression, Haystack, matches_term
from sandbox.upwork.world import World

PAGE_LIMIT = 100
Test = Callable[[Posting, Company], bool]


def ciphertext(posting: Posting) -> str:
    return f"~02{posting.id}"


def search(
    info: Info,
    marketPlaceJobFilter: Node | None = None,  # noqa: N803 - the schema's spelling
    sortAttributes: list[Node | None] | None = None,  # noqa: N803
    **_ignored: Any,
) -> Node:
    """marketplaceJobPostingsSearch, with the quirks observed from the real one."""
    world = caller(info).world
    wanted = marketPlaceJobFilter or {}
    pagination = wanted.get("pagination_eq")
    if pagination is not None and pagination.get("after") is None:
        raise exception_occurred()
    tests = _tests(world, wanted)
    found: list[tuple[float, Posting]] = []
    for posting in world.open_postings():
        company = world.companies[posting.company_id]
        if all(test(posting, company) for test in tests):
            score = _score(world, posting, wanted)
            if score > 0:
                found.append((score, posting))
    _sort(world, found, sortAttributes)
    chosen, offset, page_info = page(
        [posting for _, posting in found], pagination, default=10, limit=PAGE_LIMIT
    )
    account = caller(info).account
    return {
        # the real count is unreliable, so nobody should page by it
        "totalCount": len(found) + len(found) // 3,
        "edges": [
            {"cursor": str(offset + number), "node": result(world, posting, account)}
            for number, posting in enumerate(chosen, 1)
        ],
        "pageInfo": page_info,
    }


def _sort(world: World, found: list[tuple[float, Posting]], sort: list[Node | None] | None) -> None:
    field = next((entry["field"] for entry in sort or () if entry), "RELEVANCE")
    keys: dict[str, Callable[[tuple[float, Posting]], Any]] = {
        "RECENCY": lambda item: item[1].published_at,
        "RELEVANCE": lambda item: (item[0], item[1].published_at),
        "CLIENT_TOTAL_CHARGE": lambda item: world.companies[item[1].company_id].spent,
        "CLIENT_RATING": lambda item: world.companies[item[1].company_id].feedback,
    }
    found.sort(key=keys[field], reverse=True)


def _tests(world: World, wanted: Node) -> list[Test]:
    """Tests for the filters that are honoured. budgetRange_eq and hourlyRate_eq are ignored, as observed."""
    tests: list[Test] = []
    if wanted.get("workload_eq") is not None:
        # observed: any workload finds nothing
        tests.append(lambda _posting, _company: False)
    if kind := wanted.get("jobType_eq"):
        tests.append(lambda posting, _company: posting.kind == kind)
    if level := wanted.get("experienceLevel_eq"):
        tests.append(lambda posting, _company: posting.experience == level)
    if wanted.get("verifiedPaymentOnly_eq"):
        tests.append(lambda _posting, company: company.verified)
    if wanted.get("enterpriseOnly_eq"):
        tests.append(lambda _posting, company: company.enterprise)
    if wanted.get("previousClients_eq") or wanted.get("ptcOnly_eq"):
        tests.append(lambda _posting, _company: False)
    if countries := wanted.get("locations_any"):
        lower = {country.lower() for country in countries}
        tests.append(lambda _posting, company: company.country.lower() in lower)
    tests += [
        _label_in(name, set(ids))
        for name in ("category", "subcategory", "occupation")
        if (ids := wanted.get(f"{name}Ids_any"))
    ]
    if ids := wanted.get("ontologySkillIds_all"):
        needed = set(ids)
        tests.append(lambda posting, _company: needed <= {skill.id for skill in posting.skills})
    if between := wanted.get("clientHiresRange_eq"):
        tests.append(lambda _posting, company: _within(company.hires, between))
    if bids := wanted.get("proposalRange_eq"):
        tests.append(lambda posting, _company: _within(world.applicants(posting), bids))
    return tests


def _label_in(name: str, ids: set[str]) -> Test:
    return lambda posting, _company: ontology_id(getattr(posting, name)) in ids


def _within(value: int, between: Node) -> bool:
    low, high = between.get("rangeStart"), between.get("rangeEnd")
    return (low is None or value >= low) and (high is None or value <= high)


def _score(world: World, posting: Posting, wanted: Node) -> float:
    """0 when a text filter does not match, otherwise a relevance."""
    haystack = world.haystack(posting)
    score = 1.0
    for text, part in (("searchExpression_eq", "everything"), ("titleExpression_eq", "title")):
        if expression := (wanted.get(text) or "").strip():
            worth = Expression(expression, part=part).score(haystack)
            if worth <= 0:
                return 0
            score += worth
    if expression := (wanted.get("skillExpression_eq") or "").strip():
        names = [name for name in expression.replace(" OR ", ",").split(",") if name.strip()]
        hits = sum(matches_term(name, haystack.skills) for name in names)
        if not hits:
            return 0
        score += hits
    return score if _matches_terms(wanted.get("searchTerm_eq") or {}, haystack) else 0


def _matches_terms(terms: Node, haystack: Haystack) -> bool:
    def hit(term: str) -> bool:
        return matches_term(term, haystack.everything)

    either, exact = terms.get("orTerms_any") or (), terms.get("exactTerms_any") or ()
    return (
        all(map(hit, terms.get("andTerms_all") or ()))
        and (not either or any(map(hit, either)))
        and (not exact or any(map(hit, exact)))
        and not any(map(hit, terms.get("excludeTerms_any") or ()))
    )


def result(world: World, posting: Posting, account: Account) -> Node:
    """A node of the search."""
    hourly = posting.kind == "HOURLY"
    applied = world.proposal_of(account.id, posting.id) is not None
    return {
        "id": posting.id,
        "job": lambda _info: detail(world, posting),
        "title": posting.title,
        "description": posting.description,
        "ciphertext": ciphertext(posting),
        "duration": posting.duration,
        "durationLabel": DURATIONS[posting.duration][0] if posting.duration else None,
        "engagement": _engagement(posting),
        "amount": money(posting.amount),
        "recordNumber": stable_number("record", posting.id, digits=9),
        "experienceLevel": posting.experience,
        "category": slug(posting.category),
        "subcategory": slug(posting.subcategory),
        "freelancersToHire": posting.to_hire,
        "totalFreelancersToHire": posting.to_hire,
        "enterprise": world.companies[posting.company_id].enterprise,
        "totalApplicants": world.applicants(posting),
        "preferredFreelancerLocation": posting.locations,
        "preferredFreelancerLocationMandatory": posting.locations_mandatory if posting.locations else False,
        "premium": posting.premium,
        "applied": applied,
        "createdDateTime": posting_time(posting.created_at),
        "publishedDateTime": posting_time(posting.published_at),
        "renewedDateTime": None,
        "client": client_info(world.companies[posting.company_id]),
        "skills": [
            {"id": skill.id, "name": skill.name, "prettyName": skill.pretty, "highlighted": False}
            for skill in posting.skills
        ],
        "occupations": {
            "category": _label(posting.category),
            "subCategories": [_label(posting.subcategory)],
            "occupationService": _label(posting.occupation),
        },
        "hourlyBudgetType": _budget_type(posting) if hourly else None,
        "hourlyBudgetMin": money(posting.hourly_min),
        "hourlyBudgetMax": money(posting.hourly_max),
        "weeklyBudget": None,
        "engagementDuration": _engagement_duration(posting),
        "freelancerClientRelation": None,
    }


def _label(text: str) -> Node:
    return {"id": ontology_id(text), "prefLabel": text}


def _engagement(posting: Posting) -> str | None:
    if posting.kind == "FIXED":
        return None
    return {"FULL_TIME": "30+ hrs/week", "PART_TIME": "Less than 30 hrs/week"}.get(
        posting.workload, "Hours to be determined"
    )


def _budget_type(posting: Posting) -> str:
    return "NOT_PROVIDED" if posting.hourly_max is None else "MANUAL"


def _engagement_duration(posting: Posting) -> Node | None:
    if posting.duration is None:
        return None
    label, weeks = DURATIONS[posting.duration]
    return {"id": ontology_id(label), "label": label, "weeks": weeks}


def client_info(company: Company) -> Node:
    """The client as the search shows it."""
    return {
        "memberSinceDateTime": posting_time(company.member_since),
        "totalHires": company.hires,
        "totalPostedJobs": company.posted_jobs,
        "totalSpent": None if company.private_spend else money(company.spent),
        "verificationStatus": "VERIFIED" if company.verified else "NOT_VERIFIED",
        "location": {
            "city": company.city,
            "country": company.country,
            "timezone": company.timezone,
            "state": None,
            "offsetToUTC": company.utc_offset,
        },
        "totalReviews": company.reviews,
        "totalFeedback": company.feedback,
        "companyRid": company.rid,
        "edcUserId": company.user_id,
        "lastContractPlatform": None,
        "lastContractRid": None,
        "lastContractTitle": None,
        "companyOrgUid": company.id,
        "hasFinancialPrivacy": company.private_spend,
    }


def detail(world: World, posting: Posting) -> Node:
    """A MarketplaceJobPosting."""
    company = world.companies[posting.company_id]
    return {
        "id": posting.id,
        "workFlowState": {
            "status": "ACTIVE" if world.is_open(posting) else "CLOSED",
            "closeResult": None if world.is_open(posting) else ("HIRED" if posting.hired else "CLOSED"),
        },
        # observed: the company behind a posting is not readable for freelancers
        "ownership": _forbidden,
        "annotations": {"tags": []},
        "activityStat": lambda _info: _activity(world, posting),
        "content": {"title": posting.title, "description": posting.description},
        "classification": {
            "category": _category(posting.category),
            "subCategory": _category(posting.subcategory),
            "occupation": _category(posting.occupation),
            "skills": [skill_node(skill) for skill in posting.skills],
            "additionalSkills": [],
        },
        "contractTerms": _terms(posting),
        "contractorSelection": {
            "proposalRequirement": {
                "coverLetterRequired": posting.cover_letter_required,
                "freelancerMilestonesAllowed": posting.kind == "FIXED",
                "screeningQuestions": [
                    {"question": text, "sequenceNumber": number}
                    for number, text in enumerate(posting.questions, 1)
                ],
            },
            "qualification": {
                "contractorType": "ALL",
                "englishProficiency": "ANY",
                "hasPortfolio": False,
                "hoursWorked": None,
                "risingTalent": False,
                "jobSuccessScore": None,
            },
            "location": {"countries": posting.locations, "localMarket": False, "localCheckRequired": False},
        },
        "clientCompanyPublic": {
            "id": company.id,
            "country": {"name": company.country},
            "city": company.city,
            "timezone": company.timezone,
            "paymentVerification": {
                "status": "VERIFIED" if company.verified else None,
                "paymentVerified": company.verified,
            },
        },
        "canClientReceiveContractProposal": False,
    }


def _forbidden(_info: Info) -> Node:
    raise authorization_failed()


def _category(text: str) -> Node:
    number = ontology_id(text)
    return {"id": number, "ontologyId": f"upworkOccupation:{number}", "preferredLabel": text}


def skill_node(skill: Skill) -> Node:
    """A Skill of the ontology."""
    return {
        "id": skill.id,
        "ontologyId": f"upworkSkill:{skill.id}",
        "preferredLabel": skill.pretty,
        "prettyName": skill.pretty,
    }


def _activity(world: World, posting: Posting) -> Node:
    interviewing = world.interviewing(posting)
    middle = posting.amount or ((posting.hourly_min or 15) + (posting.hourly_max or 35)) / 2
    applicants = world.applicants(posting)
    stats = None
    if applicants:
        stats = {
            "avgRateBid": money(round(middle * 0.95, 2)),
            "minRateBid": money(round(middle * 0.45, 2)),
            "maxRateBid": money(round(middle * 1.8, 2)),
            "avgInterviewedRateBid": money(round(middle, 2)) if interviewing else None,
        }
    seen = posting.published_at + (world.clock.now() - posting.published_at) * world.growth(posting)
    return {
        "applicationsBidStats": stats,
        "jobActivity": {
            "lastClientActivity": posting_time(seen) if interviewing else None,
            "invitesSent": posting.invites,
            "totalInvitedToInterview": interviewing,
            "totalHired": posting.hired,
            "totalUnansweredInvites": posting.invites // 2,
            "totalOffered": posting.hired,
            "totalRecommended": 0,
        },
    }


def _terms(posting: Posting) -> Node:
    hourly = posting.kind == "HOURLY"
    return {
        "contractStartDate": None,
        "contractEndDate": None,
        "contractType": posting.kind,
        "onSiteType": "REMOTE",
        "personsToHire": posting.to_hire,
        "experienceLevel": posting.experience,
        "fixedPriceContractTerms": None
        if hourly
        else {
            "amount": money(posting.amount),
            "maxAmount": None,
            "engagementDuration": _engagement_duration(posting),
        },
        "hourlyContractTerms": {
            "engagementDuration": _engagement_duration(posting),
            "engagementType": posting.workload,
            "notSureProjectDuration": posting.duration is None,
            "hourlyBudgetType": _budget_type(posting),
            "hourlyBudgetMin": posting.hourly_min,
            "hourlyBudgetMax": posting.hourly_max,
        }
        if hourly
        else None,
        "notSurePersonsToHire": False,
        "notSureExperiencelevel": False,
    }


def posting_by_id(info: Info, id: str) -> Node:  # noqa: A002 - the schema's argument
    """marketplaceJobPosting: numeric ids only, a ciphertext is not found."""
    world = caller(info).world
    posting = world.postings.get(id)
    if posting is None:
        raise GraphQLError(
            "404 NOT_FOUND", extensions={"classification": "DataFetchingException", "code": 404}
        )
    return detail(world, posting)


def contents(info: Info, ids: list[str]) -> list[Node | None]:
    """marketplaceJobPostingsContents; unknown ids are left out."""
    world = caller(info).world
    return [
        {
            "id": posting.id,
            "ciphertext": ciphertext(posting),
            "title": posting.title,
            "description": posting.description,
            "publishedDateTime": posting_time(posting.published_at),
            "annotations": {"tags": []},
        }
        for posting in map(world.postings.get, ids)
        if posting is not None
    ]


def ontology(_info: Info) -> list[Node]:
    """ontologyCategories: the categories the generator uses."""
    tree: dict[str, dict[str, None]] = {}
    for kind in archetypes():
        tree.setdefault(kind.category, {})[kind.subcategory] = None
    return [
        {**_branch(category), "subcategories": [_branch(name) for name in below]}
        for category, below in tree.items()
    ]


def _branch(text: str) -> Node:
    number = ontology_id(text)
    return {
        "id": number,
        "preferredLabel": text,
        "altLabel": [],
        "slug": slug(text),
        "ontologyId": f"upworkOccupation:{number}",
    }
