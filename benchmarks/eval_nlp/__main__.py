"""How well a posting is read: precision and recall for each kind of finding on postings labelled by hand.

    python -m benchmarks.eval_nlp [--half open|held] [--misses]

The cases lie in `cases_*.toml` beside this file. The open half may be looked at while the rules are written; the held half was
written before and is only measured, so `--misses` shows the open half's alone. Every finding must quote the posting letter by
letter. The last line is one JSON object: half → kind → {precision, recall, n}.
"""

from __future__ import annotations

import argparse
import json
import time

from benchmarks.eval_nlp.cases import HALVES, Case, load
from benchmarks.eval_nlp.scoring import KINDS, Tally, judge, unquoted
from core.matching.posting_facts import read_facts


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_nlp", description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="only this half")
    parser.add_argument("--misses", action="store_true", help="list what the open half gets wrong")
    options = parser.parse_args(arguments)
    summary: dict[str, dict[str, dict[str, float | None]]] = {}
    for half in [options.half] if options.half else HALVES:
        summary[half] = _measure(half, load(half), misses=options.misses and half == "open")
    print(json.dumps(summary))


def _measure(half: str, cases: list[Case], *, misses: bool) -> dict[str, dict[str, float | None]]:
    tallies = {kind: Tally() for kind in KINDS}
    loose = 0
    started = time.perf_counter()
    for case in cases:
        facts = read_facts(case.posting)
        loose += unquoted(case.posting.text, facts)
        for kind, (right, extra, missed) in judge(case, facts).items():
            tallies[kind].add(right, extra, missed)
            if misses and (extra or missed):
                print(f"  {case.id} {kind}: extra {extra or '-'}, missed {missed or '-'}")
    spent = 1000 * (time.perf_counter() - started) / len(cases)
    print(
        f"{half} half: {len(cases)} postings, {spent:.1f} ms each, quotes that do not stand in the text: {loose}"
    )
    print(f"  {'kind':<14}{'precision':>10}{'recall':>10}{'F1':>8}{'labels':>8}{'found':>8}")
    for kind, tally in tallies.items():
        print(
            f"  {kind:<14}{_share(tally.precision):>10}{_share(tally.recall):>10}{_share(tally.f1):>8}"
            f"{tally.labels:>8}{tally.found:>8}"
        )
    print(flush=True)
    return {
        kind: {"precision": _rounded(tally.precision), "recall": _rounded(tally.recall), "n": tally.labels}
        for kind, tally in tallies.items()
    }


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


if __name__ == "__main__":
    main()
