"""Whether a letter that lies gets past the claim check, and how often one that does not is held up.

    python -m benchmarks.eval_claims [--show PART]

A trap is caught when the check marks something inside the lie itself; marks elsewhere in the letter do not count. An honest
letter is held up when anything in it is marked. The checker was worked on with the part "dev". "held" was written before that
work and looked at once it was done: 3 of 176 traps passed then and 16 of 60 honest letters were held up, so the checker was
mended for what they showed. "fresh" was written after that and before its first run: 3 of 67 traps passed, 4 of 24 were held
up; what is printed is after mending those too. `--show` lists what goes wrong. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from benchmarks.eval_claims.cases import PARTS, Case, honest, people, traps
from benchmarks.eval_claims.near_copies import report
from core.drafting.claims import check_text
from core.drafting.draft import ClaimFinding
from core.drafting.sources import Source, sources_of

MOST_HELD_UP = 0.05


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


def _table(title: str, word: str, verdicts: Sequence[Verdict]) -> None:
    rows = {part: tally(verdicts, part) for part in PARTS}
    print(f"\n{title}")
    print(f"{'':18}" + "".join(f"{part:>10}{word:>10}" for part in PARTS))
    for kind in [*sorted({kind for part in PARTS for kind in rows[part]} - {"all"}), "all"]:
        cells = (rows[part].get(kind, (0, 0)) for part in PARTS)
        print(f"{kind:18}" + "".join(f"{count:>10}{wrong:>10}" for count, wrong in cells))


def _languages(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The same verdicts, sorted by the letters' language instead of their kind."""
    return [replace(one, case=replace(one.case, kind=one.case.person.language)) for one in verdicts]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--show", nargs="?", const="dev", choices=PARTS)
    wanted = parser.parse_args().show
    caught = [judge(case) for case in traps()]
    free = [judge(case) for case in honest()]
    _table("Letters with a lie", "passed", caught)
    _table("by language", "passed", _languages(caught))
    _table("Honest letters", "held up", free)
    _table("by language", "held up", _languages(free))
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
    print(json.dumps({**result, "near_copies": copies}))
    return int(any(one["passed"] or one["held_up"] > one["honest"] * MOST_HELD_UP for one in result.values()))


if __name__ == "__main__":
    raise SystemExit(main())
