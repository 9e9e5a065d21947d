"""What is lost when a profile is written in Ukrainian: thirty people described twice, against the same English postings.

    python -m benchmarks.eval_match.twins [--no-vectors]

Each twin is scored against our synthetic postings. Printed: how far the Ukrainian fit lies from the English one on the English
twin's best twenty postings, how many of the best ten are the same, and the rank correlation over all. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
from scipy.stats import spearmanr  # type: ignore[import-untyped]  # it ships no types

from benchmarks.eval_match import synthetic
from benchmarks.eval_match.dataset import load
from core.jobs_feed.posting import JobPosting
from core.matching.embedding_text import embedding_text
from core.matching.fit import rate_fit
from core.matching.meaning import posting_vector
from core.matching.reading import read_posting, read_profile
from core.profile.facts import Fact, Profile
from core.profile.parsing import parse_profile
from workers.embedder import SentenceTransformerEmbedder

PAIRS = Path(__file__).with_name("twins.toml")
BEST = 20


def pairs() -> list[tuple[str, str]]:
    """(English, Ukrainian) of each person."""
    return [(row["en"], row["uk"]) for row in tomllib.loads(PAIRS.read_text(encoding="utf-8"))["pair"]]


def profile_of(text: str) -> Profile:
    """The profile that the product reads out of a pasted text."""
    parsed = parse_profile(text)
    facts = tuple(
        Fact(UUID(int=number), number, fact.kind, fact.text, fact.skills)
        for number, fact in enumerate(parsed.facts, start=1)
    )
    return Profile(parsed.headline, facts, hourly_rate=parsed.hourly_rate)


def fits(
    texts: list[str], postings: list[JobPosting], embedder: SentenceTransformerEmbedder | None
) -> np.ndarray:
    """The fit of every text with every posting."""
    vectors: list[list[float]] | None = None
    if embedder is not None:
        vectors = asyncio.run(_posting_vectors(postings, embedder))
    readings = [read_posting(posting) for posting in postings]
    scores = np.zeros((len(texts), len(postings)))
    for row, text in enumerate(texts):
        profile = profile_of(text)
        if embedder is not None:
            made = asyncio.run(embedder.embed([embedding_text(fact.text) for fact in profile.facts]))
            pairs_of = zip(profile.facts, made, strict=True)
            profile = replace(
                profile, facts=tuple(replace(fact, vector=tuple(vector)) for fact, vector in pairs_of)
            )
        reading = read_profile(profile)
        for column, posting in enumerate(postings):
            vector = vectors[column] if vectors is not None else None
            scores[row, column] = rate_fit(posting, readings[column], reading, vector=vector).score
    return scores


async def _posting_vectors(
    postings: list[JobPosting], embedder: SentenceTransformerEmbedder
) -> list[list[float]]:
    texts = await embedder.embed([posting.text for posting in postings])
    titles = await embedder.embed([posting.title for posting in postings])
    return [posting_vector(text, title) for text, title in zip(texts, titles, strict=True)]


def compare(english: np.ndarray, ukrainian: np.ndarray) -> dict[str, float]:
    """`shift` is Ukrainian minus English on the English twin's best postings, in points; `same10` a share, `rank` a
    correlation; means over the pairs."""
    shifts, distances, same, ranks = [], [], [], []
    for first, second in zip(english, ukrainian, strict=True):
        best = np.argsort(-first)[:BEST]
        shifts.append(float((second[best] - first[best]).mean()))
        distances.append(float(np.abs(second[best] - first[best]).mean()))
        same.append(len(set(np.argsort(-first)[:10]) & set(np.argsort(-second)[:10])) / 10)
        ranks.append(float(spearmanr(first, second).statistic))
    return {
        "english": round(float(np.sort(english, axis=1)[:, -BEST:].mean()), 2),
        "shift": round(float(np.mean(shifts)), 2),
        "distance": round(float(np.mean(distances)), 2),
        "same10": round(float(np.mean(same)), 3),
        "rank": round(float(np.mean(ranks)), 3),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_match.twins", description=__doc__)
    parser.add_argument("--no-vectors", action="store_true", help="skip the embedding model")
    parser.add_argument("--each", action="store_true", help="a line per pair")
    options = parser.parse_args(arguments)
    embedder = None if options.no_vectors else SentenceTransformerEmbedder()
    with tempfile.TemporaryDirectory(prefix="twins") as scratch:
        postings = load(synthetic.write(Path(scratch)), tags=True).postings
    english = fits([first for first, _ in pairs()], postings, embedder)
    ukrainian = fits([second for _, second in pairs()], postings, embedder)
    if embedder is not None:
        embedder.close()
    if options.each:
        for number, (text, _) in enumerate(pairs()):
            row = compare(english[number : number + 1], ukrainian[number : number + 1])
            print(
                f"{row['english']:6.1f} {row['shift']:+6.1f} {row['same10']:5.2f} {row['rank']:6.2f}  {text[:60]}"
            )
    result = compare(english, ukrainian)
    print(f"{len(english)} pairs x {len(postings)} postings, the best {BEST} of each English twin")
    print(
        f"fit there {result['english']:.1f}; in Ukrainian {result['shift']:+.2f} points (mean distance {result['distance']:.2f})"
    )
    print(
        f"same postings among the best ten: {result['same10']:.0%}; rank correlation over all: {result['rank']:.3f}"
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
