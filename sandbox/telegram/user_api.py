"""The people's side over HTTP: write, press, upload, edit, react, stop, block."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.telegram import people
from sandbox.telegram.errors import UserApiError
from sandbox.telegram.media import FILE_LIMIT, describe, store_upload
from sandbox.telegram.params import Upload
from sandbox.telegram.people import Seat, take_seat
from sandbox.telegram.pressing import find, find_data
from sandbox.telegram.reading import json_body, needed, seconds, string, whole
from sandbox.telegram.transcript import transcript
from sandbox.telegram.views import chat_view, message_view, user_view
from sandbox.telegram.world import World

# These may be shown by a browser; anything else is only offered as a download.
INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg", "audio/mpeg"}


def world_of(request: Request) -> World:
    world: World = request.app.state.bot_api.world
    return world


def seat_of(request: Request) -> Seat:
    bot_id = whole(request.query_params.get("bot"), "bot")
    return take_seat(world_of(request), request.path_params["uid"], bot_id)


async def create_session(request: Request) -> Response:
    body = await json_body(request)
    user = people.create_user(
        world_of(request),
        name=string(body.get("name") or "", "name")[:64].strip(),
        language_code=string(body.get("language_code") or "", "language_code")[:8],
        username=string(body.get("username") or "", "username").lstrip("@")[:32] or None,
        user_id=whole(body.get("user_id"), "user_id"),
    )
    return JSONResponse(user_view(user))


async def list_sessions(request: Request) -> Response:
    return JSONResponse({"users": [user_view(user) for user in world_of(request).users.values()]})


async def get_chat(request: Request) -> Response:
    seat = seat_of(request)
    limit = whole(request.query_params.get("limit"), "limit")
    return JSONResponse(chat_view(seat.world, seat.chat, max(limit, 1) if limit is not None else None))


async def send(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    text = string(body.get("text", ""), "text")
    sent = people.say_text(seat, text, reply_to=whole(body.get("reply_to"), "reply_to"))
    view = message_view(seat.world, sent[0])
    if len(sent) > 1:
        view["parts"] = [message.message_id for message in sent]
    return JSONResponse(view)


async def press(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    message_id = whole(body.get("message_id"), "message_id")
    wait = seconds(body.get("wait"), "wait", 5.0, 120.0)
    if "data" in body:
        data = string(body["data"], "data")
        message_id = needed(message_id, "message_id")
        if not body.get("force") and find_data(seat, data, message_id) is None:
            raise UserApiError(
                404, "No button of that message carries this data; add force to send it anyway."
            )
        return JSONResponse(await _callback(seat, message_id, data, wait))
    found = find(seat, string(body.get("label", ""), "label"), message_id)
    shown: dict[str, Any] = {"message_id": found.message.message_id, "label": found.label}
    button = found.button
    if not found.inline:
        sent = people.say_text(seat, found.label)
        return JSONResponse({"sent": message_view(seat.world, sent[0]), **shown})
    if "disabled" in button:
        raise UserApiError(409, f"The button “{found.label}” is disabled.", **shown)
    if "callback_data" in button:
        answer = await _callback(seat, found.message.message_id, button["callback_data"], wait)
        return JSONResponse({**shown, **answer})
    if "copy_text" in button:
        return JSONResponse({"copied": button["copy_text"]["text"], **shown})
    if "url" in button:
        return JSONResponse({"url": button["url"], **shown})
    if "web_app" in button:
        return JSONResponse({"web_app": button["web_app"]["url"], **shown})
    raise UserApiError(409, f"The sandbox cannot press the button “{found.label}”.", **shown)


async def _callback(seat: Seat, message_id: int, data: str, wait: float) -> dict[str, Any]:
    """Press, and wait until the bot answers the query or the time is over."""
    callback = people.send_callback(seat, message_id, data)
    channel = seat.world.hub.channel(seat.bot.bot_id, seat.user.user_id)
    await channel.signal.wait_until(lambda: callback.answer is not None or seat.world.hub.stopping, wait)
    return {"answer": callback.answer, "message_id": message_id, "callback_id": callback.callback_id}


async def upload(request: Request) -> Response:
    seat = seat_of(request)
    async with request.form(max_part_size=1024 * 1024) as form:
        kind = str(form.get("kind") or "document")
        reply_to = whole(form.get("reply_to"), "reply_to")
        if kind == "location":
            content: dict[str, Any] = {"location": _location(form.get("latitude"), form.get("longitude"))}
        elif kind in {"photo", "document", "voice", "audio", "video_note", "sticker"}:
            part = form.get("file")
            if not isinstance(part, UploadFile):
                raise UserApiError(400, "The part named file is missing.")
            data = await part.read()
            if not data or len(data) > FILE_LIMIT:
                raise UserApiError(413, "A file needs between 1 byte and 50 MB.")
            given = Upload(part.filename or kind, part.content_type or "application/octet-stream", data)
            stored = store_upload(seat.world, seat.bot.bot_id, kind, given)
            content = describe(stored, duration=whole(form.get("duration"), "duration") or 0)
        else:
            raise UserApiError(
                400, "kind must be photo, document, voice, audio, video_note, sticker or location."
            )
        content |= (
            people.caption(str(form.get("caption") or ""))
            if kind not in {"sticker", "location", "video_note"}
            else {}
        )
    return JSONResponse(message_view(seat.world, people.say(seat, content, reply_to=reply_to)))


def _location(latitude: Any, longitude: Any) -> dict[str, float]:
    try:
        return {"latitude": float(latitude), "longitude": float(longitude)}
    except (TypeError, ValueError):
        raise UserApiError(400, "A location needs latitude and longitude.") from None


async def edit(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    message_id = needed(whole(body.get("message_id"), "message_id"), "message_id")
    message = people.edit(seat, message_id, string(body.get("text", ""), "text"))
    return JSONResponse(message_view(seat.world, message))


async def react(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    message_id = needed(whole(body.get("message_id"), "message_id"), "message_id")
    message = people.react(seat, message_id, string(body.get("emoji") or "", "emoji") or None)
    return JSONResponse(message_view(seat.world, message))


async def forward(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    message_id = needed(whole(body.get("message_id"), "message_id"), "message_id")
    return JSONResponse(message_view(seat.world, people.forward(seat, message_id)))


async def stop(request: Request) -> Response:
    seat, body = seat_of(request), await json_body(request)
    return JSONResponse({"draft_id": people.stop_draft(seat, whole(body.get("draft_id"), "draft_id"))})


async def block(request: Request) -> Response:
    seat = seat_of(request)
    people.block(seat, blocked=request.url.path.endswith("/block"))
    return JSONResponse({"blocked": seat.chat.blocked})


async def get_transcript(request: Request) -> Response:
    return PlainTextResponse(transcript(seat_of(request)))


async def get_file(request: Request) -> Response:
    """A file of this person's chats; types a browser could run are never shown in place."""
    world = world_of(request)
    stored = world.files.get(request.path_params["file_id"])
    data = world.store.blob(stored.file_id) if stored else None
    if stored is None or data is None:
        raise UserApiError(404, "There is no such file.")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if stored.mime not in INLINE_TYPES:
        headers["Content-Disposition"] = "attachment"
    return Response(data, media_type=stored.mime, headers=headers)


ROUTES = [
    Route("/user/sessions", create_session, methods=["POST"]),
    Route("/user/sessions", list_sessions, methods=["GET"]),
    Route("/user/{uid:int}/chat", get_chat),
    Route("/user/{uid:int}/send", send, methods=["POST"]),
    Route("/user/{uid:int}/press", press, methods=["POST"]),
    Route("/user/{uid:int}/upload", upload, methods=["POST"]),
    Route("/user/{uid:int}/edit", edit, methods=["POST"]),
    Route("/user/{uid:int}/react", react, methods=["POST"]),
    Route("/user/{uid:int}/forward", forward, methods=["POST"]),
    Route("/user/{uid:int}/stop", stop, methods=["POST"]),
    Route("/user/{uid:int}/block", block, methods=["POST"]),
    Route("/user/{uid:int}/unblock", block, methods=["POST"]),
    Route("/user/{uid:int}/transcript", get_transcript),
    Route("/user/{uid:int}/files/{file_id}/{name:path}", get_file),
]
