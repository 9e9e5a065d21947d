"""sendMessage and what happens to a message afterwards."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import checked_markup
from sandbox.telegram.messages import (
    add_message,
    caption_content,
    change,
    deletable,
    editable,
    end_draft,
    post,
    remove,
    reply_target,
    text_content,
)
from sandbox.telegram.registry import Call, method
from sandbox.telegram.render import bot_json, message_json, user_json
from sandbox.telegram.state import Chat, Draft, Message
from sandbox.telegram.views import draft_view

MEDIA_KINDS = ("photo", "document", "voice", "video", "audio", "sticker", "animation")


@method("sendMessage")
async def send_message(call: Call) -> dict[str, Any]:
    chat = call.writable_chat()
    return message_json(call.world, post(call, chat, text_content(call.world, call.params)))


@method("sendMessageDraft")
async def send_message_draft(call: Call) -> bool:
    """A preview that lives 30 seconds, or until the bot sends a message."""
    world, params = call.world, call.params
    chat = call.writable_chat()
    draft_id = params.integer("draft_id")
    if not draft_id:
        raise bad_request("draft_id must be non-zero")
    content = text_content(world, params, allow_empty=True)
    if draft_id == chat.stopped_draft_id:
        # A frame that crossed the Stop on its way is accepted and not shown.
        return True
    life = world.tuning.draft_ttl
    chat.draft = Draft(
        draft_id=draft_id,
        text=content["text"],
        entities=content.get("entities", []),
        can_stop=params.flag("can_stop"),
        keep_on_stop=params.flag("keep_on_stop"),
        expires_at=time.time() + life,
    )
    chat.stopped_draft_id = None
    world.save_chat(chat)
    world.emit(chat.bot_id, chat.user_id, "draft", draft=draft_view(chat.draft))
    asyncio.get_running_loop().call_later(life + 0.01, _expire_draft, call, chat, chat.draft)
    return True


def _expire_draft(call: Call, chat: Chat, draft: Draft) -> None:
    if chat.draft is draft:
        end_draft(call.world, chat, "expired")


@method("editMessageText")
async def edit_message_text(call: Call) -> dict[str, Any]:
    chat = call.writable_chat()
    message = editable(call, chat)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    content = text_content(call.world, call.params)
    markup = checked_markup(call.params.object("reply_markup"), inline_only=True)
    return change(call, message, content, markup)


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> dict[str, Any]:
    chat = call.writable_chat()
    message = editable(call, chat)
    if not any(kind in message.content for kind in MEDIA_KINDS):
        raise bad_request("there is no caption in the message to edit")
    kept = {name: value for name, value in message.content.items() if name in MEDIA_KINDS}
    markup = checked_markup(call.params.object("reply_markup"), inline_only=True)
    return change(call, message, kept | caption_content(call.world, call.params), markup)


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> dict[str, Any]:
    chat = call.writable_chat()
    message = editable(call, chat)
    markup = checked_markup(call.params.object("reply_markup"), inline_only=True)
    return change(call, message, message.content, markup)


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    chat = call.chat()
    message = call.world.message(chat.bot_id, chat.user_id, call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if not deletable(message):
        raise bad_request("message can't be deleted")
    remove(call.world, message)
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    chat = call.chat()
    for message in _listed(call, chat, "message_ids"):
        if deletable(message):
            remove(call.world, message)
    return True


def _listed(call: Call, chat: Chat, name: str) -> list[Message]:
    """Messages named in a list; unknown ones are skipped."""
    wanted = call.params.items(name)
    if not wanted:
        raise bad_request("message identifiers are not specified")
    if len(wanted) > 100:
        raise bad_request("too many message identifiers specified")
    found = (call.world.message(chat.bot_id, chat.user_id, item) for item in wanted if isinstance(item, int))
    return [message for message in found if message is not None]


def _source(call: Call, what: str) -> Message:
    from_chat = call.chat("from_chat_id")
    message = call.world.message(from_chat.bot_id, from_chat.user_id, call.params.integer("message_id"))
    if message is None:
        raise bad_request(f"message to {what} not found")
    return message


@method("copyMessage")
async def copy_message(call: Call) -> dict[str, int]:
    chat = call.writable_chat()
    source = _source(call, "copy")
    content = dict(source.content)
    if call.params.text("caption") is not None and "text" not in content:
        kept = {name: value for name, value in content.items() if name in MEDIA_KINDS}
        content = kept | caption_content(call.world, call.params)
    return {"message_id": post(call, chat, content).message_id}


@method("forwardMessage")
async def forward_message(call: Call) -> dict[str, Any]:
    world = call.world
    chat = call.writable_chat()
    source = _source(call, "forward")
    author = bot_json(call.bot) if source.from_bot else user_json(world.users[source.chat_id])
    origin = source.forward_origin or {"type": "user", "sender_user": author, "date": source.date}
    reply_target(world, chat, call.params)
    sent = add_message(world, chat, from_bot=True, content=dict(source.content), forward_origin=origin)
    return message_json(world, sent)
