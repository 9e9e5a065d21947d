"""Numbers in a text: how much of what. "120k", "120,000" and "сто двадцять тисяч" are the same amount."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.drafting.draft import FindingKind
from core.drafting.evidence import words_of

_MULTIPLIERS = {
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
_MULTIPLIERS |= {
    "billion": 10**9,
    "thousand": 1000,
    "тисяч": 1000,
    "мільйон": 10**6,
    "тысяч": 1000,
    "миллион": 10**6,
}
_CURRENCIES = {
    "$": "USD", "usd": "USD", "dollar": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "£": "GBP", "gbp": "GBP", "₴": "UAH",
    "uah": "UAH", "грн": "UAH", "гривень": "UAH", "доларів": "USD", "долар": "USD", "євро": "EUR",
}  # fmt: skip
_UNIT_DAYS = (
    (Fraction(365), r"years?|yrs?|рік|рок(?:и|ів|у|ах|ами|ові)?|лет|год(?:а|ов)?"),
    (Fraction(3650), r"decades?|десятиліт\w+|десятилет\w+"),
    (Fraction(365, 12), r"months?|місяц\w*|месяц\w*"),
    (Fraction(7), r"weeks?|тижн\w*|тиждень|недел\w*"),
    (Fraction(1), r"days?|день|дні|днів|дня|дней"),
    (Fraction(1, 24), r"hours?|hrs?|годин\w*|часов|часа|час"),
    (Fraction(1, 1440), r"minutes?|mins?|хвилин\w*|минут\w*"),
    (Fraction(1, 86400), r"seconds?|secs?|секунд\w*"),
)
_DURATION = re.compile(
    r"[\s-]*(?:full |whole |straight |solid |повних )?(?P<unit>"
    + "|".join(names for _, names in _UNIT_DAYS)
    + r")\b",
    re.IGNORECASE,
)
_ONES_TEXT = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS_TEXT = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES, _TENS = _ONES_TEXT.split(), _TENS_TEXT.split()
_UK_WORDS = {
    "один": 1, "одна": 1, "одне": 1, "два": 2, "дві": 2, "двох": 2, "три": 3, "трьох": 3, "чотири": 4, "чотирьох": 4, "п'ять": 5,
    "п’ять": 5, "шість": 6, "сім": 7, "вісім": 8, "дев'ять": 9, "дев’ять": 9, "десять": 10, "дванадцять": 12, "п'ятнадцять": 15,
    "двадцять": 20, "тридцять": 30, "сорок": 40, "п'ятдесят": 50, "сто": 100, "двісті": 200, "тисячу": 1000, "пів": 1,
}  # fmt: skip
_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_WORDS |= {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "couple": 2,
    "twice": 2,
} | _UK_WORDS
_WORD_NUMBER = re.compile(
    r"(?<![\w-])(?:(?P<tens>" + "|".join(_TENS) + r")[-\s](?P<ones>" + "|".join(_ONES[1:10]) + r")"
    r"|(?P<word>"
    + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
    + r"))(?:\s(?P<scale>hundred|thousand|million|dozen))?(?![\w-]*['’]?\w)",
    re.IGNORECASE,
)
_HYPHENED = re.compile(r"-(?:years?|months?|weeks?|days?|hours?|minutes?)\b", re.IGNORECASE)
_DIGITS = re.compile(
    r"(?P<sign>[$€£₴]\s?)?(?<![\w.,/:#])(?P<digits>\d{1,3}(?:[  ,]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    r"(?:(?P<tight>[kKкmMм])(?![\w])|\s(?P<loose>million|billion|thousand|mln|млн|тис|тисяч|мільйон|тысяч|миллион)\w*\b\.?|(?P<bn>mln|bn|млн))?"
    r"(?P<plus>\s?\+)?(?P<rest>\s?%|\s?percent\b|\s?відсотк\w*|[xх×](?!\w)|\s?(?:usd|eur|gbp|uah|грн|dollars?|euros?|доларів|євро|гривень)\b|\s?[$€£₴])?"
    r"(?![\d])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|й|ий|го|ша|та)\b", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:more than|over|above|at least|upwards of|понад|більше(?: ніж)?|щонайменше|не менше|более)\s*$",
    re.IGNORECASE,
)
_DECADE = re.compile(r"\b(?:an? |the (?:last|past) )?decades?\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"\b(?P<much>dozens|hundreds|thousands|millions|десятки|десятків|сотні|сотень|тисячі|мільйони|сотни|тысячи)\b(?:\s+of)?",
    re.IGNORECASE,
)
_VAGUE_FROM = {
    "dozens": 24,
    "десят": 20,
    "hundreds": 200,
    "сот": 200,
    "thousands": 2000,
    "тис": 2000,
    "тыс": 2000,
    "million": 2 * 10**6,
    "мільй": 2 * 10**6,
}
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|from|until|till|to|by|of|between|and|during|early|late|mid|year|з|із|у|в|до|від|по|року|с)|[(–—-])[\s-]*$",
    re.IGNORECASE,
)
_YEAR_AFTER = re.compile(
    r"\s*(?:$|[.,;:!?)(–—-]|(?:and|to|till|until|рік|рок\w*|р\.|по|до|год\w*)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`unit` is "%", "x", a currency code, "" for a count; for durations `amount` is in days and `unit` is "days".

    `near` are the content words around it, which say what is counted. `at_least` marks "over 5" and "5+".
    """

    kind: FindingKind
    quote: str
    start: int
    end: int
    amount: Decimal | Fraction
    unit: str
    near: frozenset[str]
    at_least: bool = False
    in_words: bool = False


def find_quantities(text: str) -> list[Quantity]:
    """Every amount in `text`, in order. Amounts glued to letters ("S3", "HTML5") are names, not amounts."""
    found = [*_written(text), *_spelled(text), *_vague(text), *_decades(text)]
    found.sort(key=lambda quantity: (quantity.start, -quantity.end))
    kept: list[Quantity] = []
    for quantity in found:
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return kept


def _written(text: str) -> Iterator[Quantity]:
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        if match["digits"] is None or _ORDINAL.match(text, end) or text[end : end + 1].isalpha():
            continue
        value = _value(match["digits"])
        scale = (match["tight"] or match["loose"] or match["bn"] or "").lower().rstrip(".")
        amount = value * next(
            (factor for name, factor in _MULTIPLIERS.items() if scale and name.startswith(scale)), 1
        )
        rest = (match["rest"] or "").strip().lower()
        currency = _currency((match["sign"] or "").strip().lower()) or _currency(rest)
        at_least = bool(match["plus"]) or _MORE.search(text[max(0, start - 25) : start]) is not None
        if currency:
            yield _made(FindingKind.MONEY, text, (start, end), amount, currency, at_least=at_least)
        elif rest in {"%", "percent"} or rest.startswith("відс"):
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "%", at_least=at_least)
        elif rest in {"x", "х", "×"}:
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "x", at_least=at_least)
        elif unit := _DURATION.match(text, end):
            yield _made(
                FindingKind.DURATION,
                text,
                (start, unit.end()),
                _days(amount, unit["unit"]),
                "days",
                at_least=at_least,
            )
        elif _is_year(text, match):
            yield _made(FindingKind.YEAR, text, (start, end), amount, "year")
        else:
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "", at_least=at_least)


def _spelled(text: str) -> Iterator[Quantity]:
    for match in _WORD_NUMBER.finditer(text):
        low = {name: (value or "").lower() for name, value in match.groupdict().items()}
        amount = Decimal(_WORDS[low["tens"]] + _WORDS[low["ones"]] if low["tens"] else _WORDS[low["word"]])
        amount *= _WORDS[low["scale"]] if low["scale"] else 1
        unit = _DURATION.match(text, match.end())
        at_least = _MORE.search(text[max(0, match.start() - 25) : match.start()]) is not None
        if unit:
            span = (match.start(), unit.end())
            yield _made(
                FindingKind.DURATION,
                text,
                span,
                _days(amount, unit["unit"]),
                "days",
                at_least=at_least,
                in_words=True,
            )
        elif amount > 1:
            yield _made(FindingKind.NUMBER, text, match.span(), amount, "", at_least=at_least, in_words=True)


def _decades(text: str) -> Iterator[Quantity]:
    for match in _DECADE.finditer(text):
        several = match.group().lower().endswith("s")
        amount = Fraction(3650) * (2 if several else 1)
        yield _made(FindingKind.DURATION, text, match.span(), amount, "days", at_least=several, in_words=True)


def _vague(text: str) -> Iterator[Quantity]:
    for match in _VAGUE.finditer(text):
        low = match["much"].lower()
        amount = Decimal(next(value for stem, value in _VAGUE_FROM.items() if low.startswith(stem)))
        yield _made(FindingKind.NUMBER, text, match.span("much"), amount, "", at_least=True, in_words=True)


def _made(
    kind: FindingKind,
    text: str,
    span: tuple[int, int],
    amount: Decimal | Fraction,
    unit: str,
    *,
    at_least: bool = False,
    in_words: bool = False,
) -> Quantity:
    start, end = span
    near = frozenset(
        [*_counted(text[max(0, start - 30) : start])[-2:], *_counted(_same_clause(text[end : end + 60]))[:3]]
    )
    return Quantity(
        kind,
        text[start:end].strip(),
        start,
        start + len(text[start:end].rstrip()),
        amount,
        unit,
        near,
        at_least,
        in_words,
    )


def _counted(text: str) -> list[str]:
    return [word for word in words_of(text) if len(word) > 2 and word[0].isalpha()]


def _same_clause(text: str) -> str:
    return re.split(r"[\n.,;:!?()](?:\s|$)", text, maxsplit=1)[0]


def _value(digits: str) -> Decimal:
    if re.fullmatch(r"\d{1,3}(?:[  ,]\d{3})+(?:\.\d+)?", digits):
        return Decimal(re.sub(r"[  ,]", "", digits))
    return Decimal(digits.replace(",", "."))


def _currency(text: str) -> str:
    return _CURRENCIES.get(text) or _CURRENCIES.get(text.rstrip("s"), "")


def _days(amount: Decimal, unit: str) -> Fraction:
    low = unit.lower()
    size = next(days for days, names in _UNIT_DAYS if re.fullmatch(names, low))
    return Fraction(amount) * size


def _is_year(text: str, match: re.Match[str]) -> bool:
    digits = match["digits"]
    if not re.fullmatch(r"(?:19[5-9]|20)\d", digits[:3]) or len(digits) != 4 or match["plus"]:
        return False
    return (
        _YEAR_BEFORE.search(text[max(0, match.start() - 12) : match.start()]) is not None
        or _YEAR_AFTER.match(text, match.end()) is not None
    )
