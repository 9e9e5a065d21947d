"""Which languages the freelancer has to know, as the text says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans


@dataclass(frozen=True, slots=True)
class WantedLanguage:
    """`code` is ISO 639-1."""

    code: str
    quote: Quote


_NAMES = {
    "en": r"english|англійськ\w+", "uk": r"ukrainian|українськ\w+", "de": r"german|німецьк\w+", "fr": r"french|французьк\w+",
    "es": r"spanish|іспанськ\w+", "pl": r"polish|польськ\w+", "it": r"italian|італійськ\w+", "pt": r"portuguese|португальськ\w+",
    "nl": r"dutch|нідерландськ\w+|голландськ\w+", "sv": r"swedish|шведськ\w+", "da": r"danish", "no": r"norwegian",
    "fi": r"finnish",
    "cs": r"czech|чеськ\w+", "tr": r"turkish|турецьк\w+", "ar": r"arabic|арабськ\w+", "he": r"hebrew|іврит\w*", "hi": r"hindi",
    "ja": r"japanese|японськ\w+", "ko": r"korean|корейськ\w+", "zh": r"chinese|mandarin|cantonese|китайськ\w+", "el": r"greek",
    "ro": r"romanian", "hu": r"hungarian", "bg": r"bulgarian", "ru": r"russian|російськ\w+",
}  # fmt: skip
KNOWN = frozenset(_NAMES)
"""Codes of the languages that can be demanded."""
_ANY = re.compile("|".join(rf"\b(?P<{code}>{names})\b" for code, names in _NAMES.items()), re.IGNORECASE)
_LEVEL = re.compile(
    r"\b(?:native\w*|fluent\w*|fluency|mother\s+tongue|bilingual|proficien\w+|conversational|speakers?|speaking|speaks?|spoken|"
    r"[ABC][12]|upper[\s-]intermediate|advanced|excellent|perfect|strong|flawless|good|written|носі\w+|вільн\w+|рідн\w+|володі\w+|"
    r"знання|рівень|рівня)\b",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"\b(?:bonus|plus|nice\s+to\s+have|advantage|not\s+(?:needed|required|necessary)|optional|(?:do\s+not|don't|doesn't|no)\s+need|don't\s+have\s+to|do\s+not\s+have\s+to|"
    r"перевага\w*|плюс\w*|бажано|не\s+обов'язков\w+)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:our|my|his|her|their|the)\s+(?:[\w-]+\s+)?(?:manager|team|founder|boss|wife|husband|users?|customers?|clients?|audience|"
    r"students?|readers?|course|website|site|books?)\b|\b(?:i\s+am|i'm|we\s+are|we're)\b(?!\s+(?:looking|seeking|searching|hiring|after))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:()]|\bbut\b|\bале\b")
_REACH = 40


def find_wanted_languages(text: str) -> tuple[WantedLanguage, ...]:
    """Every language whose command is demanded, once, in order; one that is merely welcome is none."""
    found: dict[str, WantedLanguage] = {}
    for offset, sentence in spans(text):
        start = 0
        for end in [*(match.start() for match in _CLAUSE.finditer(sentence)), len(sentence)]:
            clause = sentence[start:end].replace("’", "'")
            if not _SPARED.search(clause) and not _OTHERS.search(clause):
                for code, span in _demanded(clause):
                    place = (start + span[0], start + span[1])
                    found.setdefault(code, WantedLanguage(code, quote_at(offset, sentence, place)))
            start = end
    return tuple(found.values())


def _demanded(clause: str) -> list[tuple[str, tuple[int, int]]]:
    return [
        (str(match.lastgroup), match.span())
        for match in _ANY.finditer(clause)
        if any(
            level.start() <= match.end() + _REACH and level.end() >= match.start() - _REACH
            for level in _LEVEL.finditer(clause)
        )
    ]
