"""What the web tests drive with: a browser with its own cookies, the sandbox's Upwork, and looks at what is stored."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import uvicorn
from starlette.applications import Starlette

from core.accounts.service import Account
from core.clock import Clock
from core.runtime import Runtime
from core.security import audit
from core.security.assurance import ACCOUNT, Act
from core.upwork import confirming, linking
from core.upwork.confirming import Confirmation
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings
from tests.core.proving import prove, session_of
from web.app import create_app

OLENA = "1500000000000000001"
HTML = {"accept": "text/html,application/xhtml+xml"}


class MovableClock(Clock, Protocol):
    def advance(self, seconds: float = 0, *, hours: float = 0) -> None: ...


MakeTenant = Callable[..., Awaitable[Account]]
OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]


class UpworkServer:
    """The sandbox's Upwork behind uvicorn in a thread of its own."""

    def __init__(self) -> None:
        self.app: Starlette = create_upwork_app(None, feed=FeedSettings(backlog=0, enabled=False))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level="warning", lifespan="off"))
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

    @property
    def live_grants(self) -> int:
        """Consents whose tokens still work, on Upwork's side."""
        return sum(1 for family in self.app.state.world.families.values() if not family.revoked)


def change(rt: Runtime, **settings: object) -> Runtime:
    """The same runtime under other settings."""
    return replace(rt, settings=rt.settings.model_copy(update=settings))


@dataclass
class Browser:
    """Somebody's browser: keeps its cookies, shows pages, walks through Upwork's consent page."""

    http: httpx.AsyncClient
    upwork_http: httpx.AsyncClient
    seen: list[httpx.Response] = field(default_factory=list)

    async def open(self, url: str, **headers: str) -> httpx.Response:
        response = await self.http.get(url, headers={**HTML, **headers})
        self.seen.append(response)
        return response

    async def press_continue(self, page: httpx.Response, **headers: str) -> httpx.Response:
        proof = re.search(r'name="proof" value="([^"]*)"', page.text)
        assert proof is not None, page.text
        return await self.http.post(
            page.url, data={"proof": proof[1]}, headers={**HTML, "origin": "null", **headers}
        )

    async def agree(self, authorize_url: str, *, account: str = OLENA, decision: str = "authorize") -> str:
        """Consent at Upwork; returns the callback URL Upwork sends the browser to, not yet followed."""
        page = await self.upwork_http.get(authorize_url)
        assert page.status_code == 200, page.text
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        answer = await self.upwork_http.post(
            authorize_url.partition("?")[0], data={**fields, "account": account, "decision": decision}
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def go_to_upwork(self, link: str) -> str:
        """From the chat's link to Upwork's authorize URL."""
        redirect = await self.press_continue(await self.open(link))
        assert redirect.status_code == 303, redirect.text
        return redirect.headers["location"]

    async def link(self, link: str, *, account: str = OLENA) -> httpx.Response:
        """The whole way, up to the page with the code."""
        return await self.open(await self.agree(await self.go_to_upwork(link), account=account))


@asynccontextmanager
async def open_browser(rt: Runtime) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(app=create_app(rt))
    async with (
        httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as http,
        httpx.AsyncClient() as upwork_http,
    ):
        yield Browser(http, upwork_http)


@dataclass(frozen=True)
class Scene:
    """The product, what is really stored (past row-level security), and Upwork's side of it."""

    rt: Runtime
    upwork: UpworkServer
    sql: OwnerSql

    async def new_link(self, tenant_id: UUID) -> str:
        """What the bot does when somebody presses Connect Upwork and proves a factor for it."""
        rt = self.rt
        by = await session_of(rt.db, tenant_id)
        await prove(rt.db, rt.vault, rt.clock, tenant_id, {Act.CONNECT_UPWORK: ACCOUNT}, by=by)
        async with rt.db.begin(tenant_id) as session:
            return await linking.start_link(session, rt.vault, rt.clock, rt.settings, by=by)

    async def disconnect(self, tenant_id: UUID) -> bool:
        """What the bot does when somebody disconnects and proves a factor for it."""
        rt = self.rt
        by = await session_of(rt.db, tenant_id)
        await prove(rt.db, rt.vault, rt.clock, tenant_id, {Act.DISCONNECT_UPWORK: ACCOUNT}, by=by)
        return await confirming.disconnect(rt, tenant_id=tenant_id, by=by)

    async def type_code(self, tenant_id: UUID, code: str) -> Confirmation:
        """What the bot does with a message while a code is awaited."""
        async with self.rt.db.begin(tenant_id) as session:
            return await confirming.confirm_link(session, self.rt.vault, self.rt.clock, code=code)

    async def news(self, tenant_id: UUID) -> object:
        """What the chat is told about the tenant's last attempt: the reference comes from the stored job itself."""
        rows = await self.sql("select tenant_id, ref from app.work_items where job = 'confirm_link'")
        (ref,) = [ref for owner, ref in rows if owner == tenant_id]
        async with self.rt.db.begin(tenant_id) as session:
            return await confirming.link_news(session, self.rt.vault, self.rt.clock, ref=ref)

    async def drop_unconfirmed(self, tenant_id: UUID) -> bool:
        """What the worker does with the tenant's account when its KEEP_TOKEN item is due."""
        rows = await self.sql("select tenant_id, ref from app.work_items where job = 'keep_token'")
        (ref,) = [ref for owner, ref in rows if owner == tenant_id]
        return await confirming.drop_unconfirmed(self.rt, tenant_id=tenant_id, account_id=ref)

    async def noted(self, tenant_id: UUID, event: str) -> list[Any]:
        """The details of a tenant's events of this name, newest first."""
        async with self.rt.db.begin(tenant_id) as session:
            found = await audit.events(session, await self.rt.keys(session), names=[event])
        return [event.data for event in found]

    async def statuses(self) -> list[Any]:
        return await self.column("select status from app.upwork_accounts")

    async def column(self, statement: str) -> list[Any]:
        return [row[0] for row in await self.sql(statement)]

    async def arm(self, operation: str, kind: str) -> None:
        """The next request of this kind goes wrong at Upwork."""
        async with httpx.AsyncClient(base_url=self.upwork.url) as http:
            fault = {"operation": operation, "kind": kind}
            (await http.post("/control/faults", json=fault)).raise_for_status()


def code_on(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    found = re.search(r'<output id="code"[^>]*>([^<]+)</output>', page.text)
    assert found is not None, page.text
    return found[1]


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]
