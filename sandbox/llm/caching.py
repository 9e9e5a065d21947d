"""What the stand-in keeps of prompts, counted the way the two vendors count it.

Anthropic keeps what ends at a `cache_control` mark. OpenAI keeps the beginning of every prompt by itself, in whole steps, or,
where the request says `explicit`, what ends at a `prompt_cache_breakpoint`. Neither keeps a beginning that is too short, and
OpenAI looks only among prompts with the same `prompt_cache_key`. How long something is kept is left out: here it is for good.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SHORTEST = 1024
"""Tokens below which nothing is kept."""
STEP = 128
KEPT = 200


@dataclass(frozen=True, slots=True)
class Caching:
    """What a request says about keeping its prompt. `ends` are offsets into `text` where a kept beginning may end.

    `by_itself`: without any mark the vendor finds the longest beginning it has seen. `group` parts prompts that share nothing,
    by model and by `key`, the request's own word for who may.
    """

    text: str
    ends: tuple[int, ...] = ()
    by_itself: bool = False
    group: str = ""
    key: str = ""


@dataclass(slots=True)
class Memory:
    """Beginnings seen so far."""

    marked: set[tuple[str, str]] = field(default_factory=set)
    whole: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def clear(self) -> None:
        self.marked.clear()
        self.whole.clear()

    def look_up(self, asked: Caching) -> tuple[int, int]:
        """(tokens read from what was kept, tokens kept now for the next prompt), and remembers this one."""
        if asked.by_itself:
            return self._by_itself(asked), 0
        cached = last = 0
        for end in sorted(asked.ends):
            beginning, length = asked.text[:end], tokens(asked.text[:end])
            if length < SHORTEST:
                continue
            last = length
            if (asked.group, beginning) in self.marked:
                cached = length
            self.marked.add((asked.group, beginning))
        return cached, last - cached

    def _by_itself(self, asked: Caching) -> int:
        same = [
            tokens(asked.text[: _alike(asked.text, seen)])
            for group, seen in self.whole
            if group == asked.group
        ]
        self.whole.append((asked.group, asked.text))
        longest = max(same, default=0)
        return longest // STEP * STEP if longest >= SHORTEST else 0


def _alike(one: str, other: str) -> int:
    """How many characters the two begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def tokens(text: str) -> int:
    return max(1, len(text) // 4)
