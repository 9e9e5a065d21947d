"""The three axes in words: each reason is a code with numbers, and every code has a sentence in both languages."""

from __future__ import annotations

from bot.texts import Html, Words
from bot.ui import clip, lines
from bot.views.posting import duration, money
from core.matching.evidence import Axis, Evidence, EvidenceCode, Sign

_SHOWN = 3
_MARKS = {Sign.PLUS: "+", Sign.MINUS: "–", Sign.NEUTRAL: "·"}
_PERCENT = frozenset({"reply", "hire", "sure", "uplift"})
# Told below the weightiest reasons, whatever their weight: how the score was made, and what to make of it.
_ALWAYS = frozenset(
    {
        EvidenceCode.READ_BY_WORDS,
        EvidenceCode.LEARNED,
        EvidenceCode.OWN_RULE,
        EvidenceCode.CHANCES,
        EvidenceCode.CHANCES_PUBLISHED,
        EvidenceCode.BOOST,
    }
)
_MONEY = frozenset({EvidenceCode.RATE_COVERED, EvidenceCode.RATE_NOT_COVERED, EvidenceCode.CLIENT_SPENT})


def reason(words: Words, item: Evidence) -> Html:
    """One reason as a sentence."""
    params: dict[str, object] = {}
    for name, value in item.params.items():
        if isinstance(value, tuple):
            params[name] = clip(", ".join(value[:5]), 160)
        elif item.code in _MONEY and isinstance(value, int | float | str):
            params[name] = money(float(value))
        elif (
            name in _PERCENT or (item.code is EvidenceCode.CLIENT_HIRE_RATE and name == "rate")
        ) and isinstance(value, int | float):
            params[name] = f"{value:.0%}"
        elif name == "minutes" and isinstance(value, int | float):
            params[name] = duration(words, float(value) * 60)
        elif name == "similarity" and isinstance(value, int | float):
            params[name] = f"{value:.0%}"
        else:
            params[name] = value
    return words(f"evidence.{item.code.value}", **params)


def boost_line(words: Words, item: Evidence) -> Html:
    """Up to what a boost pays off, with the sum that says so."""
    connects, uplift, gained, value = (
        float(str(item.params.get(name, 0))) for name in ("connects", "uplift", "gained", "value")
    )
    return words(
        "approve.boost",
        connects=int(connects),
        uplift=f"{uplift:.0%}",
        gained=f"{gained:.1%}",
        value=money(value),
    )


def axis(words: Words, name: str, value: Axis, *, shown: int = _SHOWN) -> Html:
    """An axis: its score as a bar, then its weightiest reasons. A guess made from little says so."""
    filled = round(value.score / 10)
    bar = "▰" * filled + "▱" * (10 - filled)
    head = words("card.axis", name=words.plain(f"axis.{name}"), bar=bar, score=round(value.score))
    if value.confidence < 0.4:
        head = Html(f"{head} {words('card.unsure')}")
    told = [item for item in value.evidence[shown:] if item.code in _ALWAYS]
    reasons = [
        Html(f"{_MARKS[item.sign]} {reason(words, item)}") for item in (*value.evidence[:shown], *told)
    ]
    return lines(head, *reasons)
