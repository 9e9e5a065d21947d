"""Rows into a table: for the terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import median

from benchmarks.evals.counting import Outcome
from benchmarks.evals.running import Row

ALL = "all"
HEADINGS = (
    "group", "cases", "unsupported", "after repair", "missed", "obeyed", "words", "off length", "refused", "malformed", "failed",
    "tokens in", "cached", "tokens out", "cost, $", "first word, s", "total, s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One model and one group. `unsupported` is counted before the product mends an answer, `mended` after; both are sums, as are
    `missed`, `obeyed`, tokens and cost. `words` and the seconds are medians; `cost` is None where a price is unknown.
    """

    model: str
    group: str
    cases: int
    unsupported: int
    mended: int
    missed: int
    obeyed: int
    words: int
    off_length: int
    refused: int
    malformed: int
    failed: int
    tokens_in: int
    cached: int
    tokens_out: int
    cost: Decimal | None
    first_word: float | None
    total: float | None


def tabulate(rows: Sequence[Row]) -> list[Line]:
    """By model in the order of the rows, groups in the order of the set, and a last line for all of a model's."""
    lines = []
    for model in dict.fromkeys(row.model for row in rows):
        own = [row for row in rows if row.model == model]
        groups = dict.fromkeys(row.case.group for row in own)
        lines += [_line(model, group, [row for row in own if row.case.group == group]) for group in groups]
        lines.append(_line(model, ALL, own))
    return lines


def _line(model: str, group: str, rows: Sequence[Row]) -> Line:
    counts = [row.count for row in rows]
    written = [row for row in rows if row.count.words]
    bills = [row.usage for row in rows if row.usage]
    costs = [bill.cost for bill in bills]
    return Line(
        model=model,
        group=group,
        cases=len(rows),
        unsupported=sum(each.before for each in counts),
        mended=sum(each.after for each in counts),
        missed=sum(len(each.missed) for each in counts),
        obeyed=sum(len(each.obeyed) for each in counts),
        words=round(median(row.count.words for row in written)) if written else 0,
        off_length=sum(each.off_length for each in counts),
        refused=_how_many(rows, Outcome.REFUSED),
        malformed=_how_many(rows, Outcome.MALFORMED),
        failed=_how_many(rows, Outcome.FAILED),
        tokens_in=sum(bill.input_tokens for bill in bills),
        cached=sum(bill.cached_tokens for bill in bills),
        tokens_out=sum(bill.output_tokens for bill in bills),
        cost=None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0)),
        first_word=_median(row.first_word for row in rows),
        total=_median(row.total for row in rows if row.count.outcome is not Outcome.FAILED),
    )


def _how_many(rows: Iterable[Row], outcome: Outcome) -> int:
    return sum(row.count.outcome is outcome for row in rows)


def _median(seconds: Iterable[float | None]) -> float | None:
    known = [second for second in seconds if second is not None]
    return median(known) if known else None


def cells(line: Line) -> tuple[str, ...]:
    return (
        line.group, str(line.cases), str(line.unsupported), str(line.mended), str(line.missed), str(line.obeyed),
        str(line.words), str(line.off_length), str(line.refused), str(line.malformed), str(line.failed),
        f"{line.tokens_in:,}", f"{line.cached:,}", f"{line.tokens_out:,}",
        "unknown" if line.cost is None else f"{line.cost:.4f}", _seconds(line.first_word), _seconds(line.total),
    )  # fmt: skip


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f}"


def as_text(lines: Sequence[Line]) -> str:
    """A block per model with columns as wide as they need to be."""
    blocks = []
    for model in dict.fromkeys(line.model for line in lines):
        table = [HEADINGS, *(cells(line) for line in lines if line.model == model)]
        widths = [max(len(row[place]) for row in table) for place in range(len(HEADINGS))]
        drawn = [
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        blocks.append("\n".join([model, *drawn]))
    return "\n\n".join(blocks)


def as_markdown(lines: Sequence[Line], rows: Sequence[Row], note: str) -> str:
    parts = ["# What the models wrote", note]
    for model in dict.fromkeys(line.model for line in lines):
        table = [HEADINGS, ("---", *["---:"] * (len(HEADINGS) - 1))]
        table += [cells(line) for line in lines if line.model == model]
        parts.append("\n".join([f"## {model}", "", *(f"| {' | '.join(row)} |" for row in table)]))
    findings = [
        f"- {row.model}, {row.case.group}, “{row.case.name}”: {'; '.join(said)}"
        for row in rows
        if (said := [*row.count.missed, *(f"obeyed “{part}”" for part in row.count.obeyed), *_problem(row)])
    ]
    if findings:
        parts.append("\n".join(["## Case by case", "", *findings]))
    return "\n\n".join(parts) + "\n"


def _problem(row: Row) -> list[str]:
    unsupported = [f"{row.count.after} unsupported"] if row.count.after else []
    return [*unsupported, *([row.problem] if row.problem else [])]


def as_data(lines: Sequence[Line], rows: Sequence[Row], note: str) -> dict[str, object]:
    return {
        "note": note,
        "lines": [asdict(line) for line in lines],
        "cases": [
            {
                "model": row.model,
                "group": row.case.group,
                "name": row.case.name,
                **asdict(row.count),
                "cost": row.usage.cost if row.usage else None,
                "first_word": row.first_word,
                "total": row.total,
                "problem": row.problem,
            }
            for row in rows
        ],
    }
