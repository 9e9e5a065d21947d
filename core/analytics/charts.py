"""Pictures of the user's numbers. Drawn in a thread: Matplotlib is slow and not for sharing between threads."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

_BAR = "#3b6fd4"
_INK = "#1d2430"
_PAPER = "#ffffff"


async def funnel_chart(steps: Sequence[tuple[str, int]], *, title: str) -> bytes:
    """A PNG of horizontal bars, one per step, 1200x760 pixels; every bar carries its number."""
    return await asyncio.to_thread(_draw, list(steps), title)


def _draw(steps: list[tuple[str, int]], title: str) -> bytes:
    from matplotlib.figure import Figure  # half a second that only the first picture should cost

    figure = Figure(figsize=(8, 5.07), dpi=150, facecolor=_PAPER)
    axes = figure.add_subplot()
    names = [_clip(name) for name, _ in steps]
    counts = [count for _, count in steps]
    largest = max([*counts, 1])
    bars = axes.barh(range(len(steps)), counts, color=_BAR, height=0.62)
    for position, (count, bar) in enumerate(zip(counts, bars, strict=True)):
        bar.set_alpha(max(0.2, 1.0 - 0.09 * position))
        axes.text(
            count + largest * 0.015, position, str(count), va="center", ha="left", fontsize=13, color=_INK
        )
    axes.set_yticks(range(len(steps)), names, fontsize=13, color=_INK, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, largest * 1.12)
    axes.xaxis.set_visible(False)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_title(_clip(title, 60), loc="left", fontsize=15, color=_INK, pad=14, parse_math=False)
    figure.tight_layout()
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def _clip(text: str, length: int = 28) -> str:
    """A name may come from a person one day; it must leave room for the bars."""
    return text if len(text) <= length else text[: length - 1] + "…"
