"""How well the match score ranks postings for a profile, beside chance, TF-IDF, BM25 and the embedding model alone.

    python -m benchmarks.eval_match [--data DIR] [--part NAME] [--tags] [--no-vectors]

DIR holds `postings.jsonl`, `profiles*.jsonl` and `qrels*.json`: `docs` (posting ids), `queries` (profile ids), `grades[q][d]`
0..3; without DIR a small set made by our own generator is used. Without `--tags` nobody sees the client's skill tags. A grade of
2 or more is relevant; the gain of nDCG is 2^grade - 1. Nothing is fitted on the grades. The last line is one JSON object:
scorer → {ndcg10, p10, auc, ms}, ms being milliseconds per posting and profile, vectors at hand.
A folder that cannot be measured ends it with 2.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.eval_match import baselines, synthetic
from benchmarks.eval_match.dataset import Dataset, Unusable, load
from benchmarks.eval_match.measures import Scores, interval, measure
from core.matching.embedding_text import embedding_text
from core.matching.fit import rate_fit
from core.matching.meaning import posting_vector
from core.matching.reading import read_posting, read_profile
from workers.embedder import SentenceTransformerEmbedder

OURS = "ours"
STEP = 200


@dataclass(frozen=True, slots=True)
class Vectors:
    """`facts` per profile and fact, `profiles` and `texts` whole, `postings` as the product stores them; `ms` per posting."""

    facts: list[list[list[float]]]
    profiles: list[list[float]]
    texts: list[list[float]]
    postings: list[list[float]]
    ms: float


async def embed(data: Dataset) -> Vectors:
    embedder = SentenceTransformerEmbedder()
    await embedder.warm_up()
    _progress("embedding", len(data.profiles), "profiles")
    facts = [
        await embedder.embed([embedding_text(fact.text) for fact in profile.facts])
        for profile in data.profiles
    ]
    profiles = await embedder.embed(data.profile_texts)
    started = time.perf_counter()
    texts: list[list[float]] = []
    for start in range(0, len(data.postings), STEP):
        _progress("embedding postings:", start, "of", len(data.postings))
        some = data.postings[start : start + STEP]
        texts += await embedder.embed([embedding_text(posting.text) for posting in some])
    titles = await embedder.embed([embedding_text(posting.title) for posting in data.postings])
    spent = 1000 * (time.perf_counter() - started) / len(data.postings)
    embedder.close()
    postings = [posting_vector(text, title) for text, title in zip(texts, titles, strict=True)]
    return Vectors(facts, profiles, texts, postings, spent)


def ours(data: Dataset, vectors: Vectors | None) -> Scores:
    """The fit axis, exactly as the product computes it."""
    scores = np.zeros(data.grades.shape)
    readings = [read_posting(posting) for posting in data.postings]
    for row, profile in enumerate(data.profiles):
        known = profile
        if vectors is not None:
            pairs = zip(profile.facts, vectors.facts[row], strict=True)
            known = replace(
                profile, facts=tuple(replace(fact, vector=tuple(vector)) for fact, vector in pairs)
            )
        reading = read_profile(known)
        for column, posting in enumerate(data.postings):
            vector = vectors.postings[column] if vectors is not None else None
            scores[row, column] = rate_fit(posting, readings[column], reading, vector=vector).score
    return scores


def _progress(*words: object) -> None:
    """To the error stream, so that the table and the JSON stay clean."""
    print(*words, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Run every scorer over the folder and print a table, the paired differences and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_match", description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--tags", action="store_true", help="show the client's skill tags to all scorers")
    parser.add_argument("--no-vectors", action="store_true", help="skip the embedding model")
    parser.add_argument("--part", default="", metavar="NAME", help="where a folder holds several: dev")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="eval") as scratch:
            folder = options.data or synthetic.write(Path(scratch))
            data = load(folder, tags=options.tags, part=options.part)
    except (Unusable, OSError) as problem:
        _progress(problem)
        raise SystemExit(2) from None
    scorers: dict[str, Callable[[], Scores]] = {
        "random": lambda: baselines.by_chance(data),
        "tfidf_pair": lambda: baselines.tfidf_pair(data),
        "bm25": lambda: baselines.bm25(data),
    }
    print(
        f"{len(data.profiles)} profiles x {len(data.postings)} postings, tags {'shown' if options.tags else 'hidden'}"
        + (f"; {data.left_out} profiles without an order to judge left out" if data.left_out else ""),
        flush=True,
    )
    vectors = None
    if not options.no_vectors:
        vectors = asyncio.run(embed(data))
        scorers["minilm"] = lambda: baselines.minilm(vectors.profiles, vectors.texts)
        scorers["ours_no_vectors"] = lambda: ours(data, None)
        print(f"embedding a posting once: {vectors.ms:.1f} ms", flush=True)
    scorers[OURS] = lambda: ours(data, vectors)
    _report(data, scorers)


def _report(data: Dataset, scorers: dict[str, Callable[[], Scores]]) -> None:
    print(f"{'scorer':<18}{'nDCG@10':<26}{'P@10':<26}{'AUC':<26}ms/pair")
    summary: dict[str, dict[str, float]] = {}
    details: dict[str, dict[str, Scores]] = {}
    for name, scorer in scorers.items():
        started = time.perf_counter()
        scores = scorer()
        milliseconds = 1000 * (time.perf_counter() - started) / scores.size
        details[name] = measure(scores, data.grades)
        summary[name] = {key: round(float(values.mean()), 4) for key, values in details[name].items()}
        summary[name]["ms"] = round(milliseconds, 4)
        cells = "".join(f"{_cell(values):<26}" for values in details[name].values())
        print(f"{name:<18}{cells}{milliseconds:.4f}", flush=True)
    for name in scorers:
        if name != OURS:
            differences = (
                f"{metric} {_cell(details[OURS][metric] - other, signed=True)}"
                for metric, other in details[name].items()
            )
            print(f"ours minus {name}: {', '.join(differences)}")
    print(json.dumps(summary))


def _cell(values: Scores, *, signed: bool = False) -> str:
    low, high = interval(values)
    sign = "+" if signed else ""
    return f"{values.mean():{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


if __name__ == "__main__":
    main()
