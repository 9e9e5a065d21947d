"""What the stand-in remembers. Times are seconds since the epoch, amounts are US dollars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ContractKind = Literal["HOURLY", "FIXED"]
Author = Literal["client", "freelancer"]


@dataclass(slots=True)
class Organization:
    """A context a freelancer can act in: the own one, or an agency."""

    id: str
    rid: str
    title: str
    agency: bool = False


@dataclass(slots=True)
class Employment:
    """One line of a freelancer's employment history; dates are ISO days."""

    company: str
    job_title: str
    start: str
    end: str | None = None
    description: str = ""


@dataclass(slots=True)
class Project:
    """A portfolio piece."""

    title: str
    description: str
    role: str
    skills: list[str] = field(default_factory=list)
    completed: str | None = None


@dataclass(slots=True)
class PastContract:
    """One contract of the work history on the platform."""

    title: str
    status: Literal["ACTIVE", "CLOSED", "PAUSED"]
    start: str
    end: str | None = None
    hourly_rate: float | None = None
    fixed_amount: float | None = None
    charged: float = 0.0
    hours: float = 0.0
    score: float | None = None
    comment: str | None = None


@dataclass(slots=True)
class Account:
    """A freelancer who can sign in on the consent page."""

    id: str
    nid: str
    rid: str
    first_name: str
    last_name: str
    email: str
    title: str
    overview: str
    hourly_rate: float
    country: str = "Ukraine"
    city: str = "Kyiv"
    timezone: str = "Europe/Kyiv"
    skills: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=lambda: ["en"])
    job_success: float | None = None
    top_rated: str | None = None
    earnings: float = 0.0
    hours: float = 0.0
    hourly_jobs: int = 0
    fixed_jobs: int = 0
    feedback: float = 0.0
    organizations: list[Organization] = field(default_factory=list)
    employment: list[Employment] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    history: list[PastContract] = field(default_factory=list)


@dataclass(slots=True)
class Application:
    """What is configured for one client_id; an unknown client_id needs no configuration."""

    client_id: str
    client_secret: str | None = None
    name: str | None = None
    redirect_uris: list[str] = field(default_factory=list)
    missing_scopes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AuthorizationCode:
    """A code handed out by the consent page; single use."""

    id: str
    client_id: str
    redirect_uri: str
    account_id: str
    expires_at: float
    challenge: str | None = None
    family_id: str | None = None


@dataclass(slots=True)
class AccessToken:
    """One bearer token and the moment it dies."""

    token: str
    expires_at: float


@dataclass(slots=True)
class TokenFamily:
    """Everything that came from one consent: the refresh token rotates inside it."""

    id: str
    client_id: str
    account_id: str
    refresh_token: str
    refresh_expires_at: float
    access: list[AccessToken] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    revoked: bool = False


@dataclass(slots=True)
class Company:
    """A client as freelancers see it, plus the person who writes."""

    id: str
    rid: str
    user_id: str
    name: str
    contact: str
    country: str
    city: str
    timezone: str
    utc_offset: str
    member_since: float
    verified: bool
    hires: int
    posted_jobs: int
    spent: float
    reviews: int
    feedback: float
    private_spend: bool = False
    enterprise: bool = False
    language: Literal["en", "uk"] = "en"


@dataclass(slots=True)
class Skill:
    """A skill tag: numeric ontology id, slug and the name people read."""

    id: str
    name: str
    pretty: str


@dataclass(slots=True)
class Posting:
    """A job posting and the curves by which its activity grows."""

    id: str
    company_id: str
    title: str
    description: str
    category: str
    subcategory: str
    occupation: str
    kind: ContractKind
    experience: Literal["ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"]
    created_at: float
    published_at: float
    closes_at: float
    skills: list[Skill] = field(default_factory=list)
    amount: float = 0.0
    hourly_min: float | None = None
    hourly_max: float | None = None
    duration: Literal["WEEK", "MONTH", "QUARTER", "SEMESTER", "ONGOING"] | None = None
    workload: Literal["FULL_TIME", "PART_TIME", "AS_NEEDED", "NOT_SURE"] = "NOT_SURE"
    questions: list[str] = field(default_factory=list)
    cover_letter_required: bool = True
    to_hire: int = 1
    premium: bool = False
    locations: list[str] = field(default_factory=list)
    locations_mandatory: bool = False
    applicants_final: int = 20
    applicants_hours: float = 6.0
    extra_applicants: int = 0
    invites: int = 0
    interviewing_final: int = 0
    hired: int = 0
    closed_at: float | None = None
    archetype: str = "posted"
    marks: list[str] = field(default_factory=list)
    repost_of: str | None = None
    product: str = ""


@dataclass(slots=True)
class Answer:
    """A screening question as it came, with the answer as it came."""

    question: str
    answer: str


@dataclass(slots=True)
class Proposal:
    """A submitted proposal; the text fields keep exactly what arrived."""

    id: str
    account_id: str
    organization_id: str
    posting_id: str
    cover_letter: str
    charged_amount: float
    created_at: float
    modified_at: float
    answers: list[Answer] = field(default_factory=list)
    milestones: list[dict[str, Any]] = field(default_factory=list)
    estimated_duration: int | None = None
    boost: float | None = None
    status: str = "Accepted"
    reason: str | None = None
    viewed_at: float | None = None
    room_id: str | None = None


@dataclass(slots=True)
class Room:
    """A conversation of one freelancer with one client."""

    id: str
    account_id: str
    organization_id: str
    company_id: str
    name: str
    topic: str
    created_at: float
    proposal_id: str | None = None
    posting_id: str | None = None
    freelancer_read_at: float = 0.0
    client_turns: int = 0


@dataclass(slots=True)
class Story:
    """One message in a room."""

    id: str
    room_id: str
    author: Author
    message: str
    created_at: float


@dataclass(slots=True)
class Happening:
    """Something a simulated client will do at ``due_at``."""

    id: str
    due_at: float
    kind: Literal["view", "answer", "turn", "offer", "hire", "decline"]
    target: str


@dataclass(slots=True)
class Settings:
    """The few values that must outlive a restart."""

    id: str = "settings"
    clock_offset: float = 0.0
    sequence: int = 0
    feed_sequence: int = 0
    feed_next_at: float = 0.0
    feed_on: bool = True
    additions: bool = True
    access_seconds: int = 86_400
    per_second: int = 10
    per_minute: int = 300
    retry_after: int | None = None
