"""What a posting says, as one typed reading, from its skills to its red flags.

Everything from the text carries the words it came from and their place. Made by rules here, or by a model where there is a
key (`core.drafting.posting_model`); both give this type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.drafting.language import language_of
from core.jobs_feed.posting import JobPosting
from core.matching.asked import Question, find_questions
from core.matching.budget import Budget, read_budget
from core.matching.deliverables import Deliverable, find_deliverables
from core.matching.flags import FlagKind, Severity, add_repost, find_flags
from core.matching.instructions import InstructionKind, find_instructions
from core.matching.quotes import Quote, locate, quote_at
from core.matching.reading import tag_name
from core.matching.seniority import Seniority, read_seniority
from core.matching.sentences import spans
from core.matching.skills import canonical, find_skills
from core.matching.tongues import WantedLanguage, find_wanted_languages

LANGUAGE_SAMPLE = 6000
# A word without end (or a language without spaces) in pieces: links in it are looked for from each of its letters.
_RUN = re.compile(r"(\S{100})(?=\S)")
NO_LEVEL = Seniority()
NO_JUDGEMENT = Budget()


class Reader(StrEnum):
    RULES = "rules"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class NamedSkill:
    """`slug` of the vocabulary, or an unknown tag in lower case. `tagged` by the client; `quote` where the text names it."""

    slug: str
    tagged: bool = False
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class AttentionTest:
    """The client's hidden instruction; `value` as in `core.matching.instructions`."""

    kind: InstructionKind
    value: str
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class RedFlag:
    """`quote` is `None` for a flag from numbers or from the caller; `params` as in `core.matching.flags`."""

    kind: FlagKind
    severity: Severity
    quote: Quote | None = None
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PostingFacts:
    """`language` is ISO 639-1 of the posting's text, `languages` are those its author demands. Offsets are into
    `JobPosting.text`."""

    language: str
    skills: tuple[NamedSkill, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    seniority: Seniority = NO_LEVEL
    budget: Budget = NO_JUDGEMENT
    tests: tuple[AttentionTest, ...] = ()
    questions: tuple[Question, ...] = ()
    languages: tuple[WantedLanguage, ...] = ()
    flags: tuple[RedFlag, ...] = ()
    reader: Reader = Reader.RULES


def read_facts(posting: JobPosting, *, repost: bool = False) -> PostingFacts:
    """Reads a posting by rules. `repost`: the caller knows that the client put this job up before."""
    text = posting.text
    seniority = read_seniority(posting)
    flags = find_flags(posting)
    return PostingFacts(
        language=posting_language(text),
        skills=_skills(posting),
        deliverables=find_deliverables(posting.title, posting.description),
        seniority=seniority,
        budget=read_budget(posting, seniority.level),
        tests=tuple(
            AttentionTest(item.kind, item.value, locate(text, item.sentence))
            for item in find_instructions(text)
        ),
        questions=find_questions(posting),
        languages=find_wanted_languages(text),
        flags=tuple(
            RedFlag(flag.kind, flag.severity, locate(text, flag.sentence), flag.params)
            for flag in (add_repost(flags) if repost else flags)
        ),
    )


def posting_language(text: str) -> str:
    """ISO 639-1 code of the language that a posting is written in."""
    return language_of(_RUN.sub(r"\1 ", text[:LANGUAGE_SAMPLE]))


def _skills(posting: JobPosting) -> tuple[NamedSkill, ...]:
    tagged = [slug for tag in posting.skills if (slug := canonical(tag) or tag_name(tag))]
    named = [*find_skills(posting.title), *find_skills(posting.description)]
    places: dict[str, Quote] = {}
    for offset, sentence in spans(posting.text):
        for slug in find_skills(sentence):
            places.setdefault(slug, quote_at(offset, sentence))
    return tuple(
        NamedSkill(slug, slug in tagged, places.get(slug)) for slug in dict.fromkeys([*tagged, *named])
    )
