"""The variables of each operation, built from the product's own values. Pure; `schema_check` validates samples of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.jobs_feed.posting import ContractType, ExperienceLevel
from core.searches.criteria import Criteria
from core.searches.parsing import english_terms
from core.upwork.views import ProposalStatus

SEARCH_PAGE = 50
PROPOSAL_PAGE = 40  # Upwork refuses more with VJCA-6
ROOM_PAGE = 50
STORY_PAGE = 50
FIRST_PAGE = "0"  # Upwork answers 500 to a page size without a start

WIRE_STATUS = {
    ProposalStatus.SUBMITTED: "Accepted",
    ProposalStatus.PENDING: "Pending",
    ProposalStatus.INTERVIEWING: "Activated",
    ProposalStatus.OFFERED: "Offered",
    ProposalStatus.HIRED: "Hired",
    ProposalStatus.ARCHIVED: "Archived",
    ProposalStatus.DECLINED: "Declined",
    ProposalStatus.WITHDRAWN: "Withdrawn",
}
_EXPERIENCE = {
    ExperienceLevel.ENTRY: "ENTRY_LEVEL",
    ExperienceLevel.INTERMEDIATE: "INTERMEDIATE",
    ExperienceLevel.EXPERT: "EXPERT",
}
_CONTRACT = {ContractType.HOURLY: "HOURLY", ContractType.FIXED: "FIXED"}
# Operators and wildcards; a plus or an ampersand inside or behind a word belongs to it, as in C++ and R&D.
_LUCENE_SPECIAL = re.compile(r"[\\/:^~{}\[\]!|?*]+|(?<![\w+])[+&]+|&{2,}|&(?!\w)")

Variables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one screening question, word for word as it was asked."""

    question: str
    answer: str


def search_expression(query: str) -> str:
    """The user's words as a Lucene expression that cannot be malformed: quotes and brackets only where they balance."""
    text = _LUCENE_SPECIAL.sub(" ", query)
    if text.count('"') % 2:
        text = text.replace('"', " ")
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth:
        text = text.replace("(", " ").replace(")", " ")
    return " ".join(text.split())


def search_jobs(criteria: Criteria, *, first: int, offset: int) -> Variables:
    """Only the filters that Upwork is known to honour; `core.matching` checks every rule of the user's again.

    Rate and budget ranges are ignored by Upwork, and excluded words are ignored as soon as there is a search expression.
    """
    terms: Variables = {"pagination_eq": {"first": first, "after": str(offset)}}
    if expression := search_expression(english_terms(criteria)):
        terms["searchExpression_eq"] = expression
    if skills := [skill.replace(",", " ").strip() for skill in criteria.skills if skill.strip(" ,")]:
        terms["skillExpression_eq"] = ",".join(skills)
    if criteria.contract is not None:
        terms["jobType_eq"] = _CONTRACT[criteria.contract]
    if len(criteria.experience) == 1:
        terms["experienceLevel_eq"] = _EXPERIENCE[criteria.experience[0]]
    if criteria.payment_verified_only:
        terms["verifiedPaymentOnly_eq"] = True
    return {"filter": terms, "sort": [{"field": "RECENCY"}]}


def proposals(status: ProposalStatus, *, after: str = FIRST_PAGE, job_ids: Sequence[str] = ()) -> Variables:
    """One page, newest first. The status is required and takes one value, so all statuses are all requests."""
    terms: Variables = {"status_eq": WIRE_STATUS[status]}
    if job_ids:
        terms["jobPostingIds_any"] = list(job_ids)
    return {
        "filter": terms,
        "sort": {"field": "CREATEDDATETIME", "sortOrder": "DESC"},
        "pagination": {"first": PROPOSAL_PAGE, "after": after},
    }


def rooms(*, after: str = FIRST_PAGE, since: datetime | None = None) -> Variables:
    """Hidden rooms are asked for too: Upwork's default listing leaves some out."""
    terms: Variables = {"includeHidden_eq": True}
    if since is not None:
        terms["activeSince_eq"] = str(int(since.astimezone(UTC).timestamp() * 1000))
    return {"filter": terms, "pagination": {"first": ROOM_PAGE, "after": after}}


def room_stories(room_id: str, *, after: str = FIRST_PAGE) -> Variables:
    return {
        "filter": {"roomId_eq": room_id, "storyFilter": {"pagination": {"first": STORY_PAGE, "after": after}}}
    }


def create_room_story(room_id: str, text: str) -> Variables:
    return {"input": {"roomId": room_id, "message": text}}


def create_job_proposal(
    *,
    user_id: str,
    user_nid: str,
    organization_id: str,
    job_id: str,
    amount: Decimal,
    cover_letter: str,
    answers: Sequence[Answer] = (),
    duration: int | None = None,
    boost_connects: int | None = None,
) -> Variables:
    """`amount` is what the client is charged, per hour or for the whole job, in US dollars."""
    terms: Variables = {
        "selectedContractor": {"id": user_id, "oDeskUserID": user_nid},
        "jobReference": job_id,
        "chargedAmount": float(amount),
        "coverLetter": cover_letter,
        "teamOrgId": organization_id,
    }
    if answers:
        terms["questions"] = [{"question": item.question, "answer": item.answer} for item in answers]
    if duration is not None:
        terms["estimatedDuration"] = duration
    if boost_connects is not None:
        terms["boostBidAmount"] = float(boost_connects)
    return {"input": terms}


_EVERYTHING = Criteria(
    query='"real time" python',
    skills=("python", "fastapi"),
    contract=ContractType.HOURLY,
    experience=(ExperienceLevel.EXPERT,),
    payment_verified_only=True,
)
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)

# By file name: what `schema_check` coerces against the schema's input types.
SAMPLES: Mapping[str, Sequence[Variables]] = {
    "search_jobs.graphql": [
        search_jobs(_EVERYTHING, first=SEARCH_PAGE, offset=0),
        *(
            search_jobs(Criteria(query="a", contract=contract, experience=(level,)), first=1, offset=50)
            for contract in ContractType
            for level in ExperienceLevel
        ),
    ],
    "proposals.graphql": [proposals(status, job_ids=["1"]) for status in WIRE_STATUS],
    "rooms.graphql": [rooms(), rooms(since=_WHEN)],
    "room_stories.graphql": [room_stories("1")],
    "create_room_story.graphql": [create_room_story("1", "text")],
    "create_job_proposal.graphql": [
        create_job_proposal(
            user_id="1",
            user_nid="n",
            organization_id="2",
            job_id="3",
            amount=Decimal("65.50"),
            cover_letter="text",
            answers=(Answer("question", "answer"),),
            duration=1,
            boost_connects=3,
        )
    ],
    "type_probe.graphql": [{"name": "Mutation"}],
}
