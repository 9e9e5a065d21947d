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
    ("text", "description"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: message text is empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("🙂" * 2049, "Bad Request: message is too long"),
        (
            "ї<b>x",
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ("ї<p>x</p>", 'Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 2'),
    ],
)
async def test_impossible_texts_are_refused(
    telegram_api: Any, olena: Any, text: str, description: str
) -> None:
    answer = await telegram_api.refused("sendMessage", chat_id=olena.user_id, text=text, parse_mode="HTML")

    assert answer == description


async def test_the_limit_counts_text_after_markup(telegram_api: Any, olena: Any) -> None:
    text = "<b>" + "🙂" * 2048 + "</b>"

    sent = await telegram_api.call("sendMessage", chat_id=olena.user_id, text=text, parse_mode="HTML")

    assert sent["entities"][0]["length"] == 4096
