"""How well the match score ranks postings for a profile, beside random and the TF-IDF cosine of a profile-posting pair.

    python -m benchmarks.eval_match --data DIR [--tags] [--no-vectors]

DIR holds `postings.jsonl`, `profiles-dev.jsonl` and `qrels-dev.json`: `docs` (posting ids), `queries` (profile ids),
`grades[q][d]` 0..3. Without `--tags` the scorer sees title and description only. A grade of 2 or more is relevant; the
gain of nDCG is 2^grade - 1; ties are broken by a fixed random key. Nothing is fitted on the grades. The last line of
the output is one JSON object: scorer → {ndcg10, p10, auc, ms}, ms being milliseconds per posting and profile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import JobPosting
from core.matching.fit import rate_fit
from core.matching.meaning import posting_vector
from core.matching.reading import read_posting, read_profile
from core.profile.facts import Fact, FactKind, Profile
from core.profile.parsing import parse_profile
from workers.embedder import SentenceTransformerEmbedder

Scores = NDArray[np.float64]
SEED = 20_240_517
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Dataset:
    profiles: list[Profile]
    profile_texts: list[str]
    postings: list[JobPosting]
    grades: NDArray[np.int64]


def load(folder: Path, *, tags: bool) -> Dataset:
    """Read the folder; postings and profiles come in the order of the judgements."""
    postings = {row["id"]: row for row in _rows(folder / "postings.jsonl")}
    profiles = {row["id"]: row for row in _rows(folder / "profiles-dev.jsonl")}
    judged = json.loads((folder / "qrels-dev.json").read_text(encoding="utf-8"))
    rows = [profiles[key] for key in judged["queries"]]
    return Dataset(
        profiles=[_profile(row) for row in rows],
        profile_texts=["\n".join((row["title"], row["overview"], ", ".join(row["skills"]))) for row in rows],
        postings=[_posting(postings[key], tags=tags) for key in judged["docs"]],
        grades=np.array(judged["grades"], dtype=np.int64),
    )


def measure(scores: Scores, grades: NDArray[np.int64]) -> dict[str, Scores]:
    """nDCG@10, P@10 and AUC for every profile (row); each profile needs relevant postings and others."""
    tie_breaker = np.random.default_rng(SEED).random(scores.shape)
    gains = 2.0**grades - 1
    discounts = 1 / np.log2(np.arange(2, 12))
    results: dict[str, list[float]] = {"ndcg10": [], "p10": [], "auc": []}
    for row in range(len(scores)):
        order = np.lexsort((tie_breaker[row], -scores[row]))
        best = np.sort(gains[row])[::-1][:10]
        relevant = grades[row] >= 2
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


def score_random(data: Dataset) -> Scores:
    return np.random.default_rng(SEED + 1).random(data.grades.shape)


def score_tfidf_pair(data: Dataset) -> Scores:
    """Cosine of two TF-IDF vectors fitted on nothing but the profile and the posting."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    scores = np.zeros(data.grades.shape)
    for row, profile in enumerate(data.profile_texts):
        for column, posting in enumerate(data.postings):
            pair = TfidfVectorizer(stop_words="english").fit_transform([profile, posting.text])
            scores[row, column] = (pair[0] @ pair[1].T).toarray()[0, 0]
    return scores


def score_ours(
    data: Dataset, fact_vectors: list[list[Any]] | None, posting_vectors: list[Any] | None
) -> Scores:
    """The fit axis, exactly as the product computes it."""
    scores = np.zeros(data.grades.shape)
    readings = [read_posting(posting) for posting in data.postings]
    for row, profile in enumerate(data.profiles):
        facts = profile.facts
        if fact_vectors is not None:
            facts = tuple(
                Fact(fact.id, fact.number, fact.kind, fact.text, fact.skills, tuple(vector))
                for fact, vector in zip(profile.facts, fact_vectors[row], strict=True)
            )
        profile_reading = read_profile(Profile(profile.headline, facts))
        for column, posting in enumerate(data.postings):
            vector = posting_vectors[column] if posting_vectors is not None else None
            scores[row, column] = rate_fit(posting, readings[column], profile_reading, vector=vector).score
    return scores


async def embed(data: Dataset) -> tuple[list[list[Any]], list[Any], float]:
    """Vectors of all facts and postings, and the milliseconds per posting."""
    embedder = SentenceTransformerEmbedder()
    await embedder.warm_up()
    facts = [await embedder.embed([fact.text for fact in profile.facts]) for profile in data.profiles]
    started = time.perf_counter()
    texts = await embedder.embed([posting.text for posting in data.postings])
    titles = await embedder.embed([posting.title for posting in data.postings])
    postings = [posting_vector(text, title) for text, title in zip(texts, titles, strict=True)]
    spent = 1000 * (time.perf_counter() - started) / len(data.postings)
    embedder.close()
    return [list(rows) for rows in facts], list(postings), spent


def main() -> None:
    """Run every scorer over the folder and print a table, the paired differences and the JSON line."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--tags", action="store_true", help="show the client's skill tags to our scorer")
    arguments.add_argument("--no-vectors", action="store_true", help="skip the embedding model")
    options = arguments.parse_args()
    data = load(options.data, tags=options.tags)
    scorers: dict[str, Callable[[], Scores]] = {
        "random": lambda: score_random(data),
        "tfidf_pair": lambda: score_tfidf_pair(data),
        "ours_no_vectors": lambda: score_ours(data, None, None),
    }
    embedding_ms = 0.0
    if not options.no_vectors:
        facts, postings, embedding_ms = asyncio.run(embed(data))
        scorers["ours"] = lambda: score_ours(data, facts, postings)
    print(
        f"{len(data.profiles)} profiles x {len(data.postings)} postings, tags {'shown' if options.tags else 'hidden'}"
    )
    print(f"{'scorer':<18}{'nDCG@10':<26}{'P@10':<26}{'AUC':<26}ms/pair")
    summary: dict[str, dict[str, float]] = {}
    details: dict[str, dict[str, Scores]] = {}
    for name, scorer in scorers.items():
        started = time.perf_counter()
        scores = scorer()
        milliseconds = 1000 * (time.perf_counter() - started) / scores.size
        details[name] = measure(scores, data.grades)
        summary[name] = {key: round(float(values.mean()), 4) for key, values in details[name].items()}
        summary[name]["ms"] = round(milliseconds, 3)
        cells = "".join(f"{_cell(values):<26}" for values in details[name].values())
        print(f"{name:<18}{cells}{milliseconds:.3f}")
    for name in scorers:
        if name.startswith("ours"):
            differences = (
                f"{metric} {_cell(details[name][metric] - baseline, signed=True)}"
                for metric, baseline in details["tfidf_pair"].items()
            )
            print(f"{name} minus tfidf_pair: {', '.join(differences)}")
    if embedding_ms:
        print(f"embedding a posting once: {embedding_ms:.1f} ms")
    print(json.dumps(summary))


def _cell(values: Scores, *, signed: bool = False) -> str:
    low, high = interval(values)
    sign = "+" if signed else ""
    return f"{values.mean():{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _posting(row: dict[str, Any], *, tags: bool) -> JobPosting:
    return JobPosting(
        upwork_id=row["id"],
        ciphertext=f"~{row['id']}",
        title=row["title"],
        description=row["description"],
        published_at=datetime(2024, 1, 1, tzinfo=UTC),
        skills=tuple(row["label_skills"]) if tags else (),
    )


def _profile(row: dict[str, Any]) -> Profile:
    overview = parse_profile(row["overview"]).facts if row["overview"] else ()
    facts = [(fact.kind, fact.text, fact.skills) for fact in overview]
    facts += [(FactKind.SKILL, skill, ()) for skill in row["skills"]]
    return Profile(
        headline=row["title"],
        facts=tuple(
            Fact(UUID(int=number), number, kind, text, skills)
            for number, (kind, text, skills) in enumerate(facts, start=1)
        ),
        hourly_rate=Decimal(str(row["rate"])) if row.get("rate") else None,
    )


if __name__ == "__main__":
    main()
