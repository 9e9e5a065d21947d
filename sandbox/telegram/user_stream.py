"""Watching a chat: server-sent events, and waiting for one particular message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.telegram.people import Seat
from sandbox.telegram.reading import seconds, whole
from sandbox.telegram.state import Message
from sandbox.telegram.user_api import seat_of
from sandbox.telegram.views import message_view

HEARTBEAT = 15.0
SHOWN_ON_TIMEOUT = 5


async def events(request: Request) -> Response:
    """Everything that happens in the chat after `after` (or Last-Event-ID); only news when neither is given.

    A `resync` event says that older events are no longer known: load the chat again.
    """
    seat = seat_of(request)
    given = request.headers.get("last-event-id") or request.query_params.get("after")
    after = whole(given, "after")
    stream = _stream(seat, seat.world.seq if after is None else after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(seat: Seat, after: int) -> AsyncIterator[str]:
    world = seat.world
    channel = world.hub.channel(seat.bot.bot_id, seat.user.user_id)
    yield ": hello\n\n"
    if after < world.first_seq or after > world.seq or channel.forgot_since(after):
        after = world.seq
        yield _frame({"seq": after, "type": "resync"})
    while not world.hub.stopping:
        for event in channel.after(after):
            after = event.seq
            yield _frame(event.as_json())
        if not channel.after(after) and not await channel.signal.wait(HEARTBEAT):
            yield ": still here\n\n"


def _frame(body: dict[str, Any]) -> str:
    return f"id: {body['seq']}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"


async def wait(request: Request) -> Response:
    """The bot's message that fits, as soon as there is one; 408 with the last messages otherwise."""
    seat = seat_of(request)
    query = request.query_params
    timeout = seconds(query.get("timeout"), "timeout", 20.0, 300.0)
    found: list[Message] = []

    def look() -> bool:
        match = _matching(seat, query)
        found.extend([match] if match else [])
        return bool(found) or seat.world.hub.stopping

    channel = seat.world.hub.channel(seat.bot.bot_id, seat.user.user_id)
    await channel.signal.wait_until(look, timeout)
    if found:
        return JSONResponse(message_view(seat.world, found[0]))
    last = seat.world.chat_messages(seat.bot.bot_id, seat.user.user_id)[-SHOWN_ON_TIMEOUT:]
    body = {
        "error": "No such message came in time.",
        "messages": [message_view(seat.world, message) for message in last],
    }
    return JSONResponse(body, status_code=408)


def _matching(seat: Seat, query: Any) -> Message | None:
    """The oldest new message that fits, else (with `edited`) the one edited last."""
    after = whole(query.get("after"), "after") or 0
    since = whole(query.get("since"), "since") or 0
    wants_edited = query.get("edited", "") not in {"", "0", "false"}
    edited: list[Message] = []
    for message in seat.world.chat_messages(seat.bot.bot_id, seat.user.user_id):
        newer = message.message_id > after
        candidate = newer or (wants_edited and message.changed_count)
        if candidate and message.from_bot and message.changed_seq > since and _fits(message, query):
            if newer:
                return message
            edited.append(message)
    return max(edited, key=lambda message: message.changed_seq, default=None)


def _fits(message: Message, query: Any) -> bool:
    text = message.content.get("text") or message.content.get("caption") or ""
    label = query.get("label", "").casefold()
    labels = [
        str(button["text"]).casefold()
        for row in (message.markup or {}).get("inline_keyboard")
        or (message.markup or {}).get("keyboard")
        or []
        for button in row
    ]
    return query.get("contains", "").casefold() in text.casefold() and (
        not label or any(label in item for item in labels)
    )


ROUTES = [
    Route("/user/{uid:int}/events", events),
    Route("/user/{uid:int}/wait", wait),
]
