"""A person at the sandbox's user API: writes, presses buttons by their label, waits for what they expect to see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from sandbox.tour.show import Show

_SETTLE_SECONDS = 0.15
_PATIENCE = 45.0

Message = dict[str, Any]


class NotSeen(Exception):
    """What a step promises did not appear; the text says what was expected and what was there instead."""


class Person:
    """One user in one chat with the newest bot. What happens in the chat is shown by `watching`."""

    def __init__(self, client: httpx.AsyncClient, user: dict[str, Any], bot_name: str, show: Show) -> None:
        self._client, self._show = client, show
        self._user_id: int = user["user_id"]
        self.name: str = user["name"]
        self._bot_name = bot_name
        self._pending: dict[int, Message] = {}
        self._drafts = 0
        self._last_draft = 0
        self._toast = ""
        self.last_id = 0

    @classmethod
    async def arrive(cls, client: httpx.AsyncClient, show: Show, *, name: str, language: str) -> Person:
        """A new user. The bot has to have spoken to the sandbox once already."""
        answer = await client.post("/user/sessions", json={"name": name, "language_code": language})
        user = answer.raise_for_status().json()
        chat = (await client.get(f"/user/{user['user_id']}/chat")).raise_for_status().json()
        return cls(client, user, chat["bot"]["name"], show)

    async def says(self, text: str, *, reply_to: Message | None = None) -> Message:
        """Write a message; `reply_to` is the message it answers."""
        body: dict[str, Any] = {"text": text}
        if reply_to is not None:
            body["reply_to"] = reply_to["message_id"]
        action = "replies" if reply_to is not None else ""
        self._show.person(self.name, text, action=action)
        return self._note(await self._post("send", body))

    async def presses(self, label: str, on: Message | None = None) -> dict[str, Any]:
        """Press the newest button with this label (or the one on a given message); returns the API's answer."""
        body: dict[str, Any] = {"label": label, "wait": _PATIENCE}
        if on is not None:
            body["message_id"] = on["message_id"]
        self._show.person(self.name, f"[{label}]", action="presses")
        pressed = await self._post("press", body)
        if isinstance(pressed.get("sent"), dict):
            self._note(pressed["sent"])
        self._toast = shown = (pressed.get("answer") or {}).get("text") or ""
        if shown:
            self._show.note(f"({shown})")
        return pressed

    async def sees(
        self,
        contains: str = "",
        *,
        label: str = "",
        where: Callable[[Message], bool] | None = None,
        seconds: float = _PATIENCE,
        after: int | None = None,
        edited: bool = True,
        since: int = 0,
    ) -> Message:
        """Wait for a bot message that is newer than `after` (default: what the person last did), or was edited since.

        Raises NotSeen with the last messages of the chat when it does not come.
        """
        start = self.last_id if after is None else after
        query: dict[str, Any] = {
            "contains": contains,
            "label": label,
            "after": start,
            "since": since,
            "edited": int(edited),
            "timeout": seconds,
        }
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            answer = await self._client.get(f"/user/{self._user_id}/wait", params=query, timeout=seconds + 10)
            if answer.status_code == 408:
                raise NotSeen(_expected(contains, label, answer.json()["messages"], self._toast))
            message: Message = answer.raise_for_status().json()
            if where is None or where(message):
                return message
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise NotSeen(_expected(contains, label, [message], self._toast))
            query |= {"after": max(start, message["message_id"]), "since": message["seq"], "timeout": left}

    async def draft_pieces(self) -> int:
        """In how many pieces the last streamed text came; 0 when it did not stream."""
        return self._last_draft if self._last_draft > 1 else 0

    async def chat(self) -> dict[str, Any]:
        chat: dict[str, Any] = (
            (await self._client.get(f"/user/{self._user_id}/chat")).raise_for_status().json()
        )
        return chat

    async def transcript(self) -> str:
        return (await self._client.get(f"/user/{self._user_id}/transcript")).text

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Print what the bot does for the length of the block."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._watch(ready))
        try:
            await asyncio.wait_for(ready.wait(), 10)
            yield
        finally:
            await self.settle()
            task.cancel()
            (outcome,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(outcome, Exception):
                raise outcome

    async def _watch(self, ready: asyncio.Event) -> None:
        path = f"/user/{self._user_id}/events"
        async with self._client.stream("GET", path, timeout=None) as stream:
            async for line in stream.aiter_lines():
                ready.set()
                if line.startswith("data: "):
                    self._on_event(json.loads(line.removeprefix("data: ")))

    def _on_event(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "message" and event["message"]["from"] == "bot":
            self._show.bot(self._bot_name, event["message"])
        elif kind == "edited" and event["message"]["from"] == "bot":
            self._show_when_settled(event["message"])
        elif kind == "draft":
            self._drafts += 1
        elif kind == "draft_end":
            self._show.note(f"(the text grew before the eyes, in {self._drafts} pieces)")
            self._last_draft, self._drafts = self._drafts, 0

    def _show_when_settled(self, message: Message) -> None:
        """A card that changes several times in a row is shown once."""
        self._pending.pop(message["message_id"], None)
        self._pending[message["message_id"]] = message

    async def settle(self) -> None:
        """Let the last events arrive and show what is still held back."""
        await asyncio.sleep(_SETTLE_SECONDS)
        for message in self._pending.values():
            self._show.bot(self._bot_name, message, edited=True)
        self._pending.clear()

    async def _post(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(f"/user/{self._user_id}/{action}", json=body, timeout=_PATIENCE + 10)
        if answer.is_error:
            problem = answer.json()
            seen = f" Buttons in the chat: {', '.join(problem['labels'])}" if problem.get("labels") else ""
            raise NotSeen(f"{problem.get('error', answer.text)}{seen}")
        result: dict[str, Any] = answer.json()
        return result

    def _note(self, message: Message) -> Message:
        self.last_id = max(self.last_id, message.get("message_id", 0))
        return message


def _expected(contains: str, label: str, messages: list[Message], toast: str) -> str:
    wish = " and ".join(
        filter(None, (f"the words “{contains}”" if contains else "", f"a button “{label}”" if label else ""))
    )
    last = messages[-1] if messages else {}
    text = " ".join((last.get("text") or last.get("caption") or "").split())[:300]
    buttons = [button["label"] for row in last.get("keyboard") or [] for button in row]
    return f"expected {wish or 'a message'}; the last message was “{text}” with buttons {buttons}" + (
        f"; the last press was answered with “{toast}”" if toast else ""
    )
