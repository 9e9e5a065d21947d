"""The connect pages in a real browser at phone width: cookies, form redirects and the content policy as Chromium sees them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from core.upwork.confirming import Answer
from tests.e2e.chat_driving import open_chromium
from tests.web.driving import MakeTenant, Scene, change
from web.app import create_app

Look = tuple[str, Literal["light", "dark"]]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
async def served(scene: Scene) -> AsyncIterator[Scene]:
    """The scene behind a real port."""
    listener = socket.create_server(("127.0.0.1", 0))
    rt = change(scene.rt, public_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(create_app(rt), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield replace(scene, rt=rt)
    server.should_exit = True
    await serving


async def phone(
    chromium: Browser, *, scheme: Literal["light", "dark"] = "light"
) -> tuple[BrowserContext, Page, list[str]]:
    """A phone with its own cookies, and what its console complains about."""
    context = await chromium.new_context(
        viewport={"width": 375, "height": 740}, color_scheme=scheme, device_scale_factor=2
    )
    page = await context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return context, page, complaints


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("look", [("uk", "dark"), ("en", "light")], ids="-".join)
async def test_a_phone_goes_from_the_link_to_the_code(
    served: Scene, chromium: Browser, make_tenant: MakeTenant, tmp_path: Path, look: Look
) -> None:
    locale, scheme = look
    tenant_id = (await make_tenant(locale=locale)).tenant_id
    context, page, complaints = await phone(chromium, scheme=scheme)

    await page.goto(await served.new_link(tenant_id))
    assert await fits(page)
    await page.screenshot(path=tmp_path / f"connect-{locale}-{scheme}.png", full_page=True)
    await page.reload()
    await page.locator("button[type=submit]").click()
    await page.locator("button[value=authorize]").click()
    code = await page.locator("#code").inner_text()
    assert await fits(page)
    await page.screenshot(path=tmp_path / f"confirm-{locale}-{scheme}.png", full_page=True)

    assert await page.locator("html").get_attribute("lang") == locale
    assert (await served.type_code(tenant_id, code)).answer is Answer.LINKED
    assert complaints == []
    await page.go_back()
    await page.go_back()
    await page.reload()
    await expect(page.locator("h1")).to_be_visible()
    await context.close()


async def test_another_phone_cannot_finish(served: Scene, chromium: Browser, make_tenant: MakeTenant) -> None:
    tenant_id = (await make_tenant()).tenant_id
    first, page, _ = await phone(chromium)
    second, victim, _ = await phone(chromium)
    await page.goto(await served.new_link(tenant_id))
    await page.locator("button[type=submit]").click()
    await expect(page.locator("button[value=authorize]")).to_be_visible()

    await victim.goto(page.url)
    await victim.locator("button[value=authorize]").click()

    await expect(victim.locator("h1")).to_contain_text("another browser")
    assert await served.statuses() == []
    assert served.upwork.live_grants == 0
    await first.close()
    await second.close()


async def test_saying_no_at_upwork_comes_back_to_a_kind_page(
    served: Scene, chromium: Browser, make_tenant: MakeTenant
) -> None:
    context, page, complaints = await phone(chromium)
    await page.goto(await served.new_link((await make_tenant(locale="uk")).tenant_id))
    await page.locator("button[type=submit]").click()
    await page.locator("button[value=cancel]").click()

    await expect(page.locator("h1")).to_have_text("Нічого не під’єднано")
    assert await fits(page)
    assert complaints == []
    await context.close()
