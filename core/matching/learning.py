"""What a person's answers say about postings: numbers of a posting, a small model of theirs, and what it predicts.

The model is a logistic regression whose prior is the cold-start score: with no answers it says what that score says, and
every answer moves it from there. It is used only for a person whose own answers it foretells better than that score does. It
holds and is fitted on numbers only, so it may outlive the postings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log, log2, log10

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.matching.gates import contract_of
from core.matching.odds import minutes_old
from core.matching.score import LEARNED_HALF, Learned, Score

Numbers = Mapping[str, float]

MIN_ANSWERS = 5
"""Before so many answers, and both a yes and a no among them, nothing is learned."""

_SHRINKAGE = 4.0
_UNMOVED = 1e6
_TRUST_IN_COLD = 25.0
_STEPS = 25
_FOLDS = 5
_ROUNDS = 4
"""One way of parting twenty answers is luck; the mean of four is less of it (see docs/learning.md)."""
_LEVELS = {ExperienceLevel.ENTRY: 1.0, ExperienceLevel.INTERMEDIATE: 2.0, ExperienceLevel.EXPERT: 3.0}


class Family(StrEnum):
    """What can be learned from and forgotten, each a kind of number of a posting."""

    CONTRACT = "contract"  # 1 fixed price, 0 hourly
    BUDGET = "budget"  # US dollars for the whole job
    HOURLY = "hourly"  # US dollars an hour, the upper bound where there is one
    CROWD = "crowd"  # applicants
    AGE = "age"  # minutes since it was published
    VERIFIED = "verified"  # 1 or 0
    SPENT = "spent"  # US dollars the client has spent
    HIRE_RATE = "hire_rate"  # 0..1
    LEVEL = "level"  # 1 entry, 2 intermediate, 3 expert
    QUESTIONS = "questions"  # screening questions
    FIT = "fit"  # 0..100, the axis
    CLIENT = "client"  # 0..100, the axis
    ODDS = "odds"  # 0..100, the axis


class Answer(StrEnum):
    """What a person did with a card, from the least to the most telling yes."""

    SKIPPED = "skipped"
    SAVED = "saved"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answered card: `numbers` by Family, `total` the cold-start score and `shown` the one on the card (0..100), and what
    became of it.

    `edited`: they changed our text, `sent`: Upwork has the proposal, `replied`: the client wrote back, `hired`: it became a
    contract.
    """

    numbers: Numbers
    total: float
    answer: Answer
    at: datetime
    reason: str | None = None
    edited: bool = False
    sent: bool = False
    replied: bool = False
    hired: bool = False
    shown: float = 0.0

    @property
    def wanted(self) -> bool:
        return self.answer is not Answer.SKIPPED

    @property
    def weight(self) -> float:
        """How much the answer says: money and work put in say more than a tap."""
        if self.hired:
            return 3.0
        if self.replied:
            return 2.0
        if self.answer is Answer.APPROVED:
            return 1.25 if self.edited else 1.0
        # "Another reason" may have nothing to do with the posting; a save has cost nothing.
        return 0.5 if self.answer is Answer.SAVED or self.reason in (None, "other") else 1.0


@dataclass(frozen=True, slots=True)
class Taste:
    """A fitted model. `answers` is how many it was made from; `weights` by Family, per standard deviation, in log-odds."""

    answers: int
    slope: float
    level: float
    weights: Mapping[Family, float]
    centres: Mapping[Family, float]
    spreads: Mapping[Family, float]

    @property
    def share(self) -> float:
        """The part of a total that comes from this model, 0..1."""
        return self.answers / (self.answers + LEARNED_HALF)

    def learned(self, numbers: Numbers, total: float) -> Learned:
        """What `score_posting` blends in. It is centred on the cold-start scores of the cards that were answered, so that a
        person who takes few cards gets other cards first, not fewer."""
        return Learned(100 * _sigmoid(self._logit(numbers, total) - self.level), self.answers)

    def _logit(self, numbers: Numbers, total: float) -> float:
        known = (
            weight * _bounded((_shape(family, numbers[family]) - self.centres[family]) / self.spreads[family])
            for family, weight in self.weights.items()
            if family in numbers
        )
        return self.slope * _cold_logit(total) + sum(known)


def numbers_of(posting: JobPosting, score: Score, *, now: datetime) -> dict[str, float]:
    """The numbers of a scored posting by Family; what Upwork did not say is left out. No words, and nothing made of words."""
    contract = contract_of(posting)
    dollars = posting.currency.upper() == "USD"
    hourly = posting.hourly_max or posting.hourly_min
    client = posting.client
    found: dict[Family, float | None] = {
        Family.CONTRACT: None if contract is None else float(contract is ContractType.FIXED),
        Family.BUDGET: float(posting.budget)
        if dollars and contract is ContractType.FIXED and posting.budget
        else None,
        Family.HOURLY: float(hourly) if dollars and contract is ContractType.HOURLY and hourly else None,
        Family.CROWD: None if posting.applicants is None else float(max(0, posting.applicants)),
        Family.AGE: minutes_old(posting, now),
        Family.VERIFIED: None if client.payment_verified is None else float(client.payment_verified),
        Family.SPENT: None if client.spent is None else max(0.0, float(client.spent)),
        Family.HIRE_RATE: client.hire_rate,
        Family.LEVEL: _LEVELS[posting.experience] if posting.experience else None,
        Family.QUESTIONS: float(len(posting.questions)),
        Family.FIT: score.fit.score,
        Family.CLIENT: score.client.score,
        Family.ODDS: score.odds.score,
    }
    return {family.value: round(value, 4) for family, value in found.items() if value is not None}


def fit_taste(answers: Sequence[Answered]) -> Taste | None:
    """The model, if it is worth anything: None while there are too few answers, or all of one kind, or while it foretells answers
    it was not fitted on no better than the cold-start score does. Same answers, same model."""
    taste = fit_unproven(answers)
    return taste if taste is not None and _foretells(answers) else None


def fit_unproven(answers: Sequence[Answered]) -> Taste | None:
    """The model whether it foretells anything or not, for measuring what the proof is worth. None as above, but for the proof."""
    wanted = _wanted(answers)
    if len(answers) < MIN_ANSWERS or wanted.min() == wanted.max():
        return None
    families, table, centres, spreads = _table(answers)
    cold = np.array([_cold_logit(answer.total) for answer in answers])
    fitted = _fit(_design(cold, table), wanted, _weights(answers), _SHRINKAGE)
    slope, weights = float(fitted[1]), fitted[2:]
    level = float((slope * cold + table @ weights).mean() - cold.mean())
    return Taste(
        len(answers),
        slope,
        level,
        {family: float(weight) for family, weight in zip(families, weights, strict=True)},
        centres,
        spreads,
    )


def _foretells(answers: Sequence[Answered]) -> bool:
    """Whether held-out answers are likelier under the model than under the cold-start score alone, fitted to the same others.

    For people whose profile says all there is to say, the numbers only add noise: without this they lose by being learned from.
    """
    _, table, _, _ = _table(answers)
    cold = np.array([_cold_logit(answer.total) for answer in answers])
    design, wanted, weights = _design(cold, table), _wanted(answers), _weights(answers)
    gained = 0.0
    for number in range(_ROUNDS):
        fold_of = np.random.default_rng(number).permutation(len(answers)) % _FOLDS
        for fold in range(_FOLDS):
            here, rest = fold_of == fold, fold_of != fold
            for shrinkage, sign in ((_SHRINKAGE, 1.0), (_UNMOVED, -1.0)):
                fitted = _fit(design[rest], wanted[rest], weights[rest], shrinkage)
                logits = np.clip(design[here] @ fitted, -30, 30)
                likelihood = weights[here] * (wanted[here] * logits - np.log1p(np.exp(logits)))
                gained += sign * float(likelihood.sum())
    return gained > 0


def _wanted(answers: Sequence[Answered]) -> NDArray[np.float64]:
    return np.array([answer.wanted for answer in answers], dtype=np.float64)


def _weights(answers: Sequence[Answered]) -> NDArray[np.float64]:
    return np.array([answer.weight for answer in answers])


def _design(cold: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.ones(len(cold)), cold, table])


def _fit(
    design: NDArray[np.float64], wanted: NDArray[np.float64], weights: NDArray[np.float64], shrinkage: float
) -> NDArray[np.float64]:
    """Base rate, trust in the cold-start score, and a weight per family, in this order."""
    prior = np.zeros(design.shape[1])
    prior[1] = 1.0
    # The base rate is free; how much the cold-start score counts is trusted until many answers speak against it.
    ridge = np.full(design.shape[1], shrinkage)
    ridge[0], ridge[1] = 0.1, _TRUST_IN_COLD
    return regression(design, wanted, weights, prior, ridge)


def _table(
    answers: Sequence[Answered],
) -> tuple[list[Family], NDArray[np.float64], dict[Family, float], dict[Family, float]]:
    """Numbers in standard deviations, one column per family that varies; what is unknown stands in the middle."""
    families: list[Family] = []
    columns: list[NDArray[np.float64]] = []
    centres: dict[Family, float] = {}
    spreads: dict[Family, float] = {}
    for family in Family:
        known = np.array([_shape(family, each.numbers[family]) for each in answers if family in each.numbers])
        if len(known) < MIN_ANSWERS or known.std() < 1e-6:
            continue
        centre, spread = float(known.mean()), float(known.std())
        families.append(family)
        centres[family], spreads[family] = centre, spread
        columns.append(
            np.array(
                [
                    _bounded((_shape(family, each.numbers[family]) - centre) / spread)
                    if family in each.numbers
                    else 0.0
                    for each in answers
                ]
            )
        )
    table = np.column_stack(columns) if columns else np.zeros((len(answers), 0))
    return families, table, centres, spreads


def regression(
    design: NDArray[np.float64],
    wanted: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior: NDArray[np.float64],
    ridge: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Penalised logistic regression by Newton's steps, drawn to `prior`; a `ridge` above 0 keeps every step solvable."""
    found = prior.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (weights * (chance - wanted)) + ridge * (found - prior)
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, slope), -2.0, 2.0)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    return found


def _shape(family: Family, value: float) -> float:
    """Money and counts matter by their ratio, not by their difference."""
    if family in (Family.BUDGET, Family.SPENT):
        return log10(1 + max(0.0, value))
    if family in (Family.HOURLY, Family.CROWD, Family.AGE, Family.QUESTIONS):
        return log2(1 + max(0.0, value))
    return value


def _bounded(deviations: float) -> float:
    """One freak budget must not decide everything."""
    return min(3.0, max(-3.0, deviations))


def _cold_logit(total: float) -> float:
    share = min(0.98, max(0.02, total / 100))
    return log(share / (1 - share))


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-min(30.0, max(-30.0, value))))
