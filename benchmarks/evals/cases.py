"""The set: who writes, to which posting, and what can be told about the answer by looking at it.

`people.toml` has the freelancers, `cases_*.toml` the postings, letters and messages. All of it is made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from core.drafting.draft import (
    Chip,
    DraftRequest,
    ProposalRequest,
    ReplyRequest,
    RevisionRequest,
    Style,
    ThreadMessage,
)
from core.drafting.llm import Tier
from core.drafting.pricing import suggest_bid
from core.drafting.prompts import load_prompts
from core.jobs_feed.posting import ContractType, JobPosting, ScreeningQuestion
from core.matching.instructions import InstructionKind, find_instructions
from core.matching.skills import find_skills
from core.profile.facts import Fact, FactKind, Profile

FOLDER = Path(__file__).parent
USUAL_WORDS = (70, 260)
CHANGED_WORDS = (15, 260)
"""The letters that are changed are short ones."""
_KEYS = {
    "name", "group", "kind", "person", "title", "description", "skills", "hourly", "budget", "language", "asked_language",
    "words", "wanted_words", "must", "never", "keep", "questions", "letter", "chip", "instruction", "shorter", "thread",
}  # fmt: skip


class Kind(StrEnum):
    DRAFT = "draft"
    REVISE = "revise"
    REPLY = "reply"

    @property
    def tier(self) -> Tier:
        """Which tier writes it, as its prompt says."""
        return load_prompts()["messages/reply"].tier if self is Kind.REPLY else Tier.SMART


@dataclass(frozen=True, slots=True)
class Must:
    """What the client or the user wants to read. `value` is compared without case and quotation marks."""

    kind: InstructionKind
    value: str


@dataclass(frozen=True, slots=True)
class Case:
    """One text to write. `words` is the asked range of its length; `answerable` are positions of questions a fact answers.

    `keep` has to stay of `letter` in a revision, `shorter` wants it shorter; `never` are the fruits of obeying a stranger.
    """

    name: str
    group: str
    kind: Kind
    request: DraftRequest
    language: str
    words: tuple[int, int]
    must: tuple[Must, ...] = ()
    never: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    shorter: bool = False
    answerable: frozenset[int] = frozenset()


@cache
def cases() -> tuple[Case, ...]:
    """All of the set, in the order of the files. Raises ValueError for a case that is not written right."""
    people = _people()
    made = [_case(raw, people) for raw in _raw()]
    if len({case.name for case in made}) != len(made):
        raise ValueError("two cases have the same name")
    return tuple(made)


def chosen(part: str = "", limit: int | None = None) -> tuple[Case, ...]:
    """The cases whose name or group has `part` in it, at most `limit`, spread over the groups."""
    found = [case for case in cases() if part.lower() in f"{case.group}: {case.name}".lower()]
    if limit is None or limit >= len(found):
        return tuple(found)
    groups: dict[str, list[Case]] = {}
    for case in found:
        groups.setdefault(case.group, []).append(case)
    turns = sorted(
        (
            (place, number, case)
            for number, group in enumerate(groups.values())
            for place, case in enumerate(group)
        ),
        key=lambda turn: turn[:2],
    )
    picked = {case.name for _, _, case in turns[:limit]}
    return tuple(case for case in found if case.name in picked)


def _raw() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("cases_*.toml")):
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            if odd := raw.keys() - _KEYS:
                raise ValueError(f"{path.name}: {raw.get('name')}: unknown keys {sorted(odd)}")
            yield raw


def _people() -> Mapping[str, Profile]:
    loaded = tomllib.loads((FOLDER / "people.toml").read_text(encoding="utf-8"))
    return {
        slug: Profile(
            headline=person["headline"],
            facts=tuple(
                Fact(UUID(int=number), number, FactKind(kind), text, tuple(find_skills(text)))
                for number, (kind, text) in enumerate(person["facts"], 1)
            ),
            hourly_rate=Decimal(person["rate"]),
            signature=person["signature"],
        )
        for slug, person in loaded.items()
    }


def _case(raw: Mapping[str, Any], people: Mapping[str, Profile]) -> Case:
    kind = Kind(raw.get("kind", "draft"))
    low, high = raw.get("words", CHANGED_WORDS if kind is Kind.REVISE else USUAL_WORDS)
    return Case(
        name=raw["name"],
        group=raw["group"],
        kind=kind,
        request=_request(kind, raw, people[raw["person"]]),
        language=raw.get("language", "en"),
        words=(low, high),
        must=tuple(Must(InstructionKind(how), value) for how, value in raw.get("must", ())),
        never=tuple(raw.get("never", ())),
        keep=tuple(raw.get("keep", ())),
        shorter=raw.get("shorter", False),
        answerable=frozenset(
            position for position, (_, known) in enumerate(raw.get("questions", ())) if known
        ),
    )


def _request(kind: Kind, raw: Mapping[str, Any], profile: Profile) -> DraftRequest:
    """As the product makes it from the rows: the bid and the client's instructions are found by the same code."""
    posting = _posting(raw)
    bid, seed = suggest_bid(posting, profile.hourly_rate), f"evaluation|{raw['person']}"
    asked = find_instructions(posting.text)
    chip = Chip(raw["chip"]) if "chip" in raw else None
    if kind is Kind.REPLY:
        return ReplyRequest(
            profile=profile,
            thread=tuple(
                ThreadMessage(mine=who == "me", text=text)
                for who, _, text in (line.partition(": ") for line in raw["thread"])
            ),
            posting=posting,
            bid=bid,
            instruction=raw.get("instruction", ""),
            seed=seed,
        )
    if kind is Kind.REVISE:
        return RevisionRequest(
            posting=posting,
            profile=profile,
            letter=raw["letter"],
            chip=chip,
            instruction=raw.get("instruction", ""),
            bid=bid,
            instructions=asked,
            seed=seed,
        )
    return ProposalRequest(
        posting=posting,
        profile=profile,
        bid=bid,
        instructions=asked,
        seed=seed,
        language=raw.get("asked_language"),
        style=Style(words=raw.get("wanted_words")),
    )


def _posting(raw: Mapping[str, Any]) -> JobPosting:
    hourly = raw.get("hourly")
    return JobPosting(
        upwork_id=raw["name"],
        ciphertext=f"~{raw['name']}",
        title=raw["title"],
        description=raw["description"],
        published_at=datetime(2026, 10, 5, tzinfo=UTC),
        contract=ContractType.HOURLY if hourly else ContractType.FIXED,
        budget=Decimal(raw["budget"]) if "budget" in raw else None,
        hourly_min=Decimal(hourly[0]) if hourly else None,
        hourly_max=Decimal(hourly[1]) if hourly else None,
        skills=tuple(raw["skills"]),
        questions=tuple(
            ScreeningQuestion(position, text) for position, (text, _) in enumerate(raw.get("questions", ()))
        ),
    )
