"""Words out of a picture, by a model that sees. What stands in the picture is a stranger's: it is copied, never obeyed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.drafting.llm import LLM, Picture, StopReason, Usage, complete
from core.drafting.prompts import load_prompts, visible

READING_LIMIT = 20_000


class _Answer(BaseModel):
    """All that is taken of a model's answer: a flag and words. Whatever else it says goes nowhere."""

    model_config = ConfigDict(extra="ignore", strict=True)

    readable: bool
    text: str = Field(max_length=READING_LIMIT)


@dataclass(frozen=True, slots=True)
class Seen:
    """`text` is "" when nothing could be read; `usage` is the bill all the same."""

    text: str
    usage: Usage


async def read_pictures(llm: LLM, pictures: Sequence[Picture]) -> Seen:
    """The text of these pictures in order, as one. Raises as `LLM.stream` does."""
    prompt = load_prompts()["media/read"].render({"pictures": str(len(pictures))})
    text, usage = await complete(llm, replace(prompt, images=tuple(pictures)))
    answer = None if usage.stop is StopReason.REFUSED else _parse(text)
    return Seen(visible(answer.text).strip() if answer is not None and answer.readable else "", usage)


def _parse(text: str) -> _Answer | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        return _Answer.model_validate(json.loads(text[start : end + 1], strict=False))
    except (ValueError, RecursionError, ValidationError):
        return None
