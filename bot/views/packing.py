"""Long texts over several messages: nothing is left out, no tag is cut, the buttons come last."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton

from bot.foreign import markup
from bot.texts import Html
from bot.ui import TEXT_LIMIT, Screen, blocks, cut, lines, units, visible
from core.drafting.lint import reveal

PART = 3400
"""Code units of plain text in one message: what is left of Telegram's limit is for a heading and a hint."""

_TAG = re.compile(r"<[^>]*>")


def split(text: str, limit: int = PART) -> list[str]:
    """Plain text in parts of at most `limit` code units, cut at a line end or a blank if there is one; joined they are `text`."""
    parts: list[str] = []
    rest = text
    while units(rest) > limit:
        head = cut(rest, limit)
        half = len(head) // 2
        place = max(head.rfind("\n", half), head.rfind(" ", half))
        head = head[: place + 1] if place > 0 else head
        parts.append(head)
        rest = rest[len(head) :]
    return [*parts, rest] if rest else parts


def quoted(text: str, *, folded: bool = False) -> list[Html]:
    """Somebody's words as quotations, each short enough for a message of its own. `folded` ones open with a tap.

    What cannot be seen is written out, what could be tapped is set as code: see `bot.foreign`.
    """
    tag = "blockquote expandable" if folded else "blockquote"
    return [Html(f"<{tag}>{markup(part)}</blockquote>") for part in split(reveal(text))]


def labelled(head: str, text: str, foot: str = "") -> list[Html]:
    """A quotation under its label: one piece when short, else the label and then its parts."""
    parts = quoted(text)
    if len(parts) <= 1:
        return [lines(head, *parts, foot)]
    return [Html(head), *parts, *([Html(foot)] if foot else [])]


def pack(pieces: Sequence[str | None], rows: Sequence[Sequence[InlineKeyboardButton]] = ()) -> list[Screen]:
    """As few messages as hold all pieces in order, an empty line between two; the last one carries the buttons."""
    texts: list[Html] = []
    for piece in (part for wanted in pieces if wanted for part in _fit(Html(wanted))):
        if texts and visible(joined := blocks(texts[-1], piece)) <= TEXT_LIMIT:
            texts[-1] = joined
        else:
            texts.append(piece)
    return [*(Screen(text) for text in texts[:-1]), Screen(texts[-1], rows)] if texts else []


def _fit(piece: Html) -> list[Html]:
    """A piece that no message holds loses its markup rather than a part of its words."""
    if visible(piece) <= TEXT_LIMIT:
        return [piece]
    return [Html(markup(part)) for part in split(html.unescape(_TAG.sub("", piece)))]
