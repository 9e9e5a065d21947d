"""How often one address may ask for what: enough for people and for Telegram, too little to keep the machine busy."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from core.limits import Limit, SoftLimits
from core.settings import Settings
from web.address import Proxies, limit_key
from web.security import PROBES, SAFE_METHODS, WEBHOOK_PATH

READS = Limit(count=1200, seconds=60)
WRITES = Limit(count=600, seconds=60)
WEBHOOK = Limit(count=6000, seconds=60)
"""All users' updates come from Telegram's few addresses."""


class Meter:
    """Counts requests by address, before anything is done for them. Probes are not counted: they must always be answered."""

    def __init__(self, app: ASGIApp, settings: Settings, limits: SoftLimits) -> None:
        self._app = app
        self._proxies = Proxies(settings.trusted_proxies)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            name, limit = _limit_for(scope)
            await self._limits.hit(name, limit_key(self._proxies.client(scope)), limit)
        await self._app(scope, receive, send)


def _limit_for(scope: Scope) -> tuple[str, Limit]:
    if scope["path"] == WEBHOOK_PATH:
        return "webhook", WEBHOOK
    return ("reads", READS) if scope["method"] in SAFE_METHODS else ("writes", WRITES)
