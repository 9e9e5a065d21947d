"""What stands in front of the API: agents that are blocked, rate limits, counters, who may use the control API."""

from __future__ import annotations

import time
from collections import Counter, deque
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sandbox.upwork.world import World

DEFAULT_AGENTS = ("python-requests/", "python-httpx/", "python-urllib", "python/", "aiohttp/", "urllib3/")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
BLOCK_PAGE = (
    "<!doctype html><html><head><title>One moment</title></head><body><h1>Blocked</h1>"
    "<p>Enable JavaScript and cookies to continue</p></body></html>"
)


class Gate:
    """Counters by operation, and sliding windows by address. Windows use real time, not the shifted clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.counters: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._windows: dict[str, deque[float]] = {}

    def count(self, operation: str) -> None:
        self.counters[operation] += 1

    def reset(self) -> None:
        self.counters.clear()
        self.refused.clear()
        self._windows.clear()

    def refuse(self, request: Request) -> Response | None:
        """The answer that stops a request before it is read, or None."""
        if default_agent(request.headers.get("user-agent", "")):
            self.refused["403_html"] += 1
            return blocked()
        if self._too_many(request.client.host if request.client else "unknown"):
            self.refused["429"] += 1
            return self.too_many_requests()
        return None

    def too_many_requests(self) -> Response:
        wait = self._world.settings.retry_after
        return PlainTextResponse(
            "Too Many Requests", 429, headers={} if wait is None else {"Retry-After": str(wait)}
        )

    def _too_many(self, address: str) -> bool:
        settings = self._world.settings
        now = time.monotonic()
        window = self._windows.setdefault(address, deque())
        while window and window[0] <= now - 60:
            window.popleft()
        second = sum(moment > now - 1 for moment in window)
        if second >= settings.per_second or len(window) >= settings.per_minute:
            return True
        window.append(now)
        return False


def default_agent(agent: str) -> bool:
    """Whether the agent is missing or the default of a Python library."""
    return not agent.strip() or agent.lower().startswith(DEFAULT_AGENTS)


def blocked() -> Response:
    return HTMLResponse(BLOCK_PAGE, 403)


def foreign_origin(request: Request) -> bool:
    """Whether a browser says that another site sent this request."""
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc != request.headers.get("host")


def foreign_caller(request: Request) -> bool:
    """Whether a request to the control API comes from anywhere but this machine, or from another site's page."""
    client = request.client.host if request.client else ""
    try:
        host = urlsplit("//" + request.headers.get("host", "")).hostname
    except ValueError:
        return True
    return client not in LOOPBACK or host not in LOOPBACK or foreign_origin(request)
