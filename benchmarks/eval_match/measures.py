"""nDCG@10, P@10 and AUC per profile, and 95 % bootstrap intervals over profiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
SEED = 20_240_517
RESAMPLES = 2000
RELEVANT = 2


def measure(scores: Scores, grades: NDArray[np.int64]) -> dict[str, Scores]:
    """One value per profile (row); each profile needs relevant postings and others. Ties fall by a fixed random key."""
    tie_breaker = np.random.default_rng(SEED).random(scores.shape)
    gains = 2.0**grades - 1
    discounts = 1 / np.log2(np.arange(2, 12))
    results: dict[str, list[float]] = {"ndcg10": [], "p10": [], "auc": []}
    for row in range(len(scores)):
        order = np.lexsort((tie_breaker[row], -scores[row]))
        best = np.sort(gains[row])[::-1][:10]
        relevant = grades[row] >= RELEVANT
        ranks = np.empty(len(order))
        ranks[order[::-1]] = np.arange(1, len(order) + 1)
        positives = int(relevant.sum())
        negatives = len(order) - positives
        shown = discounts[: len(best)]
        results["ndcg10"].append(float((gains[row][order[:10]] * shown).sum() / (best * shown).sum()))
        results["p10"].append(float(relevant[order[:10]].mean()))
        results["auc"].append(
            float((ranks[relevant].sum() - positives * (positives + 1) / 2) / (positives * negatives))
        )
    return {name: np.array(values) for name, values in results.items()}


def interval(values: Scores) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over profiles."""
    picks = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)
