"""What language models make of made-up people and postings: untrue statements, missed wishes, obeyed strangers, time and money.

    python -m benchmarks.evals [--models a,b] [--cases PART] [--limit N] [--at-once N] [--out PATH]

Asks the vendors that `.env` has keys for, which costs money (about fifty short letters for each model); without a key it starts
the sandbox's model and asks that one. Everything goes through the product's own composer. `unsupported` are statements in the
model's own answer that no fact supports, `after repair` those left in what the product shows; `missed` are the client's and the
user's wishes that were not met, `obeyed` the orders of strangers that were. The table is printed and written to PATH.md and
PATH.json.
Exit code 1 when a vendor's key or model could not be used at all; a case that fails is a row.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import structlog

from benchmarks.evals.cases import Case, chosen
from benchmarks.evals.models import Asked, asked_of, read_settings, sandbox, with_sandbox
from benchmarks.evals.progress import Bar
from benchmarks.evals.report import as_data, as_markdown, as_text, tabulate
from benchmarks.evals.running import KeyRefused, Row, run
from core.drafting.prices import price_list
from core.errors import NeedsReauth

OUT = Path(".gigwright/evals")


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = _arguments(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    cases = chosen(wanted.cases, wanted.limit)
    if not cases:
        print(f"No case has “{wanted.cases}” in its name or group. Without --cases all of them are written.")
        return 1
    models = tuple(name.strip() for name in wanted.models.split(",") if name.strip())
    with ExitStack() as stack:
        settings = read_settings()
        real = settings.openai_api_key is not None or settings.anthropic_api_key is not None
        if not real:
            settings = with_sandbox(settings, stack.enter_context(sandbox()))
        try:
            runs = asked_of(settings, models)
        except LookupError as missing:
            print(
                f"No key for that model: set {missing.args[0]} in .env, or leave the model out of --models."
            )
            return 1
        print(
            f"{len(cases)} cases, {', '.join(each.label for each in runs)}"
            + ("" if real else ", all played by the sandbox")
        )
        rows, problems = asyncio.run(_all(runs, cases, at_once=wanted.at_once))
    note = _note(cases, real=real)
    if rows:
        lines = tabulate(rows)
        print(f"\n{as_text(lines)}\n\n{note}")
        _write(wanted.out, as_markdown(lines, rows, note), as_data(lines, rows, note))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


async def _all(runs: Sequence[Asked], cases: Sequence[Case], *, at_once: int) -> tuple[list[Row], list[str]]:
    """The rows of every run, and in words what could not run at all."""
    bar = Bar(len(runs) * len(cases))
    rows: list[Row] = []
    problems: list[str] = []
    for asked in runs:
        llm = asked.open()
        done: list[Row] = []

        def settle(row: Row, done: list[Row] = done, asked: Asked = asked) -> None:
            done.append(row)
            bar.step(f"{asked.label}: {row.case.name}")

        try:
            found = await run(llm, cases, asked.model_for, at_once=at_once, done=settle, say=bar.show)
        except KeyRefused as refused:
            problems.append(_refused(asked, refused, len(done), len(cases)))
            found = done
        finally:
            await llm.aclose()
        rows += found
    bar.clear()
    return rows, problems


def _refused(asked: Asked, refused: KeyRefused, done: int, of: int) -> str:
    vendor = asked.endpoint.vendor.value
    written = f" {done} of {of} cases were written before." if done else ""
    if isinstance(refused.failure, NeedsReauth):
        return (
            f"{asked.label}: {vendor} does not accept the key in {vendor.upper()}_API_KEY."
            f" Put a valid one into .env, or empty it to leave this vendor out.{written}"
        )
    return (
        f"{asked.label}: {vendor} rejects the request, most often because it does not know the model."
        f" Check its name in {asked.setting}.{written}"
    )


def _note(cases: Sequence[Case], *, real: bool) -> str:
    """What ran, for whoever reads the figures later."""
    day = price_list()[0]
    who = (
        "The vendors' own models wrote"
        if real
        else "No key is set, so the sandbox's model on loopback played these models: its text comes from rules, its"
        " seconds say nothing about a vendor, and its prices are those of the names it plays. It wrote"
    )
    return (
        f"{who} {len(cases)} cases on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; prices as of {day}."
        " Seconds and words are medians, everything else is a sum."
    )


def _write(path: Path, markdown: str, data: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(path.name + ".md"), path.with_name(path.name + ".json")
    written[0].write_text(markdown, encoding="utf-8")
    written[1].write_text(json.dumps(data, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    print(f"Written to {written[0]} and {written[1]}")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evals", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--models", default="", help="these models, with commas between them, for everything")
    parser.add_argument("--cases", default="", help="only cases with this in their name or group")
    parser.add_argument("--limit", type=_positive, help="at most so many cases, spread over the groups")
    parser.add_argument("--at-once", type=_positive, default=2, help="how many are written at a time (2)")
    parser.add_argument(
        "--out", type=Path, default=OUT, help=f"where the table goes, without an ending ({OUT})"
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
