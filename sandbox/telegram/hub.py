"""Who waits for what: event streams of chats, long polls, and people waiting for an answer."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

KEPT_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something a chat page wants to know; `seq` grows over all chats and survives a restart."""

    seq: int
    kind: str
    body: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "type": self.kind, **self.body}


class Signal:
    """Wakes everybody who waits, once per call of `notify`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        waiting, self._event = self._event, asyncio.Event()
        waiting.set()

    async def wait(self, timeout: float) -> bool:
        """True when notified, False when `timeout` seconds passed."""
        event = self._event
        try:
            await asyncio.wait_for(event.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def wait_until(self, condition: Callable[[], bool], timeout: float) -> None:
        """Return when `condition` holds after a notification, at once if it does already, or when time is over."""
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return
            await self.wait(left)


class Channel:
    """The recent events of one chat, and the signal that there is a new one."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.signal = Signal()

    def after(self, seq: int) -> list[Event]:
        newer = itertools.takewhile(lambda event: event.seq > seq, reversed(self.events))
        return list(newer)[::-1]

    def forgot_since(self, seq: int) -> bool:
        """True when events after `seq` may be missing here (dropped, or lost in a restart)."""
        return len(self.events) == KEPT_EVENTS and self.events[0].seq > seq + 1


class Pollers:
    """Which long poll of a bot is the current one; a newer poll ends the older."""

    def __init__(self) -> None:
        self._current: dict[int, object] = {}

    def enter(self, bot_id: int) -> object:
        ticket = object()
        self._current[bot_id] = ticket
        return ticket

    def end(self, bot_id: int) -> None:
        """Make the running poll, if there is one, notice that it is over."""
        self._current.pop(bot_id, None)

    def is_current(self, bot_id: int, ticket: object) -> bool:
        return self._current.get(bot_id) is ticket

    def is_polling(self, bot_id: int) -> bool:
        return bot_id in self._current

    def leave(self, bot_id: int, ticket: object) -> None:
        if self.is_current(bot_id, ticket):
            del self._current[bot_id]


class Hub:
    """All channels and signals of one sandbox, and the switch that ends every wait at shutdown."""

    def __init__(self) -> None:
        self._channels: dict[tuple[int, int], Channel] = {}
        self._bots: dict[int, Signal] = {}
        self.pollers = Pollers()
        self._stopped = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set()

    async def until_stop(self, gone: Callable[[], Awaitable[object]], timeout: float) -> None:
        """Return at shutdown, when `gone` returns, or after `timeout` seconds."""
        waits = {asyncio.ensure_future(self._stopped.wait()), asyncio.ensure_future(gone())}
        _, pending = await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()

    def channel(self, bot_id: int, user_id: int) -> Channel:
        return self._channels.setdefault((bot_id, user_id), Channel())

    def watched(self) -> list[tuple[int, int]]:
        """The (bot, user) pairs whose chats somebody looked at or that something happened in."""
        return list(self._channels)

    def bot_signal(self, bot_id: int) -> Signal:
        return self._bots.setdefault(bot_id, Signal())

    def clear(self) -> None:
        for channel in self._channels.values():
            channel.events.clear()
        self._wake()

    def stop(self) -> None:
        self._stopped.set()
        self._wake()

    def _wake(self) -> None:
        for channel in self._channels.values():
            channel.signal.notify()
        for signal in self._bots.values():
            signal.notify()
