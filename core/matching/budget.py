"""Whether the pay can be meant seriously for the work that the text names, with the sum it was worked out by.

Hours are counted at the pace of a fast professional, so a budget called low is low for everybody. The figures are our own
estimate of the least time each unit takes; they warn and never decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.matching.flag_patterns import OTHERS_PAY
from core.matching.gates import contract_of
from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans


class Realism(StrEnum):
    LOW = "low"  # pays less than any professional can work for
    FAIR = "fair"  # the work named can be done for it
    OPEN = "open"  # the client says that the number means nothing yet
    UNKNOWN = "unknown"  # no number, another currency, or no amount of work to hold it against


@dataclass(frozen=True, slots=True)
class Budget:
    """`hourly` is US dollars an hour, offered or worked out from `hours` of work. `quote` names the work, or takes the number
    back."""

    realism: Realism = Realism.UNKNOWN
    hourly: Decimal | None = None
    hours: int | None = None
    quote: Quote | None = None


LOWEST_HOURLY = Decimal(4)
LOWEST_BY_LEVEL = {ExperienceLevel.INTERMEDIATE: Decimal(6), ExperienceLevel.EXPERT: Decimal(12)}
SMALLEST_BUDGET = Decimal(5)
"""Upwork takes no smaller one, so a smaller sum in a text is the price of something else."""
WHOLE_PRODUCT_HOURS = 120
WORDS_AN_HOUR = 500
READ_WORDS_AN_HOUR = 2500
WEEKS_A_MONTH = 4
FULL_TIME = 35

_OPEN = re.compile(
    r"\b(?:placeholder|dummy\s+(?:price|value|number|budget|amount))\b"
    r"|\b(?:budget|price|amount|rate)\b[^.!?\n]{0,40}\b(?:negotiable|flexible|not\s+(?:fixed|final|set|decided|real)|open\s+to|up\s+for\s+discussion|"
    r"to\s+be\s+(?:discussed|agreed|decided)|tbd|just\s+(?:because|to\s+post)|does(?:n't|\s+not)\s+(?:matter|reflect|mean)|means?\s+nothing|meaningless|irrelevant|random|not\s+accurate|just\s+a\s+(?:start|guess|number)|"
    r"only\s+(?:because|there)|to\s+get\s+past\s+the\s+form)\b"
    r"|\b(?:ignore|disregard)\s+(?:the|my|that)\s+(?:\w+\s+)?(?:budget|price|amount|number|sum)\b|\b(?:name|tell\s+(?:me|us)|propose|suggest|set|bid)\s+your\s+(?:own\s+)?(?:price|number|budget)\b|\bmake\s+(?:me|us)\s+an\s+offer\b"
    r"|\b(?:send|give)\s+(?:me|us)\s+(?:a|your)\s+(?:quote|estimate|price)\b"
    r"|\b(?:бюджет|ціна|сума)\b[^.!?\n]{0,40}\b(?:договірн\w+|умовн\w+|обговорюєт\w+|для\s+галочки|орієнтовн\w+|довільн\w+|не\s+остаточн\w+|нічого\s+не\s+означа\w+|символічн\w+|бо\s+так\s+(?:треба|вимага\w+))\b|\b(?:запропонуйте|називайте|назвіть|пропонуйте)\s+(?:свою\s+)?(?:ціну|вартість|суму)|\b(?:ціну|вартість)\s+(?:пропонуйте|назвіть|називайте)\b",
    re.IGNORECASE,
)
_WORDED = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_N = rf"(?P<n>(?<![\d,])\d[\d,]{{0,14}}\s?k?|{'|'.join(_WORDED)})"
# Hours for one, at least.
_UNITS = {
    r"(?:articles?|blog\s+posts?|essays?|стат(?:ей|ті|тя))": 0.75,
    r"(?:product\s+)?descriptions?|captions?|дописів": 0.08,
    r"(?:cold\s+)?emails?(?!\s*(?:,|and\s+(?:phone|name)))": 0.3,
    r"(?:web\s*)?pages?\s+of\s+(?:website\s+)?copy": 0.5,
    r"logos?|icons?\s+sets?": 1.0,
    r"illustrations?|ілюстрацій": 1.0,
    r"slides|слайдів": 0.1,
    r"levels": 0.25,
    r"screens": 0.5,
    r"videos|reels|відео": 0.5,
}
_COUNTED = [
    (re.compile(rf"\b{_N}\s+(?:(?!of\b)[a-z'-]+\s+){{0,2}}?(?:{unit})\b", re.IGNORECASE), hours)
    for unit, hours in _UNITS.items()
]
_WORDS = re.compile(rf"\b{_N}\s*[- ]?(?:words?|слів)\b(?P<each>\s+(?:each|per)\b)?", re.IGNORECASE)
_READ = re.compile(
    r"\b(?:proof-?read\w*|edit|editing|review|format\w*|checked|вичит\w+|редагу\w+|редактур\w+)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:social\s+network|marketplace|(?:taxi|delivery|dating|banking)\s+app|(?:full|complete|entire|whole)\s+(?:\w+\s+){0,2}(?:platform|app|system|saas|crm|erp)|"
    r"(?:clone\s+of|like|similar\s+to)\s+(?:uber|airbnb|facebook|instagram|tinder|tiktok|amazon|netflix|whatsapp|spotify|ebay|fiverr|upwork)|"
    r"(?:uber|airbnb|facebook|instagram|tinder|tiktok|amazon|netflix|spotify)[\s-]+(?:like|clone)|"
    r"open[\s-]world|rpg|mmo\w*|multiplayer|(?:ios|iphone)\s*(?:\+|and|&|/)\s*android|"
    r"соціальн\w+\s+мереж\w*|маркетплейс\w*|під\s+ключ|мобільн\w+\s+застосун\w+)\b",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:need|want|build|create|develop|make|making|looking|like|budget|розробити|зробити|створити|треба|потрібн\w+|\w+\s+with)\b",
    re.IGNORECASE,
)
_MONEY = (
    r"(?:(?:\$|usd\s?|us\$)\s?(?P<{0}>\d[\d,]{{0,14}}(?:\.\d\d?)?)"
    r"|(?<![\d,.])(?P<{0}b>\d[\d,]{{0,14}}(?:\.\d\d?)?)\s?(?:\$|usd|dollars?|доларів|долари))"
)
_TOTAL = re.compile(
    rf"\b(?:budget|total|pay|spend|offer|fixed|price|have|бюджет\w*|заплатити|оплата)\b[^.!?\n$]{{0,40}}{_MONEY.format('t')}"
    rf"(?!\s*(?:/|per|an?\b|each|every|hourly|k\b|m\b|million|monthly))",
    re.IGNORECASE,
)
_PER_ITEM = re.compile(
    rf"{_MONEY.format('i')}\s*(?:/|per|for\s+each|for\s+an?)\s*(?:article|post|piece|page|item|image|logo|description)\b",
    re.IGNORECASE,
)
_PER_MONTH = re.compile(
    rf"{_MONEY.format('m')}\s*(?:/|per|an?|monthly)?\s*(?:month|monthly|на\s+місяць)", re.IGNORECASE
)
_PER_HOUR = re.compile(rf"{_MONEY.format('h')}\s*(?:/|per|an?)\s*(?:hr|hour|h|год\w*)\b", re.IGNORECASE)
_WEEKLY = re.compile(
    r"\b(?P<n>\d{2})\s*(?:hours?|hrs?|год\w*)\s*(?:/|per|an?|every|each|на)\s*(?:week|wk|тижд\w*)",
    re.IGNORECASE,
)
_FULL_TIME = re.compile(r"\bfull[\s-]time\b|\bповн\w+\s+(?:зайнят\w+|день)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Work:
    """`items` of which each takes `hours` in all."""

    hours: float
    items: int
    quote: Quote


def read_budget(posting: JobPosting, level: ExperienceLevel | None = None) -> Budget:
    """Judges the pay for an hour that is offered, or what a fixed price comes to. `level`: what the text asks for."""
    for offset, sentence in spans(posting.text):
        if match := _OPEN.search(sentence.replace("’", "'")):
            return Budget(Realism.OPEN, quote=quote_at(offset, sentence, match.span()))
    if posting.currency.upper() != "USD":
        return Budget()
    return _by_the_hour(posting, level) or _by_month(posting) or _by_the_work(posting) or Budget()


def _by_the_hour(posting: JobPosting, level: ExperienceLevel | None) -> Budget | None:
    offered = posting.hourly_max or posting.hourly_min
    quote = None
    if not offered:
        if contract_of(posting) is ContractType.FIXED:
            return None
        offered, quote = _amount(posting.text, _PER_HOUR, "h")
    if not offered:
        return None
    floor = LOWEST_BY_LEVEL.get(level or ExperienceLevel.ENTRY, LOWEST_HOURLY)
    return Budget(Realism.LOW if offered < floor else Realism.FAIR, offered, quote=quote)


def _by_month(posting: JobPosting) -> Budget | None:
    amount, quote = _amount(posting.text, _PER_MONTH, "m")
    weekly = _WEEKLY.search(posting.text)
    hours = int(weekly["n"]) if weekly else FULL_TIME if _FULL_TIME.search(posting.text) else 0
    if not amount or not hours:
        return None
    monthly = hours * WEEKS_A_MONTH
    return _judged(amount, monthly, quote)


def _by_the_work(posting: JobPosting) -> Budget | None:
    works = list(_works(posting.text))
    if not works:
        return None
    biggest = max(works, key=lambda work: work.hours)
    each, _ = _amount(posting.text, _PER_ITEM, "i")
    total, _ = _amount(posting.text, _TOTAL, "t")
    if total and total < SMALLEST_BUDGET:
        total = None
    price = each * biggest.items if each else total or posting.budget
    return _judged(price, round(biggest.hours), biggest.quote) if price else None


def _judged(price: Decimal, hours: int, quote: Quote | None) -> Budget:
    hours = max(1, hours)
    hourly = (price / hours).quantize(Decimal("0.01"))
    return Budget(Realism.LOW if hourly < LOWEST_HOURLY else Realism.FAIR, hourly, hours, quote)


def _works(text: str) -> Iterator[_Work]:
    for offset, sentence in spans(text):
        items, hours = 1, 0.0
        for pattern, each in _COUNTED:
            if match := pattern.search(sentence):
                number = _number(match["n"])
                if number * each > hours:
                    items, hours = number, number * each
        if match := _WORDS.search(sentence):
            words = _number(match["n"])
            many = items if items > 1 and words < 20_000 else 1
            hours = max(
                hours, words * many / (READ_WORDS_AN_HOUR if _READ.search(sentence) else WORDS_AN_HOUR)
            )
        if (whole := _products(sentence)) and (_MADE.search(sentence) or offset == 0):
            hours = max(hours, whole * WHOLE_PRODUCT_HOURS)
        if hours >= 1:
            yield _Work(hours, items, quote_at(offset, sentence))


def _products(sentence: str) -> int:
    """How many whole products a sentence names, at most three: a social network with a marketplace is more than one."""
    return min(3, len({match.group().casefold() for match in _WHOLE.finditer(sentence)}))


def _number(text: str) -> int:
    text = text.lower().replace(",", "").strip()
    if text in _WORDED:
        return _WORDED[text]
    # Nobody orders more than a million of anything; a longer number is an id.
    return min(1_000_000, int(text.rstrip("k ")[:9]) * (1000 if text.endswith("k") else 1))


def _amount(text: str, pattern: re.Pattern[str], tag: str) -> tuple[Decimal | None, Quote | None]:
    for offset, sentence in spans(text):
        match = pattern.search(sentence)
        # What the customers of the thing pay is no budget.
        if match and not OTHERS_PAY.search(sentence[: match.end()]):
            digits = (match[tag] or match[tag + "b"]).replace(",", "")
            return Decimal(digits[:12]), quote_at(offset, sentence, match.span())
    return None, None
