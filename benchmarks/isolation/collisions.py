"""Side effects that tell: a uniqueness error must not say that another tenant has the same value."""

from __future__ import annotations

from uuid import uuid4

from benchmarks.isolation.ground import A, Ground, Table, Tally, rights
from benchmarks.isolation.matrix import Outcome, attempt, context
from migrations.access import Role
from migrations.lint import DIRECTORIES

_THEIRS, _NOBODYS = 2, 4711


async def run(ground: Ground, tally: Tally) -> None:
    """For each table and each role that may add to it: B's own values and values that nobody has are answered alike.

    Directories hold one row per Telegram user, Upwork user or address, whoever's it is, so there the key itself answers; what
    the product says then is the same either way, which its own tests show.
    """
    for role in Role:
        async with ground.logins[role].connect() as connection, connection.begin():
            for table in ground.tables.values():
                if table.name in DIRECTORIES or not rights(role, table.name).whole("insert"):
                    continue
                async with context(connection, A):
                    taken = await attempt(connection, table.insert(A, uuid4(), _THEIRS))
                    fresh = await attempt(connection, table.insert(A, uuid4(), _NOBODYS))
                tally.probe(
                    _kind(table, taken) == _kind(table, fresh),
                    f"{role} learns from {table.name}: {taken.error or 'accepted'} / {fresh.error or 'accepted'}",
                )


def _kind(table: Table, outcome: Outcome) -> str:
    """The answer without the values that were asked with."""
    first = outcome.error.splitlines()[0] if outcome.error else ""
    for number in (_THEIRS, _NOBODYS):
        first = first.replace(str(number), "#")
    return first
