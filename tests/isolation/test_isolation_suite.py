"""The search for leaks at a small size: it finds none, and it does find the ones that are made for it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from benchmarks.isolation import collisions, matrix, mutations, storm, swap
from benchmarks.isolation.dresses import Dresses
from benchmarks.isolation.ground import Ground, Tally, open_ground, rights
from core.crypto import Vault
from core.db import Database
from migrations.access import Role
from sandbox.embedded import PostgresUrls


@pytest.fixture
async def ground(db: Database, postgres_urls: PostgresUrls) -> AsyncIterator[Ground]:
    """Two tenants' rows in every table of a database that was empty."""
    async with open_ground(postgres_urls) as opened:
        yield opened


@pytest.mark.asvs("V8.4.1")
@pytest.mark.asvs("V8.4.1")
@pytest.mark.parametrize("role", Role)
async def test_no_role_reaches_another_tenant(ground: Ground, role: Role) -> None:
    tally = Tally("matrix")
    await matrix.run(ground, tally, roles=[role])
    assert tally.leaks == []
    assert tally.probes > 10 * len(ground.tables)


MUTATED = ("dialogs", "telegram_links", "tenants", "page_links", "actions", "upwork_accounts", "factors")


@pytest.mark.parametrize("name", MUTATED)
async def test_whatever_is_broken_at_a_table_is_noticed(ground: Ground, name: str) -> None:
    tally = Tally("mutations")
    async with ground.owner.connect() as connection, connection.begin():
        for mutant in mutations.of_table(ground.tables[name]):
            await mutations.noticed(ground, connection, tally, mutant)
    assert tally.leaks == []
    assert tally.probes >= 10


async def test_a_hole_that_is_opened_counts_as_a_leak(ground: Ground) -> None:
    tally = Tally("matrix")
    async with ground.owner.connect() as connection, connection.begin() as opened:
        await connection.exec_driver_sql("alter table app.dialogs disable row level security")
        async with matrix.as_role(connection, Role.BOT):
            await matrix.probe_table(connection, tally, Role.BOT, ground.tables["dialogs"])
        await opened.rollback()
    assert any("finds others in dialogs" in leak for leak in tally.leaks)
    assert any("adds A's row to dialogs" in leak for leak in tally.leaks)


@pytest.mark.asvs("V8.4.1")
@pytest.mark.asvs("V8.4.1")
async def test_a_storm_mixes_nobodys_rows_and_the_naive_way_would(ground: Ground) -> None:
    tally = Tally("storm")
    await storm.run(ground, tally, transactions=400)
    assert tally.leaks == []
    assert tally.probes > 400


@pytest.mark.asvs("V11.3.3")
@pytest.mark.asvs("V11.3.3")
async def test_a_ciphertext_opens_in_its_own_place_only(ground: Ground, vault: Vault) -> None:
    tally = Tally("swap")
    await swap.run(ground, tally, vault)
    assert tally.leaks == []
    assert tally.probes > 100


async def test_an_error_says_nothing_about_another_tenants_values(ground: Ground) -> None:
    tally = Tally("collisions")
    await collisions.run(ground, tally)
    assert tally.leaks == []
    assert tally.probes > 30


def test_rights_are_read_to_the_column() -> None:
    whole, some = rights(Role.BOT, "dialogs"), rights(Role.ADMIN, "tenants")
    assert whole.whole("delete")
    assert not some.whole("select")
    assert some.column("select") is not None
    assert some.column("update") is None


@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"x", b"yy"), (b"\x00\x01", b"\xff")])
def test_a_word_is_found_in_every_dress(before: bytes, after: bytes) -> None:
    word = "abcdefghijklmn"
    dresses, plain = Dresses(word), before + word.encode() + after
    for hidden in (
        plain,
        plain.upper(),
        plain[::-1],
        plain.hex().encode(),
        plain.hex().upper().encode(),
        base64.b64encode(plain),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
    ):
        assert dresses.found_in(b"front" + hidden + b"back"), hidden
    assert not dresses.found_in(b"abcdefghijklm" + base64.b64encode(b"something else") + b"nothing")
