"""Updates as rows: once each, in order within a chat, sealed while they wait, gone when they are handled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import inbox
from core.crypto import Vault
from core.db import Database
from tests.core.acting import OwnerSql


def update(number: int, chat: int = 5, text: str = "hello") -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": {"id": chat}, "text": text}}


async def store(db: Database, vault: Vault, *updates: dict[str, Any]) -> int:
    async with db.begin() as session:
        return await inbox.store(session, vault, updates)


async def claim(db: Database, vault: Vault) -> list[int]:
    async with db.begin() as session:
        return [number for number, _, _ in await inbox.claim(session, vault)]


async def finish(db: Database, number: int) -> None:
    async with db.begin() as session:
        await inbox.finish(session, number)


async def test_a_redelivered_update_is_the_same_row(db: Database, vault: Vault) -> None:
    assert await store(db, vault, update(1), update(2)) == 2
    assert await store(db, vault, update(1), update(2), update(3)) == 1
    await finish(db, 1)
    assert await store(db, vault, update(1)) == 0
    assert await claim(db, vault) == [2]


async def test_many_processes_storing_at_once_store_each_once(db: Database, vault: Vault) -> None:
    stored = await asyncio.gather(*(store(db, vault, *(update(n, n) for n in range(20))) for _ in range(8)))
    assert sum(stored) == 20


async def test_a_chats_updates_are_handled_one_by_one_in_order(db: Database, vault: Vault) -> None:
    await store(db, vault, update(12, 7), update(10, 5), update(11, 5), update(13, 7))
    assert await claim(db, vault) == [10, 12]
    assert await claim(db, vault) == []
    await finish(db, 12)
    assert await claim(db, vault) == [13]
    await finish(db, 10)
    assert await claim(db, vault) == [11]


async def test_two_drainers_never_hold_the_same_update(db: Database, vault: Vault) -> None:
    await store(db, vault, *(update(n, n) for n in range(60)))
    claimed = await asyncio.gather(*(claim(db, vault) for _ in range(6)))
    numbers = [number for batch in claimed for number in batch]
    assert len(numbers) == len(set(numbers)) == 60


async def test_a_killed_process_leaves_its_update_to_the_next(
    db: Database, vault: Vault, owner_sql: OwnerSql
) -> None:
    await store(db, vault, update(1))
    assert await claim(db, vault) == [1]
    await owner_sql("update app.inbox_updates set lease_until = now() - interval '1 second'")
    assert await claim(db, vault) == [1]
    async with db.begin() as session:
        await inbox.release(session, 1)
    assert await claim(db, vault) == [1]


async def test_an_update_that_kills_every_process_is_put_aside(
    db: Database, vault: Vault, owner_sql: OwnerSql
) -> None:
    await store(db, vault, update(1), update(2))
    for _ in range(20):
        claimed = await claim(db, vault)
        if claimed != [1]:
            break
        await owner_sql("update app.inbox_updates set lease_until = now() - interval '1 second'")
    rows = await owner_sql("select error, payload_sealed from app.inbox_updates where update_id = 1")
    assert rows == [("crashes", None)]
    assert await claim(db, vault) == [2]


async def test_what_waits_is_sealed_and_what_was_handled_is_gone(
    db: Database, vault: Vault, owner_sql: OwnerSql
) -> None:
    await store(db, vault, update(1, text="a very private word"))
    [(sealed,)] = await owner_sql("select payload_sealed from app.inbox_updates")
    assert b"private" not in sealed
    await claim(db, vault)
    await finish(db, 1)
    [(left, done)] = await owner_sql("select payload_sealed, done_at from app.inbox_updates")
    assert left is None
    assert done is not None


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"update_id": None},
        {"update_id": "1"},
        {"update_id": -1},
        {"update_id": 2**63},
        {"update_id": 10**30, "message": {"chat": {"id": 5}}},
    ],
)
async def test_what_is_no_update_does_not_spoil_its_batch(
    db: Database, vault: Vault, strange: dict[str, Any]
) -> None:
    assert await store(db, vault, update(1), strange, update(2)) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"message": {"chat": {"id": 10**40}, "text": "x"}},
        {"message": {"chat": {"id": "5"}, "text": "x"}},
        {"message": {"chat": [], "text": "x"}},
        {"message": {"chat": {"id": 5}, "text": "\x00\u202e" * 1000}},
        {"something_new": {"user": {"id": 9}}},
        {"poll": {"id": "1"}},
        {"callback_query": {"id": "1", "message": None, "from": {"id": 3}, "data": "x"}},
    ],
)
async def test_whatever_it_says_an_update_is_kept_as_it_is(
    db: Database, vault: Vault, odd: dict[str, Any]
) -> None:
    given = {"update_id": 1, **odd}
    assert await store(db, vault, given, update(2)) == 2
    async with db.begin() as session:
        claimed = await inbox.claim(session, vault)
    assert given in [content for _, content, _ in claimed]


async def test_half_a_surrogate_pair_costs_one_character_not_the_batch(db: Database, vault: Vault) -> None:
    assert await store(db, vault, update(1, text="half \ud83e of a pair"), update(2)) == 2
    async with db.begin() as session:
        [(_, content, _)] = await inbox.claim(session, vault)
    assert content == update(1, text="half ? of a pair")


async def test_a_row_that_no_key_opens_is_put_aside_alone(
    db: Database, vault: Vault, owner_sql: OwnerSql
) -> None:
    await store(db, vault, update(1, 1), update(2, 2))
    await owner_sql("update app.inbox_updates set payload_sealed = '\\x0007abcdef' where update_id = 1")
    assert await claim(db, vault) == [2]
    assert await owner_sql("select error from app.inbox_updates where update_id = 1") == [("sealed",)]


async def test_a_payload_swapped_between_rows_does_not_open(
    db: Database, vault: Vault, owner_sql: OwnerSql
) -> None:
    await store(db, vault, update(1, 1), update(2, 2))
    await owner_sql(
        "update app.inbox_updates u set payload_sealed = o.payload_sealed from app.inbox_updates o "
        "where o.update_id <> u.update_id"
    )
    assert await claim(db, vault) == []


async def test_nothing_lies_around_for_ever(db: Database, vault: Vault, owner_sql: OwnerSql) -> None:
    await store(db, vault, *(update(n, n) for n in range(1, 5)))
    await finish(db, 1)
    await finish(db, 2)
    await owner_sql(
        "update app.inbox_updates set done_at = done_at - interval '49 hours' where update_id = 1"
    )
    await owner_sql(
        "update app.inbox_updates set received_at = now() - interval '25 hours' where update_id in (2, 3)"
    )
    async with db.begin() as session:
        await inbox.forget_old(session)
    rows = await owner_sql(
        "select update_id, payload_sealed is null, error from app.inbox_updates order by update_id"
    )
    assert rows == [(2, True, None), (3, True, "too old"), (4, False, None)]
    # An id is remembered for two days, so that a late redelivery is no second effect.
    assert await store(db, vault, update(3)) == 0
