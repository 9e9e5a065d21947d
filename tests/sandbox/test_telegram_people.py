"""The people's side: pressing, waiting, watching, uploading, and what a stranger's page may not do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000030000000208060000009d74661a0000000b49444154789c6360400700001200014dbafbdb"
    "0000000049454e44ae426082"
)


async def answered(telegram_api: Any, **answer: Any) -> dict[str, Any]:
    """Answer the next callback query; returns it."""
    while True:
        for update in await telegram_api.call("getUpdates", timeout=10):
            await telegram_api.call("getUpdates", offset=update["update_id"] + 1)
            query: dict[str, Any] | None = update.get("callback_query")
            if query is not None:
                await telegram_api.call("answerCallbackQuery", callback_query_id=query["id"], **answer)
                return query


def keyboard(*labels: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label.lower()[:60]} for label in labels]]}


async def test_a_press_waits_for_its_answer(telegram_api: Any, olena: Any) -> None:
    sent = await telegram_api.call(
        "sendMessage", chat_id=olena.user_id, text="Job", reply_markup=keyboard("✍️ Draft", "Skip")
    )
    bot = asyncio.create_task(answered(telegram_api, text="Writing", show_alert=True))

    pressed = await olena.press("draft")

    query = await bot
    assert pressed["answer"] == {"text": "Writing", "show_alert": True}
    assert pressed["message_id"] == query["message"]["message_id"] == sent["message_id"]
    assert (query["data"], query["from"]["id"]) == ("✍️ draft", olena.user_id)
    assert query["chat_instance"]


async def test_a_query_is_answered_once_and_in_time(telegram_api: Any, olena: Any) -> None:
    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="Job", reply_markup=keyboard("Draft"))
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"

    unanswered = await olena.press("Draft", wait=0)
    query_id = unanswered["callback_id"]
    await telegram_api.call("answerCallbackQuery", callback_query_id=query_id)
    second = await telegram_api.refused("answerCallbackQuery", callback_query_id=query_id)
    late_id = (await olena.press("Draft", wait=0))["callback_id"]
    await telegram_api.control("settings", callback_ttl=0)
    late = await telegram_api.refused("answerCallbackQuery", callback_query_id=late_id)
    unknown = await telegram_api.refused("answerCallbackQuery", callback_query_id="5")

    assert unanswered["answer"] is None
    assert second == late == unknown == too_old


async def test_the_newest_exact_label_wins(telegram_api: Any, olena: Any) -> None:
    ids = [
        (
            await telegram_api.call(
                "sendMessage", chat_id=olena.user_id, text="Job", reply_markup=keyboard(*labels)
            )
        )["message_id"]
        for labels in (("Draft",), ("Draft", "Skip"), ("Draft again", "Drafts"))
    ]

    assert (await olena.press("Draft", wait=0))["message_id"] == ids[1]
    assert (await olena.press("Draft", message_id=ids[0], wait=0))["message_id"] == ids[0]
    assert (await olena.press("again", wait=0))["label"] == "Draft again"
    several = await olena.press("draf", status=409)
    assert several["labels"] == ["Draft again", "Drafts"]
    missing = await olena.press("Approve", status=404)
    assert missing["labels"] == ["Draft again", "Drafts", "Draft", "Skip"]


async def test_buttons_that_are_not_callbacks(telegram_api: Any, olena: Any) -> None:
    row = [
        {"text": "Open", "url": "http://127.0.0.1:9/x"},
        {"text": "Copy", "copy_text": {"text": "$65"}},
        {"text": "Sent", "disabled": {}},
    ]
    markup = {"inline_keyboard": [row]}
    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="?", reply_markup=markup)
    reply_markup = {"keyboard": [["Так", "Ні"]]}
    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="?", reply_markup=reply_markup)

    assert (await olena.press("Open"))["url"] == "http://127.0.0.1:9/x"
    assert (await olena.press("Copy"))["copied"] == "$65"
    await olena.press("Sent", status=409)
    assert (await olena.press("Так"))["sent"]["text"] == "Так"


async def test_hostile_presses_arrive_only_by_force(
    telegram_api: Any, telegram_http: Any, olena: Any
) -> None:
    sent = await telegram_api.call(
        "sendMessage", chat_id=olena.user_id, text="?", reply_markup=keyboard("Go")
    )
    stranger = type(olena)(
        telegram_http, (await telegram_http.post("/user/sessions", json={"name": "Zed"})).json()["user_id"]
    )
    altered = {"data": "go:999", "message_id": sent["message_id"], "wait": 0}

    await olena.press(status=404, **altered)
    await olena.press(force=True, **altered)
    await stranger.press(force=True, **altered)
    own, foreign = [update["callback_query"] for update in await telegram_api.call("getUpdates")]

    assert (own["data"], own["message"]["text"]) == ("go:999", "?")
    assert foreign["from"]["id"] == stranger.user_id
    assert foreign["message"] == {
        "chat": {"id": stranger.user_id, "first_name": "Zed", "type": "private"},
        "message_id": sent["message_id"],
        "date": 0,
    }


async def test_waiting_for_a_message(telegram_api: Any, olena: Any) -> None:
    waiting = asyncio.create_task(olena.wait(contains="JOB", label="draft", after=olena.started))
    await asyncio.sleep(0.05)
    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="A job without a button")
    sent = await telegram_api.call(
        "sendMessage", chat_id=olena.user_id, text="A job", reply_markup=keyboard("Draft")
    )

    assert (await waiting)["message_id"] == sent["message_id"]

    edited = asyncio.create_task(olena.wait(contains="gone", after=sent["message_id"], edited=1))
    await asyncio.sleep(0.05)
    where = {"chat_id": olena.user_id, "message_id": sent["message_id"]}
    await telegram_api.call("editMessageText", **where, text="Gone")
    assert (await edited)["message_id"] == sent["message_id"]

    late = await olena.wait(status=408, contains="never", timeout=0.05)
    assert late["messages"][-1]["text"] == "Gone"
    stale = await olena.wait(
        status=408, contains="gone", edited=1, since=(await olena.chat())["seq"], timeout=0
    )
    assert stale["error"]


async def read_events(
    olena: Any, count: int, headers: dict[str, str] | None = None, query: str = ""
) -> list[Any]:
    """The first events of a stream."""
    events: list[Any] = []
    path = f"/user/{olena.user_id}/events{query}"
    async with olena.http.stream("GET", path, headers=headers or {}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
                if len(events) == count:
                    break
    return events


async def test_the_event_stream_tells_everything_and_goes_on_after_a_break(
    telegram_api: Any, olena: Any
) -> None:
    start = (await olena.chat())["seq"]
    reading = asyncio.create_task(read_events(olena, 6, query=f"?after={start}"))
    where = {"chat_id": olena.user_id}
    await telegram_api.call("sendChatAction", **where, action="typing")
    await telegram_api.call("sendMessageDraft", **where, draft_id=1, text="He")
    sent = await telegram_api.call("sendMessage", **where, text="Hello")
    await telegram_api.call("editMessageText", **where, message_id=sent["message_id"], text="Hello!")
    await telegram_api.call("deleteMessage", **where, message_id=sent["message_id"])

    events = await reading

    kinds = ["action", "draft", "draft_end", "message", "edited", "deleted"]
    assert [event["type"] for event in events] == kinds
    assert events[3]["message"]["text"] == "Hello"
    assert [event["seq"] for event in events] == sorted({event["seq"] for event in events})
    resumed = await read_events(olena, 2, headers={"Last-Event-ID": str(events[3]["seq"])})
    assert resumed == events[4:]
    ahead = await read_events(olena, 1, query="?after=999999999")
    assert ahead[0]["type"] == "resync"


async def test_a_user_edits_their_text(telegram_api: Any, olena: Any) -> None:
    sent = await olena.send("/strt")

    edited = await olena.do("edit", message_id=sent["message_id"], text="/start")

    update = (await telegram_api.call("getUpdates"))[-1]["edited_message"]
    assert (edited["edited"], update["text"], update["entities"][0]["type"]) == (
        True,
        "/start",
        "bot_command",
    )
    bots = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="mine")
    await olena.do("edit", status=409, message_id=bots["message_id"], text="not yours")


async def test_a_huge_paste_becomes_several_messages(telegram_api: Any, olena: Any) -> None:
    text = "слово 🙂 <b>&amp; " * 6000

    first = await olena.send(text)
    updates = await telegram_api.call("getUpdates")

    received = [update["message"]["text"] for update in updates]
    assert len(text.encode()) > 100_000
    assert first["parts"] == [update["message"]["message_id"] for update in updates]
    assert "".join("".join(received).split()) == "".join(text.split())
    assert max(len(part.encode("utf-16-le")) // 2 for part in received) <= 4096


@pytest.mark.parametrize("text", ["", "  \n ", None, 5, "\u202e\u202d"])
async def test_nothing_cannot_be_sent(olena: Any, text: Any) -> None:
    answer = await olena.do("send", status=400, text=text)

    assert answer["error"]


async def test_files_travel_both_ways(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    upload = await telegram_http.post(
        f"/user/{olena.user_id}/upload",
        data={"kind": "photo", "caption": "my site e.com"},
        files={"file": ("shot.png", PNG, "image/png")},
    )
    received = (await telegram_api.call("getUpdates"))[-1]["message"]
    file = await telegram_api.call("getFile", file_id=received["photo"][-1]["file_id"])
    download = await telegram_http.get(f"/file/bot{telegram_api.token}/{file['file_path']}")

    assert upload.json()["photo"] | {"url": ""} == {
        "url": "",
        "name": "shot.png",
        "size": len(PNG),
        "mime": "image/png",
        "width": 3,
        "height": 2,
    }
    assert (received["caption"], received["caption_entities"][0]["type"]) == ("my site e.com", "url")
    assert download.content == PNG

    fields = {
        "chat_id": str(olena.user_id),
        "document": "attach://part",
        "caption": "<b>CV</b>",
        "parse_mode": "HTML",
    }
    path = f"/bot{telegram_api.token}/sendDocument"
    answer = await telegram_http.post(
        path, data=fields, files={"part": ("résumé.html", b"<script>", "text/html")}
    )
    sent = answer.json()["result"]
    shown = (await olena.chat())["messages"][-1]
    page = await telegram_http.get(shown["document"]["url"])
    assert (sent["document"]["file_name"], sent["caption"]) == ("résumé.html", "CV")
    assert (page.content, page.headers["content-disposition"]) == (b"<script>", "attachment")
    again = await telegram_api.call(
        "sendDocument", chat_id=olena.user_id, document=sent["document"]["file_id"]
    )
    assert again["document"]["file_unique_id"] == sent["document"]["file_unique_id"]


async def test_other_kinds_of_messages(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    path = f"/user/{olena.user_id}/upload"
    file = {"file": ("x.ogg", b"OggS", "audio/ogg")}
    for data in ({"kind": "voice", "duration": "3"}, {"kind": "sticker"}):
        (await telegram_http.post(path, data=data, files=file)).raise_for_status()
    location = {"kind": "location", "latitude": "50.45", "longitude": "30.52"}
    (await telegram_http.post(path, data=location)).raise_for_status()
    await olena.do("forward", message_id=olena.started)

    voice, sticker, place, forwarded = [update["message"] for update in await telegram_api.call("getUpdates")]

    assert (voice["voice"]["duration"], voice["voice"]["mime_type"]) == (3, "audio/ogg")
    assert sticker["sticker"]["type"] == "regular"
    assert place["location"] == {"latitude": 50.45, "longitude": 30.52}
    assert forwarded["forward_origin"]["sender_user"]["id"] == olena.user_id


async def test_media_are_checked(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    async def refused(method: str, files: Any = None, **data: Any) -> str:
        data = {"chat_id": str(olena.user_id), **data}
        answer = await telegram_http.post(f"/bot{telegram_api.token}/{method}", data=data, files=files)
        assert answer.status_code == 400
        return str(answer.json()["description"]).removeprefix("Bad Request: ")

    assert await refused("sendPhoto") == "there is no photo in the request"
    assert await refused("sendPhoto", files={"photo": ("x.png", b"not a picture")}) == "IMAGE_PROCESS_FAILED"
    assert await refused("sendPhoto", photo="http://e.example/x.png") == "failed to get HTTP URL content"
    assert await refused("sendDocument", document="AAA") == "wrong file identifier/HTTP URL specified"
    assert await refused("sendDocument", document="attach://lost") == "file must be non-empty"
    caption = {"caption": "x" * 1025}
    assert (
        await refused("sendPhoto", files={"photo": ("x.png", PNG)}, **caption)
        == "message caption is too long"
    )
    assert await refused("getFile", file_id="AAA") == "invalid file_id"


async def test_albums_and_changed_media(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    media = [
        {"type": "photo", "media": "attach://a", "caption": "one"},
        {"type": "photo", "media": "attach://b"},
    ]
    data = {"chat_id": str(olena.user_id), "media": json.dumps(media)}
    files = {"a": ("a.png", PNG), "b": ("b.png", PNG)}
    album = (
        await telegram_http.post(f"/bot{telegram_api.token}/sendMediaGroup", data=data, files=files)
    ).json()["result"]
    where = {"chat_id": olena.user_id, "message_id": album[0]["message_id"]}
    other = {"type": "photo", "media": album[1]["photo"][0]["file_id"], "caption": "two"}

    changed = await telegram_api.call("editMessageMedia", **where, media=other)
    captioned = await telegram_api.call("editMessageCaption", **where, caption="three")

    assert len({message["media_group_id"] for message in album}) == 1
    assert (changed["caption"], captioned["caption"]) == ("two", "three")
    assert captioned["photo"][0]["file_unique_id"] == album[1]["photo"][0]["file_unique_id"]
    assert await telegram_api.refused("editMessageText", **where, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )


async def test_the_transcript_reads_like_a_chat(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    await telegram_api.call(
        "sendMessage",
        chat_id=olena.user_id,
        text="Job\nTwo lines",
        reply_markup=keyboard("Draft", "Skip"),
        reply_parameters={"message_id": olena.started},
    )

    lines = (await telegram_http.get(f"/user/{olena.user_id}/transcript")).text.splitlines()

    assert lines[0].endswith(f"#{olena.started} Olena:")
    assert lines[3:] == [f"  > #{olena.started} /start", "  Job", "  Two lines", "  [Draft] [Skip]"]


async def test_sessions_are_found_again(telegram_http: Any, olena: Any) -> None:
    by_id = await telegram_http.post("/user/sessions", json={"user_id": olena.user_id, "name": "Olena K"})
    by_name = await telegram_http.post("/user/sessions", json={"username": "@olena"})
    wrong = await telegram_http.post("/user/sessions", json={"user_id": -5})

    assert by_id.json() == by_name.json()
    assert by_name.json()["name"] == "Olena K"
    assert wrong.status_code == 400
    assert (await telegram_http.get("/user/1/chat")).status_code == 404


async def test_without_a_bot_the_page_is_told_so(telegram_server: Any, telegram_http: Any) -> None:
    user = (await telegram_http.post("/user/sessions", json={"name": "Early"})).json()

    answer = await telegram_http.get(f"/user/{user['user_id']}/chat")

    assert (answer.status_code, "No bot" in answer.json()["error"]) == (503, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}, 200),
    ],
)
async def test_foreign_pages_are_kept_out(
    telegram_http: Any, olena: Any, headers: dict[str, str], status: int
) -> None:
    answer = await telegram_http.post(f"/user/{olena.user_id}/send", json={"text": "hi"}, headers=headers)

    assert answer.status_code == status
