"""How a chat page is shown messages, bots and drafts (the user API's JSON)."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from sandbox.telegram.markup import shown_button
from sandbox.telegram.state import Bot, Chat, Draft, Message, User
from sandbox.telegram.world import World

MEDIA = ("photo", "document", "voice", "audio", "video_note", "sticker")


def message_view(world: World, message: Message) -> dict[str, Any]:
    """A message as the user API promises it."""
    content, markup = message.content, message.markup or {}
    keyboard = message.inline_keyboard
    view: dict[str, Any] = {
        "message_id": message.message_id,
        "from": "bot" if message.from_bot else "user",
        "date": message.date,
        "entities": content.get("entities") or content.get("caption_entities") or [],
        "reply_to": message.reply_to,
        "quote": message.quote,
        "keyboard": [[shown_button(button) for button in row] for row in keyboard] if keyboard else None,
        "reply_keyboard": markup.get("keyboard"),
        "remove_keyboard": bool(markup.get("remove_keyboard")),
        "force_reply": (
            {"placeholder": markup.get("input_field_placeholder", "")} if markup.get("force_reply") else None
        ),
        "edited": message.edit_date is not None,
        "pinned": message.pinned,
        "effect": message.effect_id,
        "reactions": [
            {"emoji": reaction.get("emoji", "⭐"), "from": author}
            for author, given in (("user", message.user_reactions), ("bot", message.bot_reactions))
            for reaction in given
        ],
        "forwarded": message.forward_origin is not None,
        "media_group_id": message.media_group_id,
        "link_preview": content.get("link_preview_options"),
        "location": content.get("location"),
        "seq": message.changed_seq,
    }
    if "text" in content:
        view["text"] = content["text"]
    else:
        view["caption"] = content.get("caption", "")
    for kind in MEDIA:
        view[kind] = _media_view(world, message, kind)
    return view


def _media_view(world: World, message: Message, kind: str) -> dict[str, Any] | None:
    given = message.content.get(kind)
    if not given:
        return None
    largest = given[-1] if isinstance(given, list) else given
    stored = world.files.get(largest["file_id"])
    if stored is None:
        return None
    view: dict[str, Any] = {
        "url": f"/user/{message.chat_id}/files/{stored.file_id}/{quote(stored.name)}",
        "name": stored.name,
        "size": stored.size,
        "mime": stored.mime,
    }
    if stored.width:
        view |= {"width": stored.width, "height": stored.height}
    if "duration" in largest:
        view["duration"] = largest["duration"]
    return view


def user_view(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "language_code": user.language_code,
        "username": user.username,
    }


def bot_view(world: World, bot: Bot, user: User) -> dict[str, Any]:
    language = user.language_code
    return {
        "id": bot.bot_id,
        "username": bot.username,
        "name": bot.names.get(language) or bot.names.get("") or bot.name,
        "description": bot.descriptions.get(language) or bot.descriptions.get("", ""),
        "short_description": bot.short_descriptions.get(language) or bot.short_descriptions.get("", ""),
        "commands": commands_for(bot, user),
        "menu_button": bot.menu_buttons.get(str(user.user_id)) or bot.menu_buttons.get(""),
        "blocked": world.chat(bot.bot_id, user.user_id).blocked,
    }


def commands_for(bot: Bot, user: User) -> list[dict[str, Any]]:
    """The list this user sees: the narrowest scope that has one, their language before the default."""
    for scope in (f"chat:{user.user_id}", "all_private_chats", "default"):
        for language in (user.language_code, ""):
            found = bot.commands.get(f"{scope}|{language}")
            if found:
                return found
    return []


def draft_view(draft: Draft | None) -> dict[str, Any] | None:
    if draft is None or draft.expires_at < time.time():
        return None
    return {
        "draft_id": draft.draft_id,
        "text": draft.text,
        "entities": draft.entities,
        "can_stop": draft.can_stop,
    }


def chat_view(world: World, chat: Chat, limit: int | None = None) -> dict[str, Any]:
    """All a page needs to draw one chat (its newest `limit` messages); `seq` is where its event stream goes on."""
    messages = world.chat_messages(chat.bot_id, chat.user_id)
    user, bot = world.user(chat.user_id), world.bots[chat.bot_id]
    return {
        "user": user_view(user),
        "bot": bot_view(world, bot, user),
        "messages": [message_view(world, item) for item in messages[-limit if limit else None :]],
        "draft": draft_view(chat.draft),
        "action": chat.action if chat.action_until > time.time() else None,
        "seq": world.seq,
    }
