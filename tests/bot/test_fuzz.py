"""Broken buttons, links and updates at the real dispatcher and app: a sample of what `make fuzz` runs in full."""

from __future__ import annotations

from dataclasses import replace

import httpx
from pydantic import SecretStr

from benchmarks.fuzz import Fuzzer, Mutations, fuzz
from tests.bot.person import Person
from tests.bot.stage import Stage
from tests.core.acting import OwnerSql
from web.app import create_app

SECRET = "webhook-secret-0123456789"


async def test_what_an_altered_client_sends_changes_nothing(stage: Stage, owner_sql: OwnerSql) -> None:
    person: Person = await stage.person()
    await person.onboards(link=False)
    await stage.close()
    settings = stage.rt.settings.model_copy(update={"telegram_webhook_secret": SecretStr(SECRET)})
    rt = replace(stage.rt, settings=settings)
    fuzzer = Fuzzer(rt, stage.bot, stage.dispatcher, user_id=person.user_id, seed=7)
    transport = httpx.ASGITransport(create_app(rt), raise_app_exceptions=False)

    async with httpx.AsyncClient(transport=transport, base_url=settings.public_url) as http:
        report = await fuzz(fuzzer, http, count=250, secret=SECRET, sql=owner_sql)

    assert report.changed == []
    assert report.crashes == []
    assert sum(report.sent.values()) == 250


def test_the_same_seed_makes_the_same_input() -> None:
    first, second = Mutations(3), Mutations(3)
    assert [first.callback() for _ in range(50)] == [second.callback() for _ in range(50)]
    assert len({first.callback() for _ in range(200)}) > 150
