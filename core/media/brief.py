"""A job posting out of bare text: the first line is its title, pay is taken only where the text names it as pay."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from core.drafting.prompts import visible
from core.jobs_feed.posting import OWN, ContractType, JobPosting
from core.matching.skills import display_name, find_skills

LEAST_CHARACTERS = 40
TITLE_LIMIT = 120
_TEXT_LIMIT = 15_000
_MOST_SKILLS = 15

_NUMBER = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?"
_DOLLARS = r"(?:usd\b|us dollars?\b|dollars?\b|bucks\b|долар\w*|\$(?!\s?\d))"
_WRITTEN_OUT = re.compile(
    rf"(?:\busd\s?|\$\s?)(?P<after>{_NUMBER})(?P<k>k\b)?|(?<![\w$.,])(?P<before>{_NUMBER})(?P<k2>k)?\s?{_DOLLARS}",
    re.IGNORECASE,
)
_SUM = r"\$\s?(\d{1,3}(?:[, ]\d{3})+|\d{1,7})(?:[.,](\d{1,2}))?(?!\d)"
_PLAIN = _SUM.replace(r"\$\s?", r"(?<![\w$.,])", 1)
_TO = r"\s*(?:-|–|—|to|до)\s*"
_HOUR = r"\s*(?:usd\s*)?(?:/|per|an|на|за)?\s*(?:hour|hr|hourly|год)\w*"
_HOURLY_RANGES = [
    re.compile(f"{low}{_TO}{high}{_HOUR}", re.IGNORECASE)
    for low, high in ((_SUM, _SUM), (_SUM, _PLAIN), (_PLAIN, _SUM))
]
_HOURLY = re.compile(rf"{_SUM}{_HOUR}", re.IGNORECASE)
_HOURLY_LABEL = re.compile(
    rf"(?:hourly|погодинн\w+)[^$\n]{{0,30}}\n?[^$\n]{{0,10}}{_SUM}{_TO}{_SUM}", re.IGNORECASE
)
_FIXED = re.compile(
    rf"(?:fixed[- ]price|budget|бюджет|фіксован\w+)[^$\n]{{0,30}}\n?[^$\n]{{0,10}}{_SUM}", re.IGNORECASE
)
_FIXED_AFTER = re.compile(rf"{_SUM}\s*\n?\s*(?:fixed[- ]price|budget|фіксован\w+)", re.IGNORECASE)
_NOISE = re.compile(
    r"^(?:posted\b.*|.*\b\d+\s+(?:minutes?|hours?|days?)\s+ago|worldwide|job details|summary|опубліковано\b.*|about the job)$",
    re.IGNORECASE,
)
_PER_HOUR = re.compile(r"/\s*hr\b", re.IGNORECASE)
_MARKS = re.compile(r"^[\s#*•·\-–—]+|[\s*:]+$")


def posting_from(text: str, *, key: str, now: datetime) -> JobPosting | None:
    """The posting that `text` is, or None when there is too little to work with. `key` makes its id its own.

    Everything but title, pay and skills is unknown and stays so: who the client is, when it was posted, how many applied.
    """
    whole = visible(text[:_TEXT_LIMIT]).strip()
    if sum(sign.isalnum() for sign in whole) < LEAST_CHARACTERS:
        return None
    lines = [line for line in (_MARKS.sub("", line) for line in whole.splitlines()) if line]
    telling = (line for line in lines if sum(sign.isalpha() for sign in line) >= 6 and not _NOISE.match(line))
    title = next(telling, lines[0])
    contract, low, high, budget = _pay(whole)
    return JobPosting(
        upwork_id=f"{OWN}{key}",
        ciphertext="",
        title=_short(title),
        description=whole,
        published_at=now,
        contract=contract,
        hourly_min=low,
        hourly_max=high,
        budget=budget,
        skills=tuple(display_name(slug) for slug in find_skills(_PER_HOUR.sub("", whole))[:_MOST_SKILLS]),
    )


def _short(line: str) -> str:
    if len(line) <= TITLE_LIMIT:
        return line
    return line[: TITLE_LIMIT - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _pay(text: str) -> tuple[ContractType | None, Decimal | None, Decimal | None, Decimal | None]:
    """Contract, hourly bounds, fixed budget."""
    text = _WRITTEN_OUT.sub(_as_dollars, text)
    if found := next((hit for name in (*_HOURLY_RANGES, _HOURLY_LABEL) if (hit := name.search(text))), None):
        low, high = sorted((_amount(found[1], found[2]), _amount(found[3], found[4])))
        return ContractType.HOURLY, low, high, None
    if found := _HOURLY.search(text):
        rate = _amount(found[1], found[2])
        return ContractType.HOURLY, rate, rate, None
    if found := _FIXED.search(text) or _FIXED_AFTER.search(text):
        return ContractType.FIXED, None, None, _amount(found[1], found[2])
    return None, None, None, None


def _as_dollars(found: re.Match[str]) -> str:
    """`2k USD`, `USD 2000` and `2000 dollars` are all `$2000`."""
    number = found["after"] or found["before"]
    if found["k"] or found["k2"]:
        return f"${round(float(number.replace(' ', '').replace(',', '.')) * 1000)}"
    return f"${number}"


def _amount(whole: str, cents: str | None) -> Decimal:
    return Decimal(f"{re.sub('[, ]', '', whole)}.{cents or 0}")
