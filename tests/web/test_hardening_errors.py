"""An accident behind any route tells an id; and text that means something to a database is text like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from io import StringIO
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.driving import OwnerSql, change
from tests.web.entering import House, open_house
from tests.web.walking import HTTPS, checksums, client, routes
from web.app import create_app

CAUSE = "select token from app.web_sessions where secret = 'oauth2v2_" + "a" * 30 + "'"


def payloads() -> list[str]:
    """What has opened databases elsewhere: fifty of them."""
    ends = ["--", "#", "/*", ";--", "", "; select pg_sleep(5)--", "'); drop table app.tenants;--"]
    starts = [
        "' or '1'='1",
        '" or ""="',
        "') or ('1'='1",
        "1 or 1=1",
        "' union select null,null,null",
        "$$ or $$",
        "\\' or 1=1",
    ]
    made = [start + end for start in starts for end in ends]
    return [
        *made,
        "'||(select version())||'",
        "%27%20or%201=1",
        "\u02bc or 1=1--",
        "${jndi:x}",
        "{{7*7}}",
        "\x00' or 1=1",
    ]


class BrokenDatabase:
    """Every transaction fails with an error that tells too much."""

    def begin(self, *_: object, **__: object) -> Any:
        raise RuntimeError(CAUSE)

    async def ping(self) -> None:
        raise RuntimeError(CAUSE)


@pytest.mark.asvs("V16.5.1")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_an_accident_behind_any_route_tells_an_id_and_nothing_else(
    rt: Runtime, printed: StringIO, accept: str
) -> None:
    broken = change(rt, public_url=HTTPS, telegram_webhook_secret=SecretStr("s" * 20))
    object.__setattr__(broken, "db", BrokenDatabase())
    app: FastAPI = create_app(broken)
    failed = 0
    async with client(app) as http:
        for method, path in routes(app, value=str(uuid4())):
            answer = await http.request(
                method,
                path,
                headers={"accept": accept, "x-telegram-bot-api-secret-token": "s" * 20, "origin": "null"},
                json={
                    "update_id": 1,
                    "email": "a@b.example",
                    "password": "nine calm herons",
                    "token": "x" * 43,
                },
            )
            for word in ("select", "web_sessions", "oauth2v2", "Traceback", "RuntimeError"):
                assert word not in answer.text, (method, path)
            assert answer.headers["cache-control"] == "no-store"
            if answer.status_code == 500:
                failed += 1
                if accept == "application/json":
                    assert set(answer.json()) == {"error", "detail", "id"}
    assert failed >= 8
    written = printed.getvalue()
    assert "web.failed" in written
    assert "oauth2v2_a" not in written


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


@pytest.mark.asvs("V1.2.4")
async def test_fifty_injections_through_every_text_field_change_and_show_nothing(
    house: House, owner_sql: OwnerSql
) -> None:
    assert len(payloads()) >= 50
    person = await house.person()
    before = await checksums(owner_sql)
    fields = (
        "email",
        "password",
        "token",
        "code",
        "factor",
        "name",
        "act",
        "subject",
        "refresh_token",
        "state",
        "proof",
    )
    async with client(house.app, house.rt.settings.public_url) as http:
        token = {"authorization": f"Bearer {person.access}"}
        for number, payload in enumerate(payloads()):
            for method, path in routes(house.app, value="x")[number % 5 :: 5]:
                query = dict.fromkeys(
                    ("state", "code", "before", "after", "kind", "user", "language"), payload
                )
                answer = await http.request(
                    method,
                    path.replace("/x", f"/{quote(payload, safe='')}"),
                    params=query,
                    headers={**(token if number % 2 else {}), "origin": house.rt.settings.public_url},
                    json=dict.fromkeys(fields, payload) if method == "POST" else None,
                )
                assert answer.status_code < 500, (method, path, payload, answer.text[:200])
                assert "PostgreSQL" not in answer.text
    after = await checksums(owner_sql)
    grown = {table for table in before if after[table][0] > before[table][0]}
    # Asking for a passkey begins a challenge, as it should; it lives five minutes.
    assert grown <= {"passkey_challenges"}
