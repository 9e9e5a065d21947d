"""Prices in the user's own words: "65", "$65", "make it 1,200 usd", "за 40 доларів"."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_AMOUNT = r"(?P<amount>\d{1,3}(?:[ ,.]\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?)"
_UNIT = r"\$|usd\b|dollars?\b|bucks?\b|дол(?:ар\w*)?\b|долл?\w*\b|/\s*h(?:r|our)?\b|/\s*год|per hour\b|an hour\b|на годину\b"
_MARKED = re.compile(
    rf"\$\s*{_AMOUNT}|(?<![\w.]){_AMOUNT.replace('amount', 'second')}\s*(?:{_UNIT})", re.IGNORECASE
)
_NAMED = re.compile(
    rf"\b(?:price|rate|bid|budget|cost|charge|ставк\w+|цін\w+|рейт\w*)\b\D{{0,20}}?{_AMOUNT}(?!\s*%)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\s*{_AMOUNT}\s*", re.IGNORECASE)


def parse_amount(text: str) -> Decimal | None:
    """ "1,200.50", "1 200" and "65,5" as a number; `None` for zero and nonsense."""
    compact = text.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:[,.]\d{3})+(?:\.\d{1,2})?", compact):
        whole, dot, cents = (
            compact.rpartition(".") if re.search(r"\.\d{1,2}$", compact) else (compact, "", "")
        )
        compact = re.sub(r"[,.]", "", whole) + dot + cents
    try:
        amount = Decimal(compact.replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount > 0 else None


def price_in_instruction(text: str) -> Decimal | None:
    """The price the user's instruction names, if it names exactly one; several contradict each other and count as none."""
    if bare := _BARE.fullmatch(text):
        return parse_amount(bare["amount"])
    found = {
        amount
        for match in _MARKED.finditer(text)
        if (amount := parse_amount(match["amount"] or match["second"])) is not None
    }
    found |= {
        amount for match in _NAMED.finditer(text) if (amount := parse_amount(match["amount"])) is not None
    }
    return found.pop() if len(found) == 1 else None
