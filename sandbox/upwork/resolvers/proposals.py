"""Proposals: submit, list, read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.upwork.answers import authorization_failed, bad_parameter
from sandbox.upwork.composer import DURATIONS, ontology_id
from sandbox.upwork.records import Answer, Proposal
from sandbox.upwork.resolvers.context import Caller, Info, Node, caller, money, page
from sandbox.upwork.resolvers.jobs import detail
from sandbox.upwork.resolvers.people import freelancer_organization, generic_user
from sandbox.upwork.world import World, new_id

PAGE_LIMIT = 40
COVER_LETTER_LIMIT = 5000


def _moment(seconds: float) -> Node:
    # observed: epoch milliseconds, although the schema's text says otherwise
    shown = datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")
    return {"rawValue": str(round(seconds * 1000)), "displayValue": shown}


def proposal_node(world: World, proposal: Proposal) -> Node:
    """A VendorProposal."""
    account = world.accounts[proposal.account_id]
    organization = next(item for item in account.organizations if item.id == proposal.organization_id)
    posting = world.postings[proposal.posting_id]
    duration = proposal.estimated_duration
    return {
        "id": proposal.id,
        "user": generic_user(account),
        "organization": freelancer_organization(organization, account),
        "marketplaceJobPosting": lambda _info: detail(world, posting),
        "terms": {
            "chargeRate": money(proposal.charged_amount),
            "estimatedDuration": None if duration is None else {"id": str(duration), "label": f"{duration}"},
            "upfrontPaymentPercent": None,
        },
        "coverLetter": proposal.cover_letter,
        "proposalCoverLetter": proposal.cover_letter,
        "projectPlan": {
            "id": proposal.id,
            "milestones": [
                {
                    "description": milestone["description"],
                    "dueDate": milestone.get("dueDate") or "",
                    "amount": str(milestone["amount"]),
                }
                for milestone in proposal.milestones
            ],
        }
        if proposal.milestones
        else None,
        "auditDetails": {
            "createdByUser": generic_user(account),
            "modifiedByUser": None,
            "createdDateTime": _moment(proposal.created_at),
            "modifiedDateTime": _moment(proposal.modified_at),
        },
        "status": {
            "status": proposal.status,
            "reason": None
            if proposal.reason is None
            else {"id": ontology_id(proposal.reason), "reason": proposal.reason, "description": None},
        },
        "annotations": [],
        "viewedByClient": proposal.viewed_at is not None,
    }


def proposals(info: Info, filter: Node, sortAttribute: Node, pagination: Node) -> Node:  # noqa: A002, N803 - the schema's arguments
    """vendorProposals: one status at a time, at most 40 a page."""
    who = caller(info)
    if not 0 < pagination["first"] <= PAGE_LIMIT:
        raise bad_parameter()
    found = [proposal for proposal in who.world.proposals.values() if _wanted(who, proposal, filter)]
    by_creation = sortAttribute["field"] == "CREATEDDATETIME"
    found.sort(
        key=lambda proposal: proposal.created_at if by_creation else proposal.modified_at,
        reverse=sortAttribute["sortOrder"] == "DESC",
    )
    chosen, offset, page_info = page(found, pagination, default=PAGE_LIMIT, limit=PAGE_LIMIT)
    return {
        "totalCount": len(found),
        "edges": [
            {"cursor": str(offset + number), "node": proposal_node(who.world, proposal)}
            for number, proposal in enumerate(chosen, 1)
        ],
        "pageInfo": page_info,
    }


def _wanted(who: Caller, proposal: Proposal, filter: Node) -> bool:  # noqa: A002 - the schema's word
    postings = filter.get("jobPostingIds_any")
    return (
        proposal.account_id == who.account.id
        and proposal.organization_id == who.organization.id
        and proposal.status == filter["status_eq"]
        and not filter.get("annotations_eq")
        and filter.get("freelancerId_eq") in {None, who.account.id}
        and filter.get("organizationId_eq") in {None, proposal.organization_id}
        and (not postings or proposal.posting_id in postings)
    )


def own_proposal(who: Caller, proposal_id: str) -> Proposal:
    """A proposal of the caller; anything else is refused without saying whether it exists."""
    proposal = who.world.proposals.get(proposal_id)
    if proposal is None or proposal.account_id != who.account.id:
        raise authorization_failed()
    return proposal


def proposal_by_id(info: Info, id: str) -> Node:  # noqa: A002 - the schema's argument
    who = caller(info)
    return proposal_node(who.world, own_proposal(who, id))


def metadata(_info: Info) -> Node:
    """proposalMetadata."""
    labels = dict.fromkeys(label for label, _ in DURATIONS.values())
    return {
        "engagementDurationValues": [{"id": ontology_id(label), "label": label} for label in labels],
        "reasons": lambda _info, **_filter: [
            {"id": ontology_id(text), "reason": text, "alias": None}
            for text in ("Hired somebody else", "Budget does not fit", "The job is on hold")
        ],
    }


def submit(info: Info, input: Node) -> Node:  # noqa: A002 - the schema's argument
    """createJobProposal. A refusal is an ordinary answer with ``error`` set.

    The two values of ``status`` are an assumption: no public source names the real ones.
    """
    who = caller(info)
    problem = _problem(who, input)
    if problem:
        return {"newProposalId": None, "status": "FAILED", "error": problem}
    now = who.world.clock.now()
    proposal = Proposal(
        id=new_id(),
        account_id=who.account.id,
        organization_id=input["teamOrgId"],
        posting_id=input["jobReference"],
        cover_letter=input["coverLetter"],
        charged_amount=input["chargedAmount"],
        created_at=now,
        modified_at=now,
        answers=[Answer(**entry) for entry in input.get("questions") or () if entry],
        milestones=[entry for entry in input.get("milestones") or () if entry],
        estimated_duration=input.get("estimatedDuration"),
        boost=input.get("boostBidAmount"),
    )
    who.world.add_proposal(proposal)
    who.submitted(proposal.id)
    return {"newProposalId": proposal.id, "status": "SUCCESS", "error": None}


def _problem(who: Caller, wanted: dict[str, Any]) -> str | None:
    contractor = wanted["selectedContractor"]
    if contractor["id"] != who.account.id or contractor["oDeskUserID"] != who.account.nid:
        return "The selected contractor is not the current user."
    if wanted.get("teamOrgId") not in {item.id for item in who.account.organizations}:
        return "The organization is not one of the current user."
    posting = who.world.postings.get(wanted["jobReference"])
    if posting is None:
        return "The job posting does not exist."
    if not who.world.is_open(posting):
        return "The job posting is closed."
    if who.world.proposal_of(who.account.id, posting.id) is not None:
        return "You have already applied to this job."
    if wanted["chargedAmount"] <= 0:
        return "The charged amount must be positive."
    if posting.cover_letter_required and not wanted["coverLetter"].strip():
        return "A cover letter is required."
    if len(wanted["coverLetter"]) > COVER_LETTER_LIMIT:
        return f"The cover letter is longer than {COVER_LETTER_LIMIT} characters."
    answered = {
        entry["question"] for entry in wanted.get("questions") or () if entry and entry["answer"].strip()
    }
    if any(question not in answered for question in posting.questions):
        return "Every screening question needs an answer."
    return None
