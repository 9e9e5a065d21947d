"""The bot's address for people, learned from Telegram once."""

from __future__ import annotations

import httpx

from core.log import get_logger
from core.runtime import Runtime

log = get_logger(__name__)

_TELEGRAM = "https://api.telegram.org"
_SITE = "https://t.me"
_RETRY_SECONDS = 60.0


class BotLink:
    """Holds the bot's name once Telegram told it; asks again at most once a minute while it does not."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._username: str | None = None
        self._asked_at: float | None = None

    async def url(self, *, start: str = "") -> str | None:
        """`https://t.me/<bot>`, or None: Telegram did not answer, or it is not the Telegram that t.me leads to."""
        if self._rt.settings.telegram_api_base.rstrip("/") != _TELEGRAM:
            return None
        username = await self._name()
        if username is None:
            return None
        return f"{_SITE}/{username}" + (f"?start={start}" if start else "")

    async def _name(self) -> str | None:
        now = self._rt.clock.now().timestamp()
        if self._username or (self._asked_at is not None and now - self._asked_at < _RETRY_SECONDS):
            return self._username
        self._asked_at = now
        token = self._rt.settings.telegram_bot_token.get_secret_value()
        try:
            answer = await self._rt.http.get(f"{_TELEGRAM}/bot{token}/getMe", timeout=3.0)
            name = answer.json()["result"]["username"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("web.bot_unknown", error=type(error).__name__)
            return None
        self._username = name if isinstance(name, str) and name.isidentifier() else None
        return self._username
