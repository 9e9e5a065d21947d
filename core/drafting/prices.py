"""What a model costs. The figures and their date live in `models.json`; a model that is not there has no known price."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from core.drafting.llm import Prompt, StopReason, Usage

Effort = Literal["low", "medium", "high"]

IMAGE_TOKENS = 1600
"""About what a vendor counts for one large picture, on the high side."""

_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"-(?:\d{4}-?\d{2}-?\d{2}|latest)$")


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """US dollars per million tokens. `effort` is set for models that think before they write, and limits how long.

    `marked`: the vendor caches where a prompt says so, not by itself.
    """

    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal
    effort: Effort | None = None
    marked: bool = False


@cache
def price_list() -> tuple[date, dict[str, ModelPrice]]:
    """The day the prices were looked up, and the prices by model name."""
    raw = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    prices = {
        name: ModelPrice(
            Decimal(entry["input"]),
            Decimal(entry["cached"]),
            Decimal(entry["cache_write"]),
            Decimal(entry["output"]),
            entry.get("effort"),
            entry.get("cache") == "marked",
        )
        for name, entry in raw["models"].items()
    }
    return date.fromisoformat(raw["date"]), prices


@cache
def triage_model(vendor: str) -> str:
    """The vendor's model for reading, as `models.json` names it."""
    raw = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    name: str = raw["triage"][vendor]
    return name


def price_of(model: str) -> ModelPrice | None:
    """A dated snapshot ("gpt-5-2025-08-07") costs what its family costs."""
    prices = price_list()[1]
    return prices.get(model) or prices.get(_DATED.sub("", model))


def cost_of(model: str, *, fresh: int, cached: int, written: int, output: int) -> Decimal | None:
    """Dollars for one call: `fresh`, `cached` and `written` are disjoint parts of the input, all in tokens."""
    price = price_of(model)
    if price is None:
        return None
    total = price.input * fresh + price.cached * cached + price.cache_write * written + price.output * output
    return (total / _MILLION).quantize(Decimal("0.000001"))


@cache
def minute_prices() -> tuple[date, dict[str, Decimal]]:
    """The day the prices of transcription were looked up, and US dollars per minute of audio by model name."""
    raw = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))["transcription"]
    return date.fromisoformat(raw["date"]), {name: Decimal(price) for name, price in raw["models"].items()}


def cost_of_audio(model: str, seconds: float) -> Decimal | None:
    """Dollars for so many seconds of audio; `None` if the price is unknown."""
    prices = minute_prices()[1]
    price = prices.get(model) or prices.get(_DATED.sub("", model))
    return None if price is None else (price * Decimal(str(seconds)) / 60).quantize(Decimal("0.000001"))


def tokens_in(text: str) -> int:
    """A rough count, on the high side: four Latin or two other characters to a token."""
    latin = sum(sign.isascii() for sign in text)
    return latin // 4 + (len(text) - latin) // 2 + 1


def estimated_usage(prompt: Prompt, *, vendor: str, model: str, written: str, stop: StopReason) -> Usage:
    """The bill of a call whose vendor did not tell its numbers."""
    before = tokens_in(prompt.system + prompt.user) + IMAGE_TOKENS * len(prompt.images)
    after = tokens_in(written)
    return Usage(
        vendor,
        model,
        before,
        after,
        cost=cost_of(model, fresh=before, cached=0, written=0, output=after),
        prompt=f"{prompt.name}@{prompt.version}",
        stop=stop,
        estimated=True,
    )
