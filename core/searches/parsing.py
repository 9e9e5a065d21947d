"""From one line typed in a chat to a saved search, in English or Ukrainian."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from core.errors import Invalid
from core.jobs_feed.posting import ContractType, ExperienceLevel
from core.matching.countries import country_named
from core.matching.embedding_text import skills_said
from core.matching.skills import display_name, find_skills
from core.matching.translation import glosses
from core.searches.criteria import Criteria

MAX_LINE = 1000
MAX_QUERY = 300
MAX_EXCLUSIONS = 20
# "python from $40" is an hourly wish and "landing pages from $300" a budget; nobody says which.
BUDGET_FROM = Decimal(100)

_SEPARATOR = re.compile(r"[;|\n]+|,(?!\d{3}(?!\d))|\.\s+")
_FLOOR = r"(?:from|min(?:imum)?\.?|at\s+least|starting\s+at|over|above|more\s+than|від|от|мінімум|мін\.?|більше|понад|[>≥]=?)"
_AMOUNT = r"(?P<{0}>\d{{1,3}}(?:[ ,]\d{{3}})+|\d+(?:\.\d{{1,2}})?)\s*(?P<{0}k>[kк](?!\w))?"
_CURRENCY = r"(?:usd|дол(?:ар\w*|л)?\.?|долл\w*\.?|dollars?|у\.\s?о\.?|\$)"
_TAIL = r"(?:\s*(?:-|–|—|to|до)\s*\$?\s*\d[\d ,.]*)?\s*(?P<{0}plus>\+)?"
_HOUR = r"(?P<{0}>\s*(?:/|per|an|a|на|за|в)\s*(?:hour|hr|h|год(?:ин[уа])?|час)(?!\w)\.?)"
_MONEY = re.compile(
    rf"(?:(?:budget|rate|price|pay|бюджет\w*|ставк\w*|оплат\w*|ціна|цін\w*)\s*:?\s*)?(?P<floor>{_FLOOR})?\s*"
    rf"(?:\$\s*{_AMOUNT.format('first')}{_TAIL.format('first')}\s*(?:usd)?{_HOUR.format('hour1')}?"
    rf"|(?<![\w.]){_AMOUNT.format('second')}{_TAIL.format('second')}\s*{_CURRENCY}\s*\+?{_HOUR.format('hour2')}?"
    rf"|(?<![\w.]){_AMOUNT.format('third')}{_TAIL.format('third')}{_HOUR.format('hour3')})",
    re.IGNORECASE,
)
_CAPPED = re.compile(
    r"(?:up\s+to|under|below|less\s+than|max(?:imum)?|до|менше|не\s+більше|[<≤])\s*$", re.IGNORECASE
)
_NAMED_FLOOR = re.compile(
    rf"(?P<what>budget|rate|бюджет\w*|ставк\w*)\s*:?\s*{_FLOOR}?\s*{_AMOUNT.format('value')}\s*\+?(?!\w)",
    re.IGNORECASE,
)
_PEOPLE = r"(?:applicants?|proposals?|candidates?|applications?|bids?|відгук\w*|пропозиц\w*|заяв\w*|кандидат\w*|отклик\w*)"
_AT_MOST = (
    r"(?:max(?:imum)?\.?|up\s+to|no\s+more\s+than|not\s+more\s+than|at\s+most|"
    r"до|не\s+більше(?:\s+ніж)?|максимум|макс\.?|[≤]|<=)"
)
_FEWER = r"(?:under|below|less\s+than|fewer\s+than|менше(?:\s+ніж)?|меньше|<)"
_APPLICANTS = re.compile(
    rf"(?:(?P<most>{_AT_MOST})|(?P<fewer>{_FEWER}))\s*(?P<count>\d{{1,4}})\s*{_PEOPLE}"
    rf"|{_PEOPLE}\s*:?\s*(?:(?P<most2>{_AT_MOST})|(?P<fewer2>{_FEWER}))\s*(?P<count2>\d{{1,4}})",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"(?:(?:posted\s+)?(?:within|in)\s+(?:the\s+)?(?:last\s+)?|last|no\s+older\s+than|not\s+older\s+than|newer\s+than|fresher\s+than|"
    r"за\s+останн\w+|не\s+старш\w+(?:\s+(?:за|ніж))?|новіш\w+(?:\s+(?:за|ніж))?|свіжіш\w+(?:\s+(?:за|ніж))?|max(?:imum)?\s+age)\s*"
    r"(?P<count>\d{1,4})?\s*(?P<unit>hours?|hrs?|h|days?|d|годин\w*|год|дн\w*|день|доб\w*|діб)(?!\w)(?:\s+old)?",
    re.IGNORECASE,
)
_VERIFIED = re.compile(
    r"(?:no|without|без)\s+(?:unverified|неверифікован\w+|неперевірен\w+)(?:\s+(?:clients?|payments?|клієнт\w+|оплат\w+))?"
    r"|(?:payment|клієнт\w*|оплат\w*|платіж\w*|спосіб\s+оплати)\s+(?:method\s+)?"
    r"(?:is\s+)?(?:verified|верифікован\w+|перевірен\w+|підтверджен\w+)(?:\s+(?:only|тільки|лише))?"
    r"|(?:only\s+|тільки\s+|лише\s+|з\s+)?(?:verified|верифікован\w+|перевірен\w+|підтверджен\w+)\s+"
    r"(?:payments?(?:\s+method)?|clients?|клієнт\w*|оплат\w*|платеж\w*|платіж\w*)(?:\s+only)?|verified\s+only|only\s+verified"
    r"|(?:оплата|клієнт)\s+підтверджен\w+",
    re.IGNORECASE,
)
_HOURLY = re.compile(
    r"(?<!\w)(?:hourly(?:\s+(?:only|jobs?|rate))?|погодинн\w*(?:\s+\w+плат\w*)?|почасов\w*)(?!\w)",
    re.IGNORECASE,
)
_FIXED = re.compile(
    r"(?<!\w)(?:fixed(?:[\s-]+price)?(?:\s+(?:only|jobs?|projects?))?|фіксован\w*(?:\s+(?:ціна|оплата|ціною|оплатою))?|фікс|фиксирован\w*)(?!\w)",
    re.IGNORECASE,
)
_LEVELS = (
    (ExperienceLevel.ENTRY, r"entry(?:[\s-]+level)?|beginners?|junior|початков\w+|новачк\w*|джун\w*"),
    (ExperienceLevel.INTERMEDIATE, r"intermediate|mid(?:dle)?(?:[\s-]+level)?|середн\w+|мідл\w*"),
    (ExperienceLevel.EXPERT, r"experts?|senior|експерт\w*|сеньйор\w*|сеньор\w*"),
)
_LEVEL_TALK = re.compile(
    r"level|only|and|or|experience|рів(?:ень|ня|нів)|тільки|лише|та|і|або|досвід\w*|[/&+\s]+", re.IGNORECASE
)
_EXCLUDE = re.compile(
    r"(?<!\S)(?:(?:no|not|without|except|excluding|exclude|skip|без|крім|окрім|не|кроме|исключая)(?:\s*:\s*|\s+)(?P<phrase>[^\0]+)"
    r"|[-–−](?P<word>[^\W_][^\s\0]*))",
    re.IGNORECASE,
)
_FROM_CLIENTS = re.compile(
    r"^(?:any\s+)?(?:clients?\s+|jobs?\s+|клієнт\w+\s+|замовник\w+\s+)?(?:from|in|з|із|зі|от|из)\s+|\s+(?:clients?|клієнт\w+)$",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\s+(?:or|and|nor|та|і|й|або|чи|или|и)\s+|\s*[/&]\s*", re.IGNORECASE)
_OPENER = re.compile(
    r"^(?:(?:i\s+(?:want|need)|i'm\s+looking\s+for|looking\s+for|find(?:\s+me)?|search(?:\s+for)?|шукаю|шукай|знайди|хочу|потрібн\w+|ищу)(?:\s+|$))+",
    re.IGNORECASE,
)
_EDGES = " \t,;:|+-–—·•\0"
_CYRILLIC = re.compile(r"[а-яіїєґ]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class _Draft:
    """Rules collected so far; `amounts` wait until the whole line has said whether it is about hours or budgets."""

    query: list[str] = field(default_factory=list)
    exclude_words: dict[str, None] = field(default_factory=dict)
    exclude_countries: dict[str, None] = field(default_factory=dict)
    amounts: list[tuple[Decimal, bool | None]] = field(default_factory=list)
    hourly: bool = False
    fixed: bool = False
    levels: dict[ExperienceLevel, None] = field(default_factory=dict)
    verified: bool = False
    max_applicants: int | None = None
    max_age_hours: int = 24


def parse_search(text: str) -> Criteria:
    """Read a line such as `python fastapi, hourly from $40, no wordpress, max 20 applicants`.

    What is not understood as a rule becomes the query. Raises Invalid with `reason` "empty_query" (only rules, or
    nothing) or "query_too_long" with `limit` and `length` in characters.
    """
    text = _CONTROL.sub(" ", text).strip()
    if len(text) > MAX_LINE:
        raise Invalid(reason="query_too_long", limit=MAX_LINE, length=len(text))
    draft = _Draft()
    for segment in _SEPARATOR.split(text):
        _read(" ".join(segment.split()), draft)
    query = _OPENER.sub("", " ".join(draft.query)).strip(_EDGES)
    if not re.search(r"\w", query):
        raise Invalid(reason="empty_query")
    if len(query) > MAX_QUERY:
        raise Invalid(reason="query_too_long", limit=MAX_QUERY, length=len(query))
    min_hourly, min_budget = _floors(draft)
    return Criteria(
        query=query,
        exclude_words=tuple(draft.exclude_words)[:MAX_EXCLUSIONS],
        contract=_contract(draft),
        min_hourly=min_hourly,
        min_budget=min_budget,
        experience=tuple(draft.levels),
        payment_verified_only=draft.verified,
        max_applicants=draft.max_applicants,
        exclude_countries=tuple(draft.exclude_countries)[:MAX_EXCLUSIONS],
        max_age_hours=draft.max_age_hours,
    )


def english_terms(criteria: Criteria) -> str:
    """The words to search Upwork for: the query itself, or what it says in English.

    Postings are in English. The skills that a Ukrainian query names stand for it, else its words one by one; a query of which
    nothing is known is returned as it is.
    """
    if not _CYRILLIC.search(criteria.query):
        return criteria.query
    latin = [word for word in criteria.query.split() if not _CYRILLIC.search(word)]
    skills = (*criteria.skills, *(find_skills(criteria.query) or skills_said(criteria.query)))
    names = [display_name(slug) for slug in skills]
    if not names:
        names = [gloss.english[0] for part in glosses(criteria.query) for gloss in part if gloss.english]
    known = " ".join(names).casefold()
    return (
        " ".join((*dict.fromkeys(names), *(word for word in latin if word.casefold() not in known)))
        or criteria.query
    )


def _read(segment: str, draft: _Draft) -> None:
    """Take the rules out of one part of the line; a rule leaves a gap that no phrase reaches across."""
    if not segment:
        return
    if _is_level(segment, draft):
        return
    segment = _AGE.sub(lambda match: _take_age(match, draft), segment)
    segment = _APPLICANTS.sub(lambda match: _take_applicants(match, draft), segment)
    segment, verified = _VERIFIED.subn("\0", segment)
    draft.verified |= verified > 0
    segment, hourly = _HOURLY.subn("\0", segment)
    draft.hourly |= hourly > 0
    segment, fixed = _FIXED.subn("\0", segment)
    draft.fixed |= fixed > 0
    segment = _MONEY.sub(lambda match: _take_money(match, draft), segment)
    segment = _NAMED_FLOOR.sub(lambda match: _take_named(match, draft), segment)
    segment = _EXCLUDE.sub(lambda match: _take_exclusion(match, draft), segment)
    rest = " ".join(segment.replace("\0", " ").split()).strip(_EDGES)
    if rest:
        draft.query.append(rest)


def _is_level(segment: str, draft: _Draft) -> bool:
    """Whether a part is about the experience level alone; "senior python" is a query, "expert or intermediate" a rule."""
    rest = segment
    found: list[ExperienceLevel] = []
    for level, words in _LEVELS:
        rest, count = re.subn(rf"(?<!\w)(?:{words})(?!\w)", "", rest, flags=re.IGNORECASE)
        if count:
            found.append(level)
    if not found or _LEVEL_TALK.sub("", rest):
        return False
    draft.levels.update(dict.fromkeys(found))
    return True


def _take_age(match: re.Match[str], draft: _Draft) -> str:
    count = int(match["count"] or 1)
    days = match["unit"].lower().startswith(("d", "д"))
    draft.max_age_hours = max(1, min(168, count * 24 if days else count))
    return "\0"


def _take_applicants(match: re.Match[str], draft: _Draft) -> str:
    count = int(match["count"] or match["count2"])
    strict = match["fewer"] or match["fewer2"]
    draft.max_applicants = max(0, count - 1 if strict else count)
    return "\0"


def _take_money(match: re.Match[str], draft: _Draft) -> str:
    # An upper limit is no rule of a saved search; the words stay where the user can see them.
    if not match["floor"] and _CAPPED.search(match.string[: match.start()]):
        return match.group()
    for name in ("first", "second", "third"):
        if match[name]:
            hourly = any(match[hour] for hour in ("hour1", "hour2", "hour3"))
            draft.amounts.append((_number(match[name], match[f"{name}k"]), True if hourly else None))
    return "\0"


def _take_named(match: re.Match[str], draft: _Draft) -> str:
    hourly = match["what"].lower().startswith(("rate", "ставк"))
    draft.amounts.append((_number(match["value"], match["valuek"]), hourly))
    return "\0"


def _take_exclusion(match: re.Match[str], draft: _Draft) -> str:
    for phrase in _ALTERNATIVE.split(match["phrase"] or match["word"]):
        bare = _FROM_CLIENTS.sub("", phrase.strip(_EDGES)).strip(_EDGES)
        country = country_named(bare)
        if country is not None:
            draft.exclude_countries[country] = None
        elif bare:
            draft.exclude_words[bare[:60]] = None
    return "\0"


def _number(digits: str, thousands: str | None) -> Decimal:
    value = Decimal(digits.replace(" ", "").replace(",", ""))
    return value * 1000 if thousands else value


def _floors(draft: _Draft) -> tuple[Decimal | None, Decimal | None]:
    """The hourly and the budget floor; the last amount said for each wins."""
    hourly: Decimal | None = None
    budget: Decimal | None = None
    for amount, stated in draft.amounts:
        is_hourly = stated
        if is_hourly is None and draft.hourly != draft.fixed:
            is_hourly = draft.hourly
        if is_hourly is None:
            is_hourly = amount < BUDGET_FROM
        if is_hourly:
            hourly = amount
        else:
            budget = amount
    return hourly or None, budget or None


def _contract(draft: _Draft) -> ContractType | None:
    if draft.hourly == draft.fixed:
        return None
    return ContractType.HOURLY if draft.hourly else ContractType.FIXED
