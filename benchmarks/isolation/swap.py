"""A ciphertext belongs to its table, column, tenant and row: anywhere else it does not open."""

# ruff: noqa: S608 - the names come from our own catalog, nothing from outside

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from benchmarks.isolation.ground import Ground, Tally
from core.accounts.service import Account, open_account
from core.crypto import CannotUnseal, TenantKeys, Vault
from core.db import Database
from core.security.audit import seal_with
from core.security.keys import keys_for

_WORDS = "the words of one tenant"


@dataclass(slots=True)
class Row:
    """A row with one sealed value, in any table and column."""

    tenant_id: UUID
    id: UUID
    __tablename__: str
    value: bytes = b""

    def __getattr__(self, _column: str) -> bytes:
        return self.value


async def run(ground: Ground, tally: Tally, vault: Vault) -> None:
    """Every sealed column of every table: its value moved to another row, column, table and tenant, under either's key."""
    database = Database(ground.urls.logins["bot"])
    seal_with(database, vault)
    try:
        mine = await open_account(database, vault, telegram_id=901, chat_id=901, locale="en")
        theirs = await open_account(database, vault, telegram_id=902, chat_id=902, locale="en")
        my_keys, their_keys = await _keys(database, vault, mine), await _keys(database, vault, theirs)
        places = [
            (table.name, column.name)
            for table in ground.tables.values()
            for column in table.columns
            if column.kind == "bytea" and column.name.endswith("_sealed")
        ]
        for number, (table, column) in enumerate(places):
            other_table, other_column = next(
                place for place in places[number:] + places if place[0] != table and place[1] != column
            )
            row = Row(mine.tenant_id, uuid4(), table)
            row.value = my_keys.seal(row, column, _WORDS)
            tally.probe(_opens(my_keys, row, column), f"{table}.{column} does not even open where it belongs")
            for where, what in (
                (Row(row.tenant_id, uuid4(), table, row.value), "another row"),
                (Row(row.tenant_id, row.id, other_table, row.value), "another table"),
                (Row(theirs.tenant_id, row.id, table, row.value), "another tenant's row"),
            ):
                for keys in (my_keys, their_keys):
                    tally.probe(not _opens(keys, where, column), f"{table}.{column} opens in {what}")
            tally.probe(not _opens(their_keys, row, column), f"another's key opens {table}.{column}")
            tally.probe(not _opens(my_keys, row, other_column), f"{table}.{column} opens as {other_column}")
        await _swap_keys(ground, tally, database, vault, between=(mine, theirs))
    finally:
        await database.close()


async def _keys(database: Database, vault: Vault, account: Account) -> TenantKeys:
    async with database.begin(account.tenant_id) as session:
        return await keys_for(session, vault)


def _opens(keys: TenantKeys, row: Row, column: str) -> bool:
    try:
        keys.unseal(row, column)
    except CannotUnseal:
        return False
    return True


async def _swap_keys(
    ground: Ground, tally: Tally, database: Database, vault: Vault, *, between: tuple[Account, Account]
) -> None:
    """The wrapped data keys of two tenants, exchanged past every check, unwrap for neither."""
    mine, theirs = between
    swap = (
        "update app.tenant_keys as k set wrapped = o.wrapped from app.tenant_keys as o "
        f"where (k.tenant_id, o.tenant_id) in (('{mine.tenant_id}', '{theirs.tenant_id}'), "
        f"('{theirs.tenant_id}', '{mine.tenant_id}'))"
    )
    async with ground.owner.begin() as connection:
        await connection.exec_driver_sql(swap)
    for account in (mine, theirs):
        try:
            await _keys(database, vault, account)
        except CannotUnseal:
            tally.probe(True, "")
        else:
            tally.probe(False, "a tenant's wrapped key opens as another's")
    async with ground.owner.begin() as connection:
        await connection.exec_driver_sql(swap)
