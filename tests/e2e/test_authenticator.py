"""The stand-in for a phone's authenticator app: its codes against an implementation that is not ours."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_driving import Desk

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = 1_750_000_020  # the beginning of a step of thirty seconds


async def authenticator(desk: Desk, page: Page, *, at: int = NOON) -> Page:
    await page.clock.install(time=at)
    await page.goto(f"{desk.server.url}/chat/authenticator.html")
    return page


async def paste(page: Page, secret: str) -> None:
    await page.locator("#secret").fill(secret)
    await page.locator("#secret").press("Enter")


def in_two(code: str) -> str:
    half = (len(code) + 1) // 2
    return f"{code[:half]} {code[half:]}"


async def test_a_pasted_secret_shows_the_code_and_the_next_one_when_time_runs(desk: Desk) -> None:
    page = await authenticator(desk, (await desk.visit()).page)
    totp = pyotp.TOTP(SECRET)
    spaced = " ".join(re.findall("....", SECRET.lower()))

    await paste(page, spaced)

    code = page.locator(".code-copy")
    await expect(code).to_have_text(in_two(totp.at(NOON)))
    await page.clock.run_for(26_000)
    await expect(page.locator(".code-foot")).to_contain_text(f"next: {in_two(totp.at(NOON + 30))}")
    await page.clock.run_for(5_000)
    await expect(code).to_have_text(in_two(totp.at(NOON + 30)))

    await code.click()
    assert await page.evaluate("navigator.clipboard.readText()") == totp.at(NOON + 30)


@pytest.mark.parametrize(
    ("digits", "digest", "period"), [(6, "sha1", 30), (8, "sha256", 60), (7, "sha512", 30)]
)
async def test_a_link_brings_its_names_and_its_way_of_counting(
    desk: Desk, digits: int, digest: str, period: int
) -> None:
    page = await authenticator(desk, (await desk.visit()).page)
    totp = pyotp.TOTP(
        SECRET,
        digits=digits,
        digest=getattr(hashlib, digest),
        interval=period,
        name="Olena & co",
        issuer="Gigwright",
    )

    await paste(page, totp.provisioning_uri())

    await expect(page.locator(".code-who strong")).to_have_text("Gigwright")
    await expect(page.locator(".code-who small")).to_have_text("Olena & co")
    await expect(page.locator(".code-copy")).to_have_text(in_two(totp.at(NOON)))


@pytest.mark.parametrize(
    "given",
    ["", "hello", "JBSWY3DP", "otpauth://hotp/x?secret=" + SECRET, "otpauth://totp/x", "1" * 40, "🦊" * 20],
)
async def test_what_is_no_secret_is_explained_and_kept(desk: Desk, given: str) -> None:
    page = await authenticator(desk, (await desk.visit()).page)

    await paste(page, given)

    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.locator("#secret")).to_have_value(given)
    await expect(page.locator(".code-card")).to_have_count(0)


async def test_secrets_stay_in_this_browser_until_they_are_removed_twice(desk: Desk) -> None:
    first, second = await desk.visit(), await desk.visit()
    page = await authenticator(desk, first.page)
    await paste(page, pyotp.TOTP(SECRET).provisioning_uri(name="<b>Olena</b>", issuer_name="A"))
    await paste(
        page, pyotp.TOTP(SECRET[::-1].replace("X", "A")).provisioning_uri(name="other", issuer_name="B")
    )
    await paste(page, SECRET)
    await page.reload()

    await expect(page.locator(".code-card")).to_have_count(2)
    await expect(page.locator(".code-card").first.locator("strong")).to_have_text("Authenticator")
    other = await authenticator(desk, second.page)
    await expect(other.locator(".code-card")).to_have_count(0)

    remove = page.locator(".code-remove").first
    await remove.click()
    await expect(page.locator(".code-card")).to_have_count(2)
    await remove.click()
    await expect(page.locator(".code-card")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_and_is_reached_from_the_chat(
    desk: Desk, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    visitor = await desk.visit(locale="uk-UA", width=360, height=720, color_scheme=scheme)
    await visitor.introduce("Оленка")
    await visitor.page.locator("#open-side").click()
    async with visitor.page.context.expect_page() as opened:
        await visitor.page.get_by_role("link", name="Автентифікатор").click()
    page = desk.watch(await opened.value).page

    await paste(page, pyotp.TOTP(SECRET).provisioning_uri(name="olena", issuer_name="Gigwright"))
    await expect(page.locator(".code-copy")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.screenshot(path=tmp_path / f"authenticator-{scheme}.png")
