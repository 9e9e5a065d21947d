"""From Upwork's answers to views. Nothing here raises on an unexpected shape: a field that cannot be read is `None`, and a node
without the ids it needs is left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.jobs_feed.posting import ClientFacts, ContractType, ExperienceLevel, JobPosting, ScreeningQuestion
from core.upwork.requests import WIRE_STATUS
from core.upwork.views import (
    Capabilities,
    CompanyView,
    EmploymentView,
    ParticipantView,
    ProfileView,
    ProposalStatus,
    ProposalView,
    RoomView,
    StoryView,
)
from core.upwork.wire import choice, decimal, dig, flag, moment, nodes, number, text, texts

_STATUS = {wire: status for status, wire in WIRE_STATUS.items()} | {
    "Created": ProposalStatus.PENDING,
    "Replaced": ProposalStatus.WITHDRAWN,
    "Rejected": ProposalStatus.DECLINED,
}
_CONTRACT = {"HOURLY": ContractType.HOURLY, "FIXED": ContractType.FIXED}
_EXPERIENCE = {
    "ENTRY_LEVEL": ExperienceLevel.ENTRY,
    "INTERMEDIATE": ExperienceLevel.INTERMEDIATE,
    "EXPERT": ExperienceLevel.EXPERT,
}
_VERIFIED = {
    "VERIFIED": True,
    "NOT_VERIFIED": False,
    "ACTIVE_BUT_NOT_VERIFIED": False,
    "VERIFICATION_IN_PROGRESS": False,
}


def search_posting(node: object) -> JobPosting | None:
    """One node of the search; `None` when it lacks an id, a title or its time."""
    job_id, title = text(dig(node, "id")), text(dig(node, "title"))
    published = moment(dig(node, "publishedDateTime")) or moment(dig(node, "createdDateTime"))
    ciphertext = text(dig(node, "ciphertext"))
    if job_id is None or title is None or published is None or ciphertext is None:
        return None
    terms = dig(node, "job", "contractTerms")
    fixed = _positive(dig(node, "amount")) or _positive(dig(terms, "fixedPriceContractTerms", "amount"))
    hourly_min, hourly_max = _positive(dig(node, "hourlyBudgetMin")), _positive(dig(node, "hourlyBudgetMax"))
    contract = choice(_CONTRACT, dig(terms, "contractType"))
    if contract is None and fixed is not None:
        contract = ContractType.FIXED
    if contract is None and (hourly_min or hourly_max or text(dig(node, "hourlyBudgetType"))):
        contract = ContractType.HOURLY
    return JobPosting(
        upwork_id=job_id,
        ciphertext=ciphertext,
        title=title,
        description=text(dig(node, "description")) or "",
        published_at=published,
        contract=contract,
        budget=fixed if contract is ContractType.FIXED else None,
        hourly_min=hourly_min if contract is not ContractType.FIXED else None,
        hourly_max=hourly_max if contract is not ContractType.FIXED else None,
        currency=_currency(dig(node, "amount"), dig(node, "hourlyBudgetMin"), dig(node, "hourlyBudgetMax")),
        experience=choice(_EXPERIENCE, dig(node, "experienceLevel")),
        duration=text(dig(node, "durationLabel")) or text(dig(node, "duration")),
        workload=text(dig(node, "engagement")),
        category=text(dig(node, "category")),
        subcategory=text(dig(node, "subcategory")),
        skills=_skills(dig(node, "skills")),
        **_requirements(dig(node, "job")),
        applicants=number(dig(node, "totalApplicants")),
        freelancers_to_hire=number(dig(node, "freelancersToHire")) or 1,
        renewed_at=moment(dig(node, "renewedDateTime")),
        applied=flag(dig(node, "applied")) or False,
        enterprise=flag(dig(node, "enterprise")) or False,
        preferred_locations=texts(dig(node, "preferredFreelancerLocation")),
        location_mandatory=flag(dig(node, "preferredFreelancerLocationMandatory")) or False,
        client=_search_client(dig(node, "client")),
    )


def profile(user: object, details: object = None, aggregates: object = None) -> ProfileView | None:
    """Who the account belongs to; `details` and `aggregates` are the `freelancerProfile` of the optional queries."""
    user_id, nid = text(dig(user, "id")), text(dig(user, "nid"))
    if user_id is None or nid is None:
        return None
    personal, figures = dig(details, "personalData"), dig(aggregates, "aggregates")
    records = dig(details, "employmentRecords")
    return ProfileView(
        user_id=user_id,
        nid=nid,
        name=text(dig(user, "name")) or text(dig(details, "fullName")),
        profile_url=text(dig(personal, "profileUrl")),
        title=text(dig(personal, "title")),
        overview=text(dig(personal, "description")),
        hourly_rate=_positive(dig(personal, "chargeRate")),
        currency=_currency(dig(personal, "chargeRate")),
        skills=_skills(list(nodes(dig(details, "skills")))),
        languages=tuple(
            name
            for node in nodes(dig(details, "languages"))
            if (name := text(dig(node, "language", "englishName")))
        ),
        employment=tuple(
            job for record in (records if isinstance(records, list) else ()) if (job := _employment(record))
        ),
        country=text(dig(details, "countryDetails", "name")),
        job_success=decimal(dig(figures, "jobSuccessScore")),
        top_rated=text(dig(figures, "topRatedStatus")),
        hourly_jobs=number(dig(figures, "totalHourlyJobs")),
        fixed_jobs=number(dig(figures, "totalFixedJobs")),
        hours=decimal(dig(figures, "totalHours")),
        feedback=decimal(dig(figures, "totalFeedback")),
        earnings=decimal(dig(figures, "totalEarnings")),
    )


def company(item: object) -> CompanyView | None:
    organization_id = text(dig(item, "organizationId"))
    if organization_id is None:
        return None
    return CompanyView(organization_id, text(dig(item, "title")) or "", text(dig(item, "typeTitle")))


def proposal(node: object) -> ProposalView | None:
    proposal_id = text(dig(node, "id"))
    if proposal_id is None:
        return None
    audit, rate = dig(node, "auditDetails"), dig(node, "terms", "chargeRate")
    return ProposalView(
        proposal_id=proposal_id,
        job_id=text(dig(node, "marketplaceJobPosting", "id")),
        status=choice(_STATUS, dig(node, "status", "status")) or ProposalStatus.UNKNOWN,
        job_title=text(dig(node, "marketplaceJobPosting", "content", "title")),
        rate=decimal(rate),
        currency=_currency(rate),
        cover_letter=text(dig(node, "proposalCoverLetter")),
        freelancer_id=text(dig(node, "user", "id")),
        created_at=moment(dig(audit, "createdDateTime")),
        modified_at=moment(dig(audit, "modifiedDateTime")),
        reason=text(dig(node, "status", "reason", "reason")),
        viewed_by_client=flag(dig(node, "viewedByClient")),
    )


def room(node: object) -> RoomView | None:
    room_id = text(dig(node, "id"))
    if room_id is None:
        return None
    users = dig(node, "roomUsers")
    return RoomView(
        room_id=room_id,
        name=text(dig(node, "roomName")),
        topic=text(dig(node, "topic")),
        kind=text(dig(node, "roomType")),
        read_only=flag(dig(node, "readOnly")) or False,
        unread=number(dig(node, "numUnread")),
        last_story_id=text(dig(node, "latestStory", "id")),
        last_story_at=moment(dig(node, "latestStory", "createdDateTime")),
        proposal_id=text(dig(node, "vendorProposal", "id")),
        job_id=text(dig(node, "vendorProposal", "marketplaceJobPosting", "id")),
        participants=tuple(
            ParticipantView(user_id, text(dig(user, "user", "name")), text(dig(user, "role")))
            for user in (users if isinstance(users, list) else ())
            if (user_id := text(dig(user, "user", "id")))
        ),
    )


def story(node: object, room_id: str) -> StoryView | None:
    """One message. A story without text (an attachment alone, a system notice) keeps its id and an empty text."""
    story_id, written = text(dig(node, "id")), moment(dig(node, "createdDateTime"))
    if story_id is None or written is None:
        return None
    edited = moment(dig(node, "updatedDateTime"))
    return StoryView(
        story_id=story_id,
        room_id=room_id,
        text=text(dig(node, "message")) or "",
        author_id=text(dig(node, "user", "id")),
        author_name=text(dig(node, "user", "name")),
        written_at=written,
        edited_at=edited if edited is not None and edited > written else None,
    )


def capabilities(stored: object) -> Capabilities:
    """An account's stored capabilities. What was never probed, or was refused for lack of permission, is not there."""
    dropped = frozenset(texts(dig(stored, "dropped_fields")))
    return Capabilities(
        create_proposal=bool(dig(stored, "create_proposal")) and "Mutation.createJobProposal" not in dropped,
        send_story=bool(dig(stored, "send_story")) and "Mutation.createRoomStoryV2" not in dropped,
        viewed_by_client=bool(dig(stored, "viewed_by_client")),
        dropped_fields=dropped,
        probed_at=moment(dig(stored, "probed_at")),
    )


def _requirements(job: object) -> dict[str, Any]:
    wanted = dig(job, "contractorSelection", "proposalRequirement")
    activity = dig(job, "activityStat", "jobActivity")
    required = flag(dig(wanted, "coverLetterRequired"))
    return {
        "questions": _questions(dig(wanted, "screeningQuestions")),
        "cover_letter_required": True if required is None else required,
        "interviewing": number(dig(activity, "totalInvitedToInterview")),
        "invites": number(dig(activity, "invitesSent")),
        "hired": number(dig(activity, "totalHired")),
    }


def _questions(items: object) -> tuple[ScreeningQuestion, ...]:
    if not isinstance(items, list):
        return ()
    asked = [
        (order if (order := number(dig(item, "sequenceNumber"))) is not None else index, index, words)
        for index, item in enumerate(items)
        if (words := text(dig(item, "question")))
    ]
    return tuple(ScreeningQuestion(position, words) for position, (_, _, words) in enumerate(sorted(asked)))


def _skills(items: object) -> tuple[str, ...]:
    found = (
        text(dig(item, "prettyName")) or text(dig(item, "preferredLabel")) or text(dig(item, "name"))
        for item in (items if isinstance(items, list) else ())
    )
    return tuple(dict.fromkeys(name for name in found if name))


def _search_client(client: object) -> ClientFacts:
    return ClientFacts(
        country=text(dig(client, "location", "country")),
        city=text(dig(client, "location", "city")),
        payment_verified=choice(_VERIFIED, dig(client, "verificationStatus")),
        hires=number(dig(client, "totalHires")),
        posted_jobs=number(dig(client, "totalPostedJobs")),
        reviews=number(dig(client, "totalReviews")),
        feedback=decimal(dig(client, "totalFeedback")),
        spent=decimal(dig(client, "totalSpent")),
        member_since=moment(dig(client, "memberSinceDateTime")),
    )


def _employment(record: object) -> EmploymentView | None:
    name, title = text(dig(record, "companyName")), text(dig(record, "jobTitle"))
    if name is None and title is None:
        return None
    return EmploymentView(
        company=name or "",
        title=title or "",
        description=text(dig(record, "description")),
        started=text(dig(record, "startDate")),
        ended=text(dig(record, "endDate")),
    )


def _positive(value: object) -> Decimal | None:
    amount = decimal(value)
    return amount if amount is not None and amount > 0 else None


def _currency(*amounts: object) -> str:
    """The first ISO code among the amounts that are not zero; Upwork puts a zero amount next to an hourly range."""
    for amount in amounts:
        code = text(dig(amount, "currency"))
        if code and len(code) == 3 and _positive(amount):
            return code.upper()
    return "USD"
