"""What answers are worth: nDCG@10 of simulated people's cards after 20 and 80 answers, beside the cold-start score.

A simulated person has a profile, and tastes that the profile does not tell: pay, contract, crowd, clients. They answer cards
with noise. Judged are postings they never answered, by the same taste without noise. The people without hidden tastes are
there to see what learning costs those who have nothing to teach; beside what the product does stands what it would do without
the proof on held-out answers (`core.matching.learning.fit_taste`). Every seed has its own people and postings, and none of them
is one that the proof was chosen with. The people are made up, so the gain is that of these people: it shows that the method
learns what can be learned, not how much a real person has to teach it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import log2, log10
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from benchmarks.eval_match.measures import interval, measure
from core.jobs_feed.posting import ClientFacts, ContractType, ExperienceLevel, JobPosting
from core.matching.learning import (
    Answer,
    Answered,
    Numbers,
    Taste,
    fit_taste,
    fit_unproven,
    numbers_of,
)
from core.matching.reading import PostingReading, read_posting, read_profile
from core.matching.score import LEARNED_HALF, Score, score_posting
from core.matching.skills import find_skills
from core.profile.facts import Fact, FactKind, Profile
from core.searches.criteria import Criteria
from sandbox.upwork.companies import make_company
from sandbox.upwork.composer import Archetype, archetypes, compose

SEED = 31
SEEDS = (71, 72, 73, 74, 75, 76)
PEOPLE = 40
POSTINGS = 420
SHOWN = 240
SIZES = (20, 80)
NOISE = 0.5
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
_LEVELS = {
    "ENTRY_LEVEL": ExperienceLevel.ENTRY,
    "INTERMEDIATE": ExperienceLevel.INTERMEDIATE,
    "EXPERT": ExperienceLevel.EXPERT,
}

WAYS: dict[str, Callable[[Sequence[Answered]], Taste | None]] = {
    "without proof": fit_unproven,
    "with proof": fit_taste,
}

Values = NDArray[np.float64]
Made = tuple[JobPosting, PostingReading, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A posting as one person's card: its numbers, and how much of the person's trade it asks for (0..1), which no code sees."""

    numbers: Numbers
    total: float
    trade: float


@dataclass(frozen=True, slots=True)
class Tastes:
    """Hidden: what one unit of each is worth. A unit is about a standard deviation among postings."""

    trade: float
    pay: float = 0.0
    fixed: float = 0.0
    crowd: float = 0.0
    client: float = 0.0

    def worth(self, seen: Seen) -> float:
        numbers = seen.numbers
        pay = 0.0
        if "budget" in numbers:
            pay = log10(numbers["budget"] / 700) / 0.5
        elif "hourly" in numbers:
            pay = log2(numbers["hourly"] / 45) / 0.7
        return (
            self.trade * (seen.trade - 0.4) / 0.25
            + self.pay * pay
            + self.fixed * (2 * numbers.get("contract", 0.5) - 1)
            - self.crowd * (log2(1 + numbers.get("crowd", 15)) - 4) / 1.3
            + self.client * (log10(1 + numbers.get("spent", 3000)) - 3.5) / 1.2
        )


def postings(count: int = POSTINGS, *, seed: int = SEED) -> list[Made]:
    """The sandbox's postings as the product reads them, each with its tags."""
    made = []
    rng = random.Random(seed)
    for number in range(count):
        published = NOW - timedelta(minutes=rng.expovariate(1 / 90))
        company = make_company(seed=seed, number=number, now=NOW.timestamp())
        raw = compose(
            seed=seed,
            sequence=number,
            published_at=published.timestamp(),
            company=company,
            posting_id=str(number),
        )
        tags = tuple(skill.pretty for skill in raw.skills)
        posting = JobPosting(
            upwork_id=raw.id,
            ciphertext=f"~02{raw.id}",
            title=raw.title,
            description=raw.description,
            published_at=published,
            contract=ContractType.FIXED if raw.kind == "FIXED" else ContractType.HOURLY,
            budget=Decimal(str(raw.amount)) if raw.kind == "FIXED" and raw.amount else None,
            hourly_min=Decimal(str(raw.hourly_min)) if raw.hourly_min else None,
            hourly_max=Decimal(str(raw.hourly_max)) if raw.hourly_max else None,
            experience=_LEVELS[raw.experience],
            skills=tags,
            applicants=round(raw.applicants_final * rng.random()),
            client=ClientFacts(
                payment_verified=company.verified,
                hires=company.hires,
                posted_jobs=company.posted_jobs,
                reviews=company.reviews,
                feedback=Decimal(str(round(company.feedback, 2))),
                spent=None if company.private_spend else Decimal(str(round(company.spent))),
            ),
        )
        made.append((posting, read_posting(posting), frozenset(tags)))
    return made


def profile_of(kinds: Sequence[Archetype]) -> tuple[Profile, frozenset[str]]:
    skills = tuple(dict.fromkeys(skill for kind in kinds for skill in kind.skills))
    facts = tuple(
        Fact(UUID(int=number), number, FactKind.OTHER, f"Worked with {skill}", find_skills(skill) or (skill,))
        for number, skill in enumerate(skills, 1)
    )
    return Profile(kinds[0].occupation, facts), frozenset(skills)


def seen_by(profile: Profile, skills: frozenset[str], made: Sequence[Made]) -> list[Seen]:
    """Every posting scored cold for one person."""
    criteria = Criteria(query="")
    reading = read_profile(profile, criteria)
    found = []
    for posting, read, tags in made:
        score: Score = score_posting(
            posting,
            profile,
            criteria,
            now=NOW,
            posting_reading=read,
            profile_reading=reading,
        )
        found.append(Seen(numbers_of(posting, score, now=NOW), score.total, len(tags & skills) / len(tags)))
    return found


def answer(
    cards: Sequence[Seen], tastes: Tastes, count: int, rng: random.Random, *, noise: float = NOISE
) -> list[Answered]:
    """The first `count` answers. A person is shown the better part of what was scored and takes about a third of it."""
    middle = sorted(card.total for card in cards)[len(cards) // 3]
    shown = [card for card in cards if card.total >= middle]
    worths = [tastes.worth(card) for card in shown]
    spread = float(np.std(worths)) or 1.0
    bar = sorted(worths)[len(worths) * 2 // 3]
    picked = rng.sample(range(len(shown)), min(count, len(shown)))
    return [
        Answered(
            shown[index].numbers,
            shown[index].total,
            Answer.APPROVED if worths[index] + rng.gauss(0, noise * spread) > bar else Answer.SKIPPED,
            NOW,
            reason="boring",
        )
        for index in picked
    ]


def blended(
    cards: Sequence[Seen], answers: Sequence[Answered], fit: Callable[[Sequence[Answered]], Taste | None]
) -> Values:
    """Totals as `score_posting` makes them of the cold ones."""
    cold = np.array([card.total for card in cards])
    taste = fit(answers)
    if taste is None:
        return cold
    share = taste.answers / (taste.answers + LEARNED_HALF)
    learned = np.array([taste.learned(card.numbers, card.total).score for card in cards])
    return np.asarray((1 - share) * cold + share * learned, dtype=np.float64)


def grades_of(cards: Sequence[Seen], tastes: Tastes) -> NDArray[np.int64]:
    """3 for the best twentieth, 2 for the next tenth, 1 for the next fifth."""
    worths = np.array([tastes.worth(card) for card in cards])
    ranks = (worths.argsort().argsort() + 0.5) / len(worths)
    return np.digitize(ranks, [0.65, 0.85, 0.95])


def people(rng: random.Random, count: int, *, hidden: bool) -> list[tuple[list[Archetype], Tastes]]:
    """Profiles and tastes. Without hidden ones only the trade counts, which the cold-start score reads from the profile."""
    found = []
    for _ in range(count):
        kinds = rng.sample(list(archetypes()), 2)
        own = (
            Tastes(
                trade=1.0,
                pay=rng.gauss(0, 0.8),
                fixed=rng.gauss(0, 0.8),
                crowd=abs(rng.gauss(0, 0.6)),
                client=rng.gauss(0.4, 0.6),
            )
            if hidden
            else Tastes(1.0)
        )
        found.append((kinds, own))
    return found


def simulate(
    made: Sequence[Made], *, hidden: bool, count: int = PEOPLE, noise: float = NOISE, seed: int = SEED
) -> dict[tuple[str, int], Values]:
    """nDCG@10 per person by way of fitting and number of answers; 0 of them is the cold-start score. The same postings are judged
    for each."""
    rng = random.Random(seed)
    rows: dict[tuple[str, int], list[float]] = {(way, size): [] for way in WAYS for size in (0, *SIZES)}
    for kinds, tastes in people(rng, count, hidden=hidden):
        cards = seen_by(*profile_of(kinds), made)
        past, future = cards[:SHOWN], cards[SHOWN:]
        grades = grades_of(future, tastes)[None, :]
        answers = answer(past, tastes, max(SIZES), rng, noise=noise)
        for (way, size), values in rows.items():
            totals = blended(future, answers[:size], WAYS[way])
            values.append(float(measure(totals[None, :], grades)["ndcg10"][0]))
    return {key: np.array(values) for key, values in rows.items()}


def main() -> None:
    print(
        f"{len(SEEDS)} seeds of {PEOPLE} people, {POSTINGS - SHOWN} postings each that they never answered;"
        " 95 % intervals over people"
    )
    worlds = {seed: postings(seed=seed) for seed in SEEDS}
    for hidden in (True, False):
        print("hidden tastes:" if hidden else "no hidden tastes:")
        runs = [simulate(made, hidden=hidden, seed=seed) for seed, made in worlds.items()]
        cold = np.concatenate([run["with proof", 0] for run in runs])
        low, high = interval(cold)
        print(f"    0 answers                 nDCG@10 {cold.mean():.3f} [{low:.3f}, {high:.3f}]")
        for size in SIZES:
            for way in WAYS:
                values = np.concatenate([run[way, size] for run in runs])
                gain = values - cold
                low, high = interval(gain)
                by_seed = [float((run[way, size] - run[way, 0]).mean()) for run in runs]
                moved = int((gain != 0).sum())
                print(
                    f"  {size:3d} answers {way:15s} nDCG@10 {values.mean():.3f}"
                    f"  gain {gain.mean():+.4f} [{low:+.4f}, {high:+.4f}]"
                    f"  seeds {min(by_seed):+.3f}..{max(by_seed):+.3f}"
                    f"  order moved for {moved}, worse for {(gain < 0).sum()} of {len(gain)}"
                )


if __name__ == "__main__":
    main()
