"""Bodies of the control API."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from sandbox.upwork.companies import make_company
from sandbox.upwork.composer import skill, stable_number
from sandbox.upwork.faults import Kind
from sandbox.upwork.records import Company, Posting
from sandbox.upwork.world import World


class Order(BaseModel):
    """Unknown fields are refused: a typo in a test must not pass silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=Order)


async def read(request: Request, kind: type[T]) -> T:
    """The body as an order; an empty body stands for an empty object. pydantic.ValidationError otherwise."""
    return kind.model_validate_json(await request.body() or b"{}")


class SettingsOrder(Order):
    """What to change; absent fields stay. ``reply_seconds`` null: clients act on demand only."""

    additions: bool = True
    access_seconds: int = Field(86_400, gt=0)
    per_second: int = Field(10, gt=0)
    per_minute: int = Field(300, gt=0)
    retry_after: int | None = Field(None, ge=0)
    reply_seconds: tuple[float, float] | None = None


class ClockOrder(Order):
    """Seconds to move the clock forward."""

    advance: float


class FeedOrder(Order):
    """``on`` switches the feed; ``now`` publishes that many postings at once."""

    on: bool | None = None
    now: int = Field(0, ge=0, le=500)


class FaultOrder(Order):
    """See faults.Fault."""

    operation: str = "*"
    kind: Kind
    times: int = Field(1, ge=1)
    fields: list[str] = Field(default_factory=list)
    seconds: float = Field(60.0, ge=0)
    retry_after: int | None = None


class ApplicationOrder(Order):
    """Configuration of a client_id; absent fields stay."""

    client_id: str
    client_secret: str | None = None
    name: str | None = None
    redirect_uris: list[str] = Field(default_factory=list)
    missing_scopes: list[str] = Field(default_factory=list)


class AccountOrder(Order):
    """A freelancer to create."""

    name: str = Field(min_length=1)
    title: str = ""
    skills: list[str] = Field(default_factory=list)
    hourly_rate: float = Field(30.0, gt=0)


class GrantOrder(Order):
    """Whose tokens to hand out; the first sample account by default."""

    client_id: str = "sandbox"
    account: str | None = None


class ApplicantsOrder(Order):
    """How many more applicants."""

    count: int = Field(1, ge=0)


class MessageOrder(Order):
    """What the client writes; null lets the simulated client find its own words."""

    message: str | None = None


class ClientOrder(Order):
    """The client of a posted job; absent fields are made up."""

    name: str | None = None
    contact: str | None = None
    country: str | None = None
    city: str | None = None
    timezone: str | None = None
    verified: bool | None = None
    hires: int | None = None
    posted_jobs: int | None = None
    spent: float | None = None
    reviews: int | None = None
    feedback: float | None = None
    private_spend: bool | None = None
    language: Literal["en", "uk"] | None = None


class JobOrder(Order):
    """A posting to publish now, or ``age_seconds`` ago; by a known client (``company_id``) or a new one."""

    title: str
    description: str
    skills: list[str] = Field(default_factory=list)
    kind: Literal["HOURLY", "FIXED"] = "HOURLY"
    amount: float = 0.0
    hourly_min: float | None = None
    hourly_max: float | None = None
    experience: Literal["ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"] = "INTERMEDIATE"
    duration: Literal["WEEK", "MONTH", "QUARTER", "SEMESTER", "ONGOING"] | None = "MONTH"
    workload: Literal["FULL_TIME", "PART_TIME", "AS_NEEDED", "NOT_SURE"] = "PART_TIME"
    category: str = "Web, Mobile & Software Dev"
    subcategory: str = "Web Development"
    occupation: str = "Back-End Web Development"
    questions: list[str] = Field(default_factory=list)
    cover_letter_required: bool = True
    locations: list[str] = Field(default_factory=list)
    applicants: int = Field(0, ge=0)
    invites: int = Field(0, ge=0)
    age_seconds: float = Field(0.0, ge=0)
    open_hours: float = Field(72.0, gt=0)
    company_id: str | None = None
    client: ClientOrder = ClientOrder()


def posted_job(world: World, order: JobOrder) -> Posting:
    """Publish what was ordered. The client's temper follows from the new id."""
    number = world.next_number()
    published = world.clock.now() - order.age_seconds
    company = world.companies[order.company_id] if order.company_id else _company(world, order.client, number)
    posting = Posting(
        id="3" + stable_number("posted", number, digits=8) + f"{number:010d}",
        company_id=company.id,
        title=order.title,
        description=order.description,
        category=order.category,
        subcategory=order.subcategory,
        occupation=order.occupation,
        kind=order.kind,
        experience=order.experience,
        created_at=published,
        published_at=published,
        closes_at=published + order.open_hours * 3600,
        skills=[skill(name) for name in order.skills],
        amount=order.amount,
        hourly_min=order.hourly_min,
        hourly_max=order.hourly_max,
        duration=order.duration,
        workload=order.workload,
        questions=order.questions,
        cover_letter_required=order.cover_letter_required,
        locations=order.locations,
        applicants_final=0,
        extra_applicants=order.applicants,
        invites=order.invites,
    )
    world.add_posting(posting)
    return posting


def _company(world: World, order: ClientOrder, number: int) -> Company:
    made_up = make_company(seed=-1, number=number, now=world.clock.now())
    company = replace(made_up, **order.model_dump(exclude_none=True))
    world.add_company(company)
    return company
