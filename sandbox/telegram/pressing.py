"""Finding a button by its label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import UserApiError
from sandbox.telegram.people import Seat
from sandbox.telegram.state import Message


@dataclass(frozen=True, slots=True)
class Found:
    """A button and its message; `inline` is False for the keyboard under the input field."""

    message: Message
    button: dict[str, Any]
    inline: bool = True

    @property
    def label(self) -> str:
        return str(self.button["text"])


def visible(seat: Seat, message_id: int | None) -> Iterator[Found]:
    """All buttons the person can see, those of the newest message first."""
    reply_keyboard_gone = False
    for message in reversed(seat.world.chat_messages(seat.bot.bot_id, seat.user.user_id)):
        markup = message.markup
        if not markup:
            continue
        if message_id in {None, message.message_id}:
            for row in markup.get("inline_keyboard", []):
                yield from (Found(message, button) for button in row)
            for row in markup.get("keyboard", []) if not reply_keyboard_gone else []:
                yield from (Found(message, button, inline=False) for button in row)
        reply_keyboard_gone = reply_keyboard_gone or "keyboard" in markup or "remove_keyboard" in markup


def find(seat: Seat, label: str, message_id: int | None) -> Found:
    """The newest button with exactly this label, else the one whose label contains it."""
    exact = next((item for item in visible(seat, message_id) if item.label == label), None)
    if exact is not None:
        return exact
    buttons = list(visible(seat, message_id))
    wanted = label.casefold().strip()
    partial = [item for item in buttons if wanted and wanted in item.label.casefold()]
    if not partial:
        labels = list(dict.fromkeys(item.label for item in buttons))
        raise UserApiError(404, f"There is no button “{label}” in this chat.", labels=labels)
    newest = [item for item in partial if item.message is partial[0].message]
    if len({item.label for item in newest}) > 1:
        starting = [item for item in newest if item.label.casefold().startswith(wanted)]
        if len({item.label for item in starting}) != 1:
            several = list(dict.fromkeys(item.label for item in newest))
            raise UserApiError(409, f"Several buttons match “{label}”.", labels=several)
        newest = starting
    return newest[0]


def find_data(seat: Seat, data: str, message_id: int) -> Found | None:
    """The button of this message that carries exactly this callback data."""
    buttons = visible(seat, message_id)
    return next((item for item in buttons if item.button.get("callback_data") == data), None)
