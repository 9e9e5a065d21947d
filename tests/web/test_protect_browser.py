"""The protection page in a real browser at phone width: it fits, it obeys the content policy, and passkeys work."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyotp
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pydantic import SecretStr

from core.runtime import Runtime
from core.security.assurance import chat_session
from core.security.page_links import Purpose, new_page_link
from core.security.stepup import service as stepup
from tests.e2e.chat_driving import open_chromium
from tests.web.driving import MakeTenant, MovableClock, Scene, change
from web.app import create_app

TELEGRAM_ID = 777


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
async def served(scene: Scene) -> AsyncIterator[Runtime]:
    """The product behind a real port, under a name: browsers keep passkeys for localhost."""
    listener = socket.create_server(("127.0.0.1", 0))
    rt = change(
        scene.rt,
        public_url=f"http://localhost:{listener.getsockname()[1]}",
        smtp_url=SecretStr("smtp://127.0.0.1:1"),
        sms_account="AC" + "0" * 32,
        sms_token=SecretStr("token-of-nobody"),
    )
    server = uvicorn.Server(uvicorn.Config(create_app(rt), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield rt
    server.should_exit = True
    await serving


@dataclass
class Phone:
    rt: Runtime
    context: BrowserContext
    page: Page
    complaints: list[str]
    tenant_id: Any
    shots: Path
    looks: str

    async def open(self) -> None:
        async with self.rt.db.begin(self.tenant_id) as session:
            token = await new_page_link(
                session, Purpose.PROTECT, clock=self.rt.clock, by=chat_session(TELEGRAM_ID)
            )
        await self.page.goto(f"{self.rt.settings.public_url}/protect/{token}")

    async def press(self, step: str) -> None:
        await self.page.locator(f"form[action$='/{step}'] button").first.click()

    async def look(self, name: str) -> None:
        """The page fits the phone; its picture is kept for people."""
        await self.page.screenshot(path=self.shots / f"{name}-{self.looks}.png", full_page=True)
        width = await self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], name

    async def has_authenticator(self) -> None:
        """A fingerprint reader that always recognises its owner."""
        session = await self.context.new_cdp_session(self.page)
        await session.send("WebAuthn.enable")
        await session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )

    async def proven(self) -> bool:
        async with self.rt.db.begin(self.tenant_id) as session:
            return await stepup.has_proof(session, by=chat_session(TELEGRAM_ID), clock=self.rt.clock)


Scheme = Literal["light", "dark"]


Visitor = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def visitor(
    chromium: Browser, served: Runtime, make_tenant: MakeTenant, tmp_path: Path
) -> AsyncIterator[Visitor]:
    """`await visitor()` is a person with an account and a phone of their own."""
    contexts = []

    async def come(*, locale: str = "en", scheme: Scheme = "light") -> Phone:
        account = await make_tenant(telegram_id=TELEGRAM_ID, locale=locale)
        context = await chromium.new_context(
            viewport={"width": 375, "height": 740}, color_scheme=scheme, device_scale_factor=2
        )
        contexts.append(context)
        page = await context.new_page()
        complaints: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and "422" not in message.text:
                complaints.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Phone(served, context, page, complaints, account.tenant_id, tmp_path, f"{locale}-{scheme}")

    yield come
    for context in contexts:
        await context.close()


@pytest.mark.parametrize(("locale", "scheme"), [("uk", "dark"), ("en", "light")])
async def test_every_page_fits_a_phone_and_obeys_the_policy(
    visitor: Visitor, clock: MovableClock, locale: str, scheme: Scheme
) -> None:
    mine = await visitor(locale=locale, scheme=scheme)
    await mine.open()
    await mine.look("1-first")
    await mine.press("totp")
    await mine.look("2-scan")
    seed = re.sub(r"\s", "", await mine.page.locator("#secret").inner_text())

    async def code() -> str:
        clock.advance(30)
        return pyotp.TOTP(seed).at(clock.now())

    await mine.page.fill("input[name=code]", "000000")
    await mine.press("totp-confirm")
    await mine.look("3-scan-wrong")
    await mine.page.fill("input[name=code]", await code())
    await mine.press("totp-confirm")
    await expect(mine.page.locator(".codes li")).to_have_count(10)
    await mine.look("4-codes")
    assert await mine.proven()

    await mine.open()
    await mine.look("5-overview")
    await mine.page.locator("details").first.click()
    await mine.look("5-overview-open")
    await mine.press("paper")
    await mine.look("6-prove")
    await mine.page.fill("input[name=code]", "ABCD")
    await mine.page.locator("form button").first.click()
    await mine.look("7-prove-wrong")
    await mine.page.fill("input[name=code]", await code())
    await mine.page.locator("form button").first.click()
    await expect(mine.page.locator(".codes li")).to_have_count(10)
    assert mine.complaints == []


async def test_a_passkey_is_made_and_used(visitor: Visitor, clock: MovableClock) -> None:
    mine = await visitor()
    await mine.has_authenticator()
    await mine.open()
    await mine.press("passkey")
    await mine.look("8-make-passkey")
    await mine.press("passkey-confirm")
    await expect(mine.page.locator(".codes li")).to_have_count(10)
    assert await mine.proven()

    clock.advance(hours=13)
    assert not await mine.proven()
    await mine.open()
    await mine.look("9-overview-passkey")
    await mine.press("paper")
    await mine.look("10-prove-passkey")
    await mine.page.locator("form[data-passkey=get] button").click()
    await expect(mine.page.locator(".codes li")).to_have_count(10)
    assert await mine.proven()
    assert mine.complaints == []


async def test_a_browser_that_cannot_says_so_and_lets_one_try_again(visitor: Visitor) -> None:
    mine = await visitor()
    await mine.page.add_init_script(
        "navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    await mine.open()
    await mine.press("passkey")
    await mine.press("passkey-confirm")
    await expect(mine.page.locator("[data-passkey-problem]")).to_be_visible()
    await expect(mine.page.locator("form[data-passkey] button")).to_be_enabled()
    await mine.look("11-passkey-cancelled")
    assert not await mine.proven()
