"""Sending, editing and deleting, as raw calls see it."""

from __future__ import annotations

from typing import Any

import pytest


async def test_a_sent_message_comes_back_whole(telegram_api: Any, olena: Any) -> None:
    sent = await telegram_api.call(
        "sendMessage", chat_id=olena.user_id, text="<b>Привіт</b> 👋", parse_mode="HTML"
    )

    assert sent["from"] == {
        "id": 4200001,
        "is_bot": True,
        "first_name": "Gigwright",
        "username": "gigwright_bot",
    }
    assert sent["chat"] == {
        "id": olena.user_id,
        "first_name": "Olena",
        "username": "olena",
        "type": "private",
    }
    assert sent["text"] == "Привіт 👋"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 6}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "message text is empty"),
        (" \n ", "message text is empty"),
        ("x" * 4097, "message is too long"),
        ("🙂" * 2049, "message is too long"),
        ("ї<b>x", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("ї<p>x</p>", 'can\'t parse entities: Unsupported start tag "p" at byte offset 2'),
    ],
)
async def test_impossible_texts_are_refused(telegram_api: Any, olena: Any, text: str, reason: str) -> None:
    answer = await telegram_api.refused("sendMessage", chat_id=olena.user_id, text=text, parse_mode="HTML")

    assert answer == f"Bad Request: {reason}"


async def test_the_limit_counts_text_after_markup(telegram_api: Any, olena: Any) -> None:
    text = "<b>" + "🙂" * 2048 + "</b>"

    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text=text, parse_mode="HTML")

    assert sent["entities"][0]["length"] == 4096


async def test_a_chat_exists_only_after_its_user_wrote(telegram_api: Any, telegram_http: Any) -> None:
    user = (await telegram_http.post("/user/sessions", json={"name": "Silent"})).json()

    for chat_id in (user["user_id"], 1, "@nobody", "text"):
        answer = await telegram_api.refused("sendMessage", chat_id=chat_id, text="hello")
        assert answer == "Bad Request: chat not found"
    assert await telegram_api.refused("sendMessage", text="hello") == "Bad Request: chat_id is empty"


async def test_a_blocked_bot_is_told_so(telegram_api: Any, olena: Any) -> None:
    await olena.do("block")

    status, answer = await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="hello")
    updates = await telegram_api.call("getUpdates")

    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    assert updates[-1]["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_edits_are_checked(telegram_api: Any, olena: Any) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="one", reply_markup=keyboard)
    where = {"chat_id": olena.user_id, "message_id": sent["message_id"]}

    same = await telegram_api.refused("editMessageText", **where, text="one", reply_markup=keyboard)
    assert same.startswith("Bad Request: message is not modified: specified new message content")
    assert await telegram_api.refused("editMessageText", **where | {"message_id": 999}, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert await telegram_api.refused(
        "editMessageText", **where | {"message_id": olena.started}, text="x"
    ) == ("Bad Request: message can't be edited")
    assert await telegram_api.refused(
        "editMessageText", **where, text="x", reply_markup={"force_reply": True}
    ) == ("Bad Request: inline keyboard expected")
    assert await telegram_api.refused("editMessageCaption", **where, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )


async def test_an_edit_without_a_keyboard_drops_it(telegram_api: Any, olena: Any) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="one", reply_markup=keyboard)
    assert sent["reply_markup"] == keyboard

    edited = await telegram_api.call(
        "editMessageText", chat_id=olena.user_id, message_id=sent["message_id"], text="one"
    )

    assert "reply_markup" not in edited
    assert (await olena.chat())["messages"][-1]["keyboard"] is None


async def test_only_inline_keyboards_come_back(telegram_api: Any, olena: Any) -> None:
    for markup in (
        {"keyboard": [[{"text": "Yes"}]], "resize_keyboard": True},
        {"force_reply": True, "input_field_placeholder": "New text"},
        {"remove_keyboard": True},
    ):
        sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="?", reply_markup=markup)
        assert "reply_markup" not in sent

    messages = (await olena.chat())["messages"][-3:]
    assert messages[0]["reply_keyboard"] == [[{"text": "Yes"}]]
    assert messages[1]["force_reply"] == {"placeholder": "New text"}
    assert messages[2]["remove_keyboard"] is True


def _button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Press", **fields}]]}


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (_button(), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            _button(url="https://a.example", callback_data="x"),
            "can't parse inline keyboard button: Exactly one action must be specified, found url, callback_data",
        ),
        (_button(callback_data="д" * 33), "BUTTON_DATA_INVALID"),
        (_button(callback_data=""), "BUTTON_DATA_INVALID"),
        (_button(copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
        (_button(copy_text={"text": ""}), "BUTTON_COPY_TEXT_INVALID"),
        (
            _button(callback_data="x", style="rainbow"),
            "can't parse inline keyboard button: Invalid button style specified",
        ),
        (
            _button(url="http://localhost:8080/"),
            "inline keyboard button URL 'http://localhost:8080/' is invalid: Wrong HTTP URL",
        ),
        (
            _button(web_app={"url": "http://a.example"}),
            "inline keyboard button Web App URL 'http://a.example' is invalid: Only HTTPS links are allowed",
        ),
        ("not json", "can't parse reply markup JSON object"),
        ([], "object expected as reply markup"),
    ],
)
async def test_impossible_buttons_are_refused(
    telegram_api: Any, olena: Any, markup: Any, reason: str
) -> None:
    answer = await telegram_api.refused("sendMessage", chat_id=olena.user_id, text="?", reply_markup=markup)

    assert answer == f"Bad Request: {reason}"


async def test_buttons_are_shown_by_kind(telegram_api: Any, olena: Any) -> None:
    row = [
        {"text": "Approve", "callback_data": "a", "style": "success"},
        {"text": "Open", "url": "HTTPS://Upwork.example/jobs?q=1"},
        {"text": "Copy", "copy_text": {"text": "$65"}},
        {"text": "Form", "web_app": {"url": "https://a.example/form"}},
        {"text": "Sent", "disabled": {}},
    ]
    await telegram_api.call(
        "sendMessage", chat_id=olena.user_id, text="?", reply_markup={"inline_keyboard": [row]}
    )

    assert (await olena.chat())["messages"][-1]["keyboard"] == [
        [
            {"label": "Approve", "kind": "callback", "style": "success"},
            {"label": "Open", "kind": "url", "url": "https://upwork.example/jobs?q=1"},
            {"label": "Copy", "kind": "copy", "copy_text": "$65"},
            {"label": "Form", "kind": "web_app", "url": "https://a.example/form"},
            {"label": "Sent", "kind": "callback", "disabled": True},
        ]
    ]


async def test_replies_and_quotes(telegram_api: Any, olena: Any) -> None:
    asked = await olena.send("Make it shorter 🙂 and mention Stripe")
    reply = {"message_id": asked["message_id"], "quote": "mention Stripe"}

    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="Done", reply_parameters=reply)

    assert sent["reply_to_message"]["message_id"] == asked["message_id"]
    assert sent["quote"] == {"text": "mention Stripe", "position": 23, "is_manual": True}
    missing = {"message_id": 999}
    assert await telegram_api.refused(
        "sendMessage", chat_id=olena.user_id, text="x", reply_parameters=missing
    ) == ("Bad Request: message to be replied not found")
    missing["allow_sending_without_reply"] = True
    alone = await telegram_api.call("sendMessage", chat_id=olena.user_id, text="x", reply_parameters=missing)
    assert "reply_to_message" not in alone
    assert await telegram_api.refused(
        "sendMessage", chat_id=olena.user_id, text="x", reply_parameters=reply | {"quote": "Paypal"}
    ) == ("Bad Request: QUOTE_TEXT_INVALID")


async def test_mentions_by_id_name_known_people_only(telegram_api: Any, olena: Any) -> None:
    text = f'<a href="tg://user?id={olena.user_id}">you</a> <a href="tg://user?id=5">nobody</a>'

    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text=text, parse_mode="HTML")

    assert [entity["user"]["first_name"] for entity in sent["entities"]] == ["Olena"]


async def test_deleting(telegram_api: Any, olena: Any) -> None:
    sent = [await telegram_api.call("sendMessage", chat_id=olena.user_id, text=str(n)) for n in range(3)]
    ids = [message["message_id"] for message in sent]

    assert await telegram_api.call("deleteMessage", chat_id=olena.user_id, message_id=ids[0]) is True
    assert await telegram_api.refused("deleteMessage", chat_id=olena.user_id, message_id=ids[0]) == (
        "Bad Request: message to delete not found"
    )
    assert await telegram_api.call("deleteMessages", chat_id=olena.user_id, message_ids=[*ids, 999]) is True
    assert [message["message_id"] for message in (await olena.chat())["messages"]] == [olena.started]


async def test_copies_and_forwards(telegram_api: Any, olena: Any) -> None:
    source = await olena.send("My portfolio: example.com")
    where = {"chat_id": olena.user_id, "from_chat_id": olena.user_id, "message_id": source["message_id"]}

    copied = await telegram_api.call("copyMessage", **where)
    forwarded = await telegram_api.call("forwardMessage", **where)

    assert set(copied) == {"message_id"}
    assert forwarded["text"] == "My portfolio: example.com"
    assert forwarded["forward_origin"]["sender_user"]["id"] == olena.user_id
    assert await telegram_api.refused("copyMessage", **where | {"message_id": 999}) == (
        "Bad Request: message to copy not found"
    )


async def test_link_previews_effects_and_protection_are_recorded(telegram_api: Any, olena: Any) -> None:
    sent = await telegram_api.call(
        "sendMessage",
        chat_id=olena.user_id,
        text="https://example.com/a",
        link_preview_options={"is_disabled": True},
        message_effect_id="5046509860389126442",
        protect_content=True,
    )

    assert sent["link_preview_options"] == {"is_disabled": True}
    assert (sent["effect_id"], sent["has_protected_content"]) == ("5046509860389126442", True)
    assert (await olena.chat())["messages"][-1]["effect"] == "5046509860389126442"


async def test_a_draft_lives_until_the_message_is_sent(telegram_api: Any, olena: Any) -> None:
    draft = {"chat_id": olena.user_id, "draft_id": 7, "parse_mode": "HTML"}
    assert await telegram_api.refused("sendMessageDraft", **draft | {"draft_id": 0}, text="x") == (
        "Bad Request: draft_id must be non-zero"
    )
    assert await telegram_api.call("sendMessageDraft", **draft, can_stop=True) is True
    assert (await olena.chat())["draft"] == {"draft_id": 7, "text": "", "entities": [], "can_stop": True}
    await telegram_api.call("sendMessageDraft", **draft, text="<i>Dear</i> client")
    assert (await olena.chat())["draft"]["text"] == "Dear client"

    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="Dear client, hello")

    assert (await olena.chat())["draft"] is None


async def test_a_draft_expires(telegram_api: Any, olena: Any) -> None:
    await telegram_api.control("settings", draft_ttl=0.05)
    before = (await olena.chat())["seq"]
    await telegram_api.call("sendMessageDraft", chat_id=olena.user_id, draft_id=7, text="Dear")
    async with olena.http.stream("GET", f"/user/{olena.user_id}/events?after={before}") as stream:
        async for line in stream.aiter_lines():
            if '"draft_end"' in line:
                assert '"reason": "expired"' in line
                break

    assert (await olena.chat())["draft"] is None


async def test_stop_ends_a_draft_and_tells_the_bot(telegram_api: Any, olena: Any) -> None:
    await telegram_api.call("sendMessageDraft", chat_id=olena.user_id, draft_id=7, text="Dear", can_stop=True)

    assert await olena.do("stop") == {"draft_id": 7}

    update = (await telegram_api.call("getUpdates"))[-1]
    assert update["stopped_message_generation"]["draft_id"] == 7
    assert update["stopped_message_generation"]["chat"]["id"] == olena.user_id
    assert (await olena.chat())["draft"] is None
    await olena.do("stop", status=409)


async def test_a_late_frame_of_a_stopped_draft_is_not_shown(telegram_api: Any, olena: Any) -> None:
    frame = {"chat_id": olena.user_id, "can_stop": True, "keep_on_stop": True}
    await telegram_api.call("sendMessageDraft", **frame, draft_id=7, text="Dear")
    await olena.do("stop")

    await telegram_api.call("sendMessageDraft", **frame, draft_id=7, text="Dear client")
    kept = (await olena.chat())["draft"]
    await telegram_api.call("sendMessageDraft", **frame, draft_id=8, text="Again")
    following = (await olena.chat())["draft"]

    assert (kept["text"], kept["can_stop"]) == ("Dear", False)
    assert following["text"] == "Again"


async def test_reactions_pins_and_actions(telegram_api: Any, olena: Any) -> None:
    where = {"chat_id": olena.user_id, "message_id": olena.started}
    await telegram_api.call("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "🔥"}])
    await telegram_api.call("pinChatMessage", **where)
    await telegram_api.call("sendChatAction", chat_id=olena.user_id, action="typing")

    chat = await olena.chat()
    assert chat["messages"][0]["reactions"] == [{"emoji": "🔥", "from": "bot"}]
    assert chat["messages"][0]["pinned"] is True
    assert chat["action"] == "typing"
    await telegram_api.call("unpinAllChatMessages", chat_id=olena.user_id)
    assert (await olena.chat())["messages"][0]["pinned"] is False
    wrong = [{"type": "emoji", "emoji": "🥷"}]
    assert await telegram_api.refused("setMessageReaction", **where, reaction=wrong) == (
        "Bad Request: REACTION_INVALID"
    )
    assert await telegram_api.refused("sendChatAction", chat_id=olena.user_id, action="dance") == (
        "Bad Request: wrong parameter action in request"
    )


async def test_tokens_and_methods_are_checked(telegram_api: Any, telegram_http: Any) -> None:
    malformed = await telegram_http.get("/botabc:def/getMe")
    nonsense = await telegram_http.get("/botnonsense/getMe")
    unknown = await telegram_api.ask("makeCoffee")
    any_case = await telegram_api.call("GETME")

    assert (malformed.status_code, malformed.json()["description"]) == (401, "Unauthorized")
    assert (nonsense.status_code, nonsense.json()["description"]) == (404, "Not Found")
    assert unknown == (404, {"ok": False, "error_code": 404, "description": "Not Found"})
    assert any_case["is_bot"] is True


async def test_bodies_in_every_encoding(telegram_api: Any, olena: Any, telegram_http: Any) -> None:
    keyboard = '{"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}'
    fields = {"chat_id": str(olena.user_id), "text": "Ціна: $65 & ще", "reply_markup": keyboard}
    path = f"/bot{telegram_api.token}/sendMessage"

    async def chunks() -> Any:
        yield b'{"chat_id": %d, ' % olena.user_id
        yield '"text": "Ціна: $65 & ще", "reply_markup": '.encode() + keyboard.encode() + b"}"

    answers = [
        await telegram_http.get(path, params=fields),
        await telegram_http.post(path, data=fields),
        await telegram_http.post(path, files={name: (None, value) for name, value in fields.items()}),
        await telegram_http.post(path, content=chunks(), headers={"Content-Type": "application/json"}),
    ]

    for answer in answers:
        assert answer.json()["result"]["text"] == "Ціна: $65 & ще"
        assert answer.json()["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "go"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"chat_id": NaN}', b'{"text": "\\ud83d"}', b"[" * 100_000])
async def test_broken_bodies_are_refused(telegram_api: Any, telegram_http: Any, body: bytes) -> None:
    answer = await telegram_http.post(
        f"/bot{telegram_api.token}/sendMessage", content=body, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["ok"]) == (400, False)


async def test_commands_and_texts_by_language(telegram_api: Any, olena: Any) -> None:
    for language, description in (("", "Start"), ("uk", "Почати")):
        commands = [{"command": "start", "description": description}]
        await telegram_api.call("setMyCommands", commands=commands, language_code=language)
    await telegram_api.call("setMyDescription", description="Helps", language_code="")
    await telegram_api.call("setMyName", name="Гіг", language_code="uk")

    bot = (await olena.chat())["bot"]
    assert bot["commands"] == [{"command": "start", "description": "Почати"}]
    assert (bot["name"], bot["description"]) == ("Гіг", "Helps")
    assert (await telegram_api.call("getMyCommands"))[0]["description"] == "Start"
    await telegram_api.call("deleteMyCommands", language_code="uk")
    assert (await olena.chat())["bot"]["commands"][0]["description"] == "Start"
    assert await telegram_api.refused("setMyCommands", commands=[{"command": "Big", "description": "x"}]) == (
        "Bad Request: BOT_COMMAND_INVALID"
    )


async def test_flood_limits_apply_when_switched_on(telegram_api: Any, olena: Any) -> None:
    await telegram_api.control("settings", flood=True, flood_burst=3)

    answers = [await telegram_api.ask("sendMessage", chat_id=olena.user_id, text=str(n)) for n in range(5)]

    assert [status for status, _ in answers][:3] == [200, 200, 200]
    status, refused = answers[-1]
    assert (status, refused["parameters"]) == (429, {"retry_after": 1})
    assert refused["description"] == "Too Many Requests: retry after 1"
