"""A table nobody thought through does not ship: each has a rule that fits its columns, its keys and the database as it is."""

from __future__ import annotations

import importlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, Table

from core.db import SCHEMA, Base
from core.privacy.rules import RULES, Erase, Export

ROOT = Path(__file__).resolve().parents[2]
for path in sorted((ROOT / "core").rglob("*.py")):
    if path.name in {"models.py", "jobs.py", "inbox.py"}:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

TABLES: dict[str, Table] = {table.name: table for table in Base.metadata.tables.values()}
# A column with such a name is a secret or the trace of one, unless it is listed here with the reason.
SECRET = re.compile(
    r"(_hash|_secret|_seed|_token|token_sealed|verifier_sealed|wrapped|password|code_sealed)$"
)
NOT_SECRET = {
    ("approvals", "payload_hash"): "it proves that what was sent is what was shown",
}


def with_rules(*kinds: Export) -> list[str]:
    return sorted(name for name, rule in RULES.items() if rule.export in kinds and name in TABLES)


def test_every_table_has_a_rule() -> None:
    missing = sorted(set(TABLES) - set(RULES))
    assert missing == [], f"add a line to core/privacy/rules.py for: {', '.join(missing)}"


def test_every_rule_has_its_table() -> None:
    assert sorted(set(RULES) - set(TABLES)) == []


async def test_the_database_has_no_table_beside_the_models(
    owner_sql: Callable[..., Awaitable[list[tuple[object, ...]]]],
) -> None:
    rows = await owner_sql("select tablename from pg_tables where schemaname = :schema", schema=SCHEMA)
    assert {str(name) for (name,) in rows} - set(RULES) == {"alembic_version"}


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_fits_its_table(name: str) -> None:
    table, rule = TABLES[name], RULES[name]
    columns = set(table.columns.keys())
    assert rule.held <= columns, f"{name} has no {rule.held - columns}"
    assert len(rule.keep) > 3
    assert len(rule.why) > 10
    if rule.erase is Erase.BY_TENANT:
        assert "tenant_id" in columns
    elif rule.erase is Erase.BY_CHAT:
        assert "chat_id" in columns
    elif rule.erase is Erase.CASCADE and name != "tenants":
        assert goes_with_the_account(table), f"{name} would stay behind when the account is deleted"
    if rule.export is Export.NOTHING:
        assert rule.erase is Erase.STAYS, f"{name} holds something of a person's, so they get it"


def goes_with_the_account(table: Table) -> bool:
    return any(
        key.referred_table.name == "tenants" and key.ondelete == "CASCADE"
        for key in table.foreign_key_constraints
    )


@pytest.mark.parametrize("name", with_rules(Export.ROWS))
def test_no_secret_is_exported_and_nothing_sealed_is_forgotten(name: str) -> None:
    table, rule = TABLES[name], RULES[name]
    for column in table.columns:
        if column.name in rule.held or (name, column.name) in NOT_SECRET:
            continue
        assert not SECRET.search(column.name), f"{name}.{column.name} looks like a secret: hold it"
        if isinstance(column.type, LargeBinary):
            assert column.name.endswith("_sealed"), f"{name}.{column.name}: nobody can read these bytes"
            assert {"tenant_id", "id"} <= set(table.columns.keys()), f"{name}: what is it sealed to?"
