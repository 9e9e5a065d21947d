"""The measuring stick itself: right on cases worked out by hand, and the whole command on a small made-up set."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import eval_match

POSTINGS = [
    ("p1", "FastAPI developer", "Build an API in Python with PostgreSQL and Docker", ["python", "fastapi"]),
    (
        "p2",
        "Logo for a bakery",
        "Vector logo and business cards in Illustrator",
        ["logo design", "adobe illustrator"],
    ),
    ("p3", "Django bug fixing", "Python and Django shop, fix the cart", ["python", "django"]),
    ("p4", "German translation", "Translate a manual from English to German", ["translation"]),
    ("p5", "Brand identity", "Logo, colours and a brand book for a cafe", ["logo design", "brand identity"]),
]
PROFILES = [("a", ["Python", "FastAPI", "Django"]), ("b", ["Logo Design", "Adobe Illustrator"])]
GRADES = [[3, 0, 2, 0, 0], [0, 3, 0, 0, 2]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    def write(name: str, rows: list[dict[str, object]]) -> None:
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    write(
        "postings.jsonl",
        [
            {"id": key, "title": title, "description": text, "label_skills": tags}
            for key, title, text, tags in POSTINGS
        ],
    )
    write(
        "profiles-dev.jsonl",
        [
            {"id": key, "title": "", "overview": "", "skills": skills, "rate": 20.0}
            for key, skills in PROFILES
        ],
    )
    judged = {"docs": [row[0] for row in POSTINGS], "queries": [row[0] for row in PROFILES], "grades": GRADES}
    (tmp_path / "qrels-dev.json").write_text(json.dumps(judged), encoding="utf-8")
    return tmp_path


def test_perfect_and_worst_orders_are_measured_as_such() -> None:
    grades = np.array([[3, 2, 0, 0] + [0] * 16])
    best = eval_match.measure(np.arange(20, 0, -1)[None, :].astype(float), grades)
    worst = eval_match.measure(np.arange(20)[None, :].astype(float), grades)

    assert {name: float(values[0]) for name, values in best.items()} == pytest.approx(
        {"ndcg10": 1, "p10": 0.2, "auc": 1}
    )
    assert {name: float(values[0]) for name, values in worst.items()} == pytest.approx(
        {"ndcg10": 0, "p10": 0, "auc": 0}
    )


def test_one_swap_costs_what_the_formula_says() -> None:
    grades = np.array([[3, 2] + [0] * 10])
    swapped = np.array([[1.0, 2.0] + [0.0] * 10])

    (ndcg,) = eval_match.measure(swapped, grades)["ndcg10"]

    assert ndcg == pytest.approx((3 + 7 / np.log2(3)) / (7 + 3 / np.log2(3)))


def test_the_command_ranks_a_small_set_and_ends_in_json(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["eval_match", "--data", str(folder), "--no-vectors"])

    eval_match.main()
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert set(summary) == {"random", "tfidf_pair", "ours_no_vectors"}
    assert summary["ours_no_vectors"]["auc"] == 1
    assert summary["ours_no_vectors"]["ndcg10"] > summary["random"]["ndcg10"]
    assert set(summary["tfidf_pair"]) == {"ndcg10", "p10", "auc", "ms"}


def test_tags_are_hidden_unless_asked_for(folder: Path) -> None:
    assert {posting.skills for posting in eval_match.load(folder, tags=False).postings} == {()}
    assert eval_match.load(folder, tags=True).postings[3].skills == ("translation",)
