"""What the tests look at afterwards: the calls the bot made, what is stored, and what of a stranger's text became markup."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text

from bot.texts import CATALOGUES
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage

COUNTED = (
    "profile_facts",
    "saved_searches",
    "drafts",
    "draft_versions",
    "approvals",
    "actions",
    "upwork_accounts",
)
ACTION_VERBS = ("letter", "resend", "drop", "look")
_OURS = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "code",
    "blockquote",
    "expandable_blockquote",
}
_FOUND_BY_TELEGRAM = {"bot_command", "url", "mention", "hashtag", "cashtag", "email", "phone_number"}


async def stored(person: Person) -> dict[str, Any]:
    """Everything of this person that an input could change: row counts, the waiting state, drafts and their versions."""
    account = await person.account()
    found: dict[str, Any] = {}
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        for table in COUNTED:
            found[table] = await session.scalar(
                text(f"select count(*) from app.{table}")  # noqa: S608 - names from the list above
            )
        rows = await session.execute(text("select state, data->>'draft' from app.dialogs"))
        found["waiting"] = [tuple(row) for row in rows]
        rows = await session.execute(text("select id, state, current from app.drafts order by id"))
        found["drafts_now"] = [tuple(row) for row in rows]
        found["rate"] = await session.scalar(text("select hourly_rate from app.profiles"))
    return found


async def ids(person: Person) -> dict[str, UUID]:
    """One row of each kind that a button can name."""
    account = await person.account()
    found: dict[str, UUID] = {}
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        for table in ("job_cards", "drafts", "actions", "rooms", "saved_searches"):
            found[table] = await session.scalar(
                text(f"select id from app.{table} order by created_at limit 1")  # noqa: S608 - names from above
            )
    return found


def refused(answer: Any, person: Person) -> str:
    """The alert of a refused press, in the person's language."""
    assert answer["answer"] is not None, "the button kept its spinner"
    shown = str(answer["answer"].get("text") or "")
    assert shown
    assert not is_breakdown(shown), shown
    return shown


async def waiting_for(person: Person) -> str | None:
    account = await person.account()
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        state: str | None = await session.scalar(text("select state from app.dialogs"))
    return state


async def answers_after(person: Person, message_id: int) -> list[dict[str, Any]]:
    return [
        message
        for message in await person.messages()
        if message["from"] == "bot" and message["message_id"] > message_id
    ]


async def newest(person: Person) -> int:
    return max((message["message_id"] for message in await person.messages()), default=0)


def is_breakdown(shown: str) -> bool:
    """Whether this is the text for bugs of ours."""
    return any(shown.startswith(texts["error.unexpected"].partition("{")[0]) for texts in CATALOGUES.values())


async def check_outbox(stage: Stage) -> None:
    """No message was refused, no link preview was left on, nothing but our own markup was made."""
    calls = await stage.outbox()
    assert calls
    for call in calls:
        # A message that already looks as it should is no error.
        same = "message is not modified" in str(call["description"])
        assert same or call["status"] == 200, (call["method"], call["description"], call["params"])
        if call["method"] in {"sendMessage", "editMessageText"}:
            options = call["params"].get("link_preview_options")
            options = json.loads(options) if isinstance(options, str) else options
            assert options == {"is_disabled": True}, call["params"]


async def check_messages(person: Person, injected: list[str]) -> None:
    """Every bot message: no breakdown, within limits, and no entity that covers just what a stranger marked up."""
    for message in await person.messages():
        if message["from"] != "bot":
            continue
        shown = words_of(message)
        assert not is_breakdown(shown), shown
        for entity in message.get("entities") or message.get("caption_entities") or []:
            assert entity["type"] in _OURS | _FOUND_BY_TELEGRAM, (entity, shown)
            if entity["type"] in _OURS:
                data = shown.encode("utf-16-le")
                part = data[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2]
                assert part.decode("utf-16-le").strip() not in injected, (entity, shown)


async def data_of(person: Person, label: str) -> str:
    """The callback data of the newest button with these words, as the bot sent it."""
    for call in reversed(await person.stage.outbox()):
        markup = call["params"].get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        if not markup or str(call["params"].get("chat_id")) != str(person.user_id):
            continue
        for row in markup.get("inline_keyboard", []):
            for button in row:
                if label.lower() in button["text"].lower() and "callback_data" in button:
                    return str(button["callback_data"])
    raise AssertionError(f"no button {label!r} was sent")
