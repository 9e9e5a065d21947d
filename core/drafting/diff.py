"""What changed between two versions, word by word, for the card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
WHOLE_ABOVE = 6000
"""Tokens beyond which the comparison goes by lines: a card cannot show more anyway, and time must stay bounded."""


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Segment:
    change: Change
    text: str


def diff_words(before: str, after: str) -> tuple[Segment, ...]:
    """Segments in reading order, a removal before the addition that replaces it.

    Joining the same and added ones gives `after`, the same and removed ones `before`.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > WHOLE_ABOVE:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    segments: list[Segment] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            _append(segments, Change.SAME, old[i1:i2])
        else:
            _append(segments, Change.REMOVED, old[i1:i2])
            _append(segments, Change.ADDED, new[j1:j2])
    return tuple(_bridged(segments))


def _append(segments: list[Segment], change: Change, tokens: Sequence[str]) -> None:
    if tokens:
        segments.append(Segment(change, "".join(tokens)))


def _bridged(segments: Sequence[Segment]) -> list[Segment]:
    """A lone space between two changes belongs to both, else a rewritten sentence is shown in crumbs."""
    merged: list[Segment] = []
    removed = added = ""
    for place, segment in enumerate(segments):
        inside = (
            segment.change is Change.SAME
            and not segment.text.strip()
            and (removed or added)
            and place + 1 < len(segments)
        )
        if segment.change is Change.SAME and not inside:
            merged.extend(_pair(removed, added))
            removed = added = ""
            merged.append(segment)
            continue
        removed += segment.text if segment.change is not Change.ADDED else ""
        added += segment.text if segment.change is not Change.REMOVED else ""
    merged.extend(_pair(removed, added))
    return merged


def _pair(removed: str, added: str) -> list[Segment]:
    if removed == added:
        return [Segment(Change.SAME, removed)] if removed else []
    pair = (Segment(Change.REMOVED, removed), Segment(Change.ADDED, added))
    return [segment for segment in pair if segment.text]
