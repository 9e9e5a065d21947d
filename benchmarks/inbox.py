"""Updates through the inbox (stored, claimed, finished), beside bare transactions on the same Postgres."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.databases import migrate
from core import inbox
from core.crypto import KEY_BYTES, Vault
from core.db import Database
from sandbox.embedded import PostgresUrls, start_postgres

_UPDATES = 2_000
_CHATS = 200


async def _through_inbox(db: Database, vault: Vault) -> float:
    updates = [
        {"update_id": number, "message": {"chat": {"id": number % _CHATS}, "text": "hello"}}
        for number in range(1, _UPDATES + 1)
    ]
    start = time.perf_counter()
    for first in range(0, _UPDATES, 100):
        async with db.begin() as session:
            await inbox.store(session, vault, updates[first : first + 100])
    done = 0
    while done < _UPDATES:
        async with db.begin() as session:
            batch = await inbox.claim(session, vault)
        for update_id, _, _ in batch:
            async with db.begin() as session:
                await inbox.finish(session, update_id)
        done += len(batch)
    return _UPDATES / (time.perf_counter() - start)


async def _bare_transactions(db: Database) -> float:
    start = time.perf_counter()
    for number in range(_UPDATES):
        async with db.begin() as session:
            await session.execute(text("select cast(:n as integer)"), {"n": number})
    return _UPDATES / (time.perf_counter() - start)


async def _measure(urls: PostgresUrls) -> None:
    db = Database(urls.logins["bot"])
    try:
        baseline = await _bare_transactions(db)
        rate = await _through_inbox(db, Vault({1: bytes(KEY_BYTES)}))
    finally:
        await db.close()
    print(
        f"{rate:7.0f} updates/s, {rate / baseline:.2f} of bare one-statement transactions ({baseline:.0f}/s)"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, start_postgres(Path(folder) / "postgres") as urls:
        migrate(urls, "upgrade")
        asyncio.run(_measure(urls))
