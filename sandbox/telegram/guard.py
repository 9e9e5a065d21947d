"""Keeps web pages of strangers away from the sandbox: it answers to loopback names and to its own pages only."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def refusal(method: str, headers: Headers) -> str | None:
    """Why a request is refused, or None. A foreign Host means DNS rebinding, a foreign Origin another site."""
    host = urlsplit(f"//{headers.get('host', '')}")
    if host.hostname not in LOOPBACK:
        return "The sandbox answers only on localhost, 127.0.0.1 and [::1]."
    if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
        return "The sandbox answers only to its own pages."
    origin = headers.get("origin")
    if origin is None or method in {"GET", "HEAD", "OPTIONS"}:
        return None
    parts = urlsplit(origin)
    try:
        same = parts.hostname in LOOPBACK and (parts.port or 80) == (host.port or 80)
    except ValueError:
        same = False
    return None if same else "The sandbox takes orders only from its own pages."


class GuardMiddleware:
    """Answers 403 where `refusal` finds a reason."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        if reason is None:
            await self._app(scope, receive, send)
            return
        await JSONResponse({"error": reason}, status_code=403)(scope, receive, send)
