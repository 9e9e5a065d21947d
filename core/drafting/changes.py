"""What a change from one amount to another comes to: the difference, the factor, the share. "From $41,000 to $26,500" is a
third less, $14,500 less, and not half."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from core.drafting.draft import FindingKind
from core.drafting.hedges import ABOUT, NEARLY
from core.drafting.quantities import Quantity

_MEASURED = {FindingKind.NUMBER, FindingKind.MONEY, FindingKind.DURATION}
_TO = re.compile(r"(?:\s+(?!and\b|or\b|і\b|або\b)[\w$€]+){0,3}?\s*(?:\bto|\bдо|→|->)\s*", re.IGNORECASE)
_FROM = re.compile(
    r",?(?:\s+[\w$€]+){0,2}?\s*\b(?:instead of|rather than|from|but \w+|замість|а не|проти)\s+(?:the )?(?:promised |usual )?",
    re.IGNORECASE,
)
_FROM_BEFORE = re.compile(r"(?:\b(?:from|was|were|з|із|зі|від|було)\s+|^|:\s*)$", re.IGNORECASE)
_NEAR = Fraction(17, 20)
"""The least share of a round number that "nearly" may stand for: "nearly 40%" of 34% and more."""
_LOOSE = Fraction(1, 10)
_ROUNDING = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Change:
    """The two amounts, in one unit, the earlier first where the words tell which it is."""

    before: Fraction
    after: Fraction
    unit: str

    @property
    def difference(self) -> Fraction:
        return abs(self.before - self.after)

    @property
    def factor(self) -> Fraction | None:
        least, most = sorted((self.before, self.after))
        return most / least if least else None

    @property
    def share(self) -> Fraction | None:
        """In percent of what it was."""
        return self.difference / self.before * 100 if self.before else None


def find_changes(text: str, found: Sequence[Quantity]) -> tuple[Change, ...]:
    """Every "from A to B" and "B instead of A" of `text`, whose amounts are `found`."""
    changes: list[Change] = []
    for first, second in pairwise(found):
        if not {first.kind, second.kind} <= _MEASURED or not _comparable(first, second):
            continue
        between = text[first.end : second.start]
        one, other = Fraction(first.amount), Fraction(second.amount)
        if first.unit != second.unit:
            one, other = _written(first), _written(second)
        unit = first.unit if first.unit == second.unit else first.unit or second.unit
        if _TO.fullmatch(between) and _FROM_BEFORE.search(text[max(0, first.start - 30) : first.start]):
            changes.append(Change(one, other, unit))
        elif _FROM.fullmatch(between):
            changes.append(Change(other, one, unit))
    return tuple(changes)


def follows(wanted: Quantity, change: Change) -> bool:
    """Whether `wanted` is what `change` comes to, as exactly as it is put."""
    amount = Fraction(wanted.amount)
    if wanted.unit == "x":
        return _about(wanted, amount, change.factor, Fraction(1, 10))
    if wanted.unit == "%" and _about(wanted, amount, change.share, _ROUNDING):
        return True
    return wanted.difference and wanted.unit == change.unit and amount == change.difference > 0


def near_enough(amount: Fraction, known: Fraction, hedge: str) -> bool:
    """Whether `known` may be called "nearly" or "about" `amount`; false for an amount given without a hedge."""
    if hedge == NEARLY:
        return amount * _NEAR <= known <= amount
    return hedge == ABOUT and abs(amount - known) <= known * _LOOSE


def _about(wanted: Quantity, amount: Fraction, true: Fraction | None, leeway: Fraction) -> bool:
    if true is None:
        return False
    if near_enough(amount, true, wanted.hedge) or abs(amount - true) <= leeway:
        return True
    return wanted.at_least and amount <= true <= amount * 2


def _comparable(first: Quantity, second: Quantity) -> bool:
    return first.unit == second.unit or "" in {first.unit, second.unit}


def _written(quantity: Quantity) -> Fraction:
    """The number as it stands, where only one of two says its unit: "from 4 months to 14"."""
    digits = re.search(r"\d+(?:[.,]\d+)?", quantity.quote)
    if quantity.unit == "" or digits is None:
        return Fraction(quantity.amount)
    return Fraction(digits.group().replace(",", "."))
