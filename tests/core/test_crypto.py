"""Sealed values open only in the place they were written for, and keys are read without being told."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.accounts.service import Account
from core.crypto import CannotUnseal, TenantKeys, Vault, new_token, parse_ring, seal, token_hash, unseal
from core.db import Database
from core.searches.criteria import Criteria
from core.searches.models import SavedSearch
from core.searches.service import add_search
from core.security.keys import create_key, keys_for
from core.security.models import TenantKey
from tests.core.acting import OwnerSql
from tests.core.upwork_side import MakeTenant

A, B = UUID(int=1), UUID(int=2)


@dataclass
class Row:
    """Anything with a place."""

    tenant_id: UUID
    id: UUID
    one: bytes = b""
    two: bytes = b""
    __tablename__: str = "things"


def keys(tenant_id: UUID = A, key: bytes = bytes(32)) -> TenantKeys:
    return TenantKeys(tenant_id, key)


@pytest.mark.parametrize("text", ["", "a", "Привіт 🦊", "\x00", "x" * 100_000, "half \ud83e of a pair"])
def test_what_was_sealed_opens_again(text: str) -> None:
    row = Row(A, uuid4())
    row.one = keys().seal(row, "one", text)
    assert keys().unseal(row, "one") == text
    assert text == "" or text.encode("utf-8", "replace") not in row.one or len(text) < 3


def test_an_unset_column_is_empty() -> None:
    assert keys().unseal(Row(A, uuid4()), "one") == ""


@pytest.mark.asvs("V11.3.3")
def test_a_value_opens_in_its_own_place_only() -> None:
    """Not in another column, row, table, tenant, nor with another key; one key for both tenants makes it hard."""
    row = Row(A, uuid4())
    row.one = keys().seal(row, "one", "secret")
    elsewhere = [
        (keys(), Row(A, row.id, two=row.one), "two"),
        (keys(), Row(A, uuid4(), one=row.one), "one"),
        (keys(B), Row(B, row.id, one=row.one), "one"),
        (keys(A, secrets.token_bytes(32)), row, "one"),
        (keys(), Row(A, row.id, one=row.one, __tablename__="others"), "one"),
    ]
    for opener, place, column in elsewhere:
        with pytest.raises(CannotUnseal):
            opener.unseal(place, column)


def test_a_tenants_keys_refuse_another_tenants_row() -> None:
    row = Row(B, uuid4())
    with pytest.raises(CannotUnseal):
        keys(A).seal(row, "one", "secret")


@pytest.mark.asvs("V11.3.3")
def test_no_byte_can_be_changed_or_cut() -> None:
    row = Row(A, uuid4())
    whole = keys().seal(row, "one", "secret")
    for position in range(len(whole)):
        row.one = bytes(byte ^ (index == position) for index, byte in enumerate(whole))
        with pytest.raises(CannotUnseal):
            keys().unseal(row, "one")
    for length in range(1, len(whole)):
        row.one = whole[:length]
        with pytest.raises(CannotUnseal):
            keys().unseal(row, "one")


@pytest.mark.asvs("V11.3.4")
def test_equal_texts_look_different_and_nonces_do_not_repeat() -> None:
    made = {seal(bytes(32), b"x", "place")[:12] for _ in range(100_000)}
    assert len(made) == 100_000


def test_a_fingerprint_is_the_tenants_own() -> None:
    assert keys(A, bytes(32)).fingerprint("x") == keys(A, bytes(32)).fingerprint("x")
    assert keys(A, bytes(32)).fingerprint("x") != keys(B, bytes([1] * 32)).fingerprint("x")
    assert keys().fingerprint("x") != keys().fingerprint("y")


@pytest.mark.asvs("V11.3.3")
async def test_two_tenants_swapped_ciphertexts_open_nowhere(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    owners: list[Account] = [await make_tenant() for _ in range(2)]
    for number, owner in enumerate(owners):
        async with db.begin(owner.tenant_id) as session:
            await add_search(session, await keys_for(session, vault), Criteria(query=f"search {number}"))
    await owner_sql(
        "update app.saved_searches s set criteria_sealed = o.criteria_sealed from app.saved_searches o "
        "where o.tenant_id <> s.tenant_id"
    )
    for owner in owners:
        async with db.begin(owner.tenant_id) as session:
            row = (await session.scalars(select(SavedSearch))).one()
            opener = await keys_for(session, vault)
            with pytest.raises(CannotUnseal):
                opener.unseal(row, "criteria_sealed")


async def test_a_data_key_pasted_from_another_tenant_does_not_unwrap(
    db: Database, vault: Vault, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    owners = [await make_tenant() for _ in range(2)]
    await owner_sql(
        "update app.tenant_keys k set wrapped = o.wrapped from app.tenant_keys o where o.tenant_id <> k.tenant_id"
    )
    for owner in owners:
        async with db.begin(owner.tenant_id) as session:
            with pytest.raises(CannotUnseal):
                await keys_for(session, vault)


async def test_without_its_row_a_tenants_key_is_gone_for_good(
    db: Database, vault: Vault, tenant_id: UUID
) -> None:
    async with db.begin(tenant_id) as session:
        await session.delete((await session.scalars(select(TenantKey))).one())
    async with db.begin(tenant_id) as session:
        with pytest.raises(CannotUnseal):
            await keys_for(session, vault)
        await create_key(session, vault)
        assert (await keys_for(session, vault)).tenant_id == tenant_id


def ring(*entries: tuple[object, bytes]) -> str:
    return ",".join(f"{version}:{base64.b64encode(key).decode()}" for version, key in entries)


def test_the_newest_key_wraps_and_the_older_still_open() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    before = Vault(parse_ring(ring((1, old))))
    after = Vault(parse_ring(f" {ring((1, old))} , {ring((2, new))}, "))
    version, wrapped = before.new_data_key(A)
    assert (version, after.version) == (1, 2)
    assert after.unwrap(A, version, wrapped).data_key == before.unwrap(A, version, wrapped).data_key
    assert after.new_data_key(A)[0] == 2

    stored = before.seal_system(b"an update", "inbox|1")
    assert after.unseal_system(stored, "inbox|1") == b"an update"
    retired = Vault(parse_ring(ring((2, new))))
    for gone in (
        lambda: retired.unwrap(A, version, wrapped),
        lambda: retired.unseal_system(stored, "inbox|1"),
        lambda: after.unseal_system(stored, "inbox|2"),
        lambda: after.unseal_system(b"", "inbox|1"),
        lambda: after.unwrap(B, version, wrapped),
    ):
        with pytest.raises(CannotUnseal):
            gone()


KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" , ", "is empty"),
        (KEY, "not version:base64"),
        (f"x:{KEY}", "a version is 1 to"),
        (f"0:{KEY}", "a version is 1 to"),
        (f"-1:{KEY}", "a version is 1 to"),
        (f"70000:{KEY}", "a version is 1 to"),
        (f"1_0:{KEY}", "a version is 1 to"),
        (f"٣:{KEY}", "a version is 1 to"),
        (f"1:{KEY},1:{KEY}", "repeats a version"),
        (f"1:{KEY},2:short", "entry 2"),
        ("1:c2hvcnQ=", "must hold 32 bytes"),
        (f"1:{KEY[:-4]}!!!!", "not version:base64"),
    ],
)
def test_a_doubtful_ring_is_refused_without_telling_it(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        parse_ring(text)
    assert KEY[:8] not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_keys_do_not_show_themselves() -> None:
    vault = Vault({1: b"\x01" * 32})
    shown = keys(A, b"\x07" * 32)
    for thing in (vault, shown):
        assert "\\x07" not in f"{thing!r} {thing}"
        assert "\\x01" not in f"{thing!r} {thing}"


def test_a_token_is_random_and_kept_as_its_hash() -> None:
    tokens = {new_token() for _ in range(5_000)}
    assert len(tokens) == 5_000
    assert all(len(token) == 22 for token in tokens)
    token = tokens.pop()
    assert token_hash(token) != token
    assert len(token_hash(token)) == 64


def test_unsealing_says_nothing_about_the_content() -> None:
    with pytest.raises(CannotUnseal) as caught:
        unseal(bytes(32), b"not sealed at all", "place")
    assert str(caught.value) == ""
    assert caught.value.__cause__ is None
