"""Moving every data key under the newest key-encryption key, while everything goes on running.

    python -m core.security.rotation                   rewrap what is left on older versions
    python -m core.security.rotation --check VERSION   may this version be taken out of the ring?

First give the ring its new, higher version beside the old one. Processes that read it from KEY_ENCRYPTION_FILE or _COMMAND take
it in by themselves within a minute after any process (this one counts) knows it; those with KEY_ENCRYPTION_KEYS have to be
restarted. This refuses to begin while a running process does not know the version (`--anyway` does not ask). Then rotate, while
they run; then check; then take the old version out.

Only the wrapping changes: a tenant's data key stays the same, so whoever reads meanwhile notices nothing. Data keys are not
replaced: the audit chain is made over what they sealed, so new ones would break it.

Each tenant is one transaction, and the row itself says whether it is done: killed anywhere, the next run does the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.access.models import PendingLogin, SystemSecret
from core.access.system_secrets import reseal
from core.crypto import CannotUnseal, Vault
from core.db import Database
from core.failpoints import reach
from core.inbox import InboxUpdate
from core.security import key_uses
from core.security.models import TenantKey
from core.settings import Login, load_settings

BATCH = 100
_ME = "rotate-keys"
_BAR = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unreadable` are keys that no version in the ring opens; `left` is what is still on an older version at the end."""

    rewrapped: int
    unreadable: int
    left: int


@dataclass(frozen=True, slots=True)
class Use:
    """What would become unreadable without a version of the ring."""

    data_keys: int
    secrets: int
    passing: int

    @property
    def none(self) -> bool:
        return not (self.data_keys or self.secrets or self.passing)


async def rotate(
    db: Database,
    overview: Database,
    vault: Vault,
    *,
    batch: int = BATCH,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Rewrap every data key and seal the installation's own secrets anew.

    `overview` lists tenants and versions and reads no key; `db` opens one tenant at a time. `told` hears (done, of how many).
    """
    async with db.begin() as session:
        await reseal(session, vault)
    total = await _count_old(overview, vault)
    told(0, total)
    rewrapped = unreadable = 0
    after = UUID(int=0)
    while tenants := await _old(overview, vault, after, batch):
        for tenant_id in tenants:
            try:
                rewrapped += await rewrap(db, vault, tenant_id)
            except CannotUnseal:
                unreadable += 1
        reach("mid_rewrap")
        told(rewrapped + unreadable, total)
        after = tenants[-1]
    return Outcome(rewrapped, unreadable, await _count_old(overview, vault))


async def rewrap(db: Database, vault: Vault, tenant_id: UUID) -> bool:
    """Put one tenant's data key under the newest version. False when it is there already. Raises CannotUnseal."""
    async with db.begin(tenant_id) as session:
        row = await session.scalar(select(TenantKey).where(TenantKey.tenant_id == tenant_id))
        if row is None or row.kek_version == vault.version:
            return False
        version, wrapped = vault.rewrap(tenant_id, row.kek_version, row.wrapped)
        changed = await session.scalar(
            update(TenantKey)
            .where(TenantKey.tenant_id == tenant_id, TenantKey.wrapped == row.wrapped)
            .values(kek_version=version, wrapped=wrapped)
            .returning(TenantKey.tenant_id)
        )
        return changed is not None


async def in_use(db: Database, overview: Database, version: int) -> Use:
    """Who still needs a version: data keys, the installation's secrets, and what passes by itself.

    The latter are updates from Telegram that wait to be handled and logins that wait to be confirmed: a day at most.
    """
    async with overview.begin() as session:
        data_keys = await session.scalar(
            select(func.count()).select_from(TenantKey).where(TenantKey.kek_version == version)
        )
    async with db.begin() as session:
        secrets = await _sealed_under(session, SystemSecret.sealed, version)
        passing = await _sealed_under(session, InboxUpdate.payload_sealed, version)
        passing += await _sealed_under(session, PendingLogin.details_sealed, version)
    return Use(int(data_keys or 0), secrets, passing)


async def _sealed_under(session: AsyncSession, column: InstrumentedAttribute[Any], version: int) -> int:
    """How many values of a column are under a version: it leads the bytes."""
    first = func.substring(column, 1, 2)
    return int(await session.scalar(select(func.count()).where(first == version.to_bytes(2, "big"))) or 0)


async def _old(overview: Database, vault: Vault, after: UUID, batch: int) -> Sequence[UUID]:
    async with overview.begin() as session:
        return (
            await session.scalars(
                select(TenantKey.tenant_id)
                .where(TenantKey.kek_version != vault.version, TenantKey.tenant_id > after)
                .order_by(TenantKey.tenant_id)
                .limit(batch)
            )
        ).all()


async def _count_old(overview: Database, vault: Vault) -> int:
    async with overview.begin() as session:
        return int(
            await session.scalar(
                select(func.count()).select_from(TenantKey).where(TenantKey.kek_version != vault.version)
            )
            or 0
        )


def bar(done: int, total: int) -> str:
    """One line that says how far it is."""
    filled = _BAR if total == 0 else done * _BAR // total
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total} keys"


def _show(done: int, total: int) -> None:
    """On a terminal one line that grows, elsewhere a line each time."""
    sys.stdout.write(f"\r{bar(done, total)}" if sys.stdout.isatty() else f"{bar(done, total)}\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[Database, Database, Vault]]:
    settings = load_settings(Login.UPKEEP, Login.ADMIN)
    async with AsyncExitStack() as stack:
        db = Database(settings.database_url(Login.UPKEEP), pool_size=2)
        stack.push_async_callback(db.close)
        overview = Database(settings.database_url(Login.ADMIN), pool_size=2)
        stack.push_async_callback(overview.close)
        yield db, overview, Vault(settings.kek_ring)


async def not_ready(db: Database, vault: Vault) -> dict[str, int]:
    """Running processes that do not know the newest key, by name. They learn from this that there is one."""
    await key_uses.announce(db, vault, holder=uuid4(), process=_ME)
    async with db.begin() as session:
        return await key_uses.behind(session, vault.version)


async def run(*, batch: int, anyway: bool) -> int:
    """Rotate and say how it went; 0 when nothing is left on an older version."""
    async with _connected() as (db, overview, vault):
        waiting = {} if anyway else await not_ready(db, vault)
        if waiting:
            named = ", ".join(f"{count} {process}" for process, count in waiting.items())
            _say(
                f"not begun: these running processes do not know version {vault.version} yet: {named}. Those that read the ring "
                "from a file or a command take it in within a minute: wait and run this again. Restart those with "
                "KEY_ENCRYPTION_KEYS. A process that was killed is forgotten after three minutes"
            )
            return 1
        outcome = await rotate(db, overview, vault, batch=batch, told=_show)
        await key_uses.note(db, vault)
    _say(f"\n{outcome.rewrapped} rewrapped to version {vault.version}, {outcome.left} left on older versions")
    if outcome.unreadable:
        _say(
            f"{outcome.unreadable} keys are under a version that is not in the ring; put it back and run this again"
        )
    return 1 if outcome.left else 0


async def check(version: int) -> int:
    """Say whether a version may be taken out of the ring; 0 when it may."""
    async with _connected() as (db, overview, vault):
        if version == vault.version:
            _say(f"version {version} is the newest: new data is sealed under it")
            return 1
        use = await in_use(db, overview, version)
    if use.none:
        _say(f"version {version} is not needed any more; it may be taken out of the ring")
        return 0
    _say(
        f"version {version} is still needed: {use.data_keys} data keys, {use.secrets} secrets of the installation, "
        f"{use.passing} updates and logins under way (these go by themselves, within 24 hours)"
    )
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m core.security.rotation", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", type=int, metavar="VERSION")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument(
        "--anyway", action="store_true", help="do not ask which processes know the newest key"
    )
    arguments = parser.parse_args()
    if arguments.check is not None:
        return asyncio.run(check(arguments.check))
    return asyncio.run(run(batch=max(1, arguments.batch), anyway=arguments.anyway))


if __name__ == "__main__":
    sys.exit(main())
