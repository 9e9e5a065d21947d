"""What to ask for: a suggestion from the user's rate and the posting's bounds, with its reasons. The user decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.drafting.draft import Bid
from core.jobs_feed.posting import ContractType, JobPosting

NEAR = Decimal("1.25")
"""A client's upper bound this close below the user's rate is worth meeting."""
PLACEHOLDER = Decimal(20)
"""A fixed budget below this is usually a form field filled in to get past it."""


class PriceReason(StrEnum):
    """Why this figure; the words are in the bot's texts."""

    OWN_RATE = "own_rate"
    """The user's rate lies within the client's range. Params: rate, low, high."""
    CLIENT_PAYS_MORE = "client_pays_more"
    """The client's range begins above the user's rate: its lower end is asked. Params: rate, low, high."""
    MEET_CLIENT = "meet_client"
    """The client's upper end is a little below the user's rate. Params: rate, high."""
    ABOVE_RANGE = "above_range"
    """The user's rate is far above what the client names; it is kept. Params: rate, high."""
    MIDDLE = "middle"
    """No rate of the user's is known: the middle of the client's range. Params: low, high."""
    NO_RANGE = "no_range"
    """The client names no pay: the user's rate. Params: rate."""
    CLIENT_BUDGET = "client_budget"
    """The client's fixed budget. Params: budget."""
    IMPLIED_HOURS = "implied_hours"
    """How many hours of the user's rate the budget buys. Params: hours, rate."""
    BUDGET_PLACEHOLDER = "budget_placeholder"
    """The budget is too small to be meant; name a price of your own. Params: budget."""
    UNKNOWN = "unknown"
    """Neither side has named a figure."""


@dataclass(frozen=True, slots=True)
class Reason:
    code: PriceReason
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceSuggestion:
    """`bid` is `None` when the user has to name a price; `reasons` say why, most important first."""

    bid: Bid | None
    reasons: tuple[Reason, ...]


def suggest_bid(posting: JobPosting, hourly_rate: Decimal | None) -> Bid | None:
    """The bid of `suggest_price`, for callers that need no reasons."""
    return suggest_price(posting, hourly_rate).bid


def suggest_price(posting: JobPosting, hourly_rate: Decimal | None) -> PriceSuggestion:
    """`hourly_rate` is the user's, in US dollars; it is compared only with pay in US dollars."""
    rate = hourly_rate if hourly_rate and hourly_rate > 0 and posting.currency == "USD" else None
    if posting.contract is ContractType.FIXED or (posting.contract is None and posting.budget):
        return _fixed(posting, rate)
    if posting.contract is None and not (posting.hourly_min or posting.hourly_max):
        return PriceSuggestion(None, (Reason(PriceReason.UNKNOWN),))
    return _hourly(posting, rate)


def _hourly(posting: JobPosting, rate: Decimal | None) -> PriceSuggestion:
    low, high = posting.hourly_min or None, posting.hourly_max or None
    low, high = low or high, high or low
    if low is None or high is None:
        if rate is None:
            return PriceSuggestion(None, (Reason(PriceReason.UNKNOWN),))
        return _asked(posting, rate, Reason(PriceReason.NO_RANGE, {"rate": _text(rate)}))
    low, high = min(low, high), max(low, high)
    bounds = {"low": _text(low), "high": _text(high)}
    if rate is None:
        middle = ((low + high) / 2).quantize(Decimal(1), ROUND_HALF_UP)
        return _asked(posting, middle, Reason(PriceReason.MIDDLE, bounds))
    bounds = {"rate": _text(rate), **bounds}
    if rate < low:
        return _asked(posting, low, Reason(PriceReason.CLIENT_PAYS_MORE, bounds))
    if rate <= high:
        return _asked(posting, rate, Reason(PriceReason.OWN_RATE, bounds))
    short = {"rate": _text(rate), "high": _text(high)}
    if rate <= high * NEAR:
        return _asked(posting, high, Reason(PriceReason.MEET_CLIENT, short))
    return _asked(posting, rate, Reason(PriceReason.ABOVE_RANGE, short))


def _fixed(posting: JobPosting, rate: Decimal | None) -> PriceSuggestion:
    budget = posting.budget
    if budget is None or budget <= 0:
        return PriceSuggestion(None, (Reason(PriceReason.UNKNOWN),))
    if budget < PLACEHOLDER:
        return PriceSuggestion(None, (Reason(PriceReason.BUDGET_PLACEHOLDER, {"budget": _text(budget)}),))
    reasons = [Reason(PriceReason.CLIENT_BUDGET, {"budget": _text(budget)})]
    if rate is not None:
        hours = (budget / rate).quantize(Decimal(1), ROUND_HALF_UP)
        reasons.append(Reason(PriceReason.IMPLIED_HOURS, {"hours": str(hours), "rate": _text(rate)}))
    return PriceSuggestion(Bid(budget, ContractType.FIXED, posting.currency), tuple(reasons))


def _asked(posting: JobPosting, amount: Decimal, reason: Reason) -> PriceSuggestion:
    return PriceSuggestion(Bid(amount, ContractType.HOURLY, posting.currency), (reason,))


def _text(amount: Decimal) -> str:
    return f"{amount:,.2f}".removesuffix(".00")
