"""Files: sending them, changing them, fetching them."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import checked_markup
from sandbox.telegram.media import MEDIA_KINDS, media_content
from sandbox.telegram.messages import add_message, caption_content, change, editable, post, reply_target
from sandbox.telegram.params import Params, Upload
from sandbox.telegram.registry import Call, method
from sandbox.telegram.render import file_json, message_json

DOWNLOAD_LIMIT = 20 * 1024 * 1024
GROUP_KINDS = {"photo", "document", "video", "audio"}


def _send(kind: str) -> Any:
    async def send(call: Call) -> dict[str, Any]:
        chat = call.writable_chat()
        given = _source(call.params, kind, call.params.values.get(kind))
        if given is None:
            raise bad_request(f"there is no {kind} in the request")
        content = media_content(call.world, call.bot.bot_id, kind, given, call.params)
        return message_json(call.world, post(call, chat, content | caption_content(call.world, call.params)))

    return send


for _kind in ("photo", "document", "voice"):
    method(f"send{_kind.capitalize()}")(_send(_kind))


def _source(params: Params, name: str, value: Any) -> Upload | str | None:
    """An uploaded part, `attach://part`, or the id of a file already known."""
    if name in params.files:
        return params.files[name]
    if not isinstance(value, str) or not value:
        return None
    if value.startswith("attach://"):
        upload = params.files.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad_request("file must be non-empty")
        return upload
    return value


def _input_media(call: Call, item: Any, kinds: set[str]) -> dict[str, Any]:
    """The content of one InputMedia object."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: Object expected")
    kind = item.get("type")
    if kind not in kinds:
        raise bad_request("can't parse InputMedia: Unsupported type specified")
    params = Params(item, call.params.files)
    given = _source(params, "media", item.get("media"))
    if given is None:
        raise bad_request("can't parse InputMedia: Can't find field \"media\"")
    return media_content(call.world, call.bot.bot_id, kind, given, params) | caption_content(
        call.world, params
    )


@method("sendMediaGroup")
async def send_media_group(call: Call) -> list[dict[str, Any]]:
    chat = call.writable_chat()
    media = call.params.items("media") or []
    if not 2 <= len(media) <= 10:
        raise bad_request("group send failed: wrong number of media" if media else "media not specified")
    contents = [_input_media(call, item, GROUP_KINDS & MEDIA_KINDS) for item in media]
    reply_to, quote = reply_target(call.world, chat, call.params)
    group = str(call.world.next_id("media_group", 13_000_000_001))
    sent = [
        add_message(
            call.world,
            chat,
            from_bot=True,
            content=content,
            reply_to=reply_to,
            quote=quote,
            media_group_id=group,
        )
        for content in contents
    ]
    return [message_json(call.world, message) for message in sent]


@method("editMessageMedia")
async def edit_message_media(call: Call) -> dict[str, Any]:
    chat = call.writable_chat()
    message = editable(call, chat)
    item = call.params.object("media")
    if item is None:
        raise bad_request("input media not specified")
    content = _input_media(call, item, GROUP_KINDS & MEDIA_KINDS)
    markup = checked_markup(call.params.object("reply_markup"), inline_only=True)
    return change(call, message, content, markup)


@method("getFile")
async def get_file(call: Call) -> dict[str, Any]:
    stored = call.world.files.get(call.params.text("file_id") or "")
    if stored is None or stored.bot_id != call.bot.bot_id:
        raise bad_request("invalid file_id")
    if stored.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return file_json(stored)
