"""A chat as plain text, for people and for test logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.telegram.people import Seat
from sandbox.telegram.state import Message

_MEDIA = ("photo", "document", "voice", "audio", "video_note", "sticker", "location")


def transcript(seat: Seat) -> str:
    """Every visible message: time, who, what it answers, text, [buttons]; times are UTC."""
    messages = seat.world.chat_messages(seat.bot.bot_id, seat.user.user_id)
    by_id = {message.message_id: message for message in messages}
    lines = [line for message in messages for line in _lines(seat, message, by_id)]
    draft = seat.chat.draft
    if draft is not None:
        lines.append(f"(writing…) {draft.text}")
    return "\n".join(lines) + "\n"


def _lines(seat: Seat, message: Message, by_id: dict[int, Message]) -> list[str]:
    who = seat.bot.name if message.from_bot else seat.user.name
    at = datetime.fromtimestamp(message.date, UTC).strftime("%H:%M:%S")
    marks = [mark for mark, on in (("edited", message.edit_date), ("pinned", message.pinned)) if on]
    head = f"[{at}] #{message.message_id} {who}" + (f" ({', '.join(marks)})" if marks else "") + ":"
    lines = [head]
    answered = by_id.get(message.reply_to or 0)
    if answered is not None:
        lines.append(f"  > #{answered.message_id} {_excerpt(answered.content)}")
    lines += [f"  <{kind}>" for kind in _MEDIA if kind in message.content]
    text = message.content.get("text") or message.content.get("caption") or ""
    lines += [f"  {line}" for line in text.splitlines()]
    for row in message.inline_keyboard or (message.markup or {}).get("keyboard") or []:
        lines.append("  " + " ".join(f"[{button['text']}]" for button in row))
    reactions = [item.get("emoji", "") for item in (*message.user_reactions, *message.bot_reactions)]
    if reactions:
        lines.append("  " + " ".join(reactions))
    return lines


def _excerpt(content: dict[str, Any]) -> str:
    text = " ".join((content.get("text") or content.get("caption") or "(media)").split())
    return text if len(text) <= 60 else text[:59] + "…"
