"""Serves the messenger's static files; everything it shows comes from the user API of `sandbox.telegram`.

Mount at `/chat`, on the origin that also serves `/user/…`: the page reaches nothing else.
"""

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATIC: Final = Path(__file__).parent / "static"

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

_HEADERS: Final = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=()",
    # Modules have no version in their names, so the browser asks each time and usually hears 304.
    "Cache-Control": "no-cache",
}


class _SecurityHeaders:
    """Adds the page's policy to every answer, 404 included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def create_chat_app() -> Starlette:
    """The messenger as an ASGI app: `/` is the page, every other path one of its static files."""
    return Starlette(
        routes=[Mount("/", StaticFiles(directory=_STATIC, html=True))],
        middleware=[Middleware(_SecurityHeaders)],
    )
