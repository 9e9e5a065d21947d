"""The user's own facts: the only evidence a draft may use and the only text that is embedded for retrieval."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class FactKind(StrEnum):
    SKILL = "skill"
    EXPERIENCE = "experience"
    PROJECT = "project"
    EDUCATION = "education"
    LANGUAGE = "language"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement the user made about themselves, in their own words.

    `number` is the short id ("F3") the user and the model see; `skills` are canonical skill slugs found in
    the text; `vector` is its unit-length embedding (384 floats) once the worker has computed it.
    """

    id: UUID
    number: int
    kind: FactKind
    text: str
    skills: tuple[str, ...] = ()
    vector: tuple[float, ...] | None = None

    @property
    def label(self) -> str:
        return f"F{self.number}"


@dataclass(frozen=True, slots=True)
class Profile:
    """A freelancer's profile as scoring and drafting see it. `hourly_rate` is US dollars per hour."""

    headline: str
    facts: tuple[Fact, ...]
    hourly_rate: Decimal | None = None
    signature: str | None = None

    @property
    def skills(self) -> frozenset[str]:
        return frozenset(skill for fact in self.facts for skill in fact.skills)
