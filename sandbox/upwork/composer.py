"""Write a job posting: archetypes from TOML, sentences chosen by a seeded generator."""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sandbox.upwork.records import Company, Posting, Skill

ARCHETYPES = Path(__file__).parent / "archetypes"
DURATIONS: dict[str, tuple[str, int]] = {
    "WEEK": ("Less than 1 month", 3),
    "MONTH": ("1 to 3 months", 9),
    "QUARTER": ("3 to 6 months", 18),
    "SEMESTER": ("More than 6 months", 26),
    "ONGOING": ("More than 6 months", 52),
}


@dataclass(frozen=True, slots=True)
class Archetype:
    """One kind of job with its sentences; ranges are dollars (an hour, or a project)."""

    key: str
    category: str
    subcategory: str
    occupation: str
    skills: tuple[str, ...]
    also: tuple[str, ...]
    hourly: tuple[int, int]
    fixed: tuple[int, int]
    titles: tuple[str, ...]
    openings: tuple[str, ...]
    details: tuple[str, ...]
    tasks: tuple[str, ...]
    wishes: tuple[str, ...]
    questions: tuple[str, ...]
    slots: dict[str, list[str]]


@cache
def shared() -> dict[str, list[str]]:
    """Sentences common to all archetypes."""
    return tomllib.loads((ARCHETYPES / "shared.toml").read_text("utf-8"))


@cache
def archetypes() -> tuple[Archetype, ...]:
    """Every archetype, in a stable order."""
    found = []
    for path in sorted(ARCHETYPES.glob("*.toml")):
        if path.name == "shared.toml":
            continue
        body = tomllib.loads(path.read_text("utf-8"))
        found += [_archetype(body["category"], raw) for raw in body["archetype"]]
    return tuple(found)


def _archetype(category: str, raw: dict[str, Any]) -> Archetype:
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
    }
    return Archetype(category=category, **frozen)


def stable_number(*parts: object, digits: int) -> str:
    """A decimal string of exactly ``digits`` digits that depends on the parts alone."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return str(10 ** (digits - 1) + int.from_bytes(digest[:8]) % (9 * 10 ** (digits - 1)))


def skill(pretty: str) -> Skill:
    """A skill tag as the search returns it; the id follows from the name."""
    slug = re.sub(r"[^a-z0-9+#]+", "-", pretty.lower()).strip("-")
    return Skill(id=stable_number("skill", slug, digits=19), name=slug, pretty=pretty)


def ontology_id(label: str) -> str:
    """The numeric id of a category, subcategory or occupation."""
    return stable_number("ontology", label, digits=18)


def slug(label: str) -> str:
    """A category label in the form used in search results."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def compose(*, seed: int, sequence: int, published_at: float, company: Company, posting_id: str) -> Posting:
    """A new posting; the same arguments give the same posting."""
    rng = random.Random(f"posting:{seed}:{sequence}")
    kind = rng.choice(archetypes())
    words = _slot_values(rng, kind, company)
    fixed = rng.random() < 0.48
    marks: list[str] = []
    skills = [kind.skills[0], *rng.sample(kind.skills[1:], rng.randint(2, min(4, len(kind.skills) - 1)))]
    skills += rng.sample(kind.also, rng.randint(0, min(3, len(kind.also))))
    low, high, amount = _pay(rng, kind, company, fixed=fixed)
    questions = _questions(rng, kind, words)
    if questions:
        marks.append("questions")
    final = _applicants(rng, company)
    return Posting(
        id=posting_id,
        company_id=company.id,
        title=_title(rng, kind, words),
        description=_description(rng, kind, words, company, marks),
        category=kind.category,
        subcategory=kind.subcategory,
        occupation=kind.occupation,
        kind="FIXED" if fixed else "HOURLY",
        experience=_experience(rng, kind, amount if fixed else (high or 0) * 30),
        created_at=published_at - rng.randint(20, 400),
        published_at=published_at,
        closes_at=published_at + rng.uniform(20, 90) * 3600,
        skills=[skill(name) for name in skills],
        amount=amount,
        hourly_min=low,
        hourly_max=high,
        duration=_duration(rng, fixed=fixed),
        workload=rng.choice(("FULL_TIME", "PART_TIME", "PART_TIME", "AS_NEEDED", "NOT_SURE")),
        questions=questions,
        cover_letter_required=rng.random() < 0.95,
        to_hire=1 if rng.random() < 0.92 else rng.randint(2, 5),
        premium=rng.random() < 0.12,
        locations=_locations(rng),
        locations_mandatory=rng.random() < 0.3,
        applicants_final=final,
        applicants_hours=rng.uniform(3, 18),
        invites=rng.choice((0, 0, 0, 1, 2, 3, 6)),
        interviewing_final=rng.randint(0, max(0, min(6, final // 6))),
        archetype=kind.key,
        marks=marks,
        product=words["product"],
    )


def _slot_values(rng: random.Random, kind: Archetype, company: Company) -> dict[str, str]:
    values = {name: rng.choice(options) for name, options in kind.slots.items()}
    values.setdefault("product", kind.subcategory.lower())
    values["product_cap"] = _capital(values["product"])
    values |= {
        "count": str(rng.choice((3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 18, 20, 24, 30, 40))),
        "months": str(rng.randint(3, 30)),
        "days": str(rng.choice((3, 5, 7, 10, 14, 21, 30))),
        "hours": str(rng.choice((3, 5, 8, 10, 15, 20, 25))),
        "score": str(rng.randint(18, 55)),
        "zone": company.timezone.split("/")[-1].replace("_", " ") + " time",
    }
    return values


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(rng: random.Random, kind: Archetype, words: dict[str, str]) -> str:
    body = rng.choice(kind.titles).format_map(words)
    style = rng.random()
    if style < 0.1:
        body = " ".join(_capital(word) for word in body.split(" "))
    elif style < 0.15:
        body = body.lower()
    prefix = rng.choice(shared()["title_prefixes"])
    return prefix + body if prefix else body + rng.choice(shared()["title_suffixes"])


def _description(
    rng: random.Random, kind: Archetype, words: dict[str, str], company: Company, marks: list[str]
) -> str:
    common = shared()
    blocks: list[str] = []
    if rng.random() < 0.5:
        blocks.append(rng.choice(common["greetings"]))
    blocks.append(
        _sentences(rng.choice(kind.openings), *rng.sample(kind.details, rng.randint(1, 3)), words=words)
    )
    careless = not company.verified and rng.random() < 0.35
    if careless:
        marks.append("vague")
        blocks = [rng.choice(common["unclear"]), _sentences(rng.choice(kind.openings), words=words)]
    else:
        blocks.append(
            _task_block(rng, rng.sample(kind.tasks, rng.randint(3, min(6, len(kind.tasks)))), words)
        )
        if rng.random() < 0.75:
            blocks.append(
                _sentences(*rng.sample(kind.wishes, rng.randint(1, min(3, len(kind.wishes)))), words=words)
            )
    extras = rng.sample(common["timing"], rng.randint(0, 2)) + rng.sample(common["terms"], rng.randint(0, 2))
    if extras:
        rng.shuffle(extras)
        blocks.append(_sentences(*extras, words=words))
    if rng.random() < 0.07:
        marks.append("instruction")
        words["word"] = rng.choice(common["secret_words"])
        blocks.append(_sentences(rng.choice(common["secret_instructions"]), words=words))
    if rng.random() < (0.22 if not company.verified else 0.03):
        marks.append("red_flag")
        blocks.append(_sentences(rng.choice(common["red_flags"]), words=words))
    if rng.random() < 0.8:
        blocks.append(_sentences(*rng.sample(common["closings"], rng.randint(1, 2)), words=words))
    text = ("\n\n" if rng.random() < 0.8 else "\n").join(blocks)
    return text.lower() if careless and rng.random() < 0.4 else text


def _sentences(*templates: str, words: dict[str, str]) -> str:
    return " ".join(_capital(template.format_map(words)) for template in templates)


def _task_block(rng: random.Random, tasks: list[str], words: dict[str, str]) -> str:
    lines = [task.format_map(words) for task in tasks]
    style = rng.choice(("dash", "dot", "number", "star", "prose"))
    if style == "prose":
        lead = rng.choice(("The work: ", "What we need: ", "In short: ", "Please "))
        return lead + "; ".join(line[:1].lower() + line[1:] for line in lines) + "."
    heading = rng.choice(("What needs doing:", "Scope:", "Tasks", "Your job:", "Deliverables:", ""))
    signs = {"dash": "- ", "dot": "• ", "star": "* "}
    body = "\n".join(
        (f"{number}. " if style == "number" else signs[style]) + line for number, line in enumerate(lines, 1)
    )
    return f"{heading}\n{body}" if heading else body


def _questions(rng: random.Random, kind: Archetype, words: dict[str, str]) -> list[str]:
    if rng.random() >= 0.34:
        return []
    own = rng.sample(kind.questions, rng.randint(1, min(2, len(kind.questions))))
    return [text.format_map(words) for text in own + rng.sample(shared()["questions"], rng.randint(0, 2))]


def _pay(
    rng: random.Random, kind: Archetype, company: Company, *, fixed: bool
) -> tuple[float | None, float | None, float]:
    generosity = 0.35 if not company.verified else 0.6 if company.spent < 10_000 else 1.0
    if fixed:
        low, high = kind.fixed
        amount = low + (high - low) * generosity * rng.betavariate(1.3, 3)
        return None, None, float(max(5, round(amount / 10) * 10))
    if rng.random() < 0.15:
        return None, None, 0.0
    low, high = kind.hourly
    top = low + (high - low) * generosity * rng.betavariate(2, 2)
    bottom = top * rng.uniform(0.4, 0.8)
    return float(max(3, round(bottom))), float(max(5, round(top))), 0.0


def _experience(
    rng: random.Random, kind: Archetype, worth: float
) -> Literal["ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"]:
    if rng.random() < 0.15:
        return rng.choice(("ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"))
    if worth > kind.fixed[1] * 0.35 or worth > 1800:
        return "EXPERT"
    return "ENTRY_LEVEL" if worth < 200 else "INTERMEDIATE"


def _duration(
    rng: random.Random, *, fixed: bool
) -> Literal["WEEK", "MONTH", "QUARTER", "SEMESTER", "ONGOING"]:
    return rng.choice(
        ("WEEK", "WEEK", "MONTH", "QUARTER") if fixed else ("WEEK", "MONTH", "QUARTER", "SEMESTER", "ONGOING")
    )


def _applicants(rng: random.Random, company: Company) -> int:
    """How many will have applied in the end: a long tail, more for clients who are known to pay."""
    return round(rng.lognormvariate(2.7, 0.7)) + (8 if company.verified and company.spent > 20_000 else 0)


def _locations(rng: random.Random) -> list[str]:
    if rng.random() < 0.88:
        return []
    return rng.choice(
        (["Ukraine"], ["Poland", "Ukraine"], ["United States"], ["United Kingdom"], ["Germany", "Austria"])
    )
