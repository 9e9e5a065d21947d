"""Letters that lie and letters that do not, for freelancers of our own making, in groups written one after another.

A trap is an honest letter with one lie put into it: written by hand, or made from a fact by changing one number, or by taking a
client, a job or a link from another freelancer. An honest letter is written by hand or by the offline composer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from core.drafting.draft import Bid, ProposalRequest, Style, Tone
from core.drafting.offline import write_offline
from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.skills import find_skills
from core.profile.facts import Fact, FactKind, Profile

PEOPLE = Path(__file__).with_name("people")
PARTS = ("dev", "held", "fresh", "blind", "last", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBER = re.compile(r"(?<![\w.,$-])\d+(?:[.,  ]\d+)*(?![\w-])")
_DECIMAL = re.compile(r"\d+([.,])\d{1,2}")
_COMPOSED = (
    Style(Tone.PLAIN, 90),
    Style(Tone.WARM, 160),
    Style(Tone.FORMAL, 220),
    Style(Tone.PLAIN, 160),
)
_BORROWED = {
    "en": ("I did similar work for {}.", "{} was one of my clients.", "Past clients: {}."),
    "uk": ("Схожу роботу я вже виконав для «{}».", "Серед моїх клієнтів — «{}».", "Мій замовник: {}."),
}
_WRONG_JOB = {
    "en": ("I have read about {} and like the idea.", "With {} I would begin right away."),
    "uk": ("Прочитав про «{}», ідея подобається.", "Для «{}» почав би вже завтра."),
}
_LINKS = {"en": "Here is a sample: {}", "uk": "Ось приклад: {}"}
_FOREIGN = (
    "https://github.com/another-dev",
    "bit.ly/3xSample",
    "https://drive.google.com/file/d/1a2b3c",
    "www.best-works.net",
)


@dataclass(frozen=True, slots=True)
class Person:
    """`clients` are the true ones; `company` is who posted the job `request` answers."""

    slug: str
    part: str
    language: str
    clients: tuple[str, ...]
    company: str
    request: ProposalRequest
    lies: tuple[tuple[str, str], ...]
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One letter. In a trap `lie` is the span of what nothing supports; in an honest letter it is None."""

    person: Person
    kind: str
    letter: str
    lie: tuple[int, int] | None = None

    @property
    def part(self) -> str:
        return self.person.part


@cache
def people() -> tuple[Person, ...]:
    return tuple(_person(path) for path in sorted(PEOPLE.glob("*.toml")))


def _person(path: Path) -> Person:
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    facts = tuple(
        Fact(UUID(int=number), number, FactKind(kind), text, tuple(find_skills(text)))
        for number, (kind, text) in enumerate(data["facts"], 1)
    )
    rate, job = Decimal(data["rate"]), data["job"]
    budget = Decimal(job["budget"]) if "budget" in job else None
    contract = ContractType.FIXED if budget else ContractType.HOURLY
    posting = JobPosting(
        upwork_id=path.stem,
        ciphertext=f"~{path.stem}",
        title=job["title"],
        description=job["description"],
        published_at=datetime(2026, 5, 4, tzinfo=UTC),
        contract=contract,
        skills=tuple(job["skills"]),
        budget=budget,
    )
    request = ProposalRequest(
        posting, Profile(data["headline"], facts, rate, data["signature"]), bid=Bid(budget or rate, contract)
    )
    return Person(
        slug=path.stem,
        part=data["part"],
        language=data["language"],
        clients=tuple(data["clients"]),
        company=job["company"],
        request=request,
        lies=tuple((kind, sentence) for kind, sentence in data["lies"]),
        letters=tuple(data["honest"]),
    )


def traps() -> Iterator[Case]:
    """Every trap of every group, in a fixed order."""
    for person in people():
        lies = [(kind, text, text) for kind, text in person.lies] + list(_made(person))
        for place, (kind, sentence, quote) in enumerate(lies):
            yield _planted(person, kind, sentence, quote, place)


def honest() -> Iterator[Case]:
    """Every honest letter of every group; `kind` says who wrote it."""
    for person in people():
        yield from (Case(person, "by hand", letter) for letter in person.letters)
        for place, style in enumerate(_COMPOSED):
            wish = ProposalRequest(
                person.request.posting,
                person.request.profile,
                bid=person.request.bid,
                seed=f"tenant-{place}",
                style=style,
            )
            yield Case(person, "composed", write_offline(wish).letter)


def _made(person: Person) -> Iterator[tuple[str, str, str]]:
    """(kind, sentence, the part of it that is untrue)."""
    facts = person.request.profile.facts
    told = " ".join(fact.text for fact in facts)
    for fact in facts:
        if fact.kind is FactKind.LINK:
            continue
        for match in _NUMBER.finditer(fact.text):
            untrue = _other(match.group())
            if untrue not in told:
                text = f"{fact.text[: match.start()]}{untrue}{fact.text[match.end() :]}."
                yield ("changed number", text, untrue)
    strangers = [other for other in people() if other is not person]
    clients = [client for other in strangers for client in other.clients]
    companies = [other.company for other in strangers if other.language == person.language]
    for place, pattern in enumerate(_BORROWED[person.language]):
        client = clients[place % len(clients)]
        yield ("client", pattern.format(client), client)
    yield ("client", _BORROWED[person.language][0].format(person.company), person.company)
    for place, pattern in enumerate(_WRONG_JOB[person.language]):
        company = companies[place % len(companies)]
        yield ("wrong_job", pattern.format(company), company)
    foreign = _FOREIGN[len(person.slug) % len(_FOREIGN)]
    yield ("link", _LINKS[person.language].format(foreign), foreign)


def _other(number: str) -> str:
    if point := _DECIMAL.fullmatch(number):
        return f"{float(number.replace(',', '.')) * 3:.1f}".replace(".", point[1])
    amount = int(re.sub(r"\D", "", number))
    return str(amount - 9) if 1990 < amount < 2030 else str(amount * 3 + 1)


def _planted(person: Person, kind: str, sentence: str, quote: str, place: int) -> Case:
    """The lie after the first sentence of one of the person's honest letters."""
    carrier = person.letters[place % len(person.letters)]
    gap = re.search(r"(?<=[.!?])\s+", carrier)
    cut = gap.end() if gap else 0
    letter = f"{carrier[:cut]}{sentence} {carrier[cut:]}"
    start = cut + sentence.index(quote)
    return Case(person, kind, letter, (start, start + len(quote)))
