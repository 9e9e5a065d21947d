"""The messenger's microphone and files: a recording answers what the reply bar shows, a file goes out as what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.bot.media_files import pdf
from tests.e2e.chat_driving import Desk, Visitor, open_chromium

_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium(*_MICROPHONE) as browser:
        yield browser


async def test_a_recording_answers_the_message_in_the_reply_bar(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    asked = await desk.bot.tells(olena, "Here is the draft.", reply_markup={"force_reply": True})
    await expect(page.locator("#context")).to_be_visible()
    await page.locator("#mic").click()
    await expect(page.locator("#mic")).to_have_class("recording")
    await page.wait_for_timeout(1100)
    await page.locator("#mic").click()
    heard = await desk.bot.hears()
    assert heard["reply_to_message"]["message_id"] == asked["message_id"]
    assert heard["voice"]["duration"] >= 1
    assert heard["voice"]["file_size"] > 100
    await expect(page.locator("#context")).to_be_hidden()
    await expect(olena.newest.locator(".voice-time")).to_have_text("0:01")
    assert olena.complaints == []


async def test_audio_and_documents_go_out_as_what_they_are(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    for name, mime, content, kind in (
        ("talk.mp3", "audio/mpeg", b"ID3" + bytes(400), "audio"),
        ("brief.pdf", "application/pdf", pdf("hello"), "document"),
    ):
        payload: FilePayload = {"name": name, "mimeType": mime, "buffer": content}
        await page.set_input_files("input[type=file]", payload)
        await page.locator(".sheet-caption").fill("see here")
        await page.keyboard.press("Enter")
        heard = await desk.bot.hears()
        assert heard[kind]["file_name"] == name
        assert heard["caption"] == "see here"
        await expect(olena.newest).to_contain_text(name)
    assert [text for text in olena.complaints if "media" not in text.lower()] == []
