"""`python -m sandbox`: the stand-ins for Telegram, Upwork, models, mail and text messages, on loopback."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

import uvicorn
from pydantic import ValidationError

from sandbox import processes
from sandbox.app import create_sandbox_app
from sandbox.settings import SandboxSettings
from sandbox.upwork.feed import FeedSettings


class _Server(uvicorn.Server):
    """Tells the app that it stops before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


def main(arguments: list[str]) -> int:
    try:
        settings = SandboxSettings()
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]).upper()
            print(f"{name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    if "--check" in arguments:
        return 0
    for variable, port in (
        ("SANDBOX_PORT", settings.sandbox_port),
        ("SANDBOX_SMTP_PORT", settings.sandbox_smtp_port),
    ):
        if not processes.port_is_free(port, settings.sandbox_host):
            who = processes.listener(port) or "another program"
            print(f"Port {port} is in use by {who}. Choose another with {variable}=…", file=sys.stderr)
            return 1
    settings.sandbox_state_dir.mkdir(parents=True, exist_ok=True)
    stopping = asyncio.Event()
    app = create_sandbox_app(
        settings.sandbox_state_dir,
        smtp_address=(settings.sandbox_host, settings.sandbox_smtp_port),
        feed=FeedSettings(
            seed=settings.sandbox_feed_seed,
            backlog=settings.sandbox_feed_backlog,
            interval_seconds=settings.sandbox_feed_seconds,
        ),
        stopping=stopping,
    )
    config = uvicorn.Config(
        app,
        host=settings.sandbox_host,
        port=settings.sandbox_port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    print(f"sandbox: http://{settings.sandbox_host}:{settings.sandbox_port}/", flush=True)
    with suppress(KeyboardInterrupt):  # raised again by uvicorn once it has stopped
        _Server(config, stopping).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
