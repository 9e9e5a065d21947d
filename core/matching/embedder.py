"""The seam to the embedding model. Only the worker has an implementation: loading one costs seconds and half a gigabyte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

DIMENSIONS = 384


class Embedder(Protocol):
    """Turns texts into unit-length vectors of `DIMENSIONS` floats, one per text, in order."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]: ...
