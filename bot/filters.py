"""Filters over what the middleware already loaded. A filter that is wrong is silent, so there are only these few."""

from __future__ import annotations

from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import Message

from bot.states import State
from core.accounts.dialogs import Awaiting
from core.accounts.service import Account
from core.notifications.models import SentMessage

# Where nothing is waited for, or something that a file or a voice may say as well.
_ABOUT_ONESELF = frozenset({State.PROFILE, State.PROFILE_MORE})
_OPEN_FOR_MEDIA = _ABOUT_ONESELF | {None, State.INSTRUCT, State.BRIEF}


class Expecting(BaseFilter):
    """The chat waits for one of these states, and the message is neither a command nor a reply to a card."""

    def __init__(self, *states: str) -> None:
        self.states = frozenset(states)

    async def __call__(
        self, message: Message, awaiting: Awaiting, about: SentMessage | None = None
    ) -> bool | dict[str, Any]:
        if about is not None or (message.text or "").startswith("/"):
            return False
        return awaiting.state in self.states


class PlainText(BaseFilter):
    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        return {"text": message.text} if message.text and not message.text.startswith("/") else False


class TextOrFile(BaseFilter):
    """What is typed or pasted, or a document; the handler looks which."""

    async def __call__(self, message: Message) -> bool:
        return bool(message.text or message.document) and not (message.text or "").startswith("/")


class Readable(BaseFilter):
    """A recording, a picture or a file where one makes sense: not in place of a number, a code or a search, and a recording
    only from somebody who has come so far that there is something to speak about."""

    async def __call__(
        self, message: Message, awaiting: Awaiting, account: Account, about: SentMessage | None = None
    ) -> bool:
        spoken = message.voice or message.audio or message.video_note
        if not (spoken or message.photo or message.document):
            return False
        if not account.onboarded:
            # So far only a page about themselves makes sense, and only once the bot has said what it does with such things.
            return not spoken and awaiting.state in _ABOUT_ONESELF
        return about is not None or awaiting.state in _OPEN_FOR_MEDIA


class Taken(BaseFilter):
    """An update that comes a second time: its message was taken for a draft already, only the answer got lost."""

    async def __call__(self, message: Message, taken: SentMessage | None = None) -> bool | dict[str, Any]:
        return {"taken": taken} if taken is not None else False
