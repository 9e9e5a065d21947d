"""`python -m core.security.verify`: recompute every audit chain and compare it with its anchors. 0 when all are whole.

Finds an edited, a deleted and a moved event from the chain alone; an end that was cut off, or a chain that was written anew,
against the anchors. It logs in as the upkeep role and reads one account at a time, sealed as it is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.crypto import CannotUnseal, UnknownKey, Vault
from core.db import Database
from core.http import open_http
from core.jobs import WorkItem
from core.security import anchor, chain
from core.security.anchor import Anchor, Anchors, NotAnchored
from core.security.chain import Fault, Finding
from core.settings import Login, Settings, load_settings

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Verified:
    """One account's chain: how many events, up to which one it is anchored, and what is wrong."""

    tenant_id: UUID
    events: int
    fingerprint: str
    anchored: int
    erased: bool
    findings: tuple[Finding, ...]

    @property
    def words(self) -> str:
        return "erased" if self.erased and not self.findings else chain.worst(self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """`retired`: anchors made with a key that is gone. They prove nothing any more; each head is anchored anew every day."""

    accounts: tuple[Verified, ...]
    forged: int
    retired: int = 0

    @property
    def findings(self) -> int:
        return sum(len(account.findings) for account in self.accounts) + self.forged


async def verify(settings: Settings, db: Database, http: httpx.AsyncClient, vault: Vault) -> Report:
    """Check every account the database or the anchors know of. Raises NotAnchored when the anchors cannot be read."""
    async with db.begin() as session:
        known = set(await session.scalars(select(WorkItem.tenant_id).distinct())) - {_NOBODY}
    listed, bad = await _listed(settings, http, vault)
    anchors = await anchor.read(settings, http, vault, accounts=known | listed)
    of_account: dict[UUID, list[Anchor]] = {tenant_id: [] for tenant_id in known | listed}
    for found in anchors.good:
        of_account.setdefault(found.tenant_id, []).append(found)
    accounts = [
        await _verify_one(db, tenant_id, of_account[tenant_id], listed=tenant_id in listed)
        for tenant_id in sorted(of_account)
    ]
    return Report(tuple(accounts), anchors.forged + bad.forged, anchors.retired + bad.retired)


async def _listed(
    settings: Settings, http: httpx.AsyncClient, vault: Vault
) -> tuple[frozenset[UUID], Anchors]:
    """The accounts on a store's list, and whether that list was not made with our keys, or with one that is gone."""
    if not anchor.is_store(settings):
        return frozenset(), Anchors((), 0, 0)
    try:
        roll = await anchor.read_roll(settings, http, vault)
    except UnknownKey:
        return frozenset(), Anchors((), 0, 1)
    except CannotUnseal:
        return frozenset(), Anchors((), 1, 0)
    return (roll.accounts if roll else frozenset()), Anchors((), 0, 0)


async def _verify_one(
    db: Database, tenant_id: UUID, anchors: Sequence[Anchor], *, listed: bool = False
) -> Verified:
    async with db.begin(tenant_id) as session:
        links = await chain.load(session)
    erased = any(found.erased for found in anchors)
    findings = chain.check(links)
    if not erased:
        findings += chain.check_anchored(links, [found.head for found in anchors])
        if listed and not links and not findings:
            # It vanished before its first anchor.
            findings.append(Finding(Fault.GONE, 1))
    elif links:
        # A restored backup brought back what was to be forgotten.
        findings.append(Finding(Fault.RETURNED, links[0].seq))
    head = chain.Head(links[-1].seq, links[-1].hash) if links else chain.Head(0, chain.GENESIS)
    return Verified(
        tenant_id,
        len(links),
        head.fingerprint,
        max((found.head.seq for found in anchors), default=0),
        erased,
        tuple(findings),
    )


def table(report: Report) -> str:
    """What the command prints; the last line alone says whether all is well."""
    lines = [f"{'account':<38}{'events':>8}{'anchored':>10}  {'head':<21}result"]
    lines += [
        f"{account.tenant_id!s:<38}{account.events:>8}{account.anchored:>10}  {account.fingerprint:<21}{account.words}"
        for account in report.accounts
    ]
    if report.forged:
        lines.append(f"{report.forged} anchors were not made with these keys, or were changed")
    if report.retired:
        lines.append(f"{report.retired} anchors were made with a key that is not here any more")
    unanchored = sum(max(0, account.events - account.anchored) for account in report.accounts)
    if unanchored:
        lines.append(
            f"{unanchored} events are newer than their anchors: an end cut off there would not show yet"
        )
    events = sum(account.events for account in report.accounts)
    lines.append(f"audit: {len(report.accounts)} accounts, {events} events, {report.findings} findings")
    return "\n".join(lines) + "\n"


async def main(settings: Settings) -> int:
    db, vault = Database(settings.database_url(Login.UPKEEP)), Vault(settings.kek_ring)
    try:
        async with open_http(settings) as http:
            report = await verify(settings, db, http, vault)
    except NotAnchored as error:
        sys.stderr.write(f"AUDIT_ANCHOR cannot be read: {error}\n")
        return 2
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"The database cannot be read: {type(error).__name__}\n")
        return 2
    finally:
        await db.close()
    sys.stdout.write(table(report))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(load_settings(Login.UPKEEP))))
