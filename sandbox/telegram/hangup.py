"""Ending a connection the way a broken network does: without an answer."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class HangUp(Exception):
    """Close the connection without answering."""


async def wait_for_disconnect(request: Request) -> None:
    """Return when the caller closed its connection; the body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class HangUpMiddleware:
    """Turns HangUp into a closed socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except HangUp:
            await _close(receive, send)


async def _close(receive: Receive, send: Send) -> None:
    # uvicorn's request object owns the socket; the protocol of ASGI has no word for "hang up".
    transport: Any = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)
        return
    # Elsewhere a body shorter than announced makes the server close the connection.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
