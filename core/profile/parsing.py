"""From pasted free text to facts: what the user wrote, cut into statements, sorted, and nothing added."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.matching.skills import find_skills
from core.profile.facts import FactKind

MIN_CHARACTERS = 20
MAX_BYTES = 20_000
MAX_FACTS = 60
MAX_FACT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class ParsedFact:
    """A statement in the user's own words with the skills it names."""

    kind: FactKind
    text: str
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedProfile:
    """`hourly_rate` is US dollars per hour; `languages` are statements such as "English: C1", in the user's words."""

    headline: str
    facts: tuple[ParsedFact, ...]
    hourly_rate: Decimal | None = None
    languages: tuple[str, ...] = ()


def parse_profile(text: str) -> ParsedProfile:
    """Cut pasted text (a bio, an Upwork overview, a CV) into at most `MAX_FACTS` facts.

    Never raises: a text too short or too long is the caller's to refuse, with `MIN_CHARACTERS` and `MAX_BYTES`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    facts = tuple(ParsedFact(FactKind.OTHER, line[:300], find_skills(line)) for line in lines[:MAX_FACTS])
    return ParsedProfile(lines[0][:120] if lines else "", facts)
