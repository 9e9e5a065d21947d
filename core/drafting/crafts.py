"""Whose years they are: six years of Python, the last two of them with Airflow, are no six years of Airflow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from core.drafting.evidence import words_of
from core.drafting.number_words import NUMBER_WORDS
from core.drafting.quantities import Quantity
from core.matching.skills import find_skills, implied, vocabulary

TOOL_GROUPS = frozenset({"automation", "backend", "data", "devops", "mobile", "programming", "web"})
_YEAR = 365
_CUT = re.compile(
    r"[,;:()\n]|[.!?](?:\s|$)|\b(?:and|і|та|й)\s+(?=(?:since|from|\d|the last|з\s+\d|останн))", re.IGNORECASE
)
_SINCE = re.compile(r"\b(?:since|from|з|із|від)\s+(?:\w+\s+)?(?P<year>(?:19[5-9]|20)\d\d)\b", re.IGNORECASE)
PERIOD = re.compile(
    r"\b(?P<first>(?:19[5-9]|20)\d\d)(?:-?\w{1,3})?\s*(?:[–—-]|to|till|until|and|до|по|і|та)\s*(?P<last>(?:19[5-9]|20)\d\d)\b",
    re.IGNORECASE,
)
_AS_A = re.compile(r"\s+(?:working |employed )?as an?\b|\s+(?:на посаді|на місці)\b", re.IGNORECASE)
"""A post held from one year to another; the craft itself may well have gone on."""
_OF_WHAT = re.compile(
    r"\s*(?:['’]\s?)?(?:(?:of|in|with|using|on|doing|building|experience|commercial|professional|hands-on|досвіду"
    r"|роботи|з|із|на"
    r"|у|в)\s+){0,5}(?!(?:and|but|or|і|та|й|а|але)\s)(?P<what>(?:[^\s,.;:!?()]+ ?){1,4})",
    re.IGNORECASE,
)
_IN_YEARS = re.compile(r"year|yrs?\b|decade|рок|рік|десятиліт", re.IGNORECASE)
_NUMBER = re.compile(rf"(?<![\w-])(?:{NUMBER_WORDS})(?!\w)", re.IGNORECASE)
_OF_TOOL = re.compile(
    r"\s*(?:['’]\s?)?(?=(?:of|in|with|using|on|doing|досвіду|роботи|з|із|на|у|в)\s)" + _OF_WHAT.pattern[3:],
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\W*(?:(?:and )?the (?:last|past)|of (?:them|which|those)|(?:і |та )?останн\w+|(?:з|із) (?:них|яких))\b",
    re.IGNORECASE,
)
_GENERAL = frozenset(
    words_of(
        "freelance freelancer freelancing upwork last first over nearly total full commercial professional hands solid"
        " present past around about full-time part-time mostly mainly daily remote remotely career industry field practice"
        " фріланс фрілансер останні останніх комерційної комерційного загалом понад більше переважно практики кар'єри"
        " галузі постійно щодня since years months рік років року within have been doing"
    )
)


@dataclass(frozen=True, slots=True)
class Craft:
    """`words` say what was done, for `days` or ever since the year `since`.

    `part`: within the years told before it; `inclusive`: from one year to another, both of which may be counted.
    """

    words: frozenset[str]
    days: Fraction | None
    since: int | None
    skills: frozenset[str]
    part: bool = False
    inclusive: bool = False

    def lasted(self, year: int) -> tuple[Fraction, ...]:
        """In days, seen from `year`."""
        if self.days is not None:
            return (self.days, self.days + _YEAR) if self.inclusive else (self.days,)
        span = year - (self.since or year)
        return tuple(Fraction(_YEAR * years) for years in (span, span - 1) if years > 0)


def crafts_of(text: str, quantities: Sequence[Quantity]) -> Iterator[Craft]:
    """What a fact says was done for how long; a part without a time of its own goes with the one before it."""
    bounds = [0, *(cut.start() for cut in _CUT.finditer(text)), len(text)]
    found: list[tuple[str, Fraction | None, int | None]] = []
    for start, end in pairwise(bounds):
        part = text[start:end]
        lasting = next(
            (
                Fraction(one.amount)
                for one in quantities
                if start <= one.start < end and one.unit == "days" and _is_years(one)
            ),
            None,
        )
        since = _SINCE.search(part)
        period = PERIOD.search(part)
        if lasting is None and period and int(period["last"]) > int(period["first"]):
            lasting = Fraction(_YEAR * (int(period["last"]) - int(period["first"])))
        if lasting is not None or since:
            found.append((part, lasting, int(since["year"]) if since and lasting is None else None))
        elif found:
            found[-1] = (f"{found[-1][0]} {part}", *found[-1][1:])
    for part, lasting, year in found:
        within = _WITHIN.match(part) is not None
        skills = frozenset(implied(find_skills(part)))
        yield Craft(_telling(part), lasting, year, skills, within, PERIOD.search(part) is not None)


def _is_years(quantity: Quantity) -> bool:
    """Years by name, or the bare number that goes on from them ("the last 4")."""
    unit = quantity.quote.split()[-1]
    return _IN_YEARS.search(quantity.quote) is not None or (
        quantity.amount >= _YEAR and (unit.isdigit() or _NUMBER.fullmatch(unit) is not None)
    )


def _telling(text: str) -> frozenset[str]:
    return frozenset(
        word
        for word in words_of(_NUMBER.sub(" ", text))
        if len(word) > 2 and word[0].isalpha() and word not in _GENERAL
    )


def crafts_meant(text: str, quantity: Quantity, clause: str, crafts: Sequence[Craft]) -> list[Craft]:
    """The crafts the years are said to be of, by the words that tell them from one another; all of them when none is named."""
    named = _OF_WHAT.match(text, quantity.end)
    count = Counter(word for craft in crafts for word in craft.words)
    close = _among(named["what"], count) if named else set[str]()
    told = close or _among(clause, count)
    unlike = {word for word in told if count[word] == 1} or told
    posted = _AS_A.match(text, quantity.end) is not None
    meant = [craft for craft in crafts if unlike & craft.words and (posted or not craft.inclusive)] or list(
        crafts
    )
    return [craft for craft in meant if craft.part and unlike & craft.words] or meant


def _among(text: str, known: Iterable[str]) -> set[str]:
    """Those of the words `known` that `text` has in some form."""
    telling = _telling(text)
    return {one for one in known if any(is_form(word, one) for word in telling)}


def other_craft(text: str, quantity: Quantity, crafts: Sequence[Craft]) -> bool:
    """Whether the years are said to be of a tool no fact gives any years to."""
    named = _OF_TOOL.match(text, quantity.end)
    tools = {slug for slug in find_skills(named["what"]) if _is_tool(slug)} if named else set()
    timed = frozenset[str]().union(*(craft.skills for craft in crafts))
    return bool(tools and timed) and not timed & tools


def _is_tool(slug: str) -> bool:
    skill = vocabulary().get(slug)
    return skill is not None and not skill.broad and skill.group in TOOL_GROUPS


def is_form(word: str, other: str) -> bool:
    """ "Photograph" and "photography", "тестування" and "тестую": words that differ in their ends only."""
    if word == other:
        return True
    least = 4 if "а" <= word[0] <= "ґ" else 5
    if word[:least] != other[:least]:
        return False
    alike = next(
        (place for place, (one, two) in enumerate(zip(word, other, strict=False)) if one != two),
        min(len(word), len(other)),
    )
    return alike >= max(least, min(len(word), len(other)) - 2)
