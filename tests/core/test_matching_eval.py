"""The measuring stick itself: right on cases worked out by hand, and the whole command on a small made-up set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.eval_match import __main__ as eval_match
from benchmarks.eval_match import synthetic, twins
from benchmarks.eval_match.baselines import bm25, tfidf_pair
from benchmarks.eval_match.dataset import Dataset, Unusable, load
from benchmarks.eval_match.measures import measure
from core.jobs_feed.posting import JobPosting
from core.matching.embedding_text import embedding_text
from core.matching.evidence import EvidenceCode
from core.matching.fit import rate_fit
from core.matching.glossary import in_english
from core.matching.reading import read_posting, read_profile

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
    best = measure(np.arange(20, 0, -1)[None, :].astype(float), grades)
    worst = measure(np.arange(20)[None, :].astype(float), grades)

    assert {name: float(values[0]) for name, values in best.items()} == pytest.approx(
        {"ndcg10": 1, "p10": 0.2, "auc": 1}
    )
    assert {name: float(values[0]) for name, values in worst.items()} == pytest.approx(
        {"ndcg10": 0, "p10": 0, "auc": 0}
    )


def test_one_swap_costs_what_the_formula_says() -> None:
    grades = np.array([[3, 2] + [0] * 10])
    swapped = np.array([[1.0, 2.0] + [0.0] * 10])

    (ndcg,) = measure(swapped, grades)["ndcg10"]

    assert ndcg == pytest.approx((3 + 7 / np.log2(3)) / (7 + 3 / np.log2(3)))


def test_the_command_ranks_a_small_set_and_ends_in_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eval_match.main(["--data", str(folder), "--no-vectors"])
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert set(summary) == {"random", "tfidf_pair", "bm25", "ours"}
    assert summary["ours"]["auc"] == 1
    assert summary["ours"]["ndcg10"] > summary["random"]["ndcg10"]
    assert set(summary["tfidf_pair"]) == {"ndcg10", "p10", "auc", "ms"}


def test_tags_are_hidden_unless_asked_for(folder: Path) -> None:
    assert {posting.skills for posting in load(folder, tags=False).postings} == {()}
    assert load(folder, tags=True).postings[3].skills == ("translation",)


def test_the_pair_baseline_is_scikit_learns_own(folder: Path) -> None:
    data = load(folder, tags=False)
    fast = tfidf_pair(data)
    for row, profile in enumerate(data.profile_texts):
        for column, posting in enumerate(data.posting_texts):
            pair = TfidfVectorizer(stop_words="english").fit_transform([profile, posting])
            assert fast[row, column] == pytest.approx((pair[0] @ pair[1].T).toarray()[0, 0])
    assert fast.max() > 0.1


def test_bm25_prefers_the_posting_that_says_the_word(folder: Path) -> None:
    data = load(folder, tags=False)
    assert bm25(data)[1].argmax() == 1


def test_our_own_set_is_judged_and_ranked_above_chance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data: Dataset = load(synthetic.write(tmp_path), tags=False)
    assert all((row >= 2).any() and (row < 2).any() for row in data.grades)
    eval_match.main(["--no-vectors"])
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["ours"]["auc"] > 0.7 > summary["random"]["auc"]


def test_a_folder_without_judgements_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="postings"):
        load(tmp_path, tags=False)


@pytest.mark.parametrize("spoil", ["no folder", "not json", "unknown id", "short grades", "two halves"])
def test_what_cannot_be_measured_is_told_in_a_sentence(
    folder: Path, spoil: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = folder
    if spoil == "no folder":
        wrong = folder / "nowhere"
    elif spoil == "not json":
        (folder / "profiles-dev.jsonl").write_text("{\n", encoding="utf-8")
    elif spoil == "two halves":
        (folder / "qrels-other.json").write_text("{}", encoding="utf-8")
    else:
        judged = json.loads((folder / "qrels-dev.json").read_text(encoding="utf-8"))
        judged |= {"grades": GRADES[:1]} if spoil == "short grades" else {"queries": ["a", "nobody"]}
        (folder / "qrels-dev.json").write_text(json.dumps(judged), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        eval_match.main(["--data", str(wrong), "--no-vectors"])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert str(wrong) in told.err
    assert "Traceback" not in told.err


def test_one_of_two_halves_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, ending in (("profiles", "jsonl"), ("qrels", "json")):
        text = (folder / f"{kind}-dev.{ending}").read_text(encoding="utf-8")
        (folder / f"{kind}-other.{ending}").write_text(text, encoding="utf-8")
    eval_match.main(["--data", str(folder), "--no-vectors", "--part", "other"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ours"]["auc"] == 1


def test_bare_rows_odd_letters_and_profiles_without_an_order_are_borne(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[dict[str, object]] = [
        {"id": key, "title": title, "description": None} for key, title, _, _ in POSTINGS
    ]
    rows[0] |= {
        "description": "FastAPI \u2028 \x85 \ud800 \x00 🚀 розробник",
        "label_skills": [None, "python"],
    }
    text = "\ufeff" + "\n".join(json.dumps(row, ensure_ascii=number != 3) for number, row in enumerate(rows))
    (folder / "postings.jsonl").write_text(text, encoding="utf-8", errors="surrogatepass")
    profiles = [
        {"id": "a", "skills": ["Python", "FastAPI"], "rate": "by agreement"},
        {"id": "b", "title": None, "overview": "Logo designer.\u2028Brand identity and Adobe Illustrator."},
        {"id": "c", "skills": ["Cooking"]},
    ]
    written = "\n".join(json.dumps(row, ensure_ascii=False) for row in profiles)
    (folder / "profiles-dev.jsonl").write_text(written, encoding="utf-8")
    judged = {"docs": [row[0] for row in POSTINGS], "queries": ["a", "b", "c"], "grades": [*GRADES, [0] * 5]}
    (folder / "qrels-dev.json").write_text(json.dumps(judged), encoding="utf-8")
    eval_match.main(["--data", str(folder), "--no-vectors", "--tags"])
    printed = capsys.readouterr().out.splitlines()
    assert "2 profiles x 5 postings" in printed[0]
    assert "1 profiles without" in printed[0]
    assert json.loads(printed[-1])["ours"]["auc"] > 0.8


def test_a_ukrainian_twin_loses_little_and_the_card_says_how_it_was_read() -> None:
    english, ukrainian = twins.pairs()[5]
    assert len(twins.pairs()) == 30
    posting = JobPosting(
        upwork_id="1",
        ciphertext="~1",
        title="Translate technical manuals to Ukrainian",
        description="Translator with localization experience wanted, proofreading included.",
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    (first,), (second,) = twins.fits([english, ukrainian], [posting], None)
    assert second > 40
    assert abs(first - second) < 15
    read = read_profile(twins.profile_of(ukrainian))
    told = [item.code for item in rate_fit(posting, read_posting(posting), read).evidence]
    assert EvidenceCode.READ_BY_WORDS in told
    plain = rate_fit(posting, read_posting(posting), read_profile(twins.profile_of(english)))
    assert EvidenceCode.READ_BY_WORDS not in [item.code for item in plain.evidence]


def test_no_word_of_the_glossary_stands_for_nothing() -> None:
    assert in_english("розробницею") == (("developer",),)
    assert "packaging" in embedding_text("Розробляю дизайн упаковки в Figma").casefold()
