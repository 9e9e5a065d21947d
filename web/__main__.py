"""`python -m web` serves; `python -m web --check` imports everything, validates the settings and exits."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from pydantic import ValidationError

from core import log
from core.runtime import open_runtime
from core.settings import Settings
from web.app import create_app

_STOP_SECONDS = 1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

logger = log.get_logger("web")


class _Server(uvicorn.Server):
    """Says that it is ready when the port is really open, and leaves a signal behind it so that the runtime closes too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _STOP_SIGNALS:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            logger.info("web.ready", host=self.config.host, port=self.config.port)


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way get a second to finish."""
    async with open_runtime(settings) as rt:
        config = uvicorn.Config(
            create_app(rt),
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        await _Server(config).serve()


def main(arguments: list[str]) -> int:
    try:
        settings = Settings()
        _ = settings.kek_ring
    except ValidationError as error:
        names = ", ".join(
            str(part["loc"][0] if part["loc"] else part["msg"]).upper() for part in error.errors()
        )
        sys.stderr.write(f"Settings are missing or wrong: {names}. See .env.example.\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if "--check" in arguments:
        return 0
    log.configure(json=settings.log_json, level=settings.log_level)
    # What was imported stays until the end; walking all of it once more at exit would take a second.
    gc.freeze()
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
