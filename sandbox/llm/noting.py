"""Reading a posting as a small model does: a few kinds of things, each with the sentence it stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_TOOLS = re.compile(
    r"\b(?:Python|FastAPI|Django|React|TypeScript|PostgreSQL|Docker|Stripe|Figma|Webflow|WordPress|Shopify|Excel|Node\.js)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:an?|the) ((?:\w+ ){0,2}(?:page|site|API|app|backend|script|report|logo|bot|parser))\b"
)
_LEVELS = ((re.compile(r"\b(?:senior|expert)\b", re.IGNORECASE), "expert"),)
_TEST = re.compile(
    r"\b(?:word|phrase|code) (?:[\"“'](?P<quoted>\w[\w-]+)|(?P<word>(?-i:[A-Z])[\w-]+))", re.IGNORECASE
)
_AT_THE_START = re.compile(r"\b(?:start|begin)", re.IGNORECASE)
_OUTSIDE = re.compile(r"\b(?:telegram|whatsapp|skype)\b", re.IGNORECASE)
_FREE = re.compile(r"\bunpaid\b|\bfree (?:sample|test|trial)\b", re.IGNORECASE)


def read(posting: str) -> str:
    """The answer in the agreed form."""
    found: dict[str, object] = {
        "skills": [{"value": tool, "quote": sentence} for sentence, tool in _each(posting, _TOOLS)],
        "deliverables": [
            {"value": thing, "quote": sentence} for sentence, thing in _each(posting, _WANTED, 1)
        ],
        "seniority": next(
            (
                {"level": level, "years": None, "quote": sentence}
                for pattern, level in _LEVELS
                for sentence, _ in _each(posting, pattern)
            ),
            None,
        ),
        "budget": {"realism": "unknown", "quote": ""},
        "questions": [
            {"value": sentence, "quote": sentence}
            for sentence in _sentences(posting)
            if sentence.endswith("?")
        ],
        "languages": [],
        "flags": [
            {"value": kind, "quote": sentence}
            for kind, pattern in (("off_platform", _OUTSIDE), ("free_work", _FREE))
            for sentence, _ in _each(posting, pattern)
        ],
        "tests": [
            {
                "value": match["quoted"] or match["word"],
                "kind": "start_with" if _AT_THE_START.search(sentence, 0, match.start()) else "include",
                "quote": sentence,
            }
            for sentence in _sentences(posting)
            if (match := _TEST.search(sentence))
        ],
    }
    return f"<data>\n{json.dumps(found, ensure_ascii=False)}\n</data>"


def _sentences(text: str) -> Iterator[str]:
    return (match.group().strip() for match in _SENTENCE.finditer(text) if match.group().strip())


def _each(text: str, pattern: re.Pattern[str], group: int = 0) -> Iterator[tuple[str, str]]:
    for sentence in _sentences(text):
        for match in pattern.finditer(sentence):
            yield sentence, match.group(group)
