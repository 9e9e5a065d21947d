"""What every tenant's table has in common, said once: ids, the tenant in the primary key, isolation."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import protect

SCHEMA = "app"


def moment(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[Any]:
    """A time with its zone; `now` lets the database's clock fill it in."""
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def sealed(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def number(name: str, *, nullable: bool = False, default: int | None = None) -> sa.Column[Any]:
    server_default = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.Integer(), server_default=server_default, nullable=nullable)


def big_number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def uuid(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def owned_by_tenant(table: str) -> sa.ForeignKeyConstraint:
    """Erasing a tenant takes the row along."""
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["app.tenants.tenant_id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
    )


def refers_to(table: str, column: str, parent: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    """A reference within the tenant: its id is part of the key, so that no row can point at another tenant's."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{parent}.tenant_id", f"app.{parent}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete="CASCADE" if cascade else None,
    )


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def index(table: str, *columns: str, **options: Any) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema=SCHEMA, **options)


def tenant_table(table: str, *items: sa.schema.SchemaItem) -> None:
    """Create `core.db.TenantRow`'s table with these columns and keys, isolated. Nobody may use it before `access` says so."""
    op.create_table(
        table,
        uuid("tenant_id"),
        uuid("id"),
        moment("created_at", now=True),
        *items,
        owned_by_tenant(table),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        schema=SCHEMA,
    )
    protect(table)


def directory(table: str, *items: sa.schema.SchemaItem, key: str) -> None:
    """Create a table with one row per `key`; isolated by tenant. Lookups by key are allowed one by one."""
    op.create_table(table, *items, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")), schema=SCHEMA)
    protect(table)


def system_table(table: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    """Create a table that belongs to no tenant (see `SYSTEM_TABLES`)."""
    op.create_table(table, *items, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")), schema=SCHEMA)


def drop(*tables: str) -> None:
    for table in tables:
        op.drop_table(table, schema=SCHEMA)
