"""A job posting as the product reasons about it, free of Upwork's wire format and of our tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class ContractType(StrEnum):
    HOURLY = "hourly"
    FIXED = "fixed"


class ExperienceLevel(StrEnum):
    ENTRY = "entry"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class ScreeningQuestion:
    """A question the client asks every applicant; `position` starts at 0 and keeps Upwork's order."""

    position: int
    text: str


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What Upwork tells about the client. `None` means Upwork did not say, never "no".

    `spent` is in US dollars, `feedback` is 0..5, `hires` and `posted_jobs` are lifetime counts.
    """

    country: str | None = None
    city: str | None = None
    payment_verified: bool | None = None
    hires: int | None = None
    posted_jobs: int | None = None
    reviews: int | None = None
    feedback: Decimal | None = None
    spent: Decimal | None = None
    member_since: datetime | None = None

    @property
    def hire_rate(self) -> float | None:
        """Hires per posted job, 0..1; `None` when the client never posted or Upwork hid it."""
        if self.hires is None or not self.posted_jobs:
            return None
        return min(1.0, self.hires / self.posted_jobs)


@dataclass(frozen=True, slots=True)
class JobPosting:
    """One posting. Money is in `currency`; hourly bounds are per hour, `budget` is the whole fixed price.

    `upwork_id` is Upwork's numeric id as text; `ciphertext` is the `~02…` id used in links.
    """

    upwork_id: str
    ciphertext: str
    title: str
    description: str
    published_at: datetime
    contract: ContractType | None = None
    budget: Decimal | None = None
    hourly_min: Decimal | None = None
    hourly_max: Decimal | None = None
    currency: str = "USD"
    experience: ExperienceLevel | None = None
    duration: str | None = None
    workload: str | None = None
    category: str | None = None
    subcategory: str | None = None
    skills: tuple[str, ...] = ()
    questions: tuple[ScreeningQuestion, ...] = ()
    cover_letter_required: bool = True
    applicants: int | None = None
    interviewing: int | None = None
    invites: int | None = None
    hired: int | None = None
    freelancers_to_hire: int = 1
    renewed_at: datetime | None = None
    applied: bool = False
    enterprise: bool = False
    preferred_locations: tuple[str, ...] = ()
    location_mandatory: bool = False
    client: ClientFacts = field(default_factory=ClientFacts)

    @property
    def own(self) -> bool:
        return is_own(self.upwork_id)

    @property
    def url(self) -> str:
        """Where people read it; "" for one of the person's own, whose address nobody knows."""
        return public_page(self.ciphertext) if self.ciphertext else ""

    @property
    def text(self) -> str:
        """Title and description, the text that scoring and drafting read."""
        return f"{self.title}\n{self.description}"


OWN = "own-"
"""How the id of a posting begins that its person brought as a picture, a file or a text. Upwork's ids are numbers."""


def is_own(upwork_id: str) -> bool:
    """Whether nothing can be asked of Upwork about this job: it is drafted for here and sent by hand."""
    return upwork_id.startswith(OWN)


def public_page(ciphertext: str) -> str:
    """A posting's page for people; Upwork answers 404 to the numeric id, so the ciphertext is used."""
    return f"https://www.upwork.com/jobs/~{ciphertext.removeprefix('~')}"
