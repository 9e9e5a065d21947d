"""Telegram's webhook: stored before it is acknowledged, and nothing that is broken gets in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from core import inbox
from core.db import Database
from core.runtime import Runtime
from tests.web.driving import OwnerSql, change
from web.app import create_app
from web.security import WEBHOOK_BYTES, WEBHOOK_PATH

SECRET = "webhook-secret-0123456789"
HEADER = {"x-telegram-bot-api-secret-token": SECRET}
UPDATE = {
    "update_id": 77,
    "message": {"message_id": 1, "chat": {"id": 501, "type": "private"}, "date": 1, "text": "hello"},
}
STORED = "select update_id, chat_id from app.inbox_updates order by update_id"


@pytest.fixture
async def telegram(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """Telegram's servers, calling us."""
    app = create_app(change(rt, telegram_webhook_secret=SecretStr(SECRET)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=rt.settings.public_url) as http:
        yield http


async def test_an_update_is_stored_sealed_and_once(
    rt: Runtime, telegram: httpx.AsyncClient, owner_sql: OwnerSql
) -> None:
    answers = await asyncio.gather(
        *(telegram.post(WEBHOOK_PATH, json=UPDATE, headers=HEADER) for _ in range(5))
    )

    assert [answer.status_code for answer in answers] == [200] * 5
    assert await owner_sql(STORED) == [(77, 501)]
    ((payload,),) = await owner_sql("select payload_sealed from app.inbox_updates")
    assert isinstance(payload, bytes)
    assert b"hello" not in payload
    async with rt.db.begin() as session:
        ((_, update, _attempt),) = await inbox.claim(session, rt.vault)
    assert update == UPDATE


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "\u00e9" * 20, "x" * 5000])
async def test_a_wrong_secret_stores_nothing(
    telegram: httpx.AsyncClient, owner_sql: OwnerSql, secret: str | None
) -> None:
    headers: dict[bytes, bytes] = {}
    if secret is not None:
        headers[b"x-telegram-bot-api-secret-token"] = secret.encode()

    answer = await telegram.post(WEBHOOK_PATH, json=UPDATE, headers=headers)

    assert answer.status_code == 401
    assert SECRET not in answer.text
    assert await owner_sql(STORED) == []


async def test_without_a_configured_secret_there_is_no_webhook(rt: Runtime, owner_sql: OwnerSql) -> None:
    transport = httpx.ASGITransport(create_app(change(rt, telegram_webhook_secret=None)))
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as http:
        answer = await http.post(
            WEBHOOK_PATH, json=UPDATE, headers={"x-telegram-bot-api-secret-token": "None"}
        )

    assert answer.status_code == 404
    assert await owner_sql(STORED) == []


BROKEN = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"42",
    b'"update"',
    b"{}",
    b"\xff\xfe\x00",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b'{"update_id": true}',
    b'{"update_id": "77"}',
    b'{"update_id": 7.5}',
    b'{"update_id": -1}',
    b'{"update_id": 9223372036854775808}',
    b'{"update_id": ' + b"9" * 5000 + b"}",
    b'{"update_id": 1, "message": {"chat": {"id": 99999999999999999999}}}',
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_body_is_refused_and_stores_nothing(
    telegram: httpx.AsyncClient, owner_sql: OwnerSql, body: bytes
) -> None:
    answer = await telegram.post(WEBHOOK_PATH, content=body, headers=HEADER)

    assert answer.status_code == 400
    assert answer.json()["error"] == "malformed"
    assert await owner_sql(STORED) == []


async def test_half_a_surrogate_pair_is_repaired_instead_of_blocking_the_queue(
    rt: Runtime, telegram: httpx.AsyncClient
) -> None:
    body = b'{"update_id": 1, "message": {"text": "a\\ud800b"}}'

    answer = await telegram.post(WEBHOOK_PATH, content=body, headers=HEADER)

    assert answer.status_code == 200
    async with rt.db.begin() as session:
        ((_, update, _attempt),) = await inbox.claim(session, rt.vault)
    assert update["message"]["text"] == "a?b"


ODD = [
    {"update_id": 1},
    {"update_id": 2, "message": None},
    {"update_id": 3, "message": []},
    {"update_id": 4, "message": {"chat": {"id": "501"}}},
    {"update_id": 5, "message": {"chat": [1]}, "x": {"message": {"chat": {"id": 9}}}},
    {"update_id": 6, "message": {"text": "\u0000\u202e" + "🦊" * 1000}},
    {"update_id": 2**63 - 1, "callback_query": {"from": {"id": 2**62}, "message": {"chat": {"id": -100}}}},
]


@pytest.mark.parametrize("update", ODD, ids=range(len(ODD)))
async def test_an_odd_update_is_kept_for_the_bot_to_judge(
    rt: Runtime, telegram: httpx.AsyncClient, update: dict[str, object]
) -> None:
    answer = await telegram.post(WEBHOOK_PATH, content=json.dumps(update), headers=HEADER)

    assert answer.status_code == 200
    async with rt.db.begin() as session:
        ((_, kept, _attempt),) = await inbox.claim(session, rt.vault)
    assert kept == update


async def test_a_body_over_a_megabyte_is_not_read(telegram: httpx.AsyncClient, owner_sql: OwnerSql) -> None:
    padding = "x" * WEBHOOK_BYTES
    answer = await telegram.post(WEBHOOK_PATH, json={**UPDATE, "padding": padding}, headers=HEADER)
    assert answer.status_code == 413

    async def unannounced() -> AsyncIterator[bytes]:
        yield json.dumps(UPDATE)[:-1].encode() + b', "padding": "'
        for _ in range(20):
            yield b"x" * (WEBHOOK_BYTES // 16)
        yield b'"}'

    answer = await telegram.post(WEBHOOK_PATH, content=unannounced(), headers=HEADER)
    assert answer.status_code == 413
    assert await owner_sql(STORED) == []


async def test_a_large_update_under_the_limit_is_kept(
    telegram: httpx.AsyncClient, owner_sql: OwnerSql
) -> None:
    update = {**UPDATE, "padding": "x" * (WEBHOOK_BYTES - 500)}

    assert (await telegram.post(WEBHOOK_PATH, json=update, headers=HEADER)).status_code == 200
    assert await owner_sql(STORED) == [(77, 501)]


async def test_a_lost_database_asks_telegram_to_come_again(rt: Runtime) -> None:
    lost = change(rt, telegram_webhook_secret=SecretStr(SECRET))
    closed = Database("postgresql+asyncpg://gigwright_app@127.0.0.1:9/none")
    app = create_app(replace(lost, db=closed))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=rt.settings.public_url) as http:
        answer = await http.post(WEBHOOK_PATH, json=UPDATE, headers=HEADER)

    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    await closed.close()
