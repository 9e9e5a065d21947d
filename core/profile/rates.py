"""Finds the hourly rate that a text states, in US dollars; other currencies are not guessed at."""

from __future__ import annotations

import re
from decimal import Decimal

MIN_RATE = Decimal(1)
MAX_RATE = Decimal(1000)

_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d{1,2})?)"
_UPPER = r"(?:\s*(?:-|–|—|to|до)\s*\$?\s*\d{1,4}(?:[.,]\d{1,2})?)?"
_DOLLARS = r"(?:\$|us\s?\$|usd|у\.\s?о\.?|дол(?:ар(?:ів|и|а)?|л)?\.?|долл(?:ар(?:ов|а)?)?\.?|dollars?|bucks)"
_HOUR = r"(?:\s*(?:/|per|an|a|на|за|в)\s*(?:hour|hr|h|год(?:ину|ина)?|час)\b\.?|\s*(?:hourly|погодинно|на\s+годину|в\s+час))"
_STATED = r"(?:hourly\s+rate|rate|ставка|погодинна\s+ставка|рейт|rate\s+is)\s*(?:is|:|=|-|–|—|від|from)?\s*"
_RATES = (
    re.compile(rf"\$\s*{_NUMBER}{_UPPER}\s*(?:usd)?{_HOUR}", re.IGNORECASE),
    re.compile(rf"(?<![\d.,]){_NUMBER}{_UPPER}\s*{_DOLLARS}{_HOUR}", re.IGNORECASE),
    re.compile(rf"{_DOLLARS}\s*{_NUMBER}{_UPPER}{_HOUR}", re.IGNORECASE),
    re.compile(rf"{_STATED}\$\s*{_NUMBER}(?![\d,]*\s*(?:k|к|%|грн|eur|€))", re.IGNORECASE),
    re.compile(rf"{_STATED}{_NUMBER}{_UPPER}\s*{_DOLLARS}", re.IGNORECASE),
)
_LABEL = re.compile(rf"{_STATED}|(?:моя|my|мій)\s+|[.,;!\s💰💵]+", re.IGNORECASE)

_SET_OFF = re.compile(rf"\s*[,;|•·(–—-]\s*(?:(?:моя|my|мій)\s+)?(?:{_STATED})?$", re.IGNORECASE)


def find_hourly_rate(text: str) -> Decimal | None:
    """The first hourly rate in dollars ("$45/hr", "45 USD/год", "rate: $45"); of a range, its lower end."""
    text = " ".join(text.split())
    found: list[tuple[int, Decimal]] = []
    for pattern in _RATES:
        for match in pattern.finditer(text):
            rate = Decimal(match["number"].replace(",", "."))
            if MIN_RATE <= rate <= MAX_RATE:
                found.append((match.start(), rate))
                break
    return min(found)[1] if found else None


def without_rate(statement: str) -> str:
    """`statement` without a rate set off at a sentence's end ("Python developer, $40/h."): no draft may quote it to a client."""
    for pattern in _RATES:
        for match in pattern.finditer(statement):
            before = _SET_OFF.search(statement[: match.start()])
            rest = statement[match.end() - match.group().endswith(".") :].lstrip(" )")
            if before and (not rest or rest[0] in ".!;"):
                return statement[: before.start()] + rest
    return statement


def is_rate_only(statement: str) -> bool:
    """Whether a statement says nothing but a rate; the rate is kept as a number, and a draft may not quote an old one."""
    if len(statement) > 60:
        return False
    for pattern in _RATES:
        match = pattern.search(statement)
        if match and not _LABEL.sub("", statement[: match.start()] + statement[match.end() :]):
            return True
    return False
