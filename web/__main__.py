"""`python -m web` serves, `--check` imports everything and validates the settings, `grant-role` is in `web.grants`."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from core import log
from core.runtime import open_runtime
from core.settings import Environment, Login, Settings, load_settings
from web import grants
from web.address import Proxies
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
    async with open_runtime(settings, Login.WEB) as rt:
        config = uvicorn.Config(
            create_app(rt),
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
            timeout_keep_alive=5,
            h11_max_incomplete_event_size=32 * 1024,
        )
        await _Server(config).serve()


def _check_proxies(settings: Settings) -> None:
    """Exits with what is wrong. Nothing here speaks TLS, so in production there is a proxy: one that is not named makes all
    callers one address, whose limit of guesses anybody can use up for everybody, and plain http is not led to https.
    """
    try:
        proxies = Proxies(settings.trusted_proxies)
    except ValueError:
        raise SystemExit(
            "Settings are missing or wrong: TRUSTED_PROXIES wants addresses or networks. See .env.example."
        ) from None
    if settings.environment is Environment.PRODUCTION and not proxies.any:
        raise SystemExit(
            "TRUSTED_PROXIES must name the TLS proxy in front of the web process when ENVIRONMENT=production. See .env.example."
        )


def main(arguments: list[str]) -> int:
    settings = load_settings(Login.WEB, Login.ADMIN)
    _check_proxies(settings)
    if "--check" in arguments:
        return 0
    log.configure(json=settings.log_json, level=settings.log_level)
    if arguments and arguments[0] in grants.COMMANDS:
        return grants.main(settings, arguments)
    # What was imported stays until the end; walking all of it once more at exit would take a second.
    gc.freeze()
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
