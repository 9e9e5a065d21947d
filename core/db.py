"""The one way to the database.

`async with db.begin(tenant_id) as session` opens a transaction, tells Postgres which tenant it is for, commits when the
block ends and rolls back on any exception. Row-level security refuses everything of other tenants, so a forgotten filter
returns nothing instead of somebody else's rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKey, LargeBinary, MetaData, Uuid, func, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.errors import NetworkInTransaction

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)

SCHEMA = "app"
_DOORBELLS = "doorbells"
_LAST = "before_commit"


class Base(DeclarativeBase):
    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {datetime: DateTime(timezone=True), bytes: LargeBinary, UUID: Uuid}  # noqa: RUF012 - SQLAlchemy's own hook


class TenantRow(Base):
    """A row that belongs to one tenant. The tenant leads the primary key, so every foreign key can carry it."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def refuse_network_in_transaction() -> None:
    """Called by everything that is about to talk to the outside.

    An outbound call takes seconds; a transaction held open that long pins a connection and its locks.
    """
    if _in_transaction.get():
        raise NetworkInTransaction("an outbound call was attempted inside a database transaction")


@dataclass(frozen=True, slots=True)
class Bell:
    """Ring the workers that listen on `queue` for a work item, in `delay` seconds."""

    item_id: UUID
    queue: str
    delay: float = 0.0


def ring_after_commit(session: AsyncSession, bell: Bell) -> None:
    """Publish a doorbell for a work item once, and only if, this transaction commits."""
    session.info.setdefault(_DOORBELLS, []).append(bell)


def run_last(session: AsyncSession, step: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Run `step` as the transaction's last statement, once, however often it is asked for. If it raises, nothing is committed."""
    steps: list[Callable[[AsyncSession], Awaitable[None]]] = session.info.setdefault(_LAST, [])
    if step not in steps:
        steps.append(step)


Doorbell = Callable[[Sequence[Bell]], Awaitable[None]]


async def _nobody_rings(_bells: Sequence[Bell]) -> None:
    """Without a doorbell the sweeper finds the work; it is only slower."""


class Database:
    """Owns the engine and its pool. `url` is a SQLAlchemy URL with the asyncpg driver."""

    def __init__(
        self, url: str, *, pool_size: int = 8, max_overflow: int = 8, doorbell: Doorbell = _nobody_rings
    ) -> None:
        # hide_parameters: an error's text must not carry what was being stored into a log.
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=max_overflow, pool_pre_ping=True, hide_parameters=True
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._doorbell = doorbell
        self.info: dict[str, Any] = {}
        """What every session of this database carries in its own `info`."""

    @asynccontextmanager
    async def begin(self, tenant_id: UUID | None = None, *, lookup: str = "") -> AsyncIterator[AsyncSession]:
        """One transaction, for one tenant or (without `tenant_id`) for the tables that have none.

        `lookup` opens the single row of a directory table whose secret or key the caller already holds. Both settings are
        transaction-local: a pooled connection forgets them at commit and rollback alike.
        """
        if _in_transaction.get():
            raise RuntimeError("a transaction is already open in this task; pass its session on instead")
        doorbells: Sequence[Bell] = ()
        async with self._sessions() as session:
            token = _in_transaction.set(True)
            try:
                async with session.begin():
                    await session.execute(
                        text(
                            "select set_config('app.tenant', :tenant, true), set_config('app.lookup', :lookup, true)"
                        ),
                        {"tenant": str(tenant_id) if tenant_id else "", "lookup": lookup},
                    )
                    session.info.update(self.info, tenant_id=tenant_id)
                    yield session
                    for step in session.info.pop(_LAST, ()):
                        await step(session)
            finally:
                _in_transaction.reset(token)
            doorbells = session.info.pop(_DOORBELLS, ())
        if doorbells:
            await self._doorbell(doorbells)

    async def ping(self) -> None:
        """Raises when Postgres does not answer."""
        async with self.begin() as session:
            await session.execute(text("select 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def tenant_of(session: AsyncSession) -> UUID:
    """The tenant this transaction was opened for. Raises RuntimeError when it was opened for none."""
    tenant_id: Any = session.info.get("tenant_id")
    if not isinstance(tenant_id, UUID):
        raise RuntimeError("this transaction was not opened for a tenant")
    return tenant_id
