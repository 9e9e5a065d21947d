"""Putting messages into chats, changing them and taking them away."""

from __future__ import annotations

import time
from typing import Any

from sandbox.telegram.entities_html import Entity
from sandbox.telegram.errors import NOT_MODIFIED, bad_request
from sandbox.telegram.markup import Markup, checked_markup
from sandbox.telegram.params import Params
from sandbox.telegram.registry import Call
from sandbox.telegram.render import message_json, user_json
from sandbox.telegram.state import Chat, Message
from sandbox.telegram.text import CAPTION_LIMIT, QUOTE_LIMIT, TEXT_LIMIT, formatted
from sandbox.telegram.utf16 import utf16_index
from sandbox.telegram.views import message_view
from sandbox.telegram.world import World

DELETABLE_FOR = 48 * 3600


def text_content(world: World, params: Params, *, allow_empty: bool = False) -> dict[str, Any]:
    """`text`, `entities` and `link_preview_options` of a call."""
    text, entities = formatted(
        params.text("text") or "",
        params.text("parse_mode"),
        params.items("entities"),
        too_long="message is too long",
        limit=TEXT_LIMIT,
    )
    if not text and not allow_empty:
        raise bad_request("message text is empty")
    entities = _with_people(world, entities)
    content: dict[str, Any] = {"text": text}
    if entities:
        content["entities"] = entities
    preview = params.object("link_preview_options")
    if preview is None and params.flag("disable_web_page_preview"):
        preview = {"is_disabled": True}
    if preview:
        content["link_preview_options"] = preview
    return content


def caption_content(world: World, params: Params) -> dict[str, Any]:
    """`caption` and its entities, or nothing."""
    text, entities = formatted(
        params.text("caption") or "",
        params.text("parse_mode"),
        params.items("caption_entities"),
        too_long="message caption is too long",
        limit=CAPTION_LIMIT,
    )
    entities = _with_people(world, entities)
    content: dict[str, Any] = {"caption": text} if text else {}
    if entities:
        content["caption_entities"] = entities
    if content and params.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return content


def _with_people(world: World, entities: list[Entity]) -> list[Entity]:
    """Mentions by id show the whole user; those of strangers are dropped."""
    shown = []
    for entity in entities:
        if entity["type"] != "text_mention":
            shown.append(entity)
            continue
        user_id = entity.get("user", {}).get("id")
        user = world.users.get(user_id) if isinstance(user_id, int) else None
        if user is not None:
            shown.append(entity | {"user": user_json(user)})
    return shown


def reply_target(world: World, chat: Chat, params: Params) -> tuple[int | None, dict[str, Any] | None]:
    """The message replied to and the quoted part of it."""
    wanted = params.object("reply_parameters") or {}
    message_id = Params(wanted).integer("message_id") or params.integer("reply_to_message_id")
    if not message_id:
        return None, None
    original = world.message(chat.bot_id, chat.user_id, message_id)
    if original is None:
        if wanted.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
            return None, None
        raise bad_request("message to be replied not found")
    return message_id, _quote(wanted, original)


def _quote(wanted: dict[str, Any], original: Message) -> dict[str, Any] | None:
    if not wanted.get("quote"):
        return None
    quote, entities = formatted(
        str(wanted["quote"]),
        wanted.get("quote_parse_mode"),
        wanted.get("quote_entities"),
        too_long="QUOTE_TEXT_INVALID",
        limit=QUOTE_LIMIT,
    )
    source = original.content.get("text") or original.content.get("caption") or ""
    found = source.find(quote)
    if found < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    shown = {"text": quote, "position": utf16_index(source, found), "is_manual": True}
    return shown | ({"entities": entities} if entities else {})


def post(call: Call, chat: Chat, content: dict[str, Any], **extra: Any) -> Message:
    """Send a message from the bot as the call's common parameters say."""
    params = call.params
    reply_to, quote = reply_target(call.world, chat, params)
    markup = checked_markup(params.object("reply_markup"))
    return add_message(
        call.world,
        chat,
        from_bot=True,
        content=content,
        markup=markup,
        reply_to=reply_to,
        quote=quote,
        effect_id=params.text("message_effect_id"),
        protected=params.flag("protect_content"),
        **extra,
    )


def add_message(
    world: World, chat: Chat, *, from_bot: bool, content: dict[str, Any], **extra: Any
) -> Message:
    """Store a message and show it to the chat's watchers; a bot's message ends its draft and its action."""
    message = Message(
        bot_id=chat.bot_id,
        chat_id=chat.user_id,
        message_id=world.next_id(f"message:{chat.bot_id}"),
        from_bot=from_bot,
        date=int(time.time()),
        content=content,
        **extra,
    )
    if from_bot:
        end_draft(world, chat, "sent")
        chat.stopped_draft_id = None
        chat.action = None
    world.save_message(message)
    show(world, message, "message")
    return message


def show(world: World, message: Message, kind: str) -> None:
    """Announce a new or changed message to the chat's watchers."""
    message.changed_seq = world.seq + 1
    world.save_message(message)
    world.emit(message.bot_id, message.chat_id, kind, message=message_view(world, message))


def end_draft(world: World, chat: Chat, reason: str) -> None:
    if chat.draft is None:
        return
    draft_id, chat.draft = chat.draft.draft_id, None
    world.save_chat(chat)
    world.emit(chat.bot_id, chat.user_id, "draft_end", draft_id=draft_id, reason=reason)


def editable(call: Call, chat: Chat) -> Message:
    """The bot's own message the call wants to change."""
    message = call.world.message(chat.bot_id, chat.user_id, call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot or (message.markup and not message.inline_keyboard):
        raise bad_request("message can't be edited")
    return message


def change(call: Call, message: Message, content: dict[str, Any], markup: Markup | None) -> dict[str, Any]:
    """Replace content and keyboard of a message; refuses a change of nothing."""
    if content == message.content and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    if content != message.content:
        message.edit_date = int(time.time())
    message.content, message.markup = content, markup
    message.changed_count += 1
    show(call.world, message, "edited")
    return message_json(call.world, message)


def remove(world: World, message: Message) -> None:
    message.deleted = True
    message.content = {}
    message.markup = None
    world.save_message(message)
    world.emit(message.bot_id, message.chat_id, "deleted", message_id=message.message_id)


def deletable(message: Message) -> bool:
    return time.time() - message.date < DELETABLE_FOR
