"""The seam to a language model: one prompt in, a stream of text out, the bill at the end.

A model gets no tools and no ids. Adapters live in `llm_openai`, `llm_anthropic` and `llm_fallback`; an SDK appears only in
its own adapter.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr


class Vendor(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class Tier(StrEnum):
    """`TRIAGE` is the cheapest model, for reading; `FAST` writes what is short, `SMART` writes letters."""

    TRIAGE = "triage"
    FAST = "fast"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class LLMEndpoint:
    """Where one vendor's models are reached. `base_url` None is the vendor's own; `timeout` is seconds of silence."""

    vendor: Vendor
    api_key: SecretStr
    model_fast: str
    model_smart: str
    base_url: str | None = None
    timeout: float = 60.0
    model_triage: str = ""

    def model(self, tier: Tier) -> str:
        """The model for `tier`; without one for triage the fast one reads."""
        if tier is Tier.TRIAGE:
            return self.model_triage or self.model_fast
        return self.model_fast if tier is Tier.FAST else self.model_smart


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as a vendor takes it: its type ("image/png") and its bytes."""

    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt. `name` and `version` say which file it came from; `system` is the same for everybody.

    The first `stable` characters of `user` are the same in every prompt of one person, so a vendor may keep them for the next
    one. `cache_key` groups one person's prompts at vendors that ask for it; it is theirs alone and leads back to nobody. `images`
    stand before the part of `user` that changes.
    """

    name: str
    version: int
    system: str
    user: str
    stable: int = 0
    cache_key: str = ""
    tier: Tier = Tier.SMART
    max_output_tokens: int = 3000
    images: tuple[Picture, ...] = ()


class StopReason(StrEnum):
    END = "end"
    LENGTH = "length"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Opened:
    """A vendor took the request and begins to answer."""

    vendor: str
    model: str


@dataclass(frozen=True, slots=True)
class Chunk:
    text: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Chunks so far are void: `vendor` failed half-way with `reason` (an error code) and the next one begins anew."""

    vendor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used. `input_tokens` includes `cached_tokens`, which the vendor had kept from an earlier call and charges
    less for; `cost` counts that. `cost` is US dollars, `None` if the price is unknown.

    `estimated` marks a call that was stopped before the vendor told its numbers.
    """

    vendor: str
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cost: Decimal | None = None
    prompt: str = ""
    stop: StopReason = StopReason.END
    estimated: bool = False


LLMEvent = Opened | Chunk | Restart | Usage


class LLM(Protocol):
    """`stream` yields `Opened`, then chunks, and ends with exactly one `Usage`.

    Raises `NeedsReauth` (key refused), `LimitReached` (429), `Invalid` (the vendor rejects the request or the model name)
    or `Unavailable` (timeout, connection, 5xx, broken stream). Closing the generator or cancelling the task closes the
    HTTP stream at once. Refuses to run inside a database transaction.
    """

    @property
    def name(self) -> str: ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]: ...

    async def aclose(self) -> None: ...


async def complete(llm: LLM, prompt: Prompt) -> tuple[str, Usage]:
    """The whole text at once, for calls nobody watches. Raises as `LLM.stream` does."""
    parts: list[str] = []
    async with aclosing(llm.stream(prompt)) as events:
        async for event in events:
            if isinstance(event, Chunk):
                parts.append(event.text)
            elif isinstance(event, Restart):
                parts.clear()
            elif isinstance(event, Usage):
                return "".join(parts), event
    raise RuntimeError("a model stream ended without usage")
