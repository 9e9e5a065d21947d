"""Jobs of the feed: embed the profile, poll searches, score what is new, deliver cards."""

from __future__ import annotations

from uuid import UUID

from core.jobs_feed import sync
from core.matching.embedding_text import embedding_text
from core.messaging.sync import sync_rooms as sync_all_rooms
from core.notifications.notifier import Notifier
from core.profile import service as profiles
from core.proposals import sync as proposals
from core.runtime import Runtime


async def embed_profile(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    """Vectors for facts that have none. Without an embedder scores do without, at a lower confidence."""
    if rt.embedder is None:
        return
    async with rt.db.begin(tenant_id) as session:
        facts = await profiles.facts_without_vector(session, await rt.keys(session))
    if not facts:
        return
    vectors = await rt.embedder.embed([embedding_text(fact.text) for fact in facts])
    async with rt.db.begin(tenant_id) as session:
        await profiles.store_vectors(session, dict(zip(facts, vectors, strict=True)))


async def poll_search(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await sync.poll_search(rt, tenant_id=tenant_id, search_id=ref)


async def score_postings(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await sync.score_new_postings(rt, tenant_id=tenant_id)


async def deliver_card(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.card(tenant_id, ref)


async def deliver_digest(_rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await notifier.digest(tenant_id)


async def sync_rooms(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await sync_all_rooms(rt, tenant_id=tenant_id)


async def sync_proposals(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await proposals.sync_proposals(rt, notifier, tenant_id=tenant_id)


async def deliver_story(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.story(tenant_id, ref)
