"""Upwork's side for the core tests: the sandbox behind a real server, and linked accounts over it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self, cast
from uuid import UUID, uuid4

import httpx
import uvicorn
from redis.asyncio import Redis
from sqlalchemy import select

from core.accounts.service import Account
from core.clock import Clock
from core.security.keys import keys_for
from core.upwork import tokens
from core.upwork.client import UpworkClient
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.oauth import TokenSet
from core.upwork.rate import RateLimiter
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings


class MovableClock(Clock, Protocol):
    def advance(self, seconds: float = 0, *, hours: float = 0) -> None: ...


MakeTenant = Callable[..., Awaitable[Account]]
OwnerSql = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


class UpworkServer:
    """The sandbox's Upwork behind uvicorn in a thread of its own, with its control API at hand."""

    def __init__(self) -> None:
        app = create_upwork_app(None, feed=FeedSettings(backlog=0, enabled=False, reply_seconds=None))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()

    async def control(self, verb: str, path: str, **body: object) -> Any:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            answer = await http.request(verb, f"/control{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        await self.control("POST", "/faults", operation=operation, kind=kind, **details)

    async def count(self, operation: str) -> int:
        """How often Upwork was asked for an operation, however that ended."""
        return int((await self.control("GET", "/counters"))["operations"].get(operation, 0))


def unhurried(redis: Redis) -> RateLimiter:
    """The real limiter over a clock on which a second passes between looks: for tests about something else."""
    moments = iter(range(1, 10**9))

    async def no_wait(_seconds: float) -> None:
        await asyncio.sleep(0)

    return RateLimiter(redis, now=lambda: float(next(moments)), sleep=no_wait)


@dataclass
class Side:
    """A client of the product's and the Upwork it talks to."""

    client: UpworkClient
    server: UpworkServer
    make_tenant: MakeTenant
    clock: MovableClock

    async def link(self, *, account: str | None = None, expires_in: int | None = None) -> UUID:
        """A new tenant with a linked account and every capability; tokens come from Upwork's token machinery."""
        tenant_id = (await self.make_tenant()).tenant_id
        settings = self.client.means.settings
        granted = await self.server.control(
            "POST",
            "/grants",
            client_id=settings.upwork_client_id,
            **({"account": account} if account else {}),
        )
        pair = TokenSet(
            granted["access_token"], granted["refresh_token"], expires_in or granted["expires_in"]
        )
        accounts = await self.server.control("GET", "/accounts")
        person = next(item for item in accounts if account is None or item["id"] == account)
        async with self.client.means.db.begin(tenant_id) as session:
            keys = await keys_for(session, self.client.means.vault)
            row = UpworkAccount(tenant_id=tenant_id, id=uuid4(), token_version=0)
            row.status = AccountStatus.LINKED
            row.upwork_user_id, row.upwork_nid = person["id"], person["nid"]
            row.organization_id = person["organizations"][0]["id"]
            row.name_sealed = keys.seal(row, "name_sealed", "Somebody")
            row.capabilities = {"create_proposal": True, "send_story": True, "viewed_by_client": True}
            row.linked_at = self.clock.now()
            tokens.seal_tokens(keys, row, pair, self.clock.now())
            session.add(row)
        return tenant_id

    async def stored(self, tenant_id: UUID) -> UpworkAccount:
        async with self.client.means.db.begin(tenant_id) as session:
            return cast(UpworkAccount, await session.scalar(select(UpworkAccount)))
