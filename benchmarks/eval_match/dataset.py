"""Reading a folder of judged postings: `postings.jsonl`, `profiles*.jsonl` and `qrels*.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from benchmarks.eval_match.measures import RELEVANT
from core.jobs_feed.posting import JobPosting
from core.profile.facts import Fact, FactKind, Profile
from core.profile.parsing import parse_profile


@dataclass(frozen=True, slots=True)
class Dataset:
    """`grades[profile, posting]` 0..3; `*_texts` is what a scorer that knows nothing but words is given;

    `left_out` profiles have no relevant posting, or no other.
    """

    profiles: list[Profile]
    profile_texts: list[str]
    postings: list[JobPosting]
    posting_texts: list[str]
    grades: NDArray[np.int64]
    left_out: int = 0


class Unusable(Exception):
    """The folder cannot be measured; the message says what to put right."""


def load(folder: Path, *, tags: bool, part: str = "") -> Dataset:
    """Read the folder; postings and profiles come in the order of the judgements.

    Without `tags` nobody sees the client's skill tags. `part` ("dev") picks one of several halves. A profile for which no posting
    is relevant, or every one, says nothing about an order and is left out. Raises Unusable naming what is missing.
    """
    if not folder.is_dir():
        raise Unusable(
            f"There is no folder {folder}. DATA must name one with postings, profiles and judgements."
        )
    postings = _by_id(_only(folder, "postings*.jsonl", ""))
    profiles = _by_id(_only(folder, "profiles*.jsonl", part))
    path = _only(folder, "qrels*.json", part)
    documents, queries, grades = _judgements(path)
    _known(path, documents, postings)
    _known(path, queries, profiles)
    relevant = (grades >= RELEVANT).sum(axis=1)
    telling = (relevant > 0) & (relevant < len(documents))
    if not telling.any():
        raise Unusable(
            f"{path} has no profile with both relevant postings (grade {RELEVANT} or more) and others."
        )
    rows = [profiles[key] for key, kept in zip(queries, telling, strict=True) if kept]
    shown = [_posting(postings[key], tags=tags) for key in documents]
    return Dataset(
        profiles=[_profile(row) for row in rows],
        profile_texts=[
            "\n".join((_text(row, "title"), _text(row, "overview"), ", ".join(_texts(row, "skills"))))
            for row in rows
        ],
        postings=shown,
        posting_texts=["\n".join((posting.text, ", ".join(posting.skills))).strip() for posting in shown],
        grades=grades[telling],
        left_out=int((~telling).sum()),
    )


def _only(folder: Path, pattern: str, part: str) -> Path:
    found = sorted(path for path in folder.glob(pattern) if part in path.name)
    if not found:
        wanted = f"{pattern} with {part!r} in its name" if part else pattern
        raise Unusable(
            f"{folder} holds no {wanted}. `python -m benchmarks.eval_match --help` tells the format."
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise Unusable(f"{folder} holds several {pattern}: {names}. Say which with ARGS='--part NAME'.")
    return found[0]


def _by_id(path: Path) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    # Only a line feed ends a row: a text may hold the other characters that `splitlines` breaks at.
    for number, line in enumerate(
        path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), start=1
    ):
        if line.strip():
            try:
                row = json.loads(line)
                rows[str(row["id"])] = row
            except (ValueError, KeyError, TypeError):
                raise Unusable(
                    f"{path}, line {number}: every line must be a JSON object with an id."
                ) from None
    return rows


def _judgements(path: Path) -> tuple[list[str], list[str], NDArray[np.int64]]:
    try:
        judged = json.loads(path.read_text(encoding="utf-8-sig"))
        documents = [str(key) for key in judged["docs"]]
        queries = [str(key) for key in judged["queries"]]
        grades = np.array(judged["grades"], dtype=np.int64)
    except (ValueError, KeyError, TypeError):
        raise Unusable(
            f"{path} must be one JSON object with docs, queries and grades[query][doc] 0..3."
        ) from None
    if grades.shape != (len(queries), len(documents)):
        raise Unusable(
            f"{path} has {len(queries)} queries and {len(documents)} docs, but its grades are {grades.shape}."
        )
    return documents, queries, grades


def _known(path: Path, wanted: list[str], rows: dict[str, dict[str, Any]]) -> None:
    missing = [key for key in wanted if key not in rows]
    if missing:
        raise Unusable(
            f"{path} judges {len(missing)} ids that no file of the folder holds, such as {missing[0]}."
        )


def _text(row: dict[str, Any], key: str) -> str:
    """A field as text that every tokenizer takes; nothing for a field that is missing."""
    value = row.get(key)
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", " ") if value else ""


def _texts(row: dict[str, Any], key: str) -> list[str]:
    values = row.get(key)
    if not isinstance(values, list):
        return []
    texts = (_text({key: value}, key).strip() for value in values)
    return [text for text in texts if text]


def _posting(row: dict[str, Any], *, tags: bool) -> JobPosting:
    return JobPosting(
        upwork_id=str(row["id"]),
        ciphertext=f"~{row['id']}",
        title=_text(row, "title"),
        description=_text(row, "description"),
        published_at=datetime(2024, 1, 1, tzinfo=UTC),
        skills=tuple(_texts(row, "label_skills")) if tags else (),
    )


def _profile(row: dict[str, Any]) -> Profile:
    overview = parse_profile(_text(row, "overview")).facts
    facts = [(fact.kind, fact.text, fact.skills) for fact in overview]
    facts += [(FactKind.SKILL, skill, ()) for skill in _texts(row, "skills")]
    return Profile(
        headline=_text(row, "title"),
        facts=tuple(
            Fact(UUID(int=number), number, kind, text, skills)
            for number, (kind, text, skills) in enumerate(facts, start=1)
        ),
        hourly_rate=_rate(row.get("rate")),
    )


def _rate(value: object) -> Decimal | None:
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and rate > 0 else None
