"""A Redis that takes connections and never answers, as one does behind a broken network, is treated like one that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from core.jobs import open_pool
from core.limits import Limit, SoftLimits
from core.runtime import open_runtime
from core.settings import Login, Settings


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    server.close()


async def test_a_person_is_not_kept_waiting_for_it(settings: Settings, silent: str) -> None:
    alone = settings.model_copy(update={"redis_url": SecretStr(silent)})
    async with open_runtime(alone, Login.BOT) as rt:
        limits = SoftLimits(rt.redis)
        async with asyncio.timeout(20):  # without a limit of its own the client would wait for ever
            await limits.hit("here", "somebody", Limit(2, 3600))


def test_the_doorbell_reads_an_address_as_every_other_client_does() -> None:
    told = open_pool("rediss://bell:p%40ss%2Fword@redis.example:6380/3").connection_pool.connection_kwargs
    assert (told["host"], told["port"], told["db"]) == ("redis.example", 6380, 3)
    assert (told["username"], told["password"]) == ("bell", "p@ss/word")
    assert told["socket_timeout"] > 0
