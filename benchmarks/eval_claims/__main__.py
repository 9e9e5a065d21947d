"""Whether a letter that lies gets past the claim check, and how often one that does not is held up.

    python -m benchmarks.eval_claims [--show PART]

A trap is caught when the check marks something inside the lie itself; marks elsewhere in the letter do not count. An honest
letter is held up when anything in it is marked. The letters come in groups. "dev" is what the check was first worked on with;
every later group was written before its first run and committed first, and the check was then mended for what it showed, so
that only the first run of a group says how the check does on letters it has never seen: `FIRST_RUN` keeps those figures, and
they are the ones to believe. `--show` lists what goes wrong. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from benchmarks.eval_claims.cases import PARTS, Case, honest, people, traps
from benchmarks.eval_claims.near_copies import report
from core.analytics.rates import wilson
from core.drafting.claims import check_text
from core.drafting.draft import ClaimFinding
from core.drafting.sources import Source, sources_of

MOST_HELD_UP = 0.05
FIRST_RUN = {
    "held": (3, 176, 16, 60),
    "fresh": (3, 67, 4, 24),
    "blind": (15, 230, 50, 87),
    "last": (11, 121, 21, 57),
    "third": (9, 68, 9, 32),
    "fourth": (17, 216, 45, 114),
    "fifth": (4, 148, 20, 76),
    "sixth": (8, 161, 19, 76),
    "seventh": (5, 72, 13, 44),
    "eighth": (2, 64, 6, 38),
}
"""What a group showed when the check met it first: lies passed, of how many; honest letters held up, of how many."""
LEFT_OVER = 1
"""Lies known to pass: one that names another job in ordinary words alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong` is true for a trap that passed and for an honest letter that was held up. `marks` are what was marked."""

    case: Case
    wrong: bool
    marks: tuple[ClaimFinding, ...]


@cache
def _sources(slug: str) -> list[Source]:
    return next(sources_of(person.request) for person in people() if person.slug == slug)


def judge(case: Case) -> Verdict:
    marks = tuple(mark for mark in check_text(case.letter, _sources(case.person.slug)) if not mark.supported)
    if case.lie is None:
        return Verdict(case, bool(marks), marks)
    start, end = case.lie
    return Verdict(case, not any(mark.start < end and start < mark.end for mark in marks), marks)


def tally(verdicts: Iterable[Verdict], part: str) -> dict[str, tuple[int, int]]:
    """kind → (letters, wrong) of one part, with a last row for all of them."""
    chosen = [verdict for verdict in verdicts if verdict.case.part == part]
    seen = Counter(verdict.case.kind for verdict in chosen)
    wrong = Counter(verdict.case.kind for verdict in chosen if verdict.wrong)
    rows = {kind: (count, wrong[kind]) for kind, count in sorted(seen.items())}
    return rows | {"all": (len(chosen), sum(wrong.values()))}


def _share(wrong: int, letters: int) -> str:
    low, high = wilson(wrong, letters)
    return f"{wrong:>4}/{letters:<4}{wrong / max(1, letters):>6.1%}  [{low:.1%}, {high:.1%}]"


def _groups(caught: Sequence[Verdict], free: Sequence[Verdict]) -> None:
    """A line per group and one for all, each share with its 95 % Wilson interval; then what the groups showed at first."""
    print(f"{'':12}{'lies that passed':34}{'honest letters held up':34}")
    for part in (*PARTS, "all"):
        lies = [one for one in caught if part in {one.case.part, "all"}]
        fair = [one for one in free if part in {one.case.part, "all"}]
        cells = (_share(sum(one.wrong for one in side), len(side)) for side in (lies, fair))
        print(f"{part:12}" + "".join(f"{cell:34}" for cell in cells))
    print("\nfirst run, before anything was mended for the group")
    for part, (passed, lies_seen, held_up, fair_seen) in FIRST_RUN.items():
        print(f"{part:12}{_share(passed, lies_seen):34}{_share(held_up, fair_seen):34}")


def _table(title: str, verdicts: Sequence[Verdict]) -> None:
    """wrong/letters of every kind and group."""
    rows = {part: tally(verdicts, part) for part in PARTS}
    print(f"\n{title}")
    print(f"{'':18}" + "".join(f"{part:>9}" for part in PARTS))
    for kind in sorted({kind for part in PARTS for kind in rows[part]} - {"all"}):
        cells = (rows[part].get(kind, (0, 0)) for part in PARTS)
        print(f"{kind:18}" + "".join(f"{f'{wrong}/{count}' if count else '':>9}" for count, wrong in cells))


def _languages(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The same verdicts, sorted by the letters' language instead of their kind."""
    return [replace(one, case=replace(one.case, kind=one.case.person.language)) for one in verdicts]


def _milliseconds(cases: Sequence[Case]) -> tuple[float, float]:
    """(median, slowest) time to check one letter; the facts are read beforehand, as for every answer of a draft."""
    took = []
    for case in cases:
        sources = _sources(case.person.slug)
        began = time.perf_counter()
        list(check_text(case.letter, sources))
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--show", nargs="?", const="dev", choices=PARTS)
    wanted = parser.parse_args().show
    caught = [judge(case) for case in traps()]
    free = [judge(case) for case in honest()]
    _groups(caught, free)
    _table("Lies that passed, by kind", caught)
    _table("by language", _languages(caught))
    _table("Honest letters held up", free)
    _table("by language", _languages(free))
    median, slowest = _milliseconds([one.case for one in (*caught, *free)])
    print(f"\n{median:.1f} ms per letter (median; slowest {slowest:.1f} ms)")
    for verdict in [*caught, *free]:
        if wanted and verdict.wrong and verdict.case.part == wanted:
            lie = verdict.case.letter[slice(*verdict.case.lie)] if verdict.case.lie else ""
            marks = (
                " | ".join(f"{mark.quote} <- {mark.sentence}" for mark in verdict.marks) if not lie else ""
            )
            print(f"{verdict.case.person.slug}, {verdict.case.kind}: {lie or marks}")
    copies = report()
    result: dict[str, dict[str, int]] = {
        part: {
            "traps": tally(caught, part)["all"][0],
            "passed": tally(caught, part)["all"][1],
            "honest": tally(free, part)["all"][0],
            "held_up": tally(free, part)["all"][1],
        }
        for part in PARTS
    }
    print()
    first = {part: list(figures) for part, figures in FIRST_RUN.items()}
    print(
        json.dumps({**result, "first_run": first, "near_copies": copies, "ms_per_letter": round(median, 2)})
    )
    passed, held_up = (sum(one[word] for one in result.values()) for word in ("passed", "held_up"))
    return int(passed > LEFT_OVER or held_up > len(free) * MOST_HELD_UP)


if __name__ == "__main__":
    raise SystemExit(main())
