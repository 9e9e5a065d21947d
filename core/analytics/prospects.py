"""The chance that a proposal is answered, and hired: published averages first, then the person's own history.

Published base rates about Upwork proposals: 7.45 % are answered on average, and one sent within the posting's first hour is
answered 5 to 10 percentage points more often; the middle of that is used. Who publishes what, and how far such figures lie
apart, is in docs/learning.md. No published figure for contracts per answer is relied on: one in four is our assumption, given the
weight of four answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.matching.calibration import brier_score
from core.matching.learning import Answered, Family, Numbers

REPLY_RATE = 0.0745
FIRST_HOUR = 0.075
FIRST_HOUR_MINUTES = 60.0
PRIOR_PROPOSALS = 40.0
HIRE_PER_REPLY = 0.25
PRIOR_REPLIES = 4.0

SETTLED_AFTER = timedelta(days=7)
"""A younger proposal counts neither way: without its silence, which is not known yet, its answer would flatter the rate."""
HIRED_AFTER = timedelta(days=30)
"""The same for contracts: a client who wrote takes weeks to hire."""

MIN_PROPOSALS = 30
MIN_EACH = 5
"""Below these, only the person's overall rate moves the chance; no model is made of it."""

CONNECT_PRICE = 0.15
"""US dollars for a Connect, as Upwork sells them."""
FEE = 0.10
"""What Upwork keeps of a contract: 0 to 15 % since May 2025, 10 % before; it tells the rate only with the offer."""

BOOST_UPLIFT = 0.5
"""How much likelier a boost is taken to make a contract. Nobody publishes it, so it is said beside the number."""

_PRIOR_SHARE_OF_EARLY = 0.25
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Chances:
    """`reply` and `hire` 0..1; `sure` 0..1 is how much of `reply` is their own history, of `proposals` settled proposals."""

    reply: float
    hire: float
    sure: float
    proposals: int


@dataclass(frozen=True, slots=True)
class Prospects:
    """What the history says: `replies` of `proposals` settled ones, `hires` of `old_replies`, those old enough for a contract.

    `model` is fitted only when it has predicted proposals it had not seen better than the rate did.
    """

    proposals: int
    replies: int
    hires: int
    old_replies: int = 0
    model: Any = None

    def chances(self, numbers: Numbers) -> Chances:
        rate = self.rate(_early(numbers))
        reply = rate if self.model is None else float(self.model.predict_proba([_row(numbers)])[0, 1])
        hired = (self.hires + HIRE_PER_REPLY * PRIOR_REPLIES) / (self.old_replies + PRIOR_REPLIES)
        sure = self.proposals / (self.proposals + PRIOR_PROPOSALS)
        return Chances(reply, reply * min(1.0, hired), sure, self.proposals)

    def rate(self, early: bool) -> float:
        """The reply rate without a model: the published one, moved by the person's own."""
        published = REPLY_RATE + (FIRST_HOUR if early else 0.0)
        return (self.replies + published * PRIOR_PROPOSALS) / (self.proposals + PRIOR_PROPOSALS)


def fit_prospects(answers: Sequence[Answered], *, now: datetime) -> Prospects:
    """From the sent proposals among the answers, those too young to have settled left out. Never fails for lack of data."""
    sent = [each for each in answers if each.sent and now - each.at >= SETTLED_AFTER]
    replied = np.array([each.replied or each.hired for each in sent], dtype=np.float64)
    old = [each for each in sent if (each.replied or each.hired) and now - each.at >= HIRED_AFTER]
    plain = Prospects(len(sent), int(replied.sum()), sum(each.hired for each in old), len(old))
    if len(sent) < MIN_PROPOSALS or min(replied.sum(), len(sent) - replied.sum()) < MIN_EACH:
        return plain
    rows = np.array([_row(each.numbers) for each in sent])
    if not _predicts(rows, replied):
        return plain
    return replace(plain, model=_fit(rows, replied))


@dataclass(frozen=True, slots=True)
class Boost:
    """Up to `connects` a boost pays off: it adds `gained` (0..1) to the chance of earning `value` US dollars, fee taken off."""

    connects: int
    gained: float
    value: float


def boost(chances: Chances, budget: float, *, uplift: float = BOOST_UPLIFT) -> Boost:
    """The most Connects a boost may cost before it loses money: what it adds to the expected earnings from a contract of `budget`
    US dollars, by making that contract `uplift` times likelier still, over the price of a Connect. Work is not counted as a cost.
    """
    gained = min(1.0 - chances.hire, chances.hire * uplift)
    value = max(0.0, budget) * (1 - FEE)
    # A hair more than what division leaves of a whole number.
    return Boost(max(0, floor(gained * value / CONNECT_PRICE + 1e-9)), gained, value)


def _row(numbers: Numbers) -> list[float]:
    """Around 0 and about 1 wide; what is unknown stands at 0."""
    return [
        1.0 if _early(numbers) else 0.0,
        (log2(1 + numbers[Family.CROWD]) - 4.0) / 1.5 if Family.CROWD in numbers else 0.0,
        *((numbers[axis] - 50) / 20 if axis in numbers else 0.0 for axis in (Family.FIT, Family.CLIENT)),
    ]


def _early(numbers: Numbers) -> bool:
    return numbers.get(Family.AGE, FIRST_HOUR_MINUTES) < FIRST_HOUR_MINUTES


def _fit(rows: NDArray[np.float64], replied: NDArray[np.float64]) -> Any:
    """Logistic regression in which the published rates take part as `PRIOR_PROPOSALS` proposals that were average otherwise."""
    from sklearn.linear_model import LogisticRegression  # slow to import, and most people have no history yet

    width = rows.shape[1]
    early = np.zeros(width)
    early[0] = 1.0
    prior = np.array([early, early, np.zeros(width), np.zeros(width)])
    count = np.array([_PRIOR_SHARE_OF_EARLY] * 2 + [1 - _PRIOR_SHARE_OF_EARLY] * 2) * PRIOR_PROPOSALS
    rate = np.array([REPLY_RATE + FIRST_HOUR, 1 - REPLY_RATE - FIRST_HOUR, REPLY_RATE, 1 - REPLY_RATE])
    return LogisticRegression(C=0.5).fit(
        np.vstack([rows, prior]),
        np.concatenate([replied, [1, 0, 1, 0]]),
        sample_weight=np.concatenate([np.ones(len(rows)), count * rate]),
    )


def _predicts(rows: NDArray[np.float64], replied: NDArray[np.float64]) -> bool:
    """Whether held-out proposals were foreseen better by the model than by the shrunk rate (Brier score)."""
    fold_of = np.arange(len(rows)) % _FOLDS
    model, rate = np.empty(len(rows)), np.empty(len(rows))
    for fold in range(_FOLDS):
        here = fold_of == fold
        known = replied[~here]
        model[here] = _fit(rows[~here], known).predict_proba(rows[here])[:, 1]
        plain = Prospects(len(known), int(known.sum()), 0)
        rate[here] = [plain.rate(bool(row[0])) for row in rows[here]]
    return brier_score(model, replied) < brier_score(rate, replied)
