"""What Upwork told us, free of its wire format. `None` means Upwork did not say, never "no" or zero.

Times are aware UTC, money is Decimal in the stated currency, ids are Upwork's own, kept as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Priority(StrEnum):
    """Who is waiting. Background work leaves a reserve of rate and budget to people."""

    PERSON = "person"
    BACKGROUND = "background"


class ProposalStatus(StrEnum):
    """Upwork's names say something else than they seem to: `Accepted` is a proposal that was submitted and validated."""

    SUBMITTED = "submitted"
    INTERVIEWING = "interviewing"
    OFFERED = "offered"
    HIRED = "hired"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this account's key can do, as the probe and experience found it."""

    create_proposal: bool = False
    send_story: bool = False
    viewed_by_client: bool = False
    dropped_fields: frozenset[str] = frozenset()
    probed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """The linked account as a request needs it. `organization_id` goes into the tenant header and into proposals."""

    tenant_id: UUID
    status: str
    upwork_user_id: str
    upwork_nid: str
    organization_id: str | None
    token_version: int
    access_expires_at: datetime
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class CompanyView:
    """One organization the person may act for. `kind` is Upwork's label, such as "Agency" or "Freelancer"."""

    organization_id: str
    title: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class EmploymentView:
    company: str
    title: str
    description: str | None = None
    started: str | None = None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The person behind the account and what their public profile says about them.

    `job_success` is 0..100. Aggregates and the profile's text need scopes of their own and may all be `None`.
    """

    user_id: str
    nid: str
    name: str | None = None
    profile_url: str | None = None
    title: str | None = None
    overview: str | None = None
    hourly_rate: Decimal | None = None
    currency: str = "USD"
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    employment: tuple[EmploymentView, ...] = ()
    country: str | None = None
    job_success: Decimal | None = None
    top_rated: str | None = None
    hourly_jobs: int | None = None
    fixed_jobs: int | None = None
    hours: Decimal | None = None
    feedback: Decimal | None = None
    earnings: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal of the person's own, as Upwork has it. `rate` is per hour or the whole fixed price, as it was bid."""

    proposal_id: str
    job_id: str | None
    status: ProposalStatus
    job_title: str | None = None
    rate: Decimal | None = None
    currency: str = "USD"
    cover_letter: str | None = None
    freelancer_id: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    reason: str | None = None
    viewed_by_client: bool | None = None


@dataclass(frozen=True, slots=True)
class ParticipantView:
    user_id: str
    name: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class RoomView:
    """A conversation. `last_story_id` changes when somebody wrote; `proposal_id` and `job_id` tie it to a proposal."""

    room_id: str
    name: str | None = None
    topic: str | None = None
    kind: str | None = None
    read_only: bool = False
    unread: int | None = None
    last_story_id: str | None = None
    last_story_at: datetime | None = None
    proposal_id: str | None = None
    job_id: str | None = None
    participants: tuple[ParticipantView, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryView:
    """One message of a room. Upwork content: it lives 24 hours with us."""

    story_id: str
    room_id: str
    text: str
    author_id: str | None
    author_name: str | None
    written_at: datetime
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubmittedProposal:
    """Upwork's receipt. `status` is Upwork's own word; its values are not documented."""

    proposal_id: str
    status: str | None = None
