"""The labelled postings. A key left out of a case means that there is nothing of that kind to find in it; `skills` and
`deliverables` are judged only where they are given. `crafts` are trades that the words name beside the skills that have to be
found ("bookkeeping in Xero" is Xero, and accounting too): finding one is neither right nor wrong."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.jobs_feed.posting import ContractType, JobPosting

GROUPS = ("open", "held", "blind", "last", "next", "newest", "sealed", "unseen")
_POSTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_LISTS = ("skills", "deliverables", "instructions", "questions", "wants", "flags")


@dataclass(frozen=True, slots=True)
class Case:
    """`labels` by kind; a kind that is not judged in this case is missing."""

    id: str
    posting: JobPosting
    labels: dict[str, list[str]] = field(default_factory=dict)
    crafts: list[str] = field(default_factory=list)


def load(group: str) -> list[Case]:
    """Every case of one of `GROUPS`, in the order of the files. Raises ValueError for an id used twice."""
    cases: list[Case] = []
    for path in sorted(Path(__file__).parent.glob(f"cases_{group}_*.toml")):
        cases += [_case(entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]
    if len({case.id for case in cases}) != len(cases):
        raise ValueError("an id is used twice")
    return cases


def _case(entry: dict[str, Any]) -> Case:
    low, high = entry.get("hourly", (None, None))
    budget = entry.get("budget")
    posting = JobPosting(
        upwork_id=entry["id"],
        ciphertext=f"~{entry['id']}",
        title=entry["title"],
        description=entry["text"],
        published_at=_POSTED,
        contract=ContractType.HOURLY if low else ContractType.FIXED if budget else None,
        budget=Decimal(str(budget)) if budget else None,
        hourly_min=Decimal(str(low)) if low else None,
        hourly_max=Decimal(str(high)) if high else None,
    )
    labels = {kind: list(entry.get(kind, [])) for kind in _LISTS}
    for kind in ("skills", "deliverables"):
        if kind not in entry:
            del labels[kind]
    for kind in ("seniority", "realism"):
        labels[kind] = [entry[kind]] if kind in entry else []
    labels["language"] = [entry.get("language", "en")]
    return Case(entry["id"], posting, labels, list(entry.get("crafts", [])))
