"""The browser messenger when texts are hostile, screens small and the demo stopped."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.chat_driving import STATIC, Desk, Visitor, keyboard


async def test_hostile_text_is_only_text(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    markup = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    bidi = "price \u202e00001$\u202c \u2067שלום <b>\u2069 \u0000 end"
    await olena.write(markup)
    assert (await desk.bot.hears())["text"] == markup
    await expect(olena.newest.locator(".text")).to_contain_text(markup)
    buttons = keyboard([{"text": markup[:60], "callback_data": "x"}])
    await desk.bot.call("sendMessage", chat_id=olena.user_id, text=markup, reply_markup=buttons)
    await expect(olena.newest.locator(".key")).to_contain_text(markup[:60])
    await desk.bot.call("sendMessage", chat_id=olena.user_id, text=bidi)
    await expect(olena.newest.locator(".text")).to_contain_text("end")
    await expect(olena.newest.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await desk.bot.call(
        "sendMessage",
        chat_id=olena.user_id,
        text="click",
        entities=[{"type": "text_link", "offset": 0, "length": 5, "url": "javascript:alert(1)"}],
    )
    await expect(olena.newest.locator(".text")).to_contain_text("click")
    assert await page.locator("#rows img, #rows script").count() == 0
    assert await page.locator("#rows a:not([href^='http'])").count() == 0
    assert "owned" not in await page.title()

    long = "слово " * 17_067
    await page.locator("#input").fill(long)
    await expect(page.locator("#limit")).to_contain_text("26 messages")
    await page.locator("#input").press("Enter")
    parts = [(await desk.bot.hears())["text"] for _ in range(26)]
    assert " ".join(parts).split() == long.split()
    await expect(page.locator(".row.sending")).to_have_count(0)
    shown = await page.locator(".row.own .text").all_text_contents()
    assert sum(text.count("слово") for text in shown) == 17_067


async def test_nothing_typed_is_lost_while_the_demo_is_stopped(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    await desk.bot.http.aclose()
    await asyncio.to_thread(desk.server.stop)
    await expect(page.locator("#banner")).to_contain_text("Start it again with make demo")
    await olena.write("written in the dark")
    retry = page.get_by_role("button", name="Not sent, tap to retry")
    await expect(retry).to_be_visible()
    await page.locator("#input").fill("half a thought")

    await asyncio.to_thread(desk.server.start)
    await expect(page.locator("#banner")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#input")).to_have_value("half a thought")
    await expect(olena.newest.locator(".text")).to_contain_text("written in the dark")
    await retry.click()
    await expect(retry).to_have_count(0)
    async with httpx.AsyncClient(base_url=desk.server.url) as http:
        chat = (await http.get(f"/user/{olena.user_id}/chat")).json()
    assert [message["text"] for message in chat["messages"]] == ["/start", "written in the dark"]
    refused = [
        text for text in olena.complaints if "ERR_CONNECTION_REFUSED" in text or "ERR_INCOMPLETE" in text
    ]
    assert olena.complaints == refused
    olena.complaints.clear()


async def test_the_page_waits_for_a_bot_and_brings_people_back_after_a_reset(desk: Desk) -> None:
    await desk.bot.http.post("/control/telegram/reset", json={"bots": True})
    visitor = await desk.visit()
    page = visitor.page
    await page.locator("#name").fill("Olena")
    await page.keyboard.press("Enter")
    await expect(page.locator("#about")).to_contain_text("has not come online yet")
    await expect(page.locator("#start")).to_be_hidden()
    await desk.bot.call("getMe")
    await page.locator("#start").click()
    visitor.user_id = (await desk.bot.hears())["from"]["id"]

    await desk.bot.http.post("/control/telegram/reset")
    async with page.expect_event("load"):
        await visitor.write("are you there?")
    await page.get_by_role("button", name="Not sent, tap to retry").click()
    assert (await desk.bot.hears())["from"]["id"] == visitor.user_id
    refused = [text for text in visitor.complaints if "status of 503" in text or "status of 404" in text]
    assert visitor.complaints == refused
    visitor.complaints.clear()


async def test_two_people_sit_in_two_tabs(desk: Desk, olena: Visitor) -> None:
    async with olena.page.expect_popup() as opening:
        await olena.page.get_by_role("link", name="Open a second person").click()
    second = desk.watch(await opening.value)
    await second.introduce("Bohdan")
    await second.page.locator("#start").click()
    assert (await desk.bot.hears())["from"]["first_name"] == "Bohdan"
    await desk.bot.tells(second, "Only for Bohdan")
    await expect(second.newest).to_contain_text("Only for Bohdan")
    await expect(olena.page.locator("#rows")).not_to_contain_text("Only for Bohdan")
    assert second.user_id != olena.user_id


@pytest.mark.parametrize("width", [320, 360])
async def test_a_phone_never_scrolls_sideways(desk: Desk, width: int) -> None:
    phone = await desk.visit(width=width, height=720, has_touch=True, is_mobile=True, locale="uk-UA")
    await phone.introduce("Дуже" * 16)
    await phone.page.locator("#start").tap()
    await desk.bot.hears()
    labels = keyboard(
        [{"text": "Скоротити пропозицію", "callback_data": str(n)} for n in range(3)],
        [{"text": "W" * 64, "callback_data": "w"}],
    )
    await desk.bot.tells(
        phone,
        f"{'W' * 300}\n<pre>{'x' * 300}</pre>\n<blockquote>{'q' * 200}</blockquote>",
        reply_markup=labels,
    )
    await expect(phone.newest.locator(".key")).to_have_count(4)
    box = phone.page.locator("#input")
    await box.tap()
    await box.press_sequentially("рядок")
    await box.press("Enter")
    await expect(box).to_have_value("рядок\n")
    await phone.page.locator("#send").tap()
    assert (await desk.bot.hears())["text"] == "рядок"

    async def overflow() -> int:
        script = (
            "Math.max(document.documentElement.scrollWidth, document.querySelector('#thread').scrollWidth)"
        )
        return int(await phone.page.evaluate(script))

    assert await overflow() == width

    await phone.page.get_by_role("button", name="Відкрити панель").tap()
    await expect(phone.page.get_by_role("link", name="Відкрити другу людину")).to_be_visible()
    assert await overflow() == width
    await phone.page.keyboard.press("Escape")

    bubble = await phone.newest.locator(".bubble").bounding_box()
    assert bubble is not None
    touch = await phone.page.context.new_cdp_session(phone.page)
    start = {"x": bubble["x"] + bubble["width"] - 20, "y": bubble["y"] + 12}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [start]})
    for step in range(1, 12):
        moved = start | {"x": start["x"] - step * 10}
        await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(phone.page.locator("#context")).to_contain_text("рядок")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(desk: Desk, scheme: str) -> None:
    """WCAG 2.2 AA: 4.5:1 for text, measured on the theme's own colours."""
    page = (await desk.visit(color_scheme=scheme)).page
    pairs = {
        "text": ["surface", "ground", "raised", "code-ground"],
        "muted": ["surface", "ground", "raised"],
        "accent": ["surface", "ground"],
        "accent-strong": ["code-ground", "accent-soft"],
        "on-accent": ["accent"],
        "own-text": ["own-from", "own-to"],
        "own-muted": ["own-from", "own-to"],
        "own-link": ["own-from", "own-to"],
        "amber-text": ["amber"],
        "white": ["own-from", "own-to", "success", "danger"],
    }
    weak = await page.evaluate(
        """pairs => {
          const style = getComputedStyle(document.documentElement);
          const light = (name) => {
            const hex = name === 'white' ? '#ffffff' : style.getPropertyValue('--' + name).trim();
            const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
              .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return Object.entries(pairs).flatMap(([fore, grounds]) => grounds.map(ground => {
            const [a, b] = [light(fore), light(ground)].sort((x, y) => y - x);
            return [fore, ground, (a + 0.05) / (b + 0.05)];
          })).filter(([, , ratio]) => !(ratio >= 4.5));
        }""",
        pairs,
    )
    assert weak == []


async def test_the_pages_texts_are_complete_in_both_languages(
    desk: Desk,
) -> None:
    page = (await desk.visit()).page
    texts: dict[str, dict[str, str]] = await page.evaluate(
        "import('/chat/texts.js').then(module => module.TEXTS)"
    )
    assert set(texts) == {"uk", "en"}
    assert texts["uk"].keys() == texts["en"].keys()
    places = re.compile(r"\{\w+\}")
    for key, english in texts["en"].items():
        assert sorted(places.findall(texts["uk"][key])) == sorted(places.findall(english)), key
    used = {key for file in STATIC.glob("*.js") for key in re.findall(r'\bt\("(\w+)"', file.read_text())}
    assert used <= texts["en"].keys()


async def test_every_answer_carries_the_policy_and_no_module_writes_markup(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.server.url) as http:
        for path in ("/chat/", "/chat/main.js", "/chat/chat.css", "/chat/nothing-here"):
            answer = await http.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
    sources = {
        file.name: file.read_text() for file in STATIC.iterdir() if file.suffix in {".js", ".html", ".css"}
    }
    markup = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://(?!www\.w3\.org)[\w.]+\.\w+/"
    )
    assert {name for name, source in sources.items() if markup.search(source)} == set()
    assert {name for name, source in sources.items() if source.count("\n") > 400} == set()
