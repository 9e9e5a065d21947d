"""Make `core/matching/vocabulary/background.npz`: the vectors of all skill names, which closeness is measured against.

    python -m benchmarks.background [--check]

One byte per number with one scale for all. `--check` writes nothing and fails when the file is not what would be made.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

import numpy as np

from core.matching.meaning import BACKGROUND
from core.matching.skills import display_name, vocabulary
from workers.embedder import SentenceTransformerEmbedder

_TOLERANCE = 2  # of 127: another processor may round differently


async def vectors() -> tuple[np.ndarray, np.float32]:
    """Quantised vectors, one row per skill in the vocabulary's order, and their scale."""
    embedder = SentenceTransformerEmbedder()
    try:
        made = np.asarray(await embedder.embed([display_name(slug) for slug in vocabulary()]))
    finally:
        embedder.close()
    scale = np.float32(np.abs(made).max() / 127)
    return np.round(made / scale).astype(np.int8), scale


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    made, scale = asyncio.run(vectors())
    if options.check:
        with np.load(BACKGROUND) as stored:
            kept = stored["vectors"]
        same = kept.shape == made.shape and int(np.abs(kept.astype(int) - made).max()) <= _TOLERANCE
        print(
            "background is up to date"
            if same
            else "background is out of date: run python -m benchmarks.background"
        )
        return 0 if same else 1
    np.savez_compressed(BACKGROUND, vectors=made, scale=scale)
    print(f"{len(made)} skills, {BACKGROUND.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
