"""The Telegram side of the sandbox as one Starlette application."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import FrameType
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.telegram import control, user_api, user_stream
from sandbox.telegram.bot_api import BotApi, call_endpoint, file_endpoint
from sandbox.telegram.errors import UserApiError
from sandbox.telegram.guard import GuardMiddleware
from sandbox.telegram.hangup import HangUpMiddleware
from sandbox.telegram.webhook import WebhookSender
from sandbox.telegram.world import open_world


class Lifecycle:
    """Starts with the first request, because the lifespan of a mounted application is nobody's duty.

    A server waits for open streams before it tells applications that it stops, so the signal itself is watched.
    """

    def __init__(self, api: BotApi, webhooks: WebhookSender) -> None:
        self._api = api
        self._webhooks = webhooks
        self._started = False

    def start(self) -> None:
        if self._started:
            return
        self._started = True
        for bot in self._api.world.bots.values():
            if bot.webhook.url:
                self._webhooks.watch(bot.bot_id)
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                self._chain(number, loop)

    def _chain(self, number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
        previous = signal.getsignal(number)
        if not callable(previous):
            return

        def handle(received: int, frame: FrameType | None) -> Any:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.stop_streams)
            return previous(received, frame)

        signal.signal(number, handle)

    def stop_streams(self) -> None:
        """End every event stream, wait and long poll now. Call it before stopping a server that runs in a thread."""
        self._api.world.hub.stop()
        self._api.world.store.flush()

    async def close(self) -> None:
        self.stop_streams()
        await self._webhooks.close()
        self._api.world.store.close()


class LifecycleMiddleware:
    """Wakes the lifecycle."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._lifecycle.start()
        await self._app(scope, receive, send)


async def _user_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, UserApiError):
        raise error
    return JSONResponse({"error": error.message, **error.extra}, status_code=error.status)


async def _not_found(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(("/bot", "/file/bot")):
        return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, status_code=404)
    return JSONResponse({"error": "There is nothing at this address."}, status_code=404)


def create_telegram_app(state_dir: Path | None) -> Starlette:
    """The application, to be mounted at "/"; its memory is kept in `state_dir`, or lost at the end when None.

    `app.state.lifecycle.stop_streams()` ends all waits at once, `await app.state.lifecycle.close()` everything.
    """
    api = BotApi(open_world(state_dir))
    webhooks = WebhookSender(api)
    api.on_webhook = webhooks.watch
    lifecycle = Lifecycle(api, webhooks)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        lifecycle.start()
        yield
        await lifecycle.close()

    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", call_endpoint, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", file_endpoint, methods=["GET"]),
            *user_api.ROUTES,
            *user_stream.ROUTES,
            *control.ROUTES,
        ],
        middleware=[
            Middleware(GuardMiddleware),
            Middleware(LifecycleMiddleware, lifecycle=lifecycle),
            Middleware(HangUpMiddleware),
        ],
        exception_handlers={UserApiError: _user_error, 404: _not_found},
        lifespan=lifespan,
    )
    app.state.bot_api = api
    app.state.lifecycle = lifecycle
    return app
