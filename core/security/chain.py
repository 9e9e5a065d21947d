"""The audit as a chain: what its hashes cover, and what is wrong with one that somebody changed.

The database chains an event when it is written (`app.chain_audit`); here the same bytes are put together again, over the sealed
details, so checking needs no key. Inside one database whoever can rewrite a row can rewrite all that follow, or cut off the end:
both show only against an anchor, a head that was noted elsewhere (`core.security.anchor`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.security.models import AuditEvent

GENESIS = bytes(32)
"""What the first event of every chain follows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Link:
    """One event as the chain sees it."""

    tenant_id: UUID
    id: UUID
    seq: int
    prev: bytes
    created_at: datetime
    event: str
    actor: str
    payload: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of a chain; `seq` 0 for a chain without any."""

    seq: int
    hash: bytes

    @property
    def fingerprint(self) -> str:
        """Sixteen characters for people to compare."""
        digits = self.hash.hex()[:16]
        return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


class Fault(StrEnum):
    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    BROKEN = "broken"
    CUT = "cut"
    REPLACED = "replaced"
    GONE = "gone"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is where it shows; for CUT and GONE the first event that is missing."""

    fault: Fault
    seq: int


def digest(link: Link) -> bytes:
    """SHA-256 over what the database hashed, byte for byte."""
    at = (link.created_at - _EPOCH) // timedelta(microseconds=1)
    head = "|".join(
        (
            "audit-1",
            str(link.tenant_id),
            str(link.id),
            str(link.seq),
            link.prev.hex(),
            str(at),
            str(len(link.event)),
            link.event,
            str(len(link.actor)),
            link.actor,
            "",
        )
    )
    return hashlib.sha256(head.encode() + link.payload).digest()


def check(links: Sequence[Link]) -> list[Finding]:
    """What is wrong with a whole chain, given in the order of `seq`, as far as the chain itself can tell."""
    known = {link.hash for link in links}
    found = []
    before, number = GENESIS, 0
    for link in links:
        follows = link.prev == before
        if link.seq != number + 1:
            found.append(Finding(Fault.DELETED, number + 1))
        elif not follows and link.prev in known | {GENESIS}:
            found.append(Finding(Fault.REORDERED, link.seq))
        elif digest(link) != link.hash:
            found.append(Finding(Fault.EDITED, link.seq))
        elif not follows:
            found.append(Finding(Fault.BROKEN, link.seq))
        before, number = link.hash, link.seq
    return found


def check_anchored(links: Sequence[Link], anchored: Iterable[Head]) -> list[Finding]:
    """What the chain hides from itself: an end that was cut off, or a chain that was written anew."""
    hashes = {link.seq: link.hash for link in links}
    last = links[-1].seq if links else 0
    found = []
    for head in sorted(anchored, key=lambda head: head.seq):
        if head.seq > last:
            found.append(Finding(Fault.CUT if links else Fault.GONE, last + 1))
            break
        if head.seq in hashes and hashes[head.seq] != head.hash:
            found.append(Finding(Fault.REPLACED, head.seq))
    return found


async def head_of(session: AsyncSession) -> Head:
    """The head of the tenant's chain."""
    row = (
        await session.execute(
            select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
        )
    ).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)


async def load(session: AsyncSession) -> list[Link]:
    """The tenant's whole chain in the order of `seq`."""
    rows = await session.stream_scalars(
        select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=_BATCH)
    )
    return [
        Link(
            row.tenant_id,
            row.id,
            row.seq,
            row.prev,
            row.created_at,
            row.event,
            row.actor,
            row.payload_sealed,
            row.hash,
        )
        async for row in rows
    ]


def worst(findings: Collection[Finding]) -> str:
    """In words for a table: each kind of fault with the first event it shows at."""
    first: dict[Fault, int] = {}
    for finding in findings:
        first.setdefault(finding.fault, finding.seq)
    return ", ".join(f"{fault.value} at {seq}" for fault, seq in first.items()) or "whole"
