"""Saved searches: adding, listing, pausing, and opening their sealed criteria."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.permissions import limits_of
from core.access.quota import lock_limit
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import LimitReached, NotFound
from core.jobs import Job, enqueue
from core.searches.criteria import Criteria
from core.searches.models import SavedSearch
from core.security import audit


@dataclass(frozen=True, slots=True)
class Search:
    id: UUID
    criteria: Criteria
    paused: bool
    last_polled_at: datetime | None
    postings_seen: int


def _view(row: SavedSearch, keys: TenantKeys) -> Search:
    return Search(
        id=row.id,
        criteria=Criteria.model_validate_json(keys.unseal(row, "criteria_sealed")),
        paused=row.paused_at is not None,
        last_polled_at=row.last_polled_at,
        postings_seen=row.postings_seen,
    )


async def add_search(session: AsyncSession, keys: TenantKeys, criteria: Criteria) -> Search:
    """Save a search and ask for its first poll. Raises LimitReached with `limit` beyond what the role may have."""
    await lock_limit(session, "searches")
    existing = await list_searches(session, keys)
    same = next((search for search in existing if search.criteria == criteria), None)
    if same is not None:
        return same
    limit = (await limits_of(session)).searches
    if len(existing) >= limit:
        raise LimitReached(limit=limit, reason="searches")
    row = SavedSearch(tenant_id=tenant_of(session), id=uuid4(), criteria_sealed=b"", polls=0, postings_seen=0)
    row.criteria_sealed = keys.seal(row, "criteria_sealed", criteria.model_dump_json())
    session.add(row)
    audit.record(session, "search.added", actor=audit.USER, search=str(row.id))
    await enqueue(session, Job.POLL_SEARCH, tenant_id=row.tenant_id, ref=row.id)
    await session.flush()
    return _view(row, keys)


async def list_searches(session: AsyncSession, keys: TenantKeys) -> list[Search]:
    rows = await session.scalars(
        select(SavedSearch).where(SavedSearch.deleted_at.is_(None)).order_by(SavedSearch.created_at)
    )
    return [_view(row, keys) for row in rows]


async def get_search(session: AsyncSession, keys: TenantKeys, *, search_id: UUID) -> Search:
    """Raises NotFound for an id that is not this tenant's or was deleted."""
    return _view(await _load(session, search_id), keys)


async def set_search_paused(session: AsyncSession, *, search_id: UUID, paused: bool, clock: Clock) -> None:
    row = await _load(session, search_id)
    row.paused_at = clock.now() if paused else None
    audit.record(
        session, "search.paused" if paused else "search.resumed", actor=audit.USER, search=str(search_id)
    )
    if not paused:
        await enqueue(session, Job.POLL_SEARCH, tenant_id=row.tenant_id, ref=row.id)


async def delete_search(session: AsyncSession, *, search_id: UUID, clock: Clock) -> None:
    """Forget what was searched for. The row stays without its words, because cards that came of it name it."""
    row = await _load(session, search_id)
    row.deleted_at = clock.now()
    row.criteria_sealed = b""
    audit.record(session, "search.deleted", actor=audit.USER, search=str(search_id))


async def resume_polling(session: AsyncSession) -> None:
    """Ask for every search that is not paused by itself; used when the whole account is resumed."""
    ids = await session.scalars(
        select(SavedSearch.id).where(SavedSearch.paused_at.is_(None), SavedSearch.deleted_at.is_(None))
    )
    for search_id in ids:
        await enqueue(session, Job.POLL_SEARCH, tenant_id=tenant_of(session), ref=search_id)


async def note_poll(session: AsyncSession, *, search_id: UUID, new_postings: int, clock: Clock) -> None:
    row = await _load(session, search_id)
    row.last_polled_at = clock.now()
    row.polls += 1
    row.postings_seen += new_postings


async def _load(session: AsyncSession, search_id: UUID) -> SavedSearch:
    row = await session.get(SavedSearch, (tenant_of(session), search_id))
    if row is None or row.deleted_at is not None:
        raise NotFound(subject="search")
    return row
