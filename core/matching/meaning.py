"""Closeness of meaning, cleared of the background: how much nearer is a fact to a posting than skills in general are?

Raw cosines mislead: a long, general posting is a little close to everything. So each cosine is measured against the cosines
of the posting with the whole skill vocabulary, in standard deviations above their mean. The vocabulary's vectors lie in
`vocabulary/background.npz`; `python -m benchmarks.background` makes that file anew when the vocabulary or the model changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

BACKGROUND = Path(__file__).with_name("vocabulary") / "background.npz"
# A posting about nothing in particular has all skills at one distance; dividing by that would make noise loud.
_LEAST_SPREAD = 0.04


def posting_vector(text: Sequence[float], title: Sequence[float]) -> list[float]:
    """One unit-length vector of a posting: its text and, counted as much again, its title."""
    both = np.asarray(text, dtype=np.float32) + np.asarray(title, dtype=np.float32)
    length = float(np.linalg.norm(both))
    return [float(value) for value in both / length] if length > 0 else [float(value) for value in text]


def surprise(similarities: Vector, target: Vector) -> Vector:
    """Cosines of facts with a posting's vector, in standard deviations above the vocabulary's."""
    mean, covariance = _background()
    spread = max(_LEAST_SPREAD, float(np.sqrt(max(0.0, float(target @ covariance @ target)))))
    cleared: Vector = (similarities - float(mean @ target)) / np.float32(spread)
    return cleared


@cache
def _background() -> tuple[Vector, Vector]:
    """Mean and covariance of the vocabulary's unit vectors."""
    with np.load(BACKGROUND) as stored:
        vectors = stored["vectors"].astype(np.float32) * stored["scale"].astype(np.float32)
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    return mean, centred.T @ centred / np.float32(len(vectors))
