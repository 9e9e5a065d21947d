"""Telegram, Upwork and a language model behind one address, in a thread: for tests and measurements within one process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.llm.app import DEFAULT_PACE, create_llm_app
from sandbox.telegram.app import create_telegram_app
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings

_STOP_SECONDS = 20


@contextmanager
def open_outside(words_per_second: float = DEFAULT_PACE) -> Iterator[str]:
    """Yields the address: Telegram at its root, `/upwork` without a feed of its own, `/llm` writing at that pace.

    Raises RuntimeError when the server does not end with the block.
    """
    telegram = create_telegram_app(None)
    upwork = create_upwork_app(None, feed=FeedSettings(backlog=0, enabled=False, reply_seconds=None))
    model = create_llm_app(words_per_second)
    app = Starlette(routes=[Mount("/upwork", upwork), Mount("/llm", model), Mount("", telegram)])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", access_log=False))
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for loop in loops:
            # A long poll that nobody ends would keep the server from ending.
            loop.call_soon_threadsafe(telegram.state.lifecycle.stop_streams)
        server.should_exit = True
        thread.join(timeout=_STOP_SECONDS)
    if thread.is_alive():
        raise RuntimeError("the sandbox did not end")
