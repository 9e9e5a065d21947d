"""Callback answers and everything a bot does around the messages of a chat."""

from __future__ import annotations

import time
from typing import Any

from sandbox.telegram.errors import QUERY_TOO_OLD, bad_request
from sandbox.telegram.messages import show
from sandbox.telegram.registry import Call, method
from sandbox.telegram.render import bot_json, chat_json, user_json
from sandbox.telegram.state import Message

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
ACTION_LIFE = 5.0
_REACTIONS = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋"
    " 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
REACTIONS = set(_REACTIONS.split())


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    world, params = call.world, call.params
    callback = world.callbacks.get(params.text("callback_query_id") or "")
    late = callback is None or time.time() - callback.created_at > world.tuning.callback_ttl
    if callback is None or late or callback.bot_id != call.bot.bot_id or callback.answer is not None:
        raise bad_request(QUERY_TOO_OLD)
    text = params.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.answer = {"text": text, "show_alert": params.flag("show_alert")}
    if params.text("url"):
        callback.answer["url"] = params.text("url")
    world.save_callback(callback)
    world.emit(
        callback.bot_id,
        callback.user_id,
        "answer",
        callback_id=callback.callback_id,
        message_id=callback.message_id,
        **callback.answer,
    )
    return True


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    chat = call.writable_chat()
    action = call.params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.action, chat.action_until = action, time.time() + ACTION_LIFE
    call.world.emit(chat.bot_id, chat.user_id, "action", action=action, seconds=ACTION_LIFE)
    return True


@method("getChat")
async def get_chat(call: Call) -> dict[str, Any]:
    chat = call.chat()
    shown = chat_json(call.world, chat.user_id)
    shown |= {
        "accent_color_id": chat.user_id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if "username" in shown:
        shown["active_usernames"] = [shown["username"]]
    return shown


@method("getChatMember")
async def get_chat_member(call: Call) -> dict[str, Any]:
    chat = call.chat()
    wanted = call.params.integer("user_id")
    if wanted == call.bot.bot_id:
        return {"status": "member", "user": bot_json(call.bot)}
    if wanted != chat.user_id:
        raise bad_request("member not found")
    return {"status": "member", "user": user_json(call.world.users[chat.user_id])}


@method("getUserProfilePhotos")
async def get_user_profile_photos(call: Call) -> dict[str, Any]:
    if call.params.integer("user_id") not in call.world.users:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}


def _message(call: Call, purpose: str) -> Message:
    chat = call.chat()
    message = call.world.message(chat.bot_id, chat.user_id, call.params.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {purpose} not found")
    return message


@method("setMessageReaction")
async def set_message_reaction(call: Call) -> bool:
    message = _message(call, "react")
    given = call.params.items("reaction") or []
    message.bot_reactions = checked_reactions(given)
    show(call.world, message, "edited")
    return True


def checked_reactions(given: list[Any]) -> list[dict[str, Any]]:
    """At most one ordinary emoji, from the list Telegram offers."""
    if len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for item in given:
        emoji = item.get("emoji") if isinstance(item, dict) else None
        if not isinstance(emoji, str) or emoji.replace("\ufe0f", "") not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    return [{"type": "emoji", "emoji": item["emoji"]} for item in given]


@method("pinChatMessage")
async def pin_chat_message(call: Call) -> bool:
    message = _message(call, "pin")
    message.pinned = True
    show(call.world, message, "pinned")
    return True


@method("unpinChatMessage")
async def unpin_chat_message(call: Call) -> bool:
    """Without a message id the newest pin goes."""
    wanted = call.params.integer("message_id")
    pinned = [item for item in _pinned(call) if wanted in {None, item.message_id}]
    if not pinned:
        raise bad_request("message to unpin not found")
    _unpin(call, pinned[-1:])
    return True


@method("unpinAllChatMessages")
async def unpin_all_chat_messages(call: Call) -> bool:
    _unpin(call, _pinned(call))
    return True


def _pinned(call: Call) -> list[Message]:
    chat = call.chat()
    return [item for item in call.world.chat_messages(chat.bot_id, chat.user_id) if item.pinned]


def _unpin(call: Call, messages: list[Message]) -> None:
    for message in messages:
        message.pinned = False
        show(call.world, message, "pinned")
