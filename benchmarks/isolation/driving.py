"""The whole product in one process, each part logged in as its own role, and people who drive it through the chat."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from aiogram import Bot

from bot.app import build_bot, build_dispatcher
from bot.inbox import Drainer, Poller
from bot.texts import Words
from core.accounts.service import Account, find_account, finish_onboarding
from core.crypto import KEY_BYTES
from core.drafting.vendors import open_llm
from core.jobs import Job, Kind, enqueue
from core.profile import service as profiles
from core.runtime import Runtime, open_runtime
from core.searches.criteria import Criteria
from core.searches.service import add_search
from core.security.assurance import chat_session
from core.security.factors.models import FactorKind
from core.security.stepup import service as stepup
from core.settings import Environment, Login, Settings
from core.upwork import tokens
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.oauth import TokenSet
from sandbox.embedded import PostgresUrls
from sandbox.outside import open_outside
from workers.main import run as run_workers

_AGENT = {"user-agent": "a benchmark"}  # the front door refuses default Python agents
_CLIENT = "isolation"
_PATIENCE = 90.0
_LOOK_SECONDS = 0.1


class TookTooLong(Exception):
    """What somebody waited for did not happen; the text says what."""


@dataclass(frozen=True, slots=True)
class Product:
    """The running product. `rt` has the runtime of each process; `http` reaches the outside world's controls."""

    settings: Settings
    rt: dict[Login, Runtime]
    bot: Bot
    http: httpx.AsyncClient

    async def upwork(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/upwork/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def open_product(urls: PostgresUrls, redis_url: str) -> AsyncIterator[Product]:
    """Bot, every kind of worker and the runtime of the web process, on a migrated database."""
    async with AsyncExitStack() as stack:
        world = stack.enter_context(open_outside(0))
        settings = _settings(urls, redis_url, world)
        llm = open_llm(settings)
        rt: dict[Login, Runtime] = {
            login: await stack.enter_async_context(
                open_runtime(settings, login, llm=llm if login is Login.DRAFTING else None)
            )
            for login in Login
            if login is not Login.ADMIN
        }
        bot = await stack.enter_async_context(build_bot(settings).context())
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=world, headers=_AGENT, trust_env=False, timeout=30)
        )
        product = Product(settings, rt, bot, http)
        await product.upwork("settings", per_second=100_000, per_minute=1_000_000)
        await product.upwork("applications", client_id=_CLIENT)
        stopping = asyncio.Event()
        dispatcher, arrived = build_dispatcher(rt[Login.BOT]), asyncio.Event()
        allowed = dispatcher.resolve_used_update_types()
        tasks = [
            asyncio.ensure_future(Poller(rt[Login.BOT], bot, allowed, arrived).run()),
            asyncio.ensure_future(Drainer(rt[Login.BOT], bot, dispatcher, arrived).run()),
            asyncio.ensure_future(run_workers({kind: rt[Login(kind.value)] for kind in Kind}, stopping)),
        ]
        try:
            yield product
        finally:
            stopping.set()
            await asyncio.wait(tasks[2:], timeout=10)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _settings(urls: PostgresUrls, redis_url: str, world: str) -> Settings:
    return Settings.model_validate(
        {
            "environment": Environment.TEST,
            **{f"database_url_{login}": url for login, url in urls.logins.items()},
            "redis_url": redis_url,
            "key_encryption_keys": f"1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}",
            "public_url": "http://127.0.0.1:1",
            "telegram_bot_token": "4242424242:a-token-that-only-the-sandbox-takes",
            "telegram_api_base": world,
            "telegram_webhook_secret": None,
            "upwork_client_id": _CLIENT,
            "upwork_client_secret": "none",
            "upwork_token_url": f"{world}/upwork/api/v3/oauth2/token",
            "upwork_graphql_url": f"{world}/upwork/graphql",
            "upwork_poll_seconds": 1.0,
            "upwork_room_poll_seconds": 1.0,
            "openai_api_key": "sandbox",
            "openai_base_url": f"{world}/llm/v1",
            "anthropic_api_key": None,
            "smtp_url": None,
        }
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with the chat in their hand. Everything they press and read goes through Telegram."""

    product: Product
    telegram_id: int

    async def _post(self, path: str, **body: Any) -> Any:
        answer = await self.product.http.post(f"/user/{self.telegram_id}/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def says(self, message: str) -> None:
        await self._post("send", text=message)

    async def presses(self, key: str) -> None:
        """Wait for the button whose label is this text of the catalogue, and press the newest."""
        label = Words("en").plain(key)

        async def there() -> bool:
            return label in await self._labels()

        await until(there, f"the button “{label}”")
        await self._post("press", label=label, wait=8)

    async def reads(self, words: str) -> None:
        async def there() -> bool:
            return words in await self.transcript()

        await until(there, f"“{words}” in the chat")

    async def _messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.product.get(f"/user/{self.telegram_id}/chat"))["messages"]
        return found

    async def _labels(self) -> set[str]:
        return {
            button["label"]
            for message in await self._messages()
            for row in message.get("keyboard") or []
            for button in row
        }

    async def transcript(self) -> str:
        return (await self.product.http.get(f"/user/{self.telegram_id}/transcript")).text

    async def account(self) -> Account:
        found = await find_account(self.product.rt[Login.BOT].db, telegram_id=self.telegram_id)
        if found is None:
            raise TookTooLong("the account was not opened")
        return found


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    """Look again and again. Raises TookTooLong."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if await happened():
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise TookTooLong(what)


async def arrive(product: Product, name: str) -> Person:
    """Somebody new opens the chat: /start makes their account."""
    opened = await product.http.post("/user/sessions", json={"name": name, "language_code": "en"})
    opened.raise_for_status()
    person = Person(product, int(opened.json()["user_id"]))
    await person.says("/start")

    async def known() -> bool:
        return await find_account(product.rt[Login.BOT].db, telegram_id=person.telegram_id) is not None

    await until(known, "an account")
    return person


async def settle_in(person: Person, *, name: str, profile: str, query: str) -> None:
    """What onboarding leaves behind, by the functions it uses: a profile, a linked account, a proven factor, a search."""
    product = person.product
    account = await person.account()
    # The stand-in makes its ids out of the name, so the name that is ours is only the one that we store.
    freelancer = await product.upwork("accounts", name="Somebody")
    granted = await product.upwork("grants", client_id=_CLIENT, account=freelancer["id"])
    web, bot = product.rt[Login.WEB], product.rt[Login.BOT]
    async with web.db.begin(account.tenant_id) as session:
        keys = await web.keys(session)
        row = UpworkAccount(tenant_id=account.tenant_id, id=uuid4(), token_version=0)
        row.status, row.linked_at = AccountStatus.LINKED, web.clock.now()
        row.upwork_user_id, row.upwork_nid = freelancer["id"], freelancer["nid"]
        row.organization_id = freelancer["organizations"][0]["id"]
        row.name_sealed = keys.seal(row, "name_sealed", name)
        row.capabilities = {}
        pair = TokenSet(granted["access_token"], granted["refresh_token"], granted["expires_in"])
        tokens.seal_tokens(keys, row, pair, web.clock.now())
        session.add(row)
        await stepup.prove(
            session, by=chat_session(person.telegram_id), kind=FactorKind.TOTP, clock=web.clock
        )
        for job in (Job.PROBE_ACCOUNT, Job.SYNC_ROOMS, Job.SYNC_PROPOSALS):
            await enqueue(session, job, tenant_id=account.tenant_id, ref=row.id)
    async with bot.db.begin(account.tenant_id) as session:
        keys = await bot.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(profile), replace=True)
        await add_search(session, keys, Criteria(query=query))
        await finish_onboarding(session, clock=bot.clock)
