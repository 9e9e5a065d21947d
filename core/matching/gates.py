"""The user's hard rules, before any score. Unknown never fails: a rule needs a fact to be broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.countries import find_home, is_within, same_country
from core.matching.evidence import Param
from core.matching.exclusions import mentioned
from core.matching.odds import minutes_old
from core.profile.facts import Profile
from core.searches.criteria import Criteria


class GateCode(StrEnum):
    """Why a posting was left out. Params beside each."""

    TOO_OLD = "too_old"  # hours, limit
    HOURLY_BELOW_FLOOR = "hourly_below_floor"  # offered, floor
    BUDGET_BELOW_FLOOR = "budget_below_floor"  # offered, floor
    EXCLUDED_WORD = "excluded_word"  # word
    CLIENT_UNVERIFIED = "client_unverified"
    TOO_MANY_APPLICANTS = "too_many_applicants"  # count, limit
    EXCLUDED_COUNTRY = "excluded_country"  # country
    LOCATION_ELSEWHERE = "location_elsewhere"  # locations, home
    EXPERIENCE = "experience"  # level, wanted
    ALREADY_APPLIED = "already_applied"
    WRONG_CONTRACT = "wrong_contract"  # contract, wanted


@dataclass(frozen=True, slots=True)
class Gate:
    """A rule that the posting breaks, with the numbers it used. Money is US dollars."""

    code: GateCode
    params: Mapping[str, Param] = field(default_factory=dict)


def failed_gates(
    posting: JobPosting, criteria: Criteria, profile: Profile, now: datetime, *, country: str | None = None
) -> tuple[Gate, ...]:
    """Every rule the posting breaks, in a fixed order; empty means it may be scored.

    Upwork is known to ignore its own rate filter, so every bound is checked here. `country` is where the user
    works from; without it the profile's own words ("based in Kyiv, Ukraine") are used, else that rule is skipped.
    """
    return tuple(_failures(posting, criteria, profile, now, country))


def contract_of(posting: JobPosting) -> ContractType | None:
    """The contract type, read from the pay when Upwork did not name it."""
    if posting.contract is not None:
        return posting.contract
    if posting.hourly_min or posting.hourly_max:
        return ContractType.HOURLY
    return ContractType.FIXED if posting.budget else None


def _failures(
    posting: JobPosting, criteria: Criteria, profile: Profile, now: datetime, country: str | None
) -> Iterator[Gate]:
    if posting.applied:
        yield Gate(GateCode.ALREADY_APPLIED)
    hours = minutes_old(posting, now) / 60
    if hours > criteria.max_age_hours:
        yield Gate(GateCode.TOO_OLD, {"hours": int(hours), "limit": criteria.max_age_hours})
    contract = contract_of(posting)
    if criteria.contract is not None and contract is not None and contract is not criteria.contract:
        yield Gate(GateCode.WRONG_CONTRACT, {"contract": contract.value, "wanted": criteria.contract.value})
    yield from _pay(posting, criteria, contract)
    for word in mentioned("\n".join((posting.text, *posting.skills)), criteria.exclude_words):
        yield Gate(GateCode.EXCLUDED_WORD, {"word": word})
    yield from _client(posting, criteria)
    if (
        criteria.experience
        and posting.experience is not None
        and posting.experience not in criteria.experience
    ):
        wanted = tuple(level.value for level in criteria.experience)
        yield Gate(GateCode.EXPERIENCE, {"level": posting.experience.value, "wanted": wanted})
    if posting.location_mandatory and posting.preferred_locations:
        home = country or find_home(profile)
        if home is not None and is_within(home, posting.preferred_locations) is False:
            yield Gate(GateCode.LOCATION_ELSEWHERE, {"locations": posting.preferred_locations, "home": home})


def _pay(posting: JobPosting, criteria: Criteria, contract: ContractType | None) -> Iterator[Gate]:
    # Without an exchange rate a foreign amount is an unknown one.
    if posting.currency.upper() != "USD":
        return
    hourly = posting.hourly_max or posting.hourly_min
    if contract is ContractType.HOURLY and _below(hourly, criteria.min_hourly):
        yield Gate(GateCode.HOURLY_BELOW_FLOOR, _amounts(hourly, criteria.min_hourly))
    if contract is ContractType.FIXED and _below(posting.budget, criteria.min_budget):
        yield Gate(GateCode.BUDGET_BELOW_FLOOR, _amounts(posting.budget, criteria.min_budget))


def _client(posting: JobPosting, criteria: Criteria) -> Iterator[Gate]:
    if criteria.payment_verified_only and posting.client.payment_verified is False:
        yield Gate(GateCode.CLIENT_UNVERIFIED)
    limit = criteria.max_applicants
    if limit is not None and posting.applicants is not None and posting.applicants > limit:
        yield Gate(GateCode.TOO_MANY_APPLICANTS, {"count": posting.applicants, "limit": limit})
    if posting.client.country and any(
        same_country(posting.client.country, excluded) for excluded in criteria.exclude_countries
    ):
        yield Gate(GateCode.EXCLUDED_COUNTRY, {"country": posting.client.country})


def _below(offered: Decimal | None, floor: Decimal | None) -> bool:
    # Upwork sends 0 for "not stated".
    return floor is not None and offered is not None and 0 < offered < floor


def _amounts(offered: Decimal | None, floor: Decimal | None) -> dict[str, Param]:
    return {"offered": float(offered or 0), "floor": float(floor or 0)}
