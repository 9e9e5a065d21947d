"""The one outbound HTTP client: explicit User-Agent, deadlines, no redirects, never inside a transaction."""

from __future__ import annotations

import httpx

from core.db import refuse_network_in_transaction

USER_AGENT = "Gigwright/0.1 (personal assistant of a freelancer; contact: the operator of this installation)"


async def _guard(_request: httpx.Request) -> None:
    refuse_network_in_transaction()


def open_http(*, timeout: float = 15.0) -> httpx.AsyncClient:
    """Upwork's front door refuses default Python agents, and a followed redirect could carry a token elsewhere."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout, connect=5.0),
        headers={"User-Agent": USER_AGENT},
        follow_redirects=False,
        event_hooks={"request": [_guard]},
        trust_env=False,
    )
