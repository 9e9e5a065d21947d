"""Do the bands mean what they say? A person's own answers beside the totals they were shown. Suggests, never acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.models import Band
from core.matching.learning import regression
from core.matching.score import Weights

MIN_IN_BAND = 10
MIN_FOR_ERRORS = 30
MIN_FOR_ADVICE = 20
BINS = 5

RARELY = 0.2
OFTEN = 0.5


class Advice(StrEnum):
    RAISE_INSTANT = "raise_instant"
    LOWER_INSTANT = "lower_instant"


@dataclass(frozen=True, slots=True)
class BandShare:
    """`taken` of `answers` cards in a band were taken; `low` and `high` bound the share (95 %), None below the floor."""

    band: Band
    answers: int
    taken: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """`brier` and `ece` of a chance against what happened, 0..1, None below `MIN_FOR_ERRORS`; `base` is the Brier score of
    always saying the average."""

    bands: tuple[BandShare, ...]
    brier: float | None
    base: float | None
    ece: float | None
    advice: Advice | None


def calibrate(totals: Sequence[float], taken: Sequence[bool], weights: Weights) -> Calibration:
    """Compare. A total is no chance, so a chance is made of it first, for each answer from the other answers alone."""
    bands = tuple(_share(band, totals, taken, weights) for band in Band)
    brier = base = ece = None
    if len(totals) >= MIN_FOR_ERRORS and 0 < sum(taken) < len(taken):
        happened = np.array(taken, dtype=np.float64)
        chances = _held_out(np.array(totals, dtype=np.float64), happened)
        brier = brier_score(chances, happened)
        base = brier_score(np.full_like(happened, happened.mean()), happened)
        ece = expected_error(chances, happened)
    return Calibration(bands, brier, base, ece, _advice(bands))


def brier_score(chances: NDArray[np.float64], happened: NDArray[np.float64]) -> float:
    """Mean squared distance of chances from what happened (0 or 1)."""
    return float(((chances - happened) ** 2).mean())


def expected_error(chances: NDArray[np.float64], happened: NDArray[np.float64], *, bins: int = BINS) -> float:
    """ECE over bins of equal size: how far, on average, a stated chance is from the share that happened."""
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(chances[part].mean() - happened[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(chances))


def wilson(count: int, total: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z = 1.96
    share = count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def band_of(total: float, weights: Weights) -> Band:
    if total >= weights.instant_at:
        return Band.INSTANT
    return Band.DIGEST if total >= weights.digest_at else Band.SILENT


def _share(band: Band, totals: Sequence[float], taken: Sequence[bool], weights: Weights) -> BandShare:
    mine = [took for total, took in zip(totals, taken, strict=True) if band_of(total, weights) is band]
    low, high = wilson(sum(mine), len(mine)) if len(mine) >= MIN_IN_BAND else (None, None)
    return BandShare(band, len(mine), sum(mine), low, high)


def _advice(bands: Sequence[BandShare]) -> Advice | None:
    by_band = {share.band: share for share in bands if share.answers >= MIN_FOR_ADVICE}
    instant, digest = by_band.get(Band.INSTANT), by_band.get(Band.DIGEST)
    if instant is not None and instant.high is not None and instant.high < RARELY:
        return Advice.RAISE_INSTANT
    if digest is not None and digest.low is not None and digest.low > OFTEN:
        return Advice.LOWER_INSTANT
    return None


def _held_out(
    totals: NDArray[np.float64], happened: NDArray[np.float64], *, folds: int = 5
) -> NDArray[np.float64]:
    """Chances from a logistic curve through the totals, each fold from the others."""
    chances = np.empty_like(happened)
    # Old answers and new ones in every fold.
    fold_of = np.arange(len(totals)) % folds
    design = np.column_stack([np.ones(len(totals)), totals / 100 - 0.5])
    for fold in range(folds):
        here = fold_of == fold
        rest = design[~here]
        found = regression(rest, happened[~here], np.ones(len(rest)), np.zeros(2), np.array([0.01, 0.1]))
        chances[here] = 1 / (1 + np.exp(-np.clip(design[here] @ found, -30, 30)))
    return chances
