"""Connect Upwork without a factor: the protection page comes first, and leads on to Upwork in the same browser."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pyotp
import pytest

from core.security.assurance import ACCOUNT, Act, StepUpNeeded
from core.security.page_links import LinkGone
from core.security.stepup import passing
from core.security.stepup.service import Challenge, Way, open_challenge
from core.upwork import linking
from core.upwork.confirming import Answer
from tests.core.proving import session_of
from tests.web.driving import Browser, MakeTenant, MovableClock, Scene, code_on


async def asked(scene: Scene, tenant_id: UUID, act: Act = Act.CONNECT_UPWORK) -> Challenge:
    """What the bot does when a press wants more than there is."""
    rt = scene.rt
    by = await session_of(rt.db, tenant_id)
    async with rt.db.begin(tenant_id) as session:
        return await open_challenge(
            session,
            act,
            subject=ACCOUNT,
            by=by,
            clock=rt.clock,
            settings=rt.settings,
            resume={"tap": "up:connect"},
        )


async def posts(browser: Browser, page: httpx.Response, path: str, **fields: str) -> httpx.Response:
    proof = re.search(r'name="proof" value="([^"]*)"', page.text)
    assert proof is not None, page.text
    return await browser.http.post(
        path, data={"proof": proof[1], **fields}, headers={"accept": "text/html", "origin": "null"}
    )


async def protects(scene: Scene, browser: Browser, url: str) -> httpx.Response:
    """From the chat's link to the page with the backup codes."""
    here = url.removeprefix(scene.rt.settings.public_url.rstrip("/"))
    scan = await posts(browser, await browser.open(url), f"{here}/totp")
    secret = re.search(r'id="secret">([^<]+)<', scan.text)
    assert secret is not None, scan.text
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(scene.rt.clock.now())
    codes = await posts(browser, scan, f"{here}/totp-confirm", code=code)
    assert codes.status_code == 200, codes.text
    return codes


def way_on(page: httpx.Response) -> str:
    found = re.search(r'action="(/connect/after/[^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.parametrize("locale", ["en", "uk"])
async def test_the_first_factor_leads_on_to_upwork_and_to_a_linked_account(
    scene: Scene, browser: Browser, make_tenant: MakeTenant, locale: str
) -> None:
    tenant_id = (await make_tenant(locale=locale)).tenant_id
    challenge = await asked(scene, tenant_id)
    assert challenge.way is Way.PROTECT
    codes = await protects(scene, browser, challenge.url)
    assert ("Continue to Upwork" if locale == "en" else "Далі на Upwork") in codes.text

    on = await posts(browser, codes, way_on(codes))

    assert on.status_code == 303
    code = code_on(await browser.link(on.headers["location"]))
    assert (await scene.type_code(tenant_id, code)).answer is Answer.LINKED
    assert await scene.statuses() == ["linked"]


async def test_going_on_uses_the_step_up_and_the_chats_button_up(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    challenge = await asked(scene, tenant_id)
    codes = await protects(scene, browser, challenge.url)
    assert (await posts(browser, codes, way_on(codes))).status_code == 303

    again = await posts(browser, codes, way_on(codes))

    assert again.status_code == 404
    rt, by = scene.rt, await session_of(scene.rt.db, tenant_id)
    with pytest.raises(LinkGone):
        async with rt.db.begin(tenant_id) as session:
            await passing.to_resume(session, challenge.id, by=by)
    with pytest.raises(StepUpNeeded):
        async with rt.db.begin(tenant_id) as session:
            await linking.start_link(session, rt.vault, rt.clock, rt.settings, by=by)


async def test_another_browser_does_not_go_on(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    codes = await protects(scene, browser, (await asked(scene, tenant_id)).url)
    await other_browser.open("/")

    refused = await posts(other_browser, codes, way_on(codes))

    assert refused.status_code == 403
    assert await scene.sql("select 1 from app.oauth_attempts") == []


async def test_who_waits_too_long_starts_again_from_the_chat(
    scene: Scene, browser: Browser, clock: MovableClock, tenant_id: UUID
) -> None:
    codes = await protects(scene, browser, (await asked(scene, tenant_id)).url)
    clock.advance(seconds=6 * 60)

    late = await posts(browser, codes, way_on(codes))

    assert late.status_code == 404
    assert await scene.sql("select 1 from app.oauth_attempts") == []


async def test_a_factor_for_something_else_does_not_offer_upwork(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    codes = await protects(scene, browser, (await asked(scene, tenant_id, Act.EXPORT)).url)

    assert "/connect/after/" not in codes.text
