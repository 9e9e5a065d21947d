"""A small judged set of our own: the sandbox's generator writes the postings, profiles are drawn from its fields of work.

A grade is the share of a posting's tags, weighted by how rare each is in the set, that the profile lists (3 from 0.60 with two
tags or more, 2 from 0.33 with two or more, 1 for any). It shows whether the commands work and whether a change breaks something;
our own words about our own words say little about quality.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

from sandbox.upwork.companies import make_company
from sandbox.upwork.composer import archetypes, compose

POSTINGS = 240
PROFILES = 16
SEED = 7
NOW = 1_700_000_000.0


def write(folder: Path) -> Path:
    """Write the three files into `folder` and return it."""
    rng = random.Random(SEED)
    postings = _postings()
    profiles = _profiles(rng)
    seen = Counter(tag for row in postings for tag in row["label_skills"])
    rarity = {tag: math.log(len(postings) / count) for tag, count in seen.items()}
    grades = [
        [_grade(set(profile["label_skills"]), row["label_skills"], rarity) for row in postings]
        for profile in profiles
    ]
    judged = [
        (profile, row)
        for profile, row in zip(profiles, grades, strict=True)
        if any(grade >= 2 for grade in row) and any(grade < 2 for grade in row)
    ]
    _lines(folder / "postings.jsonl", postings)
    _lines(folder / "profiles-synthetic.jsonl", [profile for profile, _ in judged])
    qrels = {
        "docs": [row["id"] for row in postings],
        "queries": [profile["id"] for profile, _ in judged],
        "grades": [row for _, row in judged],
    }
    (folder / "qrels-synthetic.json").write_text(json.dumps(qrels), encoding="utf-8")
    return folder


def _postings() -> list[dict[str, Any]]:
    rows = []
    for number in range(POSTINGS):
        posting = compose(
            seed=SEED,
            sequence=number,
            published_at=NOW,
            company=make_company(seed=SEED, number=number, now=NOW),
            posting_id=str(number),
        )
        tags = [skill.pretty.lower() for skill in posting.skills]
        rows.append(
            {
                "id": posting.id,
                "title": posting.title,
                "description": posting.description,
                "label_skills": tags,
            }
        )
    return rows


def _profiles(rng: random.Random) -> list[dict[str, Any]]:
    rows = []
    for number, kind in enumerate(rng.sample(archetypes(), PROFILES)):
        skills = [
            *rng.sample(kind.skills, min(5, len(kind.skills))),
            *rng.sample(kind.also, min(2, len(kind.also))),
        ]
        rows.append(
            {
                "id": f"profile-{number}",
                "title": kind.occupation,
                "overview": "",
                "skills": skills,
                "label_skills": [skill.lower() for skill in skills],
                "rate": float(kind.hourly[0]),
            }
        )
    return rows


def _grade(held: set[str], tags: list[str], rarity: dict[str, float]) -> int:
    shared = [tag for tag in tags if tag in held]
    share = sum(rarity[tag] for tag in shared) / (sum(rarity[tag] for tag in tags) or 1)
    if len(shared) >= 2 and share >= 0.60:
        return 3
    if len(shared) >= 2 and share >= 0.33:
        return 2
    return 1 if shared else 0


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
