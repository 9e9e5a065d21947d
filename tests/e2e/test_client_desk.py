"""The client's side of the sandbox, reached from a job card."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.chat_driving import Desk, Visitor, keyboard

UNKNOWN = "https://www.upwork.com/jobs/~02nobody"


async def test_a_posting_opens_at_the_stand_in_and_an_unknown_one_at_upwork(
    desk: Desk, olena: Visitor
) -> None:
    jobs = (await desk.bot.http.get("/upwork/control/jobs")).json()
    known = f"https://www.upwork.com/jobs/~{jobs[0]['ciphertext'].removeprefix('~')}"
    keys = keyboard([{"text": "Known", "url": known}], [{"text": "Elsewhere", "url": UNKNOWN}])
    await desk.bot.tells(olena, "A job", reply_markup=keys)
    row = olena.newest

    async with olena.page.context.expect_page() as opened:
        await row.get_by_role("link", name="Known").click()
    page = desk.watch(await opened.value).page
    await expect(page.locator("#asked .letter")).to_have_text(jobs[0]["description"])
    await expect(page.locator("#asked h3")).to_have_text(jobs[0]["title"])

    await olena.page.context.route(
        "https://www.upwork.com/**", lambda route: route.fulfill(body="Upwork itself")
    )
    async with olena.page.context.expect_page() as opened:
        await row.get_by_role("link", name="Elsewhere").click()
    other = await opened.value
    await other.wait_for_url(UNKNOWN)
    assert await other.inner_text("body") == "Upwork itself"
