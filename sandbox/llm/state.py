"""What the stand-in for a language model remembers and how it is told to misbehave."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.llm.caching import Memory

KEPT_PROMPTS = 500
PROMPT_LIMIT = 200_000


class Mode(StrEnum):
    """How calls are answered. `control` takes these names."""

    NORMAL = "normal"
    EVIL = "evil"
    """Does whatever the job text says and gives away all it was shown."""
    GARBAGE = "garbage"
    """Words without sense and without the agreed form."""
    TRUNCATED = "truncated"
    """Stops in the middle of the letter, finish reason "length"."""
    BROKEN_DATA = "broken_data"
    """A fine letter, then JSON that does not parse."""
    SLOW = "slow"
    """Like normal, `words_per_second` words at a time."""
    RATE_LIMIT = "429"
    ERROR = "500"
    UNAUTHORIZED = "401"
    BAD_REQUEST = "400"
    HANG = "hang"
    """Takes the request and never says a word (or, with `after`, no further one)."""
    DROP = "drop"
    """Cuts the connection after `after` words."""
    HUGE = "100KB"
    """Does not stop writing for 100 KB."""
    NOT_SSE = "not_sse"
    """Answers 200 with a web page."""
    REFUSAL = "refusal"
    """Declines to write."""


@dataclass(slots=True)
class Call:
    """One request as it came in. `outcome` is "open", "finished", "client_gone" or "fault"."""

    number: int
    vendor: str
    model: str
    stream: bool
    system: str
    user: str
    mode: Mode
    cache_key: str = ""
    outcome: str = "open"
    words_sent: int = 0
    images: int = 0


@dataclass(slots=True)
class Control:
    """`vendor` limits a fault to one vendor's endpoint, `times` to that many calls; then all is normal again.

    `after` is how many words come before a fault that strikes in the middle, `piece_words` how many are sent at a time. `hears`
    is what every recording says and `sees` what stands in every picture, until it is set anew.
    """

    mode: Mode = Mode.NORMAL
    vendor: str | None = None
    times: int | None = None
    after: int = 0
    words_per_second: float = 0.0
    piece_words: int = 1
    retry_after: int = 7
    hears: str = ""
    sees: str = ""


@dataclass(slots=True)
class LLMState:
    pace: float
    control: Control = field(default_factory=Control)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_PROMPTS))
    counter: int = 0
    memory: Memory = field(default_factory=Memory)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """Good behaviour and no memory."""
        self.control = Control()
        self.calls.clear()
        self.memory.clear()
        self.touch()

    def open_call(
        self,
        *,
        vendor: str,
        model: str,
        stream: bool,
        system: str,
        user: str,
        cache_key: str = "",
        images: int = 0,
    ) -> Call:
        """Record a call and decide how it will go."""
        self.counter += 1
        mode = self._mode_for(vendor)
        call = Call(
            self.counter,
            vendor,
            model,
            stream,
            system[:PROMPT_LIMIT],
            user[:PROMPT_LIMIT],
            mode,
            cache_key[:PROMPT_LIMIT],
            images=images,
        )
        self.calls.append(call)
        self.touch()
        return call

    def close_call(self, call: Call, outcome: str) -> None:
        call.outcome = outcome
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits for a change."""
        self.changed.set()
        self.changed = asyncio.Event()

    def speed(self, mode: Mode) -> float:
        """Words per second; 0 is as fast as possible."""
        if mode is Mode.SLOW:
            return self.control.words_per_second or 5.0
        return self.control.words_per_second or self.pace

    def _mode_for(self, vendor: str) -> Mode:
        control = self.control
        if control.mode is Mode.NORMAL or (control.vendor and control.vendor != vendor):
            return Mode.NORMAL
        if control.times is not None:
            if control.times <= 0:
                return Mode.NORMAL
            control.times -= 1
        return control.mode
