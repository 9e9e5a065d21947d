"""How well a posting is read: precision and recall for each kind of finding on postings labelled by hand.

    python -m benchmarks.eval_nlp [--group NAME] [--misses] [--model]

The cases lie in `cases_*.toml` beside this file, a group in each name, in the order in which they were written: `open` was
looked at while the first rules were written and `held` after their first version. Every other group was written without a look
at the rules or after them, committed, measured once, and only then used to improve them: `blind`, `last`, and for a second
round of work on what is wanted in hand `next`, `newest`, `sealed` and `unseen`. No group is left that still tells how an unseen
posting is read; whoever works on the rules should write another. Every finding must quote the posting letter by letter.
`--model` has the model read that `.env` has a key for, which costs money: one short call for each posting. The last line is one
JSON object: group → kind → {precision, recall, n}. In `skills` the trades named beside the labelled tools (`crafts`) do not
count.

First runs, F1, before anything was changed because of them (`blind`: 70 postings, `last`: 28, `next`: 30, the rest 20 each;
"was" is what the rules from before the second round make of the same postings; only deliverables are labelled throughout):

    kind          blind   last   next  newest  sealed  unseen
    skills        0.879  0.903
    deliverables  0.237  0.706  0.649   0.707   0.639   0.720
      was                       0.649   0.500   0.476   0.563
    seniority     0.783  0.857
    realism       0.923  1.000
    instructions  0.741  1.000
    questions     0.692  0.880
    language      1.000  1.000
    wants         1.000  1.000
    flags         0.235  0.923
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from decimal import Decimal

from benchmarks.eval_nlp.cases import GROUPS, Case, load
from benchmarks.eval_nlp.scoring import KINDS, Tally, judge, unquoted
from core.drafting.llm import LLM
from core.drafting.posting_model import read_posting
from core.drafting.vendors import open_llm
from core.matching.posting_facts import Reader
from core.settings import load_settings


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eval_nlp", description=__doc__)
    parser.add_argument("--group", choices=GROUPS, help="only this group")
    parser.add_argument("--misses", action="store_true", help="list what is wrong")
    parser.add_argument("--model", action="store_true", help="have the configured model read, not the rules")
    options = parser.parse_args(arguments)
    asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> None:
    llm = open_llm(load_settings()) if options.model else None
    if options.model and llm is None:
        raise SystemExit("No model has a key: set OPENAI_API_KEY or ANTHROPIC_API_KEY in .env.")
    summary: dict[str, dict[str, dict[str, float | None]]] = {}
    for group in [options.group] if options.group else GROUPS:
        summary[group] = await _measure(group, load(group), llm, misses=options.misses)
    if llm is not None:
        await llm.aclose()
    print(json.dumps(summary))


async def _measure(
    group: str, cases: list[Case], llm: LLM | None, *, misses: bool
) -> dict[str, dict[str, float | None]]:
    tallies = {kind: Tally() for kind in KINDS}
    loose = by_model = 0
    cost = Decimal(0)
    started = time.perf_counter()
    for case in cases:
        reading = await read_posting(case.posting, llm)
        facts = reading.facts
        by_model += facts.reader is Reader.MODEL
        cost += reading.usage.cost or 0 if reading.usage else 0
        loose += unquoted(case.posting.text, facts)
        for kind, (right, extra, missed) in judge(case, facts).items():
            tallies[kind].add(right, extra, missed)
            if misses and (extra or missed):
                print(f"  {case.id} {kind}: extra {extra or '-'}, missed {missed or '-'}")
    spent = 1000 * (time.perf_counter() - started) / len(cases)
    print(
        f"{group} group: {len(cases)} postings, {spent:.1f} ms each, quotes that do not stand in the text: {loose}"
    )
    if llm is not None:
        print(
            f"  read by the model: {by_model}, by rules after it failed: {len(cases) - by_model}, cost ${cost:.4f}"
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
