"""How the Bot API shows what the sandbox remembers."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.state import Bot, Chat, Message, StoredFile, User
from sandbox.telegram.world import World


def user_json(user: User) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": user.user_id, "is_bot": False, "first_name": user.name}
    if user.username:
        shown["username"] = user.username
    return shown | {"language_code": user.language_code}


def bot_json(bot: Bot) -> dict[str, Any]:
    return {
        "id": bot.bot_id,
        "is_bot": True,
        "first_name": bot.names.get("") or bot.name,
        "username": bot.username,
    }


def me_json(bot: Bot) -> dict[str, Any]:
    """The bot about itself: getMe tells more than other methods do."""
    return bot_json(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def chat_json(world: World, user_id: int) -> dict[str, Any]:
    user = world.users[user_id]
    shown: dict[str, Any] = {"id": user_id, "first_name": user.name}
    if user.username:
        shown["username"] = user.username
    return shown | {"type": "private"}


def message_json(world: World, message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """A Message object. Only inline keyboards come back in `reply_markup`, as on the real service."""
    bot, user = world.bots[message.bot_id], world.users[message.chat_id]
    shown: dict[str, Any] = {
        "message_id": message.message_id,
        "from": bot_json(bot) if message.from_bot else user_json(user),
        "chat": chat_json(world, message.chat_id),
        "date": message.date,
    }
    if message.forward_origin:
        shown["forward_origin"] = message.forward_origin
    if message.reply_to and with_reply:
        original = world.message(message.bot_id, message.chat_id, message.reply_to)
        if original is not None:
            shown["reply_to_message"] = message_json(world, original, with_reply=False)
            if message.quote:
                shown["quote"] = message.quote
    if message.edit_date:
        shown["edit_date"] = message.edit_date
    if message.protected:
        shown["has_protected_content"] = True
    if message.media_group_id:
        shown["media_group_id"] = message.media_group_id
    if message.effect_id:
        shown["effect_id"] = message.effect_id
    shown |= message.content
    if message.inline_keyboard:
        shown["reply_markup"] = {"inline_keyboard": message.inline_keyboard}
    return shown


def inaccessible_json(world: World, chat: Chat, message_id: int) -> dict[str, Any]:
    """A message that is gone, as a callback query shows it."""
    return {"chat": chat_json(world, chat.user_id), "message_id": message_id, "date": 0}


def file_json(stored: StoredFile) -> dict[str, Any]:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }
