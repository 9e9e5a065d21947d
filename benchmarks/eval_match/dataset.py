"""Reading a folder of judged postings: `postings.jsonl`, `profiles*.jsonl` and `qrels*.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import JobPosting
from core.profile.facts import Fact, FactKind, Profile
from core.profile.parsing import parse_profile


@dataclass(frozen=True, slots=True)
class Dataset:
    """`grades[profile, posting]` 0..3; `*_texts` is what a scorer that knows nothing but words is given."""

    profiles: list[Profile]
    profile_texts: list[str]
    postings: list[JobPosting]
    posting_texts: list[str]
    grades: NDArray[np.int64]


def load(folder: Path, *, tags: bool) -> Dataset:
    """Read the folder; postings and profiles come in the order of the judgements.

    Without `tags` nobody sees the client's skill tags. Raises SystemExit naming what is missing.
    """
    postings = {row["id"]: row for row in _rows(_only(folder, "postings*.jsonl"))}
    profiles = {row["id"]: row for row in _rows(_only(folder, "profiles*.jsonl"))}
    judged = json.loads(_only(folder, "qrels*.json").read_text(encoding="utf-8"))
    rows = [profiles[key] for key in judged["queries"]]
    shown = [_posting(postings[key], tags=tags) for key in judged["docs"]]
    return Dataset(
        profiles=[_profile(row) for row in rows],
        profile_texts=["\n".join((row["title"], row["overview"], ", ".join(row["skills"]))) for row in rows],
        postings=shown,
        posting_texts=["\n".join((posting.text, ", ".join(posting.skills))).strip() for posting in shown],
        grades=np.array(judged["grades"], dtype=np.int64),
    )


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(
            f"{folder} must hold exactly one {pattern}; it holds {len(found) or 'none'}. See `make help`."
        )
    return found[0]


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
