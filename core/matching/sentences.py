"""Cuts a posting into sentences, so that a warning can quote the one it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_QUOTE = 300
# A "sentence" longer than this is a wall of text; patterns read it piece by piece.
MAX_SENTENCE = 1000
# Ten times what Upwork takes as a description; a longer text is padding that should not keep a worker busy.
MAX_READ = 50_000

_END = re.compile(r"\n+|(?<=[.!?…])[\"'»)]*\s+(?=\S)")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|vs|inc|ltd|mr|mrs|dr|no)\.$", re.IGNORECASE)


def sentences(text: str) -> Iterator[str]:
    """Every sentence or line that holds anything, in order, with even white space, at most `MAX_SENTENCE` long; of the first
    `MAX_READ` characters."""
    for _, sentence in _whole(text):
        yield from _pieces(sentence)


def spans(text: str) -> Iterator[tuple[int, str]]:
    """Every sentence or line that holds anything, exactly as it stands in `text`, with its offset; a wall of text in pieces of
    at most `MAX_SENTENCE`."""
    for offset, sentence in _whole(text):
        for start in range(0, len(sentence), MAX_SENTENCE):
            yield offset + start, sentence[start : start + MAX_SENTENCE]


def _whole(text: str) -> Iterator[tuple[int, str]]:
    text = text[:MAX_READ]
    start = 0
    for match in _END.finditer(text):
        if "\n" not in match.group() and _ABBREVIATION.search(
            text[max(start, match.start() - 12) : match.start()]
        ):
            continue
        yield from _stripped(start, text[start : match.start()])
        start = match.end()
    yield from _stripped(start, text[start:])


def _stripped(start: int, stretch: str) -> Iterator[tuple[int, str]]:
    sentence = stretch.strip()
    if sentence:
        yield start + stretch.index(sentence), sentence


def _pieces(stretch: str) -> Iterator[str]:
    sentence = " ".join(stretch.split())
    for start in range(0, len(sentence), MAX_SENTENCE):
        yield sentence[start : start + MAX_SENTENCE]


def quote(sentence: str, around: tuple[int, int] = (0, 0)) -> str:
    """The sentence, or the `MAX_QUOTE` characters of it that hold the span `around`."""
    if len(sentence) <= MAX_QUOTE:
        return sentence
    start = max(0, min(around[0] - MAX_QUOTE // 3, len(sentence) - MAX_QUOTE + 2))
    window = sentence[start : start + MAX_QUOTE - 2].strip()
    return f"{'…' if start else ''}{window}{'…' if start + MAX_QUOTE - 2 < len(sentence) else ''}"
