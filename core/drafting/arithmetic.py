"""Sums done before the reader's eyes: "16 spreads at two a week take eight weeks" states nothing its own numbers do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

from core.drafting.changes import near_enough
from core.drafting.draft import ClaimFinding, FindingKind
from core.drafting.hedges import hedge_before
from core.drafting.number_words import spelled_numbers

_COUNTED = {FindingKind.NUMBER, FindingKind.MONEY, FindingKind.DURATION}
_DIGITS = re.compile(r"\d[\d,  ]*(?:\.\d+)?")
_LONGEST = 24
"""Characters beyond which digits are no amount anybody works with."""
_HOURLY = re.compile(r"hours?|hrs?|годин", re.IGNORECASE)
_DAYS = re.compile(r"\bdays?\b|\bд(?:ень|ні|нів)\b", re.IGNORECASE)
_DAY = 8
"""Hours of a working day."""
_PARTS = 8
_MOST_AMOUNTS = 200
"""No letter does sums with more; looking for them would hold everybody up."""
_TIMES = re.compile(r"\btimes\b(?! (?:as|more|less|\w+er)\b)|×|\bпомнож\w+|\bпо \d", re.IGNORECASE)
_LONG = re.compile(r"years?|yrs?|months?|decades?|рок\w*|рік|місяц\w*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour costs, and the label of the source that says so."""

    amount: Fraction
    label: str


def worked_out(
    findings: Sequence[ClaimFinding], harmless: Sequence[ClaimFinding] = (), rates: Sequence[Rate] = ()
) -> list[ClaimFinding]:
    """`findings`, with amounts supported that follow from two supported or `harmless` ones of the same sentence.

    A price may follow from any hours of the letter and one of `rates`, or be the sum of the prices before it. Years and months
    never follow from anything: they are what a record is inflated with.
    """
    given = [*findings, *harmless]
    if len(given) > _MOST_AMOUNTS:
        return list(findings)
    done = [
        replace(finding, supported_by=_ground(finding, given))
        if not finding.supported and _may_follow(finding)
        else finding
        for finding in findings
    ]
    return [
        replace(finding, supported_by=_priced(finding, [*done, *harmless], rates))
        if not finding.supported and finding.kind is FindingKind.MONEY
        else finding
        for finding in done
    ]


def _priced(finding: ClaimFinding, given: Sequence[ClaimFinding], rates: Sequence[Rate]) -> tuple[str, ...]:
    """The source of the rate that, times some hours of the letter, makes this price; or the prices it is the sum of."""
    wanted = _face(finding)
    if wanted is None:
        return ()
    hours = {value for one in given if one.kind is FindingKind.DURATION and (value := _hours(one))}
    hours |= {value * _DAY for one in given if _DAYS.search(one.quote) and (value := _face(one))}
    hours |= {first * second for first, second in permutations(_spans(finding, given), 2)} | {Fraction(1)}
    for rate in rates:
        if any(_fits(wanted, hour * rate.amount, finding) for hour in hours):
            return (rate.label,)
    shares = [value for one in given if one.quote.endswith("%") and (value := _face(one))]
    sums = [
        value
        for one in given
        if one.kind is FindingKind.MONEY and one is not finding and (value := _face(one))
    ]
    if any(_fits(wanted, share * whole / 100, finding) for share in shares for whole in sums):
        return ("posting",)
    earlier = [
        value
        for one in given
        if one.kind is FindingKind.MONEY and one.start < finding.start and (value := _face(one)) is not None
    ][-_PARTS:]
    for count in range(2, len(earlier) + 1):
        if wanted == sum(earlier[-count:]):
            return ("bid",)
    return ()


def _spans(finding: ClaimFinding, given: Sequence[ClaimFinding]) -> list[Fraction]:
    """The times named in the sentence of a price: "8 days x 8 hours x $55"."""
    return [
        value
        for one in given
        if one.kind is FindingKind.DURATION and one.sentence == finding.sentence and (value := _face(one))
    ]


def _hours(finding: ClaimFinding) -> Fraction | None:
    """The hours an amount stands for; "60" of "60-70 hours" is the first end of a span."""
    unit = _HOURLY.search(finding.quote)
    if unit is None and not re.fullmatch(r"[\d.,]+", finding.quote):
        return None
    return _face(finding)


def _ground(finding: ClaimFinding, findings: Sequence[ClaimFinding]) -> tuple[str, ...]:
    """What supports the two amounts `finding` follows from; nothing when it follows from none."""
    wanted = _face(finding)
    given = [
        (value, other.supported_by)
        for other in findings
        if other.supported and other.sentence == finding.sentence and (value := _face(other)) is not None
    ]
    for (first, one), (second, two) in permutations(given, 2):
        results = _results(first, second) | _product(finding, first, second)
        if wanted is not None and any(_fits(wanted, result, finding) for result in results):
            return tuple(dict.fromkeys((*one, *two)))
    return ()


def _may_follow(finding: ClaimFinding) -> bool:
    return finding.kind in _COUNTED and not _LONG.search(finding.quote)


def _results(first: Fraction, second: Fraction) -> set[Fraction]:
    return {first - second, first / second} if second else set()


def _product(finding: ClaimFinding, first: Fraction, second: Fraction) -> set[Fraction]:
    """Hours times a rate is a price; anything else is multiplied only where the sentence says so ("22 knives times 4")."""
    said = finding.kind is FindingKind.MONEY or _TIMES.search(finding.sentence)
    return {first * second} if said else set()


def _fits(wanted: Fraction, result: Fraction, finding: ClaimFinding) -> bool:
    before, _, _ = finding.sentence.partition(finding.quote)
    return wanted == result or near_enough(wanted, result, hedge_before(before))


def _face(finding: ClaimFinding) -> Fraction | None:
    """The number as it is written, whatever it counts."""
    if finding.kind not in _COUNTED:
        return None
    digits = _DIGITS.search(finding.quote)
    if digits and len(digits.group()) > _LONGEST:
        return None
    if digits:
        return Fraction(re.sub(r"[,\s]", "", digits.group()))
    return next((Fraction(one.amount) for one in spelled_numbers(finding.quote)), None)
