"""A newcomer without a phone, in a browser: the chat, the protection page, the authenticator, Upwork, and back."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.chat_driving import Visitor
from tests.e2e.demo_driving import Demo, environment, start, stop

PROFILE = (
    "Python back-end developer, 8 years. I build FastAPI services and Telegram bots with PostgreSQL.\n"
    "- Built a Telegram bot with Stripe payments for a language school: 4,000 users.\n"
    "Rate: $45/hour. English: C1."
)
PATIENCE = 60_000


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        running = start(Path(folder), environment(Path(folder)))
        try:
            await asyncio.to_thread(running.wait_for, "Gigwright runs.")
            yield running
        finally:
            if running.process.poll() is None:
                await asyncio.to_thread(stop, running)


def key(page: Page, label: str) -> Locator:
    """The newest button of the bot's with this label."""
    return page.locator("#rows .key", has_text=label).last


async def opened(context: BrowserContext, button: Locator) -> Page:
    """The tab that a button with a link opens."""
    async with context.expect_page() as tab:
        await button.click(timeout=PATIENCE)
    return await tab.value


async def test_upwork_is_linked_with_the_authenticator_page_and_no_phone(
    demo: Demo, chromium: Browser
) -> None:
    context = await chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    olena = Visitor(await context.new_page())
    chat = olena.page
    await chat.goto(demo.url)
    await olena.introduce("Olena")
    await chat.locator("#start").click()
    await key(chat, "English").click(timeout=PATIENCE)
    await expect(olena.newest).to_contain_text("Paste", timeout=PATIENCE)
    await olena.write(PROFILE)
    await key(chat, "Looks right").click(timeout=PATIENCE)
    await expect(olena.newest).to_contain_text("look for", timeout=PATIENCE)
    await olena.write("python telegram bot, fastapi, from $30/h")
    await key(chat, "Connect Upwork").click(timeout=PATIENCE)

    page = await opened(context, key(chat, "Protect my account"))
    await page.get_by_role("button", name="Set up an app").click()
    secret = await page.locator("#secret").inner_text()
    await chat.locator("#open-side").click()
    codes = await opened(context, chat.get_by_role("link", name="Authenticator"))
    await codes.locator("#secret").fill(secret)
    await codes.get_by_role("button", name="Add").click()
    shown = codes.locator(".code-copy")
    await expect(shown).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    await page.locator("input[name=code]").fill(await shown.inner_text())
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.locator(".codes li")).to_have_count(10)

    await page.get_by_role("button", name="Continue to Upwork").click()
    await page.locator("button[type=submit]").click()
    await page.locator("button[value=authorize]").click()
    code = await page.locator("#code").inner_text()
    await chat.bring_to_front()
    await chat.keyboard.press("Escape")
    await expect(chat.locator("#rows")).to_contain_text("just signed in at Upwork", timeout=PATIENCE)
    await olena.write(code)

    await expect(chat.locator("#rows")).to_contain_text("Linked to Upwork", timeout=PATIENCE)
    assert olena.complaints == []
    await context.close()
