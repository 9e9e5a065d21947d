"""From pasted free text to facts: what the user wrote, cut into statements, sorted, and nothing added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.matching.skills import find_skills
from core.matching.words import key_of
from core.profile.facts import FactKind
from core.profile.kinds import classify, heading_of, is_contact_line, is_role
from core.profile.rates import find_hourly_rate, is_rate_only, without_rate

MIN_CHARACTERS = 20
MAX_BYTES = 20_000
MAX_FACTS = 60
MAX_FACT_CHARACTERS = 300
MAX_HEADLINE = 120

_MIN_SENTENCE = 15
_WRAPPED = 60
_BULLET = re.compile(r"^(?:[•▪◦●○‣·–—*\-]|\(?\d{1,2}[.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»)]*\s+(?=[^\s\da-zа-яіїєґ.,;)])|(?<=[.!?…])\s+(?=\d{2})")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|inc|ltd|co|corp|dr|mr|mrs|ms|vs|no|st|approx|jr|sr|ст|див|напр|вул|ім|проф|англ|укр)|\b\w)\.$",
    re.IGNORECASE,
)
_SOFT_BREAK = re.compile(r"[;:,]\s|\s[–—-]\s")
# Line breaks and tabs are structure; every other control character is debris of a copy and carries no word.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff\ud800-\udfff]")


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
    """Cut pasted text (a bio, an Upwork overview, a CV) into at most `MAX_FACTS` facts, in English or Ukrainian.

    Every fact is a stretch of the text, with white space made even and nothing added. Rates set apart and lines that carry a
    phone number are left out. Never raises: a text too short or too long is the caller's to refuse, with `MIN_CHARACTERS` and
    `MAX_BYTES`.
    """
    text = text[:MAX_BYTES]
    facts: list[ParsedFact] = []
    seen: set[tuple[str, ...]] = set()
    section: FactKind | None = None
    for line in _lines(text):
        heading, rest = heading_of(line)
        if heading is not None:
            section = heading
            if not rest:
                continue
        for statement in _statements(_BULLET.sub("", rest)):
            key = key_of(statement)
            if not key or key in seen or is_contact_line(statement):
                continue
            seen.add(key)
            skills = find_skills(statement)
            facts.append(ParsedFact(classify(statement, skills=skills, section=section), statement, skills))
    kept = _cap(facts)
    languages = tuple(fact.text for fact in kept if fact.kind is FactKind.LANGUAGE)
    return ParsedProfile(_headline(kept), tuple(kept), find_hourly_rate(text), languages)


def _lines(text: str) -> Iterator[str]:
    """Lines with even white space; a sentence that a PDF broke over several lines is one line again."""
    pending = ""
    for raw in _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")).split(
        "\n"
    ):
        line = " ".join(raw.split())
        if pending and line[:1].islower() and len(pending) >= _WRAPPED and pending[-1] not in ".!?:;…":
            pending = f"{pending} {line}"
            continue
        if pending:
            yield pending
        pending = line
    if pending:
        yield pending


def _statements(line: str) -> Iterator[str]:
    """Sentences of a line, short ones kept with the one before, none over `MAX_FACT_CHARACTERS`."""
    current = ""
    for sentence in (without_rate(one) for one in _sentences(line) if not is_rate_only(one)):
        joined = f"{current} {sentence}" if current else sentence
        if current and (len(current) >= _MIN_SENTENCE or len(joined) > MAX_FACT_CHARACTERS):
            if len(sentence) < _MIN_SENTENCE and len(joined) <= MAX_FACT_CHARACTERS:
                current = joined
                continue
            yield from _fold(current)
            current = sentence
        else:
            current = joined
    if current:
        yield from _fold(current)


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE_END.finditer(line):
        if _ABBREVIATION.search(line[max(start, match.start() - 12) : match.start()]):
            continue
        yield line[start : match.end()].strip()
        start = match.end()
    if line[start:].strip():
        yield line[start:].strip()


def _fold(statement: str) -> Iterator[str]:
    """Cut an over-long statement at its last comma or blank before the limit; a word is cut only if it must be."""
    while len(statement) > MAX_FACT_CHARACTERS:
        window = statement[:MAX_FACT_CHARACTERS]
        breaks = [match.end() for match in _SOFT_BREAK.finditer(window)]
        cut = breaks[-1] if breaks and breaks[-1] > MAX_FACT_CHARACTERS // 3 else window.rfind(" ")
        if cut <= 0:
            cut = MAX_FACT_CHARACTERS
        yield statement[:cut].strip()
        statement = statement[cut:].strip()
    if statement:
        yield statement


def _cap(facts: list[ParsedFact]) -> list[ParsedFact]:
    """At most `MAX_FACTS`, in the order written; what says least about the work goes first."""
    if len(facts) <= MAX_FACTS:
        return facts
    telling = [index for index, fact in enumerate(facts) if fact.kind is not FactKind.OTHER or fact.skills]
    rest = [index for index, fact in enumerate(facts) if fact.kind is FactKind.OTHER and not fact.skills]
    return [facts[index] for index in sorted((telling + rest)[:MAX_FACTS])]


def _headline(facts: list[ParsedFact]) -> str:
    """The first statement that names a trade, else the first one; cut at a word."""
    opening = facts[:5]
    best = next((fact for fact in opening if is_role(fact.text)), opening[0] if opening else None)
    if best is None:
        return ""
    if len(best.text) <= MAX_HEADLINE:
        return best.text
    cut = best.text[: MAX_HEADLINE - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut}…"
