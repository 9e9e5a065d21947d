"""The whole outside world as one ASGI app.

/            Telegram: the Bot API and the user API (a browser that asks for the bare address gets the chat)
/chat/       the messenger in the browser, and /authenticator, which stands in for the app with the six-digit codes
/upwork      OAuth pages, GraphQL and controls        /llm    OpenAI- and Anthropic-compatible endpoints
/mail/       captured mail                            /sms    Twilio-compatible endpoint and captured messages
/healthz     {"status": "ok"} once everything is up
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.chat.app import create_chat_app
from sandbox.llm.app import create_llm_app
from sandbox.mail import Mailbox, create_mail_app, smtp_server
from sandbox.sms import create_sms_app
from sandbox.telegram.app import create_telegram_app
from sandbox.telegram.guard import GuardMiddleware
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings

_LAST_CHANCE_SECONDS = 0.3


def create_sandbox_app(
    state_dir: Path,
    *,
    smtp_address: tuple[str, int] | None = None,
    feed: FeedSettings | None = None,
    stopping: asyncio.Event | None = None,
) -> Starlette:
    """State is kept below `state_dir`. Mail is taken at `smtp_address` (host, port), or not at all when it is None.

    When `stopping` is set, requests still open (long polls, event streams) are ended instead of being waited for.
    """
    mailbox = Mailbox()
    parts: list[tuple[str, Starlette]] = [
        ("/upwork", create_upwork_app(state_dir / "upwork", feed=feed or FeedSettings())),
        ("/llm", create_llm_app()),
        ("/chat", create_chat_app()),
        ("/mail", create_mail_app(mailbox)),
        ("/sms", create_sms_app()),
        ("", create_telegram_app(state_dir / "telegram")),
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        """A mounted app's own start and stop are not run by Starlette."""
        async with AsyncExitStack() as stack:
            if smtp_address is not None:
                await stack.enter_async_context(smtp_server(mailbox, *smtp_address))
            for _, part in parts:
                await stack.enter_async_context(part.router.lifespan_context(part))
            yield

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    def door_to(path: str) -> Callable[[Request], Awaitable[RedirectResponse]]:
        """The chat's address carries what `/start` is to be sent with, so the query comes along."""

        async def door(request: Request) -> RedirectResponse:
            query = request.url.query
            return RedirectResponse(f"{path}?{query}" if query else path)

        return door

    middleware = [Middleware(GuardMiddleware)]
    if stopping is not None:
        middleware.insert(0, Middleware(EndOpenRequests, stopping=stopping))
    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/", door_to("/chat/"), methods=["GET"]),
            Route("/chat", door_to("/chat/"), methods=["GET"]),
            Route("/authenticator", door_to("/chat/authenticator.html"), methods=["GET"]),
            *(Mount(path, app) for path, app in parts),
        ],
        middleware=middleware,
        lifespan=lifespan,
    )


class EndOpenRequests:
    """Ends what is still open a moment after `stopping` is set, with a complete answer."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = ended = False

        async def noting_send(message: Message) -> None:
            nonlocal started, ended
            started = started or message["type"] == "http.response.start"
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body", False))
            await send(message)

        request = asyncio.ensure_future(self._app(scope, receive, noting_send))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({request, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not request.done():
                await asyncio.wait({request}, timeout=_LAST_CHANCE_SECONDS)
        finally:
            stop.cancel()
            if not request.done():
                request.cancel()
            await asyncio.wait({request})
        if not request.cancelled():
            request.result()
            return
        if not started:
            await JSONResponse(
                {"ok": False, "error_code": 502, "description": "Bad Gateway"}, status_code=502
            )(scope, receive, send)
        elif not ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
