"""The user's own funnel in words, as the caption of its picture."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bot.texts import Html, Words
from bot.ui import CAPTION_LIMIT, clip, fitting, lines, visible
from bot.views.posting import duration
from core.analytics.funnel import Funnel

_STEPS = ("cards", "shown", "drafted", "sent", "replied", "hired")


def counts(words: Words, funnel: Funnel) -> list[tuple[str, int]]:
    """The steps with their numbers, for the picture and for the caption."""
    return [(words.plain(f"stats.step_{step}"), int(getattr(funnel, step))) for step in _STEPS]


def caption(words: Words, funnel: Funnel, names: Mapping[UUID, str]) -> Html:
    """`names` are the words of each search that still exists. What does not fit is left out by whole lines."""
    reasons = ", ".join(
        f"{words.plain(f'skip.{reason}')} {count}" for reason, count in funnel.skip_reasons.items()
    )
    rate = f"{funnel.reply_rate:.0%}" if funnel.reply_rate is not None else words.plain("stats.not_yet")
    details = lines(
        words("stats.replies_sent", n=funnel.replies_sent),
        words("stats.rate", rate=rate),
        words("stats.delay", delay=duration(words, funnel.delay)) if funnel.delay is not None else None,
        words("stats.skips", reasons=clip(reasons, 300)) if reasons else None,
        words("stats.cost", cost=f"{funnel.cost:.2f}") if funnel.cost else None,
    )
    steps = lines(*(words("stats.line", name=name, count=count) for name, count in counts(words, funnel)))
    heading = words("stats.heading", n=funnel.days)
    return fitting([heading, steps, details, *_searches(words, funnel, names)], CAPTION_LIMIT)


def _searches(words: Words, funnel: Funnel, names: Mapping[UUID, str]) -> list[Html]:
    """A line per search, as many as fit below the numbers; the first ones stay."""
    unknown = words.plain("stats.deleted_search")
    found = [
        words("stats.search", name=clip(names.get(search_id, unknown), 60), sent=sent, replied=replied)
        for search_id, (sent, replied) in funnel.by_search.items()
    ]
    while found and visible(lines(*found)) > CAPTION_LIMIT // 2:
        found.pop()
    return [lines(*found)] if found else []
