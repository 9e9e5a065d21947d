"""The signed-in freelancer, organizations, clients as persons, work history."""

from __future__ import annotations

from typing import Any

from sandbox.upwork.answers import authorization_failed
from sandbox.upwork.composer import skill, stable_number
from sandbox.upwork.records import Account, Company, Organization, PastContract
from sandbox.upwork.resolvers.context import Info, Node, caller, money
from sandbox.upwork.resolvers.jobs import skill_node

LANGUAGES = {"en": "English", "uk": "Ukrainian", "it": "Italian", "pl": "Polish", "de": "German"}


def short_name(account: Account) -> str:
    """First name and initial, as the platform shows people."""
    return f"{account.first_name} {account.last_name[:1]}."


def user(info: Info) -> Node:
    """The current user."""
    account = caller(info).account
    return {**generic_user(account), "email": account.email}


def generic_user(account: Account) -> Node:
    """A freelancer as others see them."""
    return {
        "id": account.id,
        "nid": account.nid,
        "rid": account.rid,
        "name": short_name(account),
        "photoUrl": None,
        "publicUrl": None,
        "ciphertext": f"~01{stable_number('person', account.id, digits=18)}",
        "freelancerProfile": lambda _info: freelancer_profile(account),
        "talentProfile": lambda _info: talent_profile(account),
    }


def client_user(company: Company) -> Node:
    """The person who writes for a client."""
    return {
        "id": company.user_id,
        "nid": f"client{company.rid}",
        "rid": company.rid,
        "name": company.contact,
        "photoUrl": None,
        "publicUrl": None,
        "ciphertext": None,
        "freelancerProfile": None,
        "talentProfile": None,
    }


def freelancer_profile(account: Account) -> Node:
    """FreelancerProfile."""
    return {
        "user": user,
        "userDetails": lambda _info: generic_user(account),
        "personalData": {
            "firstName": account.first_name,
            "lastName": account.last_name,
            "portrait": None,
            "title": account.title,
            "description": account.overview,
            "chargeRate": money(account.hourly_rate),
            "profileUrl": None,
        },
        "languages": {
            "edges": [
                {
                    "node": {
                        "id": stable_number("language", code, digits=6),
                        "language": {
                            "iso639Code": code,
                            "active": True,
                            "englishName": LANGUAGES.get(code, code),
                        },
                        "verified": False,
                    }
                }
                for code in account.languages
            ]
        },
        "employmentRecords": [
            {
                "id": stable_number("job", account.id, number, digits=12),
                "user": lambda _info: generic_user(account),
                "companyName": job.company,
                "jobTitle": job.job_title,
                "role": None,
                "startDate": job.start,
                "endDate": job.end,
                "description": job.description,
                "city": account.city,
                "country": account.country,
            }
            for number, job in enumerate(account.employment)
        ],
        "availability": {
            "id": account.id,
            "user": lambda _info: generic_user(account),
            "capacity": "fullTime",
            "availabilityDateTime": None,
            "name": "More than 30 hrs/week",
            "createdDateTime": "2025-01-01T00:00:00Z",
        },
        "skills": {"edges": [{"node": skill_node(skill(name))} for name in account.skills]},
        "aggregates": _aggregates(account),
        "fullName": f"{account.first_name} {account.last_name}",
        "firstName": account.first_name,
        "lastName": account.last_name,
        "countryDetails": {"name": account.country},
        "portrait": None,
    }


def _aggregates(account: Account) -> Node:
    return {
        "user": lambda _info: generic_user(account),
        "lastWorkedDateTime": None,
        "totalHourlyJobs": account.hourly_jobs,
        "totalFixedJobs": account.fixed_jobs,
        "responsiveness": None,
        "totalRevenue": money(account.earnings),
        "activeInterviews": 0,
        "currentContracts": sum(contract.status == "ACTIVE" for contract in account.history),
        "jobSuccessScore": account.job_success,
        "topRatedStatus": account.top_rated,
        "topRatedPlusStatus": None,
        "totalHours": account.hours,
        "totalFeedback": account.feedback,
        "billedContracts": account.hourly_jobs + account.fixed_jobs,
        "totalEarnings": money(account.earnings),
        "recentEarnings": money(round(account.earnings * 0.2, 2)),
    }


def talent_profile(account: Account) -> Node:
    """TalentProfile."""
    return {
        "personId": account.id,
        "identity": {"id": account.id, "ciphertext": f"~01{stable_number('person', account.id, digits=18)}"},
        "personalData": {
            "firstName": account.first_name,
            "lastName": account.last_name,
            "portrait": None,
            "title": account.title,
            "description": account.overview,
            "chargeRate": money(account.hourly_rate),
            "profileUrl": None,
            "location": {
                "country": account.country,
                "city": account.city,
                "state": None,
                "timezone": account.timezone,
            },
        },
        "personAvailability": {"personId": account.id, "capacity": "fullTime", "availabilityDateTime": None},
        "projectList": {"projects": _projects(account), "totalProjects": len(account.projects)},
        "employmentRecords": [
            {
                "id": stable_number("job", account.id, number, digits=12),
                "personId": account.id,
                "companyName": job.company,
                "jobTitle": job.job_title,
                "role": None,
                "startDateTime": job.start,
                "endDateTime": job.end,
                "description": job.description,
                "city": account.city,
                "country": account.country,
            }
            for number, job in enumerate(account.employment)
        ],
        "skills": [
            {
                "id": skill(name).id,
                "skill": skill(name).name,
                "prettyName": name,
                "rank": str(rank),
                "ontologySkill": skill_node(skill(name)),
            }
            for rank, name in enumerate(account.skills, 1)
        ],
        "profileAggregates": {
            "lastWorkedOn": None,
            "totalHourlyJobs": account.hourly_jobs,
            "totalFixedJobs": account.fixed_jobs,
            "topRatedStatus": account.top_rated,
            "totalFeedback": account.feedback,
            "totalEarnings": account.earnings,
            "totalJobs": account.hourly_jobs + account.fixed_jobs,
        },
    }


def _projects(account: Account) -> list[Node]:
    return [
        {
            "id": stable_number("project", account.id, number, digits=12),
            "title": project.title,
            "description": project.description,
            "projectUrl": None,
            "completionDateTime": project.completed,
            "public": True,
            "rank": number,
            "skills": project.skills,
            "role": project.role,
            "projectGoal": None,
            "solution": None,
            "tags": [],
        }
        for number, project in enumerate(account.projects, 1)
    ]


def talent_profiles(info: Info, personId: str) -> Node:  # noqa: N803 - the schema's argument
    """talentProfile(personId)."""
    account = caller(info).world.accounts.get(personId)
    return {"profiles": [talent_profile(account)] if account else []}


def freelancer_organization(organization: Organization, account: Account) -> Node:
    """An organization a freelancer acts in."""
    return {
        "id": organization.id,
        "rid": organization.rid,
        "legacyId": organization.rid,
        "name": organization.title,
        "type": "BUSINESS" if organization.agency else "SOLE_PROPRIETOR",
        "legacyType": "VENDOR",
        "flag": {
            "client": False,
            "vendor": True,
            "agency": organization.agency,
            "individual": not organization.agency,
        },
        "active": True,
        "hidden": False,
        "photoUrl": None,
        "creationDate": None
        if organization.agency
        else account.employment[0].start
        if account.employment
        else None,
    }


def client_organization(company: Company) -> Node:
    """A client's organization."""
    return {
        "id": company.id,
        "rid": company.rid,
        "legacyId": company.rid,
        "name": company.name,
        "type": "BUSINESS",
        "legacyType": "CLIENT",
        "flag": {"client": True, "vendor": False, "agency": False, "individual": False},
        "active": True,
        "hidden": False,
        "photoUrl": None,
        "creationDate": None,
    }


def organization(info: Info) -> Node:
    """The organization the request acts in."""
    who = caller(info)
    return freelancer_organization(who.organization, who.account)


def company_selector(info: Info) -> Node:
    """Every organization the account can act in; the first one is the default."""
    return {
        "items": [
            {
                "title": item.title,
                "photoUrl": None,
                "organizationId": item.id,
                "organizationRid": item.rid,
                "organizationType": "Business" if item.agency else "SoleProprietor",
                "organizationLegacyType": "Vendor",
                "legacyEnterpriseOrganization": False,
                "typeTitle": "Agency" if item.agency else "Freelancer",
            }
            for item in caller(info).account.organizations
        ]
    }


def work_history(info: Info, filter: Node | None = None) -> Node:  # noqa: A002 - the schema's argument
    """talentWorkHistory of the caller; nobody else's can be read."""
    account = caller(info).account
    wanted = filter or {}
    if wanted.get("personId") != account.id:
        raise authorization_failed()
    statuses = wanted.get("status")
    found = [
        _past(account, number, contract)
        for number, contract in enumerate(account.history, 1)
        if not statuses or contract.status in statuses
    ]
    paging: dict[str, Any] = wanted.get("pagination") or {"offset": 0, "limit": len(found)}
    begin = max(0, paging["offset"])
    return {"workHistoryList": found[begin : begin + paging["limit"]], "totalCount": len(found)}


def _past(account: Account, number: int, contract: PastContract) -> Node:
    return {
        "contract": {
            "id": stable_number("contract", account.id, number, digits=8),
            "startDate": contract.start,
            "endDate": contract.end,
            "status": contract.status,
            "clientTeamId": None,
            "title": contract.title,
            "terms": {
                "hourlyRate": None if contract.hourly_rate is None else str(contract.hourly_rate),
                "fixedAmount": None if contract.fixed_amount is None else str(contract.fixed_amount),
            },
            "createDate": contract.start,
            "clientOrgId": None,
        },
        "contractAggregate": {"totalCharge": str(contract.charged), "hours": str(contract.hours)},
        "feedback": {
            "feedbackToFreelancer": None
            if contract.score is None
            else {"comment": contract.comment, "response": None, "score": contract.score},
            "feedbackToClient": None,
        },
    }
