"""A posting read by a model, where there is a key. Same type as the rules give, and nothing in it without the client's own words.

A posting is written by strangers, so the model may add to what the rules found and never take a warning away: flags and tests of
attention are the union of both. Whatever the model cannot quote is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.drafting.llm import LLM, StopReason, Usage, complete
from core.drafting.prompts import codes_for, load_prompts
from core.errors import AppError
from core.jobs_feed.posting import ExperienceLevel, JobPosting
from core.matching.asked import Question
from core.matching.budget import Budget, Realism
from core.matching.deliverables import Deliverable
from core.matching.flags import FlagKind, Severity
from core.matching.instructions import InstructionKind
from core.matching.posting_facts import AttentionTest, NamedSkill, PostingFacts, Reader, RedFlag, read_facts
from core.matching.quotes import Quote, locate
from core.matching.seniority import Seniority
from core.matching.skills import canonical
from core.matching.tongues import KNOWN, WantedLanguage

log = structlog.get_logger()

POSTING_LIMIT = 12_000
MOST = 40
"""Entries of one kind that are read; a posting that names more is not worth reading closer."""
SHORTEST_QUOTE = 3
_STOPPING = frozenset({FlagKind.OFF_PLATFORM, FlagKind.UPFRONT_PAYMENT, FlagKind.ACCOUNT_SHARING})


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore")

    value: str = Field(max_length=300)
    quote: str = Field(default="", max_length=2000)


class _Test(_Item):
    kind: InstructionKind = InstructionKind.INCLUDE


class _Level(BaseModel):
    model_config = ConfigDict(extra="ignore")

    level: ExperienceLevel
    years: int | None = Field(default=None, ge=0, le=60)
    quote: str = ""


class _Pay(BaseModel):
    model_config = ConfigDict(extra="ignore")

    realism: Realism = Realism.UNKNOWN
    quote: str = ""


class _Answer(BaseModel):
    """The model's answer, shape checked, content not yet."""

    model_config = ConfigDict(extra="ignore")

    skills: list[_Item] = []
    deliverables: list[_Item] = []
    seniority: _Level | None = None
    budget: _Pay = _Pay()
    questions: list[_Item] = []
    languages: list[_Item] = []
    flags: list[_Item] = []
    tests: list[_Test] = []


Entry = TypeVar("Entry", bound=_Item)


@dataclass(frozen=True, slots=True)
class Reading:
    """`usage` is what the model cost, also when its answer was useless; `None` when none was asked or none answered."""

    facts: PostingFacts
    usage: Usage | None = None


async def read_posting(
    posting: JobPosting, llm: LLM | None, *, repost: bool = False, seed: str = ""
) -> Reading:
    """The posting's facts, by the model where there is one and its answer is sound, else by rules. Never raises an AppError.

    `seed` is a keyed hash that is this person's alone, as in a request for a draft.
    """
    by_rules = read_facts(posting, repost=repost)
    if llm is None:
        return Reading(by_rules)
    codes = codes_for(seed)
    prompt = load_prompts()["postings/read"].render(
        {"mark": codes.mark, "posting": codes.fence("posting", posting.text, limit=POSTING_LIMIT)},
        cache_key=codes.cache_key,
    )
    try:
        text, usage = await complete(llm, prompt)
    except AppError as failure:
        log.info("posting.read_by_rules", reason=failure.code)
        return Reading(by_rules)
    answer = None if usage.stop is StopReason.REFUSED else _parse(text)
    if answer is None:
        log.info("posting.read_by_rules", reason="malformed")
        return Reading(by_rules, usage)
    return Reading(_merged(posting, by_rules, answer), usage)


def _parse(text: str) -> _Answer | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        loaded = json.loads(text[start : end + 1], strict=False)
        # An answer to something else entirely would otherwise pass for one that found nothing.
        if not isinstance(loaded, dict) or not loaded.keys() & _Answer.model_fields.keys():
            return None
        return _Answer.model_validate({key: value for key, value in loaded.items() if value is not None})
    except (ValueError, RecursionError, ValidationError):
        return None


def _merged(posting: JobPosting, rules: PostingFacts, answer: _Answer) -> PostingFacts:
    text = posting.text
    deliverables = tuple(
        Deliverable(" ".join(item.value.split()), place)
        for item, place in _placed(text, answer.deliverables)
        if locate(text, item.value)
    )
    questions = tuple(Question(place.text, quote=place) for _, place in _placed(text, answer.questions))
    languages = {
        code: WantedLanguage(code, place)
        for item, place in _placed(text, answer.languages)
        if (code := item.value.lower()) in KNOWN
    }
    return replace(
        rules,
        skills=_skills(text, rules, answer),
        deliverables=deliverables or rules.deliverables,
        seniority=_seniority(posting, answer.seniority) or rules.seniority,
        budget=_budget(text, rules.budget, answer.budget),
        tests=_tests(text, rules, answer),
        questions=(*(item for item in rules.questions if item.position is not None), *questions)
        if questions
        else rules.questions,
        languages=tuple(languages.values()) or rules.languages,
        flags=_flags(text, rules, answer),
        reader=Reader.MODEL,
    )


def _placed(text: str, items: Sequence[Entry]) -> list[tuple[Entry, Quote]]:
    """The entries whose quote stands in the posting."""
    return [
        (item, place) for item in items[:MOST] if item.value.strip() and (place := _place(text, item.quote))
    ]


def _place(text: str, words: str) -> Quote | None:
    return locate(text, words) if len(words.strip()) >= SHORTEST_QUOTE else None


def _skills(text: str, rules: PostingFacts, answer: _Answer) -> tuple[NamedSkill, ...]:
    """Tags and names the vocabulary knows; what only the model saw is added, a tag is never lost."""
    found = {skill.slug: skill for skill in rules.skills}
    for item, place in _placed(text, answer.skills):
        slug = canonical(item.value)
        if slug is not None:
            found.setdefault(slug, NamedSkill(slug, quote=place))
    return tuple(found.values())


def _seniority(posting: JobPosting, level: _Level | None) -> Seniority | None:
    place = _place(posting.text, level.quote) if level else None
    if level is None or place is None:
        return None
    differs = posting.experience is not None and posting.experience is not level.level
    return Seniority(level.level, level.years, place, differs)


def _budget(text: str, rules: Budget, pay: _Pay) -> Budget:
    """A sum that was worked out stays; the model may only speak where the rules had nothing to say."""
    place = _place(text, pay.quote)
    if rules.realism is not Realism.UNKNOWN or pay.realism is Realism.UNKNOWN or place is None:
        return rules
    return Budget(pay.realism, quote=place)


def _tests(text: str, rules: PostingFacts, answer: _Answer) -> tuple[AttentionTest, ...]:
    found = {test.value.casefold(): test for test in rules.tests}
    for item, place in _placed(text, answer.tests):
        # The words have to be the client's: a draft will repeat them.
        if locate(text, item.value):
            found.setdefault(item.value.casefold(), AttentionTest(item.kind, item.value, place))
    return tuple(found.values())


def _flags(text: str, rules: PostingFacts, answer: _Answer) -> tuple[RedFlag, ...]:
    found = {flag.kind: flag for flag in rules.flags}
    for item, place in _placed(text, answer.flags):
        if item.value in set(FlagKind):
            kind = FlagKind(item.value)
            severity = Severity.STOP if kind in _STOPPING else Severity.WARN
            found.setdefault(kind, RedFlag(kind, severity, place))
    order = list(FlagKind)
    return tuple(
        sorted(found.values(), key=lambda flag: (flag.severity is not Severity.STOP, order.index(flag.kind)))
    )
