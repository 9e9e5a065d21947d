"""Filters over what the middleware already loaded. A filter that is wrong is silent, so there are only these two."""

from __future__ import annotations

from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import Message

from core.accounts.dialogs import Awaiting


class Expecting(BaseFilter):
    """The chat waits for one of these states, and the message is neither a command nor a reply to a card."""

    def __init__(self, *states: str) -> None:
        self._states = frozenset(states)

    async def __call__(self, message: Message, awaiting: Awaiting) -> bool | dict[str, Any]:
        if (message.text or "").startswith("/"):
            return False
        return awaiting.state in self._states


class PlainText(BaseFilter):
    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        return {"text": message.text} if message.text and not message.text.startswith("/") else False
