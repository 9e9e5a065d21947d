"""The seam to a model that hears: one recording in, its words and the bill out. The adapter lives in `llm_openai`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from core.drafting.llm import Usage

TRANSCRIPT_LIMIT = 20_000
"""Characters kept of a transcript; nobody says more in the minutes a voice note may take."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording. `extension` is what its bytes are ("ogg"), not what it was called; `seconds` is how long it plays."""

    data: bytes = field(repr=False)
    extension: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, as the model understood it, and what it cost."""

    text: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class HearingEndpoint:
    """Where recordings are transcribed. `base_url` None is OpenAI itself; `timeout` is seconds for the whole call."""

    api_key: SecretStr
    model: str
    base_url: str | None = None
    timeout: float = 60.0


class Hearing(Protocol):
    """`hear` raises as `LLM.stream` does, and refuses to run inside a database transaction."""

    async def hear(self, audio: Audio) -> Heard: ...

    async def aclose(self) -> None: ...
