"""Bot API methods by name, and what a method is given when it is called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.params import Params
from sandbox.telegram.state import Bot
from sandbox.telegram.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One Bot API call. `gone` returns when the caller hung up."""

    world: World
    bot: Bot
    params: Params
    gone: Callable[[], Awaitable[None]]


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
