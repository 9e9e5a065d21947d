"""What a number is written with: multipliers, currencies, units of time; and which four digits are a year."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

MULTIPLIERS = {
    "k": 1000,
    "к": 1000,
    "тис": 1000,
    "m": 10**6,
    "м": 10**6,
    "mln": 10**6,
    "млн": 10**6,
    "bn": 10**9,
    "million": 10**6,
}
MULTIPLIERS |= {
    "billion": 10**9,
    "thousand": 1000,
    "тисяч": 1000,
    "мільйон": 10**6,
    "тысяч": 1000,
    "миллион": 10**6,
}
_CURRENCIES = {
    "$": "USD", "usd": "USD", "dollar": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "£": "GBP", "gbp": "GBP", "₴": "UAH",
    "uah": "UAH", "грн": "UAH", "євро": "EUR",
}  # fmt: skip
UNIT_DAYS = (
    (Fraction(365), r"years?|yrs?|рік|рок(?:и|ів|у|ах|ами|ові)?|лет|год(?:а|ов)?"),
    (Fraction(3650), r"decades?|десятиліт\w+|десятиріч\w+|десятилет\w+"),
    (Fraction(365, 12), r"months?|місяц\w*|месяц\w*"),
    (Fraction(7), r"weeks?|тижн\w*|тиждень|недел\w*"),
    (Fraction(1), r"days?|день|дні|днів|дня|дней"),
    (Fraction(1, 24), r"hours?|hrs?|годин\w*|часов|часа|час"),
    (Fraction(1, 1440), r"minutes?|mins?|хвилин\w*|минут\w*"),
    (Fraction(1, 86400), r"seconds?|secs?|s|секунд\w*|сек|с"),
    (Fraction(1, 86_400_000), r"milliseconds?|msecs?|ms|мілісекунд\w*|мс"),
)
_TO_A_COUNT = re.compile(r"\s(?:to|до|→)\s(?!(?:19|20)\d\d(?!\d))\d{3}")
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|from|until|till|to|by|of|between|and|during|early|late|mid|year|з|із|у|в|до|від|по|року|с)"
    r"|[(–—-])[\s-]*$",
    re.IGNORECASE,
)
_YEAR_AFTER = re.compile(
    r"\s*(?:$|[.,;:!?)(–—-]|(?:and|to|till|until|рік|рок\w*|р\.|по|до|год\w*)\b)", re.IGNORECASE
)


def value_of(digits: str) -> Decimal:
    """The number digits stand for, however its thousands and decimals are set apart."""
    if re.fullmatch(r"\d{1,3}(?:[  ,]\d{3})+(?:\.\d+)?", digits):
        return Decimal(re.sub(r"[  ,]", "", digits))
    return Decimal(digits.replace(",", "."))


def currency_of(text: str) -> str:
    """The code of a currency by its sign or name; empty for anything else."""
    if text.startswith(("грив", "дол")):
        return "UAH" if text.startswith("грив") else "USD"
    return _CURRENCIES.get(text) or _CURRENCIES.get(text.rstrip("s"), "")


def days_of(amount: Decimal, unit: str) -> Fraction:
    """`amount` of a unit of time, in days."""
    low = unit.lower()
    size = next(days for days, names in UNIT_DAYS if re.fullmatch(names, low))
    return Fraction(amount) * size


def is_year(text: str, match: re.Match[str]) -> bool:
    """Whether the digits of `match` in `text` are a calendar year and count nothing."""
    digits = match["digits"]
    if not re.fullmatch(r"(?:19[5-9]|20)\d", digits[:3]) or len(digits) != 4 or match["plus"]:
        return False
    if _TO_A_COUNT.match(text, match.end()):
        return False
    return (
        _YEAR_BEFORE.search(text[max(0, match.start() - 12) : match.start()]) is not None
        or _YEAR_AFTER.match(text, match.end()) is not None
    )
