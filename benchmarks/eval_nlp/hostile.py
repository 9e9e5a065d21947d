"""How the time of reading grows with the length of a hostile posting, rule by rule.

    python -m benchmarks.eval_nlp.hostile [--worst 5] [--length 40000]

Every rule reads walls of text that are built to make patterns back off: repeated beginnings that never end, quotation marks
without partners, digits, spaces, null characters, emoji. Each wall is read at two lengths, of which the longer is four times
the shorter; a linear rule takes four times as long. `growth` is that ratio, `linear` whether the worst is under `MOST` (the
machine may be busy, so a quotient is judged and not a time). The single patterns get the same walls at the length of the
longest piece that the rules ever give them, and the slowest is named. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.asked import find_questions
from core.matching.budget import read_budget
from core.matching.deliverables import find_deliverables
from core.matching.flags import find_flags
from core.matching.instructions import find_instructions
from core.matching.posting_facts import posting_language, read_facts
from core.matching.seniority import read_seniority
from core.matching.sentences import MAX_SENTENCE
from core.matching.skills import find_skills
from core.matching.tongues import find_wanted_languages

LONG = 40_000
MOST = 10.0
"""A quadratic rule takes sixteen times as long for four times the text."""
NOTICEABLE = 0.02
"""Seconds: below it a quotient is noise."""
MODULES = (
    "asked",
    "budget",
    "deliverables",
    "flag_patterns",
    "instructions",
    "seniority",
    "sentences",
    "skills",
    "tongues",
)

WALLS: dict[str, str] = {
    "letters": "a",
    "spaces": " ",
    "line breaks": "\n",
    "full stops": ". ",
    "digits": "1",
    "digit groups": "1 ",
    "sums": "1+",
    "quotation marks": '"',
    "opened quotes": '"a ',
    "brackets": "(at) ",
    "at signs": "a@",
    "addresses": "a.b@c.",
    "dashes": "a-",
    "nulls": "\x00",
    "emoji": "🙂",
    "joined emoji": "👩\u200d👩\u200d👧 ",
    "marks": "e\u0301",
    "right to left": "\u202eшалом ",
    "start with": "start with the word ",
    "start with A": "Start with A ",
    "write the name": "write the name of your ",
    "tell us": "please tell us about your ",
    "need a": "need a ",
    "counted": "5 new ",
    "years": "5 years or ",
    "levels": "senior senior ",
    "native": "native english ",
    "dollars": "$1 per ",
    "prices": "$100 for 10 ",
    "contact": "contact me to ",
    "spaced app": "t e l e g r a ",
    "letters of an app": "t.e.l.e.g.r.a.m.",
    "unpaid": "first trial test unpaid not ",
    "pay": "you must pay send transfer ",
    "reviews": "write us a good positive ",
    "account": "rent your own verified ",
    "skill list": "Python, R, Go, C, ",
    "skills": "python react ",
    "ukrainian": "потрібно зробити тестове завдання безкоштовн ",
    "bullets": "- logo, cover and page\n",
    "deliverables": "Deliverables:\n- a page\n",
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_nlp.hostile", description=__doc__)
    parser.add_argument(
        "--worst", type=int, default=5, help="how many of the slowest walls to name for each rule"
    )
    parser.add_argument("--length", type=int, default=LONG, help="characters of the longer text")
    options = parser.parse_args(arguments)
    length = options.length
    summary = {name: _rule(name, rule, length, options.worst) for name, rule in RULES.items()}
    slowest = max(_patterns(), key=lambda found: found[0])
    print(
        f"slowest pattern on {MAX_SENTENCE} characters: {slowest[1]} on {slowest[2]}, {1000 * slowest[0]:.2f} ms"
    )
    print(
        json.dumps(
            {
                "length": length,
                "linear": all(growth < MOST for growth in summary.values()),
                "growth": summary,
                "slowest_pattern_ms": round(1000 * slowest[0], 3),
            }
        )
    )


def wall(piece: str, length: int) -> str:
    """`piece` over and over, exactly `length` characters of it."""
    return (piece * (length // len(piece) + 1))[:length]


def posting_of(text: str) -> JobPosting:
    return JobPosting(
        upwork_id="1",
        ciphertext="~1",
        title=text[:400],
        description=text,
        published_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        contract=ContractType.FIXED,
        budget=Decimal(50),
    )


RULES: dict[str, Callable[[JobPosting], object]] = {
    "skills": lambda posting: find_skills(posting.description),
    "deliverables": lambda posting: find_deliverables(posting.title, posting.description),
    "seniority": read_seniority,
    "budget": read_budget,
    "instructions": lambda posting: find_instructions(posting.text),
    "questions": find_questions,
    "languages": lambda posting: find_wanted_languages(posting.text),
    "language": lambda posting: posting_language(posting.text),
    "flags": find_flags,
    "everything": read_facts,
}


def _rule(name: str, rule: Callable[[JobPosting], object], length: int, worst: int) -> float:
    """The worst growth of a rule over all walls that take long enough to be measured."""
    rule(posting_of("warm up"))
    rows: list[tuple[float, float, str]] = []
    for title, piece in WALLS.items():
        short = _seconds(rule, posting_of(wall(piece, length // 4)))
        long = _seconds(rule, posting_of(wall(piece, length)))
        rows.append((long, long / short if long > NOTICEABLE else 0.0, title))
    rows.sort(reverse=True)
    told = ", ".join(
        f"{title} {1000 * seconds:.0f} ms (x{growth:.1f})" for seconds, growth, title in rows[:worst]
    )
    print(f"{name:<14}{told}", flush=True)
    return round(max(growth for _, growth, _ in rows), 1)


def _seconds(rule: Callable[[JobPosting], object], posting: JobPosting) -> float:
    """The better of two runs, and never nothing."""
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        rule(posting)
        best = min(best, time.process_time() - started)
    return max(best, 1e-6)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled pattern of the rules, with its name."""
    for module in MODULES:
        for name, value in vars(importlib.import_module(f"core.matching.{module}")).items():
            if isinstance(value, re.Pattern):
                yield f"{module}.{name}", value


def _patterns() -> Iterator[tuple[float, str, str]]:
    for name, pattern in patterns():
        for title, piece in WALLS.items():
            text = wall(piece, MAX_SENTENCE)
            started = time.process_time()
            for _ in pattern.finditer(text):
                pass
            yield time.process_time() - started, name, title


if __name__ == "__main__":
    main()
