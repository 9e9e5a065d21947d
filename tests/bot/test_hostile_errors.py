"""An accident in any handler: generic words and an id for the user, the cause in the log alone; and floods wait."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from aiogram import Router
from aiogram.filters.callback_data import CallbackData
from aiogram.types import Update

from bot.app import build_dispatcher
from bot.commands import COMMANDS
from core import limits
from tests.bot.looking import answers_after, newest
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage

CAUSE = "select token from app.upwork_accounts where secret = 'oauth2v2_" + "a" * 30 + "'"


def handlers_of(router: Router) -> list[Any]:
    found = [*router.message.handlers, *router.callback_query.handlers, *router.my_chat_member.handlers]
    return [*found, *(handler for inner in router.sub_routers for handler in handlers_of(inner))]


def told_nothing(shown: str) -> None:
    for word in ("select", "upwork_accounts", "oauth2v2", "Traceback", "RuntimeError", ".py"):
        assert word not in shown, shown


@pytest.mark.asvs("V16.5.1")
async def test_an_accident_in_any_handler_tells_an_id_and_nothing_else(
    stage: Stage, printed: StringIO
) -> None:
    person: Person = await stage.person()
    await person.says("/start")
    await stage.close()
    dispatcher = build_dispatcher(stage.rt)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CAUSE)

    handlers = handlers_of(dispatcher)
    assert len(handlers) > 30
    for handler in handlers:
        handler.callback, handler.awaitable, handler.params, handler.varkw = broken, True, set(), True

    before = await newest(person)
    for number, command in enumerate(["start", *COMMANDS, "any other words"]):
        await dispatcher.feed_update(
            stage.bot, message(stage, person, number, f"/{command}" if number else "/start")
        )
    shown = await answers_after(person, before)
    assert len(shown) >= len(COMMANDS)
    codes = set()
    for answer in shown:
        told_nothing(words_of(answer))
        codes |= set(re.findall(r"\b[0-9A-F]{6}\b", words_of(answer)))
    assert len(codes) >= len(COMMANDS)
    taps = [*(sample(kind) for kind in CallbackData.__subclasses__()), "of nobody's"]
    assert len(taps) >= len(callback_handlers(dispatcher)) > 20
    earlier = len(await stage.outbox())
    for number, data in enumerate(taps):
        await dispatcher.feed_update(stage.bot, tap(stage, person, number, data))
    alerts = [
        str(call["params"].get("text"))
        for call in (await stage.outbox())[earlier:]
        if call["method"] == "answerCallbackQuery"
    ]
    assert len(alerts) == len(taps)
    for alert in alerts:
        told_nothing(alert)
        codes |= set(re.findall(r"\b[0-9A-F]{6}\b", alert))
    assert len(codes) >= len(COMMANDS) + len(taps)
    written = printed.getvalue()
    assert all(code in written for code in codes)
    assert "oauth2v2_a" not in written


def callback_handlers(router: Router) -> list[Any]:
    inner = [handler for one in router.sub_routers for handler in callback_handlers(one)]
    return [*router.callback_query.handlers, *inner]


def sample(kind: type[CallbackData]) -> str:
    """A button of this kind, filled in with anything that has the right shape."""
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        text = str(field.annotation)
        values[name] = uuid4() if "UUID" in text else 1 if "int" in text else "x"
    return kind(**values).pack()


def tap(stage: Stage, person: Person, number: int, data: str) -> Update:
    user = {"id": person.user_id, "is_bot": False, "first_name": "Olena"}
    return Update.model_validate(
        {
            "update_id": 910_000 + number,
            "callback_query": {
                "id": str(910_000 + number),
                "from": user,
                "chat_instance": "1",
                "message": {
                    "message_id": 900_000,
                    "date": 1,
                    "chat": {"id": person.user_id, "type": "private"},
                    "text": "x",
                },
                "data": data,
            },
        },
        context={"bot": stage.bot},
    )


def message(stage: Stage, person: Person, number: int, words: str) -> Update:
    user = {"id": person.user_id, "is_bot": False, "first_name": "Olena"}
    command = words.split(maxsplit=1)[0]
    return Update.model_validate(
        {
            "update_id": 900_000 + number,
            "message": {
                "message_id": 900_000 + number,
                "date": 1,
                "from": user,
                "chat": {"id": person.user_id, "type": "private"},
                "text": words,
                "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
            },
        },
        context={"bot": stage.bot},
    )


async def test_one_accounts_flood_is_told_to_wait_and_anothers_words_are_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TENANT", limits.Limit(3, 3600))
    loud, quiet = await stage.person("Loud"), await stage.person("Quiet")
    for _ in range(3):
        await loud.says("/help")
    before = await newest(loud)

    await loud.says("/help")
    await quiet.says("/help")

    [answer] = await answers_after(loud, before)
    assert words_of(answer) != words_of(await quiet.last())
    assert re.search(r"\d", words_of(answer))
