"""A saved search: the user's own criteria. Gates are the user's rules and never a model's."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from core.jobs_feed.posting import ContractType, ExperienceLevel


class Criteria(BaseModel):
    """What to ask Upwork for and what to refuse locally.

    Rates are US dollars per hour, budgets whole US dollars. Upwork is known to ignore its own rate and budget filters, so
    every bound is checked again here. Empty tuples and `None` mean "no rule".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = Field(max_length=300)
    skills: tuple[str, ...] = ()
    exclude_words: tuple[str, ...] = ()
    contract: ContractType | None = None
    min_hourly: Decimal | None = None
    min_budget: Decimal | None = None
    experience: tuple[ExperienceLevel, ...] = ()
    payment_verified_only: bool = False
    max_applicants: int | None = None
    exclude_countries: tuple[str, ...] = ()
    max_age_hours: int = Field(default=24, ge=1, le=168)
