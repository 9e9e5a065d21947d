"""Requests made from our own OpenAPI description, valid and invalid: whatever is asked, nothing of ours breaks down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.driving import OwnerSql
from tests.web.entering import House, open_house
from tests.web.walking import checksums, client

EXAMPLES = 3
SECRET = "webhook-secret-0123456789"
# A registration that fits the description begins one; what a browser or a limit was told is kept.
BEGUN = {"registrations", "page_links", "system_secrets", "work_items", "web_sessions", "known_devices"}


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins, telegram_webhook_secret=SecretStr(SECRET)) as house:
        yield house


@pytest.mark.parametrize("signed_in", [False, True], ids=["a stranger", "somebody"])
async def test_no_request_of_the_description_breaks_anything(
    house: House, owner_sql: OwnerSql, signed_in: bool
) -> None:
    person = await house.person()
    token = {"authorization": f"Bearer {person.access}"} if signed_in else {}
    before = await checksums(owner_sql)
    failures: list[str] = []
    asked: set[str] = set()
    async with client(house.app, house.rt.settings.public_url) as http:
        for result in schemathesis.openapi.from_dict(house.app.openapi()).get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            for case in examples(operation):
                request = as_request(case, house.rt.settings.public_url)
                answer = await http.request(**{**request, "headers": {**request["headers"], **token}})
                asked.add(operation.label)
                if answer.status_code >= 500:
                    failures.append(f"{answer.status_code} {operation.label}: {request}"[:400])
    assert failures == []
    assert len(asked) >= 30
    if not signed_in:
        after = await checksums(owner_sql)
        assert {table for table in before if before[table] != after[table]} <= BEGUN


def examples(operation: APIOperation[Any, Any, Any, Any]) -> list[Case[Any]]:
    """A few requests that follow the description and a few that break it; the same ones in every run."""
    found: list[Case[Any]] = []
    for mode in GenerationMode:

        @seed(11)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def gather(case: Case[Any]) -> None:
            found.append(case)

        # Some operations have nothing that could be wrong.
        with suppress(Unsatisfiable):
            gather()
    return found


def as_request(case: Case[Any], base_url: str) -> dict[str, Any]:
    """A case in the words of our HTTP client."""
    made = case.as_transport_kwargs(base_url=base_url)
    request = {
        name: made[name] for name in ("method", "url", "headers", "params") if made.get(name) is not None
    }
    if isinstance(made.get("data"), bytes | str):
        request["content"] = made["data"]
    elif made.get("data") is not None:
        request["data"] = made["data"]
    if made.get("json") is not None:
        request["json"] = made["json"]
    return request
