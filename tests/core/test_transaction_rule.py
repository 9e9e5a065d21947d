"""No call to the outside while a transaction is open: every door checks, and says so loudly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from pydantic import SecretStr

from bot.app import build_bot
from core.db import Database, refuse_network_in_transaction
from core.drafting.llm import Prompt, complete
from core.drafting.vendors import open_llm
from core.errors import NetworkInTransaction
from core.http import open_http
from core.settings import Settings

NOWHERE = "http://127.0.0.1:9"


async def over_http(_settings: Settings) -> None:
    async with open_http(timeout=1) as http:
        await http.get(NOWHERE)


async def to_telegram(settings: Settings) -> None:
    async with build_bot(settings.model_copy(update={"telegram_api_base": NOWHERE})).context() as bot:
        await bot.send_message(1, "hello", request_timeout=1)


def to_a_model(**keys: object) -> Callable[[Settings], Awaitable[None]]:
    async def call(settings: Settings) -> None:
        llm = open_llm(settings.model_copy(update=keys))
        assert llm is not None
        try:
            await complete(llm, Prompt(name="x", version=1, system="", user="hello"))
        finally:
            await llm.aclose()

    return call


KEY = SecretStr("sk-nobody-at-all")
DOORS = {
    "http": over_http,
    "telegram": to_telegram,
    "openai": to_a_model(openai_api_key=KEY, openai_base_url=NOWHERE),
    "anthropic": to_a_model(anthropic_api_key=KEY, anthropic_base_url=NOWHERE),
    "both": to_a_model(
        openai_api_key=KEY, openai_base_url=NOWHERE, anthropic_api_key=KEY, anthropic_base_url=NOWHERE
    ),
}


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_opens_inside_a_transaction(
    db: Database, tenant_id: UUID, settings: Settings, door: str
) -> None:
    async with db.begin(tenant_id):
        with pytest.raises(NetworkInTransaction, match="inside a database transaction"):
            await DOORS[door](settings)


@pytest.mark.parametrize("door", DOORS)
async def test_outside_of_one_the_same_call_leaves(settings: Settings, door: str) -> None:
    """It reaches nobody at that address, and that is another error."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each door has its own
        await DOORS[door](settings)
    assert not isinstance(caught.value, NetworkInTransaction)


async def test_a_task_started_inside_is_refused_as_well(db: Database, settings: Settings) -> None:
    async with db.begin():
        with pytest.raises(NetworkInTransaction):
            await asyncio.create_task(over_http(settings))
    refuse_network_in_transaction()


async def test_other_tasks_go_on_while_one_is_inside(db: Database) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def transaction() -> None:
        async with db.begin():
            inside.set()
            await go_on.wait()

    task = asyncio.create_task(transaction())
    await inside.wait()
    refuse_network_in_transaction()
    go_on.set()
    await task
