"""A job posting in words: pay, age, client. Everything of Upwork's is plain text, escaped where it is inserted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bot.texts import Words
from core.jobs_feed.posting import ContractType, JobPosting

LENGTHS = {
    "less than 1 week": "week",
    "less than 1 month": "month",
    "1 to 3 months": "quarter",
    "3 to 6 months": "semester",
    "more than 6 months": "ongoing",
}
"""Upwork's own labels for how long a job lasts, in English only, and its codes, which come where a label is missing."""
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def money(amount: Decimal | float, currency: str = "USD") -> str:
    """`$1,200` or `1,200 CHF`; cents only where there are some."""
    number = Decimal(str(amount))
    text = f"{number:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{text}" if symbol else f"{text} {currency}"


def pay(words: Words, posting: JobPosting) -> str:
    """What the client offers, in plain words."""
    if posting.contract is ContractType.FIXED or (posting.contract is None and posting.budget):
        if posting.budget:
            return words.plain("pay.fixed", amount=money(posting.budget, posting.currency))
        return words.plain("pay.fixed_open")
    low, high = posting.hourly_min, posting.hourly_max
    if low and high:
        return words.plain(
            "pay.hourly_range", low=money(low, posting.currency), high=money(high, posting.currency)
        )
    if low or high:
        return words.plain("pay.hourly", amount=money(low or high or 0, posting.currency))
    return words.plain("pay.hourly_open" if posting.contract is ContractType.HOURLY else "pay.unknown")


def duration(words: Words, seconds: float) -> str:
    """A span of time in one unit: `9 s`, `4 min`, `3 h`, `2 d`."""
    whole = max(0, round(seconds))
    if whole < 90:
        return words.plain("time.seconds", n=whole)
    if whole < 90 * 60:
        return words.plain("time.minutes", n=round(whole / 60))
    if whole < 36 * 3600:
        return words.plain("time.hours", n=round(whole / 3600))
    return words.plain("time.days", n=round(whole / 86400))


def terms(words: Words, posting: JobPosting) -> str:
    """Pay, level and length on one line."""
    parts = [pay(words, posting)]
    if posting.experience is not None:
        parts.append(words.plain(f"level.{posting.experience.value}"))
    if posting.duration:
        said = posting.duration.strip().casefold()
        length = LENGTHS.get(said, said if said in LENGTHS.values() else None)
        parts.append(words.plain(f"length.{length}") if length else posting.duration)
    return " · ".join(parts)


def age(words: Words, posting: JobPosting, now: datetime) -> str:
    return duration(words, (now - posting.published_at).total_seconds())
