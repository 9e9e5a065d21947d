"""Jobs of the feed: embed the profile, poll searches, score what is new, deliver cards."""

from __future__ import annotations

import random
from uuid import UUID

from core.accounts.service import load_account
from core.jobs import Job, enqueue
from core.jobs_feed import service as cards
from core.jobs_feed import sync
from core.matching.embedding_text import embedding_text
from core.messaging.sync import sync_rooms as sync_all_rooms
from core.notifications.notifier import Notifier
from core.profile import service as profiles
from core.proposals import sync as proposals
from core.runtime import Runtime
from workers.job import NOT_AGAIN


async def embed_profile(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    """Vectors for facts that have none, then whatever waited for a profile. Without an embedder scores do without."""
    async with rt.db.begin(tenant_id) as session:
        facts = await profiles.facts_without_vector(session, await rt.keys(session))
    vectors = {}
    if rt.embedder is not None and facts:
        made = await rt.embedder.embed([embedding_text(fact.text) for fact in facts])
        vectors = dict(zip(facts, made, strict=True))
    async with rt.db.begin(tenant_id) as session:
        await profiles.store_vectors(session, vectors)
        await enqueue(session, Job.SCORE_POSTINGS, tenant_id=tenant_id, ref=tenant_id)


async def poll_search(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> float:
    if await sync.poll_search(rt, tenant_id=tenant_id, search_id=ref) is None:
        return NOT_AGAIN
    return rt.settings.upwork_poll_seconds * random.uniform(0.85, 1.15)


async def score_postings(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await sync.score_new_postings(rt, tenant_id=tenant_id)


async def deliver_card(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.card(tenant_id, ref)


async def deliver_digest(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float:
    """What did not fit into this digest comes with the next one."""
    account = await load_account(rt.db, tenant_id=tenant_id)
    if account is None or account.unreachable:
        return NOT_AGAIN
    await notifier.digest(tenant_id)
    async with rt.db.begin(tenant_id) as session:
        more = await cards.waiting_for_digest(session, limit=1)
    return cards.DIGEST_SECONDS if more else NOT_AGAIN


async def sync_rooms(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await sync_all_rooms(rt, tenant_id=tenant_id)


async def sync_proposals(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await proposals.sync_proposals(rt, notifier, tenant_id=tenant_id)


async def deliver_story(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """`ref` is the room: its messages are told one after another."""
    await notifier.stories(tenant_id, ref)
