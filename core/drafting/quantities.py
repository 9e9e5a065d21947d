"""Numbers in a text: how much of what. "120k", "120,000" and "сто двадцять тисяч" are the same amount."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from core.drafting.draft import FindingKind
from core.drafting.evidence import words_of
from core.drafting.hedges import (
    ABOUT,
    BY,
    END_POINT,
    LESS,
    MORE,
    PLUS,
    TAKEN_AWAY,
    hedge_before,
    or_so,
    taken_out,
)
from core.drafting.number_words import spelled_numbers, year_prefixes
from core.drafting.units import MULTIPLIERS, UNIT_DAYS, currency_of, days_of, is_year, value_of

_LETTERS = {"s", "с", "h"}
"""Units too short to follow a number in words."""
_DURATION = re.compile(
    r"(?:-plus|\s+plus|-odd|\s+odd|\s+(?:і|із|з) (?:гаком|лишком|хвостиком))?(?:\s+of(?=\s+(?:years|months|weeks|days"
    r"|hours)\b))?[\s-]*(?:full |whole |more "
    r"|last |straight |solid |working |business |повних |робочих |цілих |останніх )?(?P<unit>"
    + "|".join(names for _, names in UNIT_DAYS)
    + r")\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?P<sign>[$€£₴]\s?)?(?<![\w.,/:#])(?P<digits>\d{1,3}(?:[  ,]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    r"(?:(?P<tight>[kKкmMм])(?![\w])|\s(?P<loose>million|billion|thousand|mln|млн|тис|тисяч|мільйон|тысяч"
    r"|миллион)\w*\b\.?|(?P<bn>mln|bn|млн))?"
    r"(?P<plus>\s?\+)?(?P<rest>\s?%"
    r"|\s?percentage points?\b|\s?percent\b|\s?відсотк\w*|[xх×](?!\w)|\s?(?:usd|eur|gbp|uah|грн|dollars?|euros?"
    r"|дол\.|дол(?!\w)|долар\w*|євро|грив\w+)(?!\w)|\s?[$€£₴])?"
    r"(?![\d])",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d:])(?:[01]?\d|2[0-4])\s?(?:to|[–-]|до)\s?(?:[01]?\d|2[0-4])(?=\s+(?:[A-Z][a-z]+ time|[A-Z]{2,4}\b"
    r"|за [А-ЯІЇЄ]|по [А-ЯІЇЄ]))"
    r"|(?<![\d:])(?:[01]?\d|2[0-4])(?::[0-5]\d(?![\d:])|\s?(?:[ap]m|[ap]\.m\.?)(?!\w))",
    re.IGNORECASE,
)
"""A time of day measures nothing."""
_FROM_TO = re.compile(
    r"\s*(?:(?:all the way )?(?:down |up )?to|до|[–—-]|→|->|and|or|і|або)\s*", re.IGNORECASE
)
_DASH = re.compile(r"\s?[–—-]\s?")
_MOVED_TO = re.compile(r"\s*(?:to|до|→|->)\s*")
_INSTEAD = re.compile(
    r",?\s*(?:instead of|rather than|(?:up |down )?from|замість|проти|а не|not|а не з)\s*", re.IGNORECASE
)
_LONGEST = 24
"""Characters beyond which digits are no amount anybody works with."""
_FIRST_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
_ELLIPSIS = re.compile(r"\s*(?:[,.;:!?)—–]|-\s|$|(?:of|as|at|in|with|on|в|на|з них|із них)\b)", re.IGNORECASE)
_OF_THEM = re.compile(
    r"\s*(?:(?:in|as|with|on) (?!total\b)|of (?:them|those|these|which)|of [A-Z]|(?:з|із) (?:них|яких))",
    re.ASCII,
)
_LASTING = re.compile(
    r"(?:\b(?:for|(?:the )?(?:last|past|first)|останні|перші|з них|із них)\s+|—\s+|\b(?:and|і|та)\s+)(?:over |nearly "
    r"|almost |about |понад |майже )?$",
    re.IGNORECASE,
)
_YEARS = re.compile(r"years?$|yrs?$|рок\w*$|рік$", re.IGNORECASE)
_UNIT_FIRST = re.compile(
    r"\b(?P<unit>годин|хвилин|днів|тижнів|місяців|років)\s+(?:з|зо|із|десь)?\s*$", re.IGNORECASE
)
_HALF_A = re.compile(r"\s+an?(?=\s)", re.IGNORECASE)
_BARE_UNIT = re.compile(
    r"\b(?:in|within|took me|took|takes me) (?:just |only |under |less than )?(?P<one>(?:an?|one"
    r"|a single) (?P<unit>year|month|week|weekend|day"
    r"|evening|night|afternoon|morning))\b"
    r"|\b(?:за|протягом) (?:якийсь |якусь |лише |один |одну |одні |одного )?(?P<uk>(?P<unit_uk>місяць|тиждень"
    r"|день|ніч|вечір|вихідні|добу))\b(?! до\b)",
    re.IGNORECASE,
)
_STRETCHES = dict.fromkeys(
    ["weekend", "evening", "night", "afternoon", "morning", "ніч", "вечір", "вихідні", "добу"], "day"
)
_TIMES = re.compile(
    r"[\s-]times (?:as|more|the|less|\w+er)\b|\sраз\w* (?:швид|біль|довш"
    r"|менш|кращ|вищ|нижч|дешев)",
    re.IGNORECASE,
)
_TIMES_UK = re.compile(r"\sраз(?:и|ів|у)?\b", re.IGNORECASE)
_IN_UK = re.compile(r"(?<!\w)(?:у|в|уже в|вже у)\s+$", re.IGNORECASE)
_AND_HALF = re.compile(r"\s+and\s+a\s+half\b|\s+з половиною\b", re.IGNORECASE)
_YEAR_AND_HALF = re.compile(r"\ban? (?P<unit>year|month|week|day|hour|minute) and a half\b", re.IGNORECASE)
_MANY_YEARS = re.compile(
    r"\b(?:for|many|several|countless|numerous|long) years\b|\b(?:багато|кілька|чимало|довгі|багатьох) рок\w+"
    r"|\bбагаторічн\w+|\bроками\b",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"\b[^\W\d_]{3,}(?:их|іх)\b")
_PERCENT = re.compile(r"\s?%|\s(?:percent|per cent|відсотк\w*)\b", re.IGNORECASE)
_MONEY_WORD = re.compile(
    r"\s(?P<name>dollars?|euros?|usd|eur|дол\.|дол(?!\w)|долар\w*|грив\w+|євро|грн)\b", re.IGNORECASE
)
_FACTORS = (
    (r"doubl|twice|two-?fold|[ву]дв[іо]|подво", 2), (r"tripl|trebl|three-?fold|[ву]тр[ио]|потро", 3),
    (r"quadrupl|four-?fold|[ву]четвер", 4), (r"[ву]п", 5), (r"[ву]шест", 6), (r"[ву]сем", 7), (r"[ву]вос", 8),
    (r"ten-?fold|[ву]десят", 10), (r"halv|(?:in|by) half|наполов", 2),
)  # fmt: skip
_GROWTH = re.compile(
    r"\b(?:doubled|doubling|tripled|tripling|trebled|quadrupled|halved|halving|(?:two|three|four|ten)-?fold|(?:in|by) half"
    r"|[ву]двічі|[ву]двоє|[ву]тричі|[ву]троє|[ву]четверо|[ву]десятеро|[ву]п['’]ятеро|[ву]шестеро|[ву]семеро"
    r"|[ву]восьмеро|подво\w+|потро\w+|наполовину|twice (?=(?:as|the|more)\b)"
    r"|(?<=always )(?:double|triple)s?|(?<=usually )(?:double|triple)s?|(?<=regularly )(?:double|triple)s?)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:by|на) (?:(?:over|almost|nearly|about|roughly|around|майже|понад|приблизно) )?(?P<part>(?:a |one )(?:third|quarter)"
    r"|two[- ]thirds|three[- ]quarters|третину|чверть|дві третини)\b",
    re.IGNORECASE,
)
_PARTS = {
    "a third": Fraction(100, 3), "one third": Fraction(100, 3), "третину": Fraction(100, 3), "a quarter": Fraction(25),
    "one quarter": Fraction(25), "чверть": Fraction(25), "two": Fraction(200, 3), "дві": Fraction(200, 3), "three": Fraction(75),
}  # fmt: skip
_DOWN_TO = re.compile(
    r"\d[^.;,\n]{0,40}?\b(?:to|до) (?P<end>zero|none|nothing|a single(?: one)?|just one|only one|нуля|одного|однієї|жодн\w+)\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(r"a single|just|only|одн", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|й|ий|го|ша|та)\b", re.IGNORECASE)
_DECADE = re.compile(
    r"\b(?:an? |the (?:last|past) )?decades?\b|\b(?:десятиліття|десятиріччя)\b", re.IGNORECASE
)
_YEARS_LONG = re.compile(
    r"(?<![\w-])(?P<many>\d{1,2}(?=-?(?:ти|ми)?-?річ)|[а-яіїєґ'’]{3,20}?(?=річ))(?:-?(?:ти|ми)?-?)річн(?!иц)\w+",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\s?(?:м²|м2|м³|кв\.?\s?м|m²|m2|sq\.?\s?(?:m|ft|feet)|км|km|кг|kg|см|cm|мм|mm)(?!\w)", re.IGNORECASE
)
"""A size is no count, whatever stands beside it."""
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


@dataclass(frozen=True, slots=True)
class Quantity:
    """`unit` is "%", "x", a currency code, "" for a count; for durations `amount` is in days and `unit` is "days".

    `near` are the content words around it, which say what is counted; `after` those that follow it. `at_least` marks
    "over 5" and "5+", `hedge` is NEARLY for "almost 5" and "up to 5", ABOUT for "some 5"; `difference`
    is true where the words allow it to be what a thing changed by, and not what it changed to.
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
    hedge: str = ""
    difference: bool = False
    after: frozenset[str] = frozenset()


def find_quantities(text: str) -> list[Quantity]:
    """Every amount in `text`, in order. Amounts glued to letters ("S3", "HTML5") are names, not amounts."""
    found = [*_written(text), *_spelled(text), *_growth(text), *_vague(text), *_decades(text), *_ends(text)]
    found.sort(key=lambda quantity: (quantity.start, -quantity.end))
    kept: list[Quantity] = []
    for quantity in found:
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return [_with_unit(text, kept, place) for place in range(len(kept))]


def face_of(quantity: Quantity) -> Fraction:
    """The number as it is written: 4 in "4 months"."""
    if quantity.unit != "days":
        return Fraction(quantity.amount)
    if digits := _FIRST_DIGITS.search(quantity.quote):
        return Fraction(digits.group().replace(",", "."))
    return next((Fraction(one.amount) for one in spelled_numbers(quantity.quote)), Fraction(1))


def _with_unit(text: str, found: Sequence[Quantity], place: int) -> Quantity:
    """In "from 900 to 120 ms" and "120 ms instead of 900" the unit is said once and meant twice."""
    bare = found[place]
    if turned := _turned(text, bare):
        return turned
    if bare.unit or bare.kind is not FindingKind.NUMBER:
        return bare
    if _TIMES.match(text, bare.end) or (
        _TIMES_UK.match(text, bare.end) and _IN_UK.search(text[max(0, bare.start - 60) : bare.start])
    ):
        return replace(bare, unit="x")
    for other in (*found[place + 1 : place + 2], *found[max(0, place - 1) : place]):
        first, second = sorted((bare, other), key=lambda quantity: quantity.start)
        between = text[first.end : second.start]
        if other.unit and other.unit not in {"x", "year"}:
            moved = _MOVED_TO.fullmatch(between) and _ELLIPSIS.match(text, bare.end) and second is bare
            tail = second is bare and other.kind is FindingKind.MONEY and _DASH.fullmatch(between)
            if not moved and not tail and not (_FROM_TO if second is other else _INSTEAD).fullmatch(between):
                continue
            if other.kind is FindingKind.MONEY:
                return replace(bare, kind=FindingKind.MONEY, unit=other.unit)
            if other.unit == "%":
                return replace(bare, unit="%")
            size = Fraction(other.amount) / (face_of(other) or 1)
            return replace(bare, kind=FindingKind.DURATION, amount=Fraction(bare.amount) * size, unit="days")
    return _years_meant(text, found, place)


def _turned(text: str, bare: Quantity) -> Quantity | None:
    """Ukrainian puts the unit first for "about": "годин 80"."""
    unit = _UNIT_FIRST.search(text[max(0, bare.start - 12) : bare.start])
    if unit is None or bare.unit or bare.kind is not FindingKind.NUMBER:
        return None
    amount = Fraction(bare.amount) * days_of(Decimal(1), unit["unit"])
    return replace(bare, kind=FindingKind.DURATION, amount=amount, unit="days", hedge=ABOUT)


def _years_meant(text: str, found: Sequence[Quantity], place: int) -> Quantity:
    """ "Eight years of Android, the last three with Flutter" and "audio for seven years, video for four" speak of years."""
    bare = found[place]
    lasting = _OF_THEM.match(text, bare.end) or (
        _ELLIPSIS.match(text, bare.end) and _LASTING.search(text[max(0, bare.start - 60) : bare.start])
    )
    if place == 0 or not lasting:
        return bare
    earlier = found[place - 1]
    digits = _FIRST_DIGITS.match(earlier.quote)
    if (
        earlier.kind is not FindingKind.DURATION
        or not (digits or _YEARS.search(earlier.quote))
        or re.search(r"[.!?]\s|\n", text[earlier.end : bare.start])
    ):
        return bare
    size = (
        Fraction(365)
        if _YEARS.search(earlier.quote)
        else Fraction(earlier.amount) / Fraction(value_of(digits.group()) if digits else 1)
    )
    return replace(bare, kind=FindingKind.DURATION, amount=Fraction(bare.amount) * size, unit="days")


def _written(text: str) -> Iterator[Quantity]:
    clocks = {place for match in _CLOCK.finditer(text) for place in range(*match.span())}
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        if start in clocks:
            continue
        if (
            match["digits"] is None
            or len(match["digits"]) > _LONGEST
            or _ORDINAL.match(text, end)
            or text[end : end + 1].isalpha()
        ):
            continue
        value = value_of(match["digits"])
        scale = (match["tight"] or match["loose"] or match["bn"] or "").lower().rstrip(".")
        amount = value * next(
            (factor for name, factor in MULTIPLIERS.items() if scale and name.startswith(scale)), 1
        )
        rest = (match["rest"] or "").strip().lower()
        currency = currency_of((match["sign"] or "").strip().lower()) or currency_of(rest)
        at_least = bool(match["plus"]) or _is_more(text, start)
        if currency:
            yield _made(FindingKind.MONEY, text, (start, end), amount, currency, at_least=at_least)
        elif rest == "%" or rest.startswith(("percent", "відс")):
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "%", at_least=at_least)
        elif rest in {"x", "х", "×"}:
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "x", at_least=at_least)
        elif (
            is_year(text, match)
            and (unit := _DURATION.match(text, end))
            and days_of(Decimal(1), unit["unit"]) == 365
        ):
            yield _made(FindingKind.YEAR, text, (start, end), amount, "year")
        elif unit := _DURATION.match(text, end):
            yield _made(
                FindingKind.DURATION,
                text,
                (start, unit.end()),
                days_of(amount, unit["unit"]),
                "days",
                at_least=at_least,
            )
        elif is_year(text, match):
            yield _made(FindingKind.YEAR, text, (start, end), amount, "year")
        else:
            yield _made(FindingKind.NUMBER, text, (start, end), amount, "", at_least=at_least)


def _spelled(text: str) -> Iterator[Quantity]:
    for number in spelled_numbers(text):
        start, end, amount = number.start, number.end, number.amount
        of = _HALF_A.match(text, end) if amount == Decimal("0.5") else None
        unit = _DURATION.match(text, of.end() if of else end)
        at_least = _is_more(text, start)
        if unit and unit["unit"].lower() not in _LETTERS:
            if half := _AND_HALF.match(text, unit.end()):
                amount += Decimal("0.5")
            span = (start, half.end() if half else unit.end())
            days = days_of(amount, unit["unit"])
            yield _made(FindingKind.DURATION, text, span, days, "days", at_least=at_least, in_words=True)
        elif amount > 1:
            rest = _PERCENT.match(text, end)
            span, counted = ((start, rest.end()), "%") if rest else ((start, end), "")
            if money := _MONEY_WORD.match(text, end):
                currency = currency_of(money["name"].lower())
                yield _made(
                    FindingKind.MONEY, text, (start, money.end()), amount, currency, at_least=at_least
                )
            else:
                yield _made(FindingKind.NUMBER, text, span, amount, counted, at_least=at_least, in_words=True)
    for match in _YEAR_AND_HALF.finditer(text):
        days = days_of(Decimal("1.5"), match["unit"])
        yield _made(FindingKind.DURATION, text, match.span(), days, "days", in_words=True)
    for match in _BARE_UNIT.finditer(text):
        group, name = ("one", match["unit"]) if match["one"] else ("uk", match["unit_uk"])
        name = _STRETCHES.get(name.lower(), name)
        yield _made(
            FindingKind.DURATION, text, match.span(group), days_of(Decimal(1), name), "days", in_words=True
        )
    for match in _MANY_YEARS.finditer(text):
        yield _made(
            FindingKind.DURATION, text, match.span(), Fraction(730), "days", at_least=True, in_words=True
        )


def _growth(text: str) -> Iterator[Quantity]:
    """ "Doubled", "halved", "втричі": factors, as "2x" is one."""
    for match in _GROWTH.finditer(text):
        low = match.group().lower()
        factor = next(value for stem, value in _FACTORS if re.match(stem, low))
        yield _made(
            FindingKind.NUMBER,
            text,
            match.span(),
            Decimal(factor),
            "x",
            at_least=_is_more(text, match.start()),
            in_words=True,
        )
    for match in _PART.finditer(text):
        low = match["part"].lower()
        share = next(value for stem, value in _PARTS.items() if low.startswith(stem))
        yield replace(
            _made(FindingKind.NUMBER, text, match.span("part"), share, "%", in_words=True), hedge=ABOUT
        )


def _ends(text: str) -> Iterator[Quantity]:
    """What a number went down to when that is no number word: "from 60 alerts to none"."""
    for match in _DOWN_TO.finditer(text):
        amount = Decimal(1 if _SINGLE.match(match["end"]) else 0)
        yield _made(FindingKind.NUMBER, text, match.span("end"), amount, "", in_words=True)


def _decades(text: str) -> Iterator[Quantity]:
    for match in _YEARS_LONG.finditer(text):
        low = match["many"].lower().replace("’", "'")
        years = Decimal(low) if low.isdigit() else year_prefixes().get(low)
        if years:
            days = Fraction(365) * Fraction(years)
            yield _made(
                FindingKind.DURATION, text, match.span(), days, "days", at_least=_is_more(text, match.start())
            )
    for match in _DECADE.finditer(text):
        several = match.group().lower().endswith("s")
        amount = Fraction(3650) * (2 if several else 1)
        more = several or _is_more(text, match.start())
        yield _made(FindingKind.DURATION, text, match.span(), amount, "days", at_least=more, in_words=True)


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
    size = _SIZE.match(text, end) is not None
    after = ["size", "розмір"] if size else _counted(_same_clause(text[end : end + 60]))[:3]
    near = frozenset([*([] if size else _counted(text[max(0, start - 30) : start])[-2:]), *after])
    before = text[max(0, start - 25) : start]
    hedge = "" if at_least else hedge_before(before) or (ABOUT if or_so(text[end:]) else "")
    by = (
        BY.search(before) is not None
        or TAKEN_AWAY.search(before) is not None
        or taken_out(text[end:])
        or LESS.match(text, end) is not None
        or "point" in text[start:end]
    )
    return Quantity(
        kind,
        text[start:end].strip(),
        start,
        start + len(text[start:end].rstrip()),
        amount,
        unit,
        near,
        at_least or PLUS.search(text[start:end]) is not None,
        in_words,
        hedge,
        by or (kind is FindingKind.MONEY and not END_POINT.search(before)),
        frozenset(after)
        if size
        else frozenset(_counted(_ADJECTIVE.sub("", _same_clause(text[end : end + 60])))[:2]),
    )


def _is_more(text: str, place: int) -> bool:
    return MORE.search(text[max(0, place - 25) : place]) is not None


def _counted(text: str) -> list[str]:
    return [word for word in words_of(text) if len(word) > 2 and word[0].isalpha()]


def _same_clause(text: str) -> str:
    return re.split(r"[\n.,;:!?()](?:\s|$)", text, maxsplit=1)[0]
