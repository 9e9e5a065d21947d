"""Reading a price that a person typed."""

from __future__ import annotations

import re
from decimal import Decimal

from core.errors import Invalid

LONGEST = 60
"""Characters: more than this is a text with a number in it, not a price."""

_BLANK = " \u00a0\u202f"
_NUMBER = re.compile(
    rf"(?P<whole>\d{{1,3}}(?:[{_BLANK},.'’]\d{{3}})+(?!\d)|\d+)(?:[.,](?P<cents>\d{{1,2}})(?!\d))?\s?(?P<k>[kк](?!\w))?",
    re.IGNORECASE,
)


def read_amount(text: str) -> Decimal:
    """The one number in what a person typed as a price: `65`, `$1,200`, `1 200,50 грн`, `1.5k`.

    Raises Invalid: "no_number", "many_numbers" (nobody guesses which of them is meant), "not_a_price" for a long text or a
    number below zero.
    """
    if len(text) > LONGEST:
        raise Invalid(reason="not_a_price")
    found = list(_NUMBER.finditer(text))
    if not found:
        raise Invalid(reason="no_number")
    if len(found) > 1:
        raise Invalid(reason="many_numbers")
    match = found[0]
    if text[: match.start()].rstrip().endswith(("-", "−")):
        raise Invalid(reason="not_a_price")
    whole = re.sub(r"\D", "", match["whole"])
    amount = Decimal(f"{whole}.{match['cents'] or 0}")
    return amount * 1000 if match["k"] else amount
