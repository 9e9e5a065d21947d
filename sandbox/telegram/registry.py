"""Bot API methods by name, and what a method is given when it is called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import bad_request, forbidden
from sandbox.telegram.params import Params
from sandbox.telegram.state import Bot, Chat
from sandbox.telegram.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One Bot API call. `gone` returns when the caller hung up."""

    world: World
    bot: Bot
    params: Params
    gone: Callable[[], Awaitable[None]]

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat the call names; refuses chats whose user never wrote to this bot."""
        if not self.params.values.get(name):
            raise bad_request(f"{name} is empty")
        return self.world.chat_for_bot(self.bot.bot_id, self.params.integer(name))

    def writable_chat(self) -> Chat:
        """The chat the call writes to; refuses users who blocked the bot."""
        if self.params.values.get("business_connection_id"):
            raise bad_request("business connection not found")
        chat = self.chat()
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat


@dataclass(frozen=True, slots=True)
class Described:
    """A result that Telegram accompanies with a sentence."""

    result: Any
    description: str


Method = Callable[[Call], Awaitable[Any]]

METHODS: dict[str, Method] = {}
SPELLINGS: dict[str, str] = {}


def method(*names: str) -> Callable[[Method], Method]:
    """Register a coroutine under Bot API names; look-ups ignore case."""

    def register(function: Method) -> Method:
        for name in names:
            METHODS[name.lower()] = function
            SPELLINGS[name.lower()] = name
        return function

    return register
