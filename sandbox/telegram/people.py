"""What a person does in a chat, and the updates the bot hears of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.telegram.errors import UserApiError
from sandbox.telegram.messages import add_message, end_draft, show
from sandbox.telegram.render import (
    bot_json,
    chat_json,
    inaccessible_json,
    message_json,
    user_json,
)
from sandbox.telegram.state import Bot, Callback, Chat, Message, User
from sandbox.telegram.text import CAPTION_LIMIT, TEXT_LIMIT, plain
from sandbox.telegram.utf16 import split_utf16, utf16_len
from sandbox.telegram.world import FIRST_USER_ID, World

CALLBACKS_KEPT_FOR = 3600
PASTE_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in their chat with one bot."""

    world: World
    bot: Bot
    user: User
    chat: Chat


def take_seat(world: World, user_id: int, bot_id: int | None) -> Seat:
    user = world.user(user_id)
    bot = world.newest_bot() if bot_id is None else world.bots.get(bot_id)
    if bot is None:
        raise UserApiError(404, f"There is no bot {bot_id} in the sandbox.")
    return Seat(world, bot, user, world.chat(bot.bot_id, user_id))


def create_user(
    world: World, *, name: str, language_code: str | None, username: str | None, user_id: int | None
) -> User:
    """A new person, or the one with this id or username brought up to date."""
    if user_id is not None and not 0 < user_id < 2**52:
        raise UserApiError(400, "user_id must be a positive number below 2 to the power of 52.")
    known = world.users.get(user_id or 0) or next(
        (user for user in world.users.values() if username and user.username == username), None
    )
    if known is not None:
        user = known
        user.name = name or user.name
        user.language_code = language_code or user.language_code
        user.username = username or user.username
    else:
        if user_id is None:
            user_id = world.next_id("user", FIRST_USER_ID)
            while user_id in world.users:
                user_id = world.next_id("user", FIRST_USER_ID)
        user = User(user_id, name or "Guest", language_code or "en", username)
    world.save_user(user)
    return user


def say(seat: Seat, content: dict[str, Any], *, reply_to: int | None = None, **extra: Any) -> Message:
    """Put the person's message into the chat and tell the bot."""
    if seat.chat.blocked:
        raise UserApiError(409, "You have blocked this bot. Unblock it to write again.")
    if reply_to is not None and seat.world.message(seat.bot.bot_id, seat.user.user_id, reply_to) is None:
        raise UserApiError(404, f"There is no message {reply_to} in this chat to reply to.")
    if not seat.chat.started:
        seat.chat.started = True
        seat.world.save_chat(seat.chat)
    message = add_message(seat.world, seat.chat, from_bot=False, content=content, reply_to=reply_to, **extra)
    _tell(seat, "message", message_json(seat.world, message))
    return message


def say_text(seat: Seat, text: str, *, reply_to: int | None = None) -> list[Message]:
    """Send text; what is over 4096 code units goes out as several messages, as in Telegram's apps."""
    if len(text) > PASTE_LIMIT:
        raise UserApiError(413, f"That is too much text for one paste: over {PASTE_LIMIT} characters.")
    sent: list[Message] = []
    for part in split_utf16(text.strip(), TEXT_LIMIT):
        shown, entities = plain(part)
        if shown:
            content = {"text": shown} | ({"entities": entities} if entities else {})
            sent.append(say(seat, content, reply_to=None if sent else reply_to))
    if not sent:
        raise UserApiError(400, "There is nothing to send: the text is empty.")
    return sent


def caption(text: str) -> dict[str, Any]:
    """The caption fields of something a person sends."""
    shown, entities = plain(text[:CAPTION_LIMIT])
    return ({"caption": shown} if shown else {}) | ({"caption_entities": entities} if entities else {})


def edit(seat: Seat, message_id: int, text: str) -> Message:
    message = _own_message(seat, message_id)
    if message.from_bot or "text" not in message.content:
        raise UserApiError(409, "Only text messages of your own can be edited.")
    shown, entities = plain(text) if utf16_len(text) <= TEXT_LIMIT else ("", [])
    if not shown:
        raise UserApiError(400, "An edited message needs between 1 and 4096 characters.")
    message.content = {"text": shown} | ({"entities": entities} if entities else {})
    message.edit_date = int(time.time())
    show(seat.world, message, "edited")
    _tell(seat, "edited_message", message_json(seat.world, message))
    return message


def react(seat: Seat, message_id: int, emoji: str | None) -> Message:
    message = _own_message(seat, message_id)
    old = message.user_reactions
    message.user_reactions = [{"type": "emoji", "emoji": emoji}] if emoji else []
    show(seat.world, message, "edited")
    body = {
        "chat": chat_json(seat.world, seat.user.user_id),
        "message_id": message_id,
        "user": user_json(seat.user),
        "date": int(time.time()),
        "old_reaction": old,
        "new_reaction": message.user_reactions,
    }
    _tell(seat, "message_reaction", body)
    return message


def forward(seat: Seat, message_id: int) -> Message:
    """Send a message of this chat back to the bot as a forward."""
    source = _own_message(seat, message_id)
    author = bot_json(seat.bot) if source.from_bot else user_json(seat.user)
    origin = source.forward_origin or {"type": "user", "sender_user": author, "date": source.date}
    return say(seat, dict(source.content), forward_origin=origin)


def stop_draft(seat: Seat, draft_id: int | None) -> int:
    """Press Stop on the running draft; returns its id."""
    draft = seat.chat.draft
    if draft is None or draft.expires_at < time.time():
        raise UserApiError(409, "Nothing is being written at the moment.")
    if draft_id is not None and draft_id != draft.draft_id:
        raise UserApiError(409, "That draft is over.", draft_id=draft.draft_id)
    if not draft.can_stop:
        raise UserApiError(409, "This draft cannot be stopped.")
    seat.chat.stopped_draft_id = draft.draft_id
    if draft.keep_on_stop:
        draft.can_stop = False
        seat.world.save_chat(seat.chat)
    else:
        end_draft(seat.world, seat.chat, "stopped")
    body = {"chat": chat_json(seat.world, seat.user.user_id), "draft_id": draft.draft_id}
    _tell(seat, "stopped_message_generation", body)
    return draft.draft_id


def block(seat: Seat, *, blocked: bool) -> None:
    if seat.chat.blocked == blocked:
        return
    seat.chat.blocked = blocked
    seat.world.save_chat(seat.chat)
    seat.world.emit(seat.bot.bot_id, seat.user.user_id, "blocked", blocked=blocked)
    bot = bot_json(seat.bot)
    member = {"user": bot, "status": "member"}
    kicked = {"user": bot, "status": "kicked", "until_date": 0}
    body = {
        "chat": chat_json(seat.world, seat.user.user_id),
        "from": user_json(seat.user),
        "date": int(time.time()),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
    _tell(seat, "my_chat_member", body)


def send_callback(seat: Seat, message_id: int, data: str) -> Callback:
    """Press a callback button; a message that is not in this chat is shown as inaccessible."""
    now = time.time()
    world = seat.world
    for old in [item for item in world.callbacks.values() if now - item.created_at > CALLBACKS_KEPT_FOR]:
        del world.callbacks[old.callback_id]
        world.store.drop("callback", old.callback_id)
    callback = Callback(str(uuid4().int % 10**18), seat.bot.bot_id, seat.user.user_id, message_id, now)
    world.save_callback(callback)
    message = world.message(seat.bot.bot_id, seat.user.user_id, message_id)
    body = {
        "id": callback.callback_id,
        "from": user_json(seat.user),
        "message": (
            message_json(world, message) if message else inaccessible_json(world, seat.chat, message_id)
        ),
        "chat_instance": str(-(seat.user.user_id * 1_000_003 + seat.bot.bot_id)),
        "data": data,
    }
    _tell(seat, "callback_query", body)
    return callback


def _tell(seat: Seat, kind: str, body: dict[str, Any]) -> None:
    seat.world.push_update(seat.bot.bot_id, kind, body, queue=seat.user.user_id)


def _own_message(seat: Seat, message_id: int) -> Message:
    message = seat.world.message(seat.bot.bot_id, seat.user.user_id, message_id)
    if message is None:
        raise UserApiError(404, f"There is no message {message_id} in this chat.")
    return message
