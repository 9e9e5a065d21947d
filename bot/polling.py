"""getUpdates as plain dictionaries: aiogram's own would refuse a whole batch for one update it cannot read."""

from __future__ import annotations

from typing import Any

from aiogram.methods import TelegramMethod


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Source: Telegram Bot API, getUpdates. `timeout` is seconds of long polling."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None


def number_of(update: dict[str, Any]) -> int:
    """The update's id; -1 for something that has none and can only be skipped."""
    number = update.get("update_id")
    return number if isinstance(number, int) and not isinstance(number, bool) else -1
