"""The token pair: refreshed once whoever asks, stored whole, and never lost to a race or a crash."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, update
from sqlalchemy.exc import OperationalError

from core.errors import NeedsReauth, Unavailable
from core.security import audit
from core.security.keys import keys_for
from core.settings import Login, Settings
from core.upwork import oauth, tokens
from core.upwork.models import AccountStatus, UpworkAccount
from tests.core.upwork_side import OwnerSql, Side

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400

# What another process does: wait for the start, ask many times at once, report the versions it was given.
ASKING = """
import asyncio, json, sys
from uuid import UUID
from datetime import UTC, datetime, timedelta
from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.security.audit import seal_with
from core.settings import Login, Settings
from core.accounts import models  # its table is named by foreign keys; every process of the product has it
from core.upwork import tokens

class Later:
    def now(self):
        return datetime.now(UTC) + timedelta(seconds=float(sys.argv[2]))

async def main():
    settings = Settings(_env_file=None)
    db = Database(settings.database_url(Login.UPWORK))
    seal_with(db, Vault(settings.kek_ring))
    async with open_http() as http:
        means = tokens.Means(db, http, Vault(settings.kek_ring), settings, Later())
        await db.ping()
        print("ready", flush=True)
        sys.stdin.readline()
        given = await asyncio.gather(*(tokens.access_token(means, UUID(sys.argv[1])) for _ in range(int(sys.argv[3]))))
    await db.close()
    print(json.dumps(sorted({account.token_version for _token, account in given})))

asyncio.run(main())
"""


async def ask(side: Side, tenant_id: UUID, **details: int) -> tuple[str, int]:
    token, account = await tokens.access_token(side.client.means, tenant_id, **details)
    return token, account.token_version


async def refreshes(side: Side) -> int:
    return await side.server.count("oauth.refresh")


async def plain_tokens(side: Side, tenant_id: UUID) -> tuple[str, str]:
    account = await side.stored(tenant_id)
    async with side.client.means.db.begin(tenant_id) as session:
        keys = await keys_for(session, side.client.means.vault)
    return keys.unseal(account, "access_token_sealed"), keys.unseal(account, "refresh_token_sealed")


async def take_lease(side: Side, tenant_id: UUID, seconds: float) -> None:
    """As if another process held the lease for so long from now, in database time."""
    async with side.client.means.db.begin(tenant_id) as session:
        await session.execute(
            update(UpworkAccount).values(refresh_lease_until=func.now() + timedelta(seconds=seconds))
        )


async def test_a_fresh_token_is_used_as_it_is(side: Side) -> None:
    tenant_id = await side.link()
    side.clock.advance(0.79 * DAY)
    assert (await ask(side, tenant_id))[1] == 1
    assert await refreshes(side) == 0


async def test_a_fifth_of_its_life_before_the_end_the_pair_is_renewed(side: Side) -> None:
    tenant_id = await side.link()
    before = await plain_tokens(side, tenant_id)
    side.clock.advance(0.81 * DAY)
    token, version = await ask(side, tenant_id)
    after = await plain_tokens(side, tenant_id)
    row = await side.stored(tenant_id)
    assert version == 2
    assert after[0] == token
    assert set(before).isdisjoint(after)
    assert row.refresh_lease_until is None
    assert row.access_expires_at == side.clock.now() + timedelta(seconds=DAY)


@pytest.mark.asvs("V15.4.2")
async def test_fifty_callers_at_once_refresh_once(side: Side) -> None:
    tenant_id = await side.link()
    side.clock.advance(DAY + 1)
    given = await asyncio.gather(*(ask(side, tenant_id) for _ in range(50)))
    assert {version for _token, version in given} == {2}
    assert len({token for token, _version in given}) == 1
    assert await refreshes(side) == 1


async def test_fifty_callers_in_each_of_four_processes_refresh_once(
    side: Side, upwork_settings: Settings, tmp_path: Path
) -> None:
    tenant_id = await side.link()
    environment = {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL_UPWORK": upwork_settings.database_url(Login.UPWORK),
        "REDIS_URL": upwork_settings.redis_url.get_secret_value(),
        "KEY_ENCRYPTION_KEYS": upwork_settings.key_encryption_keys.get_secret_value(),
        "PUBLIC_URL": upwork_settings.public_url,
        "TELEGRAM_BOT_TOKEN": upwork_settings.telegram_bot_token.get_secret_value(),
        "UPWORK_CLIENT_ID": upwork_settings.upwork_client_id,
        "UPWORK_CLIENT_SECRET": upwork_settings.upwork_client_secret.get_secret_value(),
        "UPWORK_TOKEN_URL": upwork_settings.upwork_token_url,
    }
    command = [sys.executable, "-c", ASKING, str(tenant_id), str(DAY + 1), "50"]
    asking = [
        subprocess.Popen(  # noqa: ASYNC220, S603 - our own script, and the test has nothing else to do meanwhile
            command, cwd=tmp_path, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    try:
        for process in asking:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "ready\n"
        answers = await asyncio.gather(
            *(asyncio.to_thread(process.communicate, "go\n", timeout=60) for process in asking)
        )
    finally:
        for process in asking:
            process.kill()
            process.communicate()
    assert [json.loads(output) for output, _ in answers] == [[2]] * 4
    assert await refreshes(side) == 1
    assert (await side.stored(tenant_id)).status == AccountStatus.LINKED


async def test_while_one_refreshes_the_others_use_what_is_still_good(side: Side) -> None:
    tenant_id = await side.link()
    side.clock.advance(0.9 * DAY)
    await take_lease(side, tenant_id, 60)
    assert (await ask(side, tenant_id))[1] == 1
    assert await refreshes(side) == 0


async def test_a_caller_that_died_in_mid_refresh_is_replaced_when_its_lease_is_over(side: Side) -> None:
    tenant_id = await side.link()
    side.clock.advance(DAY + 1)
    await take_lease(side, tenant_id, -1)
    assert (await ask(side, tenant_id))[1] == 2
    assert await refreshes(side) == 1


async def test_a_pair_lost_between_answer_and_commit_asks_the_person_once(
    side: Side, owner_sql: OwnerSql
) -> None:
    tenant_id = await side.link()
    _, renewal = await plain_tokens(side, tenant_id)
    await oauth.refresh(
        side.client.means.http, side.client.means.settings, renewal
    )  # and then the process died
    side.clock.advance(DAY + 1)
    outcomes = await asyncio.gather(*(ask(side, tenant_id) for _ in range(10)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NeedsReauth}
    assert (await side.stored(tenant_id)).status == AccountStatus.NEEDS_REAUTH
    assert await refreshes(side) == 2
    async with side.client.means.db.begin(tenant_id) as session:
        keys = await keys_for(session, side.client.means.vault)
        events = await audit.events(session, keys, names=["upwork.needs_reauth"])
    assert [event.data["reason"] for event in events] == ["invalid_grant"]


async def test_a_cancelled_caller_does_not_lose_the_pair(side: Side) -> None:
    tenant_id = await side.link()
    side.clock.advance(DAY + 1)
    means, arrived = side.client.means, asyncio.Event()

    async def dawdle(_response: httpx.Response) -> None:
        arrived.set()
        await asyncio.sleep(0.05)

    async with httpx.AsyncClient(event_hooks={"response": [dawdle]}) as http:
        slow = tokens.Means(means.db, http, means.vault, means.settings, means.clock)
        asking = asyncio.create_task(tokens.access_token(slow, tenant_id))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await ask(side, tenant_id))[1] == 2
    assert await refreshes(side) == 1


async def test_a_database_that_was_away_for_a_moment_does_not_lose_the_pair(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id = await side.link()
    side.clock.advance(DAY + 1)
    store, failures = tokens._store, [OSError("gone"), OperationalError("update", {}, Exception("gone"))]

    async def shaky(*arguments: Any) -> None:
        if failures:
            raise failures.pop()
        await store(*arguments)

    monkeypatch.setattr(tokens, "_store", shaky)
    monkeypatch.setattr(tokens, "_STORE_PAUSES", (0.0, 0.0))
    assert (await ask(side, tenant_id))[1] == 2
    assert failures == []


async def test_a_late_refusal_does_not_undo_a_newer_pair(side: Side) -> None:
    tenant_id = await side.link()
    assert await tokens.park(side.client.means.db, tenant_id, version=0, reason="late") is False
    assert (await side.stored(tenant_id)).status == AccountStatus.LINKED
    assert await tokens.park(side.client.means.db, tenant_id, version=1, reason="now") is True
    assert await tokens.park(side.client.means.db, tenant_id, version=1, reason="again") is False


async def test_trouble_at_the_token_endpoint_passes(side: Side) -> None:
    tenant_id = await side.link()
    means = side.client.means
    side.clock.advance(DAY + 1)
    for trouble in (httpx.ConnectError("down"), httpx.ReadTimeout("slow"), 502, 429, 403):

        def answer(_request: httpx.Request, trouble: Exception | int = trouble) -> httpx.Response:
            if isinstance(trouble, Exception):
                raise trouble
            return httpx.Response(trouble, text="<html></html>")

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            broken = tokens.Means(means.db, http, means.vault, means.settings, means.clock)
            with pytest.raises(Unavailable):
                await tokens.access_token(broken, tenant_id)
        assert (await side.stored(tenant_id)).status == AccountStatus.LINKED
        await take_lease(side, tenant_id, -1)
    assert (await ask(side, tenant_id))[1] == 2


async def test_a_token_that_is_still_good_is_used_when_refreshing_fails(side: Side) -> None:
    tenant_id = await side.link()
    means = side.client.means
    side.clock.advance(0.9 * DAY)
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: httpx.Response(503))) as http:
        broken = tokens.Means(means.db, http, means.vault, means.settings, means.clock)
        _token, account = await tokens.access_token(broken, tenant_id)
    assert account.token_version == 1


async def test_an_unused_pair_is_kept_alive_after_a_week(side: Side) -> None:
    tenant_id = await side.link(expires_in=30 * DAY)
    side.clock.advance(6.9 * DAY)
    assert await tokens.keep_alive(side.client.means, tenant_id) is False
    side.clock.advance(0.2 * DAY)
    assert await tokens.keep_alive(side.client.means, tenant_id) is True
    assert await tokens.keep_alive(side.client.means, tenant_id) is False
    assert await refreshes(side) == 1


async def test_nothing_readable_lies_in_the_table_or_the_events(side: Side, owner_sql: OwnerSql) -> None:
    tenant_id = await side.link()
    side.clock.advance(DAY + 1)
    token, _version = await ask(side, tenant_id)
    _, renewal = await plain_tokens(side, tenant_id)
    rows = await owner_sql(
        "select a::text from app.upwork_accounts a union all select e::text from app.audit_events e"
    )
    content = " ".join(str(row[0]) for row in rows)
    assert str(tenant_id) in content
    for secret in (token, renewal):
        assert secret not in content
        assert secret.encode().hex() not in content
    assert token not in repr(await side.client.account(tenant_id))
