"""What is lost when a profile or a saved search is written in Ukrainian: the same said twice, against the same English postings.

    python -m benchmarks.eval_match.twins [--no-vectors] [--each]

Each twin is scored against our synthetic postings. Printed per group: how far the Ukrainian fit lies from the English one on the
English twin's best twenty postings, how many of the best ten are the same, and the rank correlation over all. A search speaks
for somebody without a profile. The groups are in the order in which they were written. The first and the second were written
before the glossary was worked on for the first time (with the first in view, and not the second), the third after that; the
fourth before its second round, and the last after it, measured once. All are by one hand. The last line is JSON: group → figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import tomllib
from collections.abc import Sequence
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
from core.matching.reading import ProfileReading, read_posting, read_profile
from core.profile.facts import Fact, Profile
from core.profile.parsing import parse_profile
from core.searches.parsing import parse_search
from workers.embedder import SentenceTransformerEmbedder

PAIRS = Path(__file__).with_name("twins.toml")
BEST = 20
GROUPS = {
    "pair": "profiles",
    "held_out": "profiles held out",
    "fresh": "profiles written after the first round",
    "second": "profiles written before the second round",
    "final": "profiles written last",
    "search": "searches",
    "held_out_search": "searches held out",
    "fresh_search": "searches written after the first round",
    "second_search": "searches written before the second round",
    "final_search": "searches written last",
}
SEARCHES = {group for group in GROUPS if group.endswith("search")}
IN_VIEW = {"pair", "search"}


def pairs(group: str = "pair") -> list[tuple[str, str]]:
    """(English, Ukrainian) of each person or search of a group."""
    return [(row["en"], row["uk"]) for row in tomllib.loads(PAIRS.read_text(encoding="utf-8"))[group]]


def profile_of(text: str) -> Profile:
    """The profile that the product reads out of a pasted text."""
    parsed = parse_profile(text)
    facts = tuple(
        Fact(UUID(int=number), number, fact.kind, fact.text, fact.skills)
        for number, fact in enumerate(parsed.facts, start=1)
    )
    return Profile(parsed.headline, facts, hourly_rate=parsed.hourly_rate)


def fits(
    texts: Sequence[str],
    postings: list[JobPosting],
    embedder: SentenceTransformerEmbedder | None,
    vectors: list[list[float]] | None = None,
) -> np.ndarray:
    """The fit of every profile with every posting; `vectors` are the postings' own, where they are at hand."""
    if embedder is not None and vectors is None:
        vectors = asyncio.run(posting_vectors(postings, embedder))
    read = []
    for text in texts:
        profile = profile_of(text)
        if embedder is not None:
            made = asyncio.run(embedder.embed([embedding_text(fact.text) for fact in profile.facts]))
            pairs_of = zip(profile.facts, made, strict=True)
            profile = replace(
                profile, facts=tuple(replace(fact, vector=tuple(vector)) for fact, vector in pairs_of)
            )
        read.append(read_profile(profile))
    return _rated(read, postings, vectors)


def search_fits(texts: Sequence[str], postings: list[JobPosting]) -> np.ndarray:
    """The fit of every posting for somebody who has saved a search and has no profile yet."""
    nobody = Profile("", ())
    return _rated([read_profile(nobody, parse_search(text)) for text in texts], postings, None)


def _rated(
    read: list[ProfileReading], postings: list[JobPosting], vectors: list[list[float]] | None
) -> np.ndarray:
    readings = [read_posting(posting) for posting in postings]
    scores = np.zeros((len(read), len(postings)))
    for row, reading in enumerate(read):
        for column, posting in enumerate(postings):
            vector = vectors[column] if vectors is not None else None
            scores[row, column] = rate_fit(posting, readings[column], reading, vector=vector).score
    return scores


async def posting_vectors(
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
        # A text of which nothing was understood gives every posting the same fit, and so no order at all.
        flat = np.ptp(first) == 0 or np.ptp(second) == 0
        ranks.append(0.0 if flat else float(spearmanr(first, second).statistic))
    return {
        "english": round(float(np.sort(english, axis=1)[:, -BEST:].mean()), 2),
        "shift": round(float(np.mean(shifts)), 2),
        "distance": round(float(np.mean(distances)), 2),
        "same10": round(float(np.mean(same)), 3),
        "rank": round(float(np.mean(ranks)), 3),
    }


def main(arguments: list[str] | None = None) -> None:
    """Print every group's figures and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_match.twins", description=__doc__)
    parser.add_argument("--no-vectors", action="store_true", help="skip the embedding model")
    parser.add_argument(
        "--each", action="store_true", help="a line per pair of the first groups, on which the work was done"
    )
    options = parser.parse_args(arguments)
    embedder = None if options.no_vectors else SentenceTransformerEmbedder()
    with tempfile.TemporaryDirectory(prefix="twins") as scratch:
        postings = load(synthetic.write(Path(scratch)), tags=True).postings
    vectors = asyncio.run(posting_vectors(postings, embedder)) if embedder is not None else None
    results = {}
    for group, title in GROUPS.items():
        english, ukrainian = (
            search_fits(texts, postings) if group in SEARCHES else fits(texts, postings, embedder, vectors)
            for texts in zip(*pairs(group), strict=True)
        )
        results[group] = compare(english, ukrainian)
        _tell(title, results[group], len(english))
        if options.each and group in IN_VIEW:
            _tell_each(english, ukrainian, group)
    if embedder is not None:
        embedder.close()
    print(json.dumps(results))


def _tell(title: str, result: dict[str, float], number: int) -> None:
    print(
        f"{number} {title}: fit of the best {BEST} in English {result['english']:.1f}, in Ukrainian "
        f"{result['shift']:+.2f} (mean distance {result['distance']:.2f}); same among the best ten "
        f"{result['same10']:.0%}; rank correlation {result['rank']:.3f}",
        flush=True,
    )


def _tell_each(english: np.ndarray, ukrainian: np.ndarray, group: str) -> None:
    for number, (text, _) in enumerate(pairs(group)):
        row = compare(english[number : number + 1], ukrainian[number : number + 1])
        print(
            f"{row['english']:6.1f} {row['shift']:+6.1f} {row['same10']:5.2f} {row['rank']:6.2f}  {text[:60]}"
        )


if __name__ == "__main__":
    main()
