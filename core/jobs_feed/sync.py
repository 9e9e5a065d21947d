"""Asking Upwork for a saved search, and scoring what is new: polled, stored, embedded, gated, scored, carded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.accounts.service import account_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.jobs_feed import service as feed
from core.jobs_feed.models import Band
from core.log import get_logger
from core.matching.gates import failed_gates
from core.matching.reading import read_profile
from core.matching.score import Score, Weights, score_posting
from core.profile.facts import Profile
from core.profile.service import load_profile, load_weights
from core.runtime import Runtime
from core.searches import service as searches
from core.searches.criteria import Criteria
from core.upwork import operations

log = get_logger(__name__)

FIRST_POLL_CARDS = 5
"""A new search finds a backlog. Only its best few ring; the rest wait in the list, or the first minute would be a flood."""

_RANK_WORDS = 40
_BATCH = 60


async def poll_search(rt: Runtime, *, tenant_id: UUID, search_id: UUID) -> int:
    """Job.POLL_SEARCH: returns how many new postings were stored, and asks for the next poll, jittered."""
    async with rt.db.begin(tenant_id) as session:
        account = await account_of(session)
        try:
            search = await searches.get_search(session, await rt.keys(session), search_id=search_id)
        except NotFound:
            return 0
    if account is None or account.paused or search.paused:
        return 0
    try:
        postings = await operations.search_jobs(rt.upwork, tenant_id, search.criteria)
    finally:
        # Asked for in its own transaction, so that a failed poll is not the last one.
        async with rt.db.begin(tenant_id) as session:
            delay = rt.settings.upwork_poll_seconds * random.uniform(0.85, 1.15)
            await enqueue(session, Job.POLL_SEARCH, tenant_id=tenant_id, ref=search_id, delay=delay)
    oldest = rt.clock.now() - timedelta(hours=search.criteria.max_age_hours)
    async with rt.db.begin(tenant_id) as session:
        fresh = [posting for posting in postings if posting.published_at >= oldest]
        new = await feed.store_postings(session, search_id=search_id, postings=fresh, clock=rt.clock)
        await searches.note_poll(session, search_id=search_id, new_postings=new, clock=rt.clock)
    if new:
        log.info("search.polled", new=new)
    return new


async def score_new_postings(rt: Runtime, *, tenant_id: UUID) -> int:
    """Job.SCORE_POSTINGS: returns how many cards were made. Does nothing before there is a profile to compare with."""
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        profile = await load_profile(session, keys)
        if profile is None:
            return 0
        weights = await load_weights(session)
        criteria = {search.id: search.criteria for search in await searches.list_searches(session, keys)}
        new_searches = await searches.polled_once(session)
        waiting = await feed.unscored(session, words=_words(profile), limit=_BATCH)
    if not waiting:
        return 0
    vectors = await _embed(rt, [candidate for _, candidate in waiting])
    now = rt.clock.now()
    scored = [
        _Scored(
            search_id,
            candidate,
            vector,
            _score(candidate, criteria.get(search_id), profile, weights, vector=vector, now=now),
        )
        for (search_id, candidate), vector in zip(waiting, vectors, strict=True)
    ]
    cards = 0
    for item, band in _bands(scored, new_searches):
        async with rt.db.begin(tenant_id) as session:
            card = await feed.store_score(
                session,
                candidate=item.candidate,
                search_id=item.search_id,
                score=item.score,
                vector=item.vector,
                band=band,
            )
        cards += card is not None
    if len(waiting) == _BATCH:
        async with rt.db.begin(tenant_id) as session:
            await enqueue(session, Job.SCORE_POSTINGS, tenant_id=tenant_id, ref=tenant_id)
    return cards


@dataclass(frozen=True, slots=True)
class _Scored:
    search_id: UUID
    candidate: feed.Candidate
    vector: Sequence[float] | None
    score: Score | None


def _bands(scored: Sequence[_Scored], new_searches: set[UUID]) -> list[tuple[_Scored, Band]]:
    """Each score's band, best first. A new search's backlog rings for its best few only; the rest waits for the digest."""
    ringing: Counter[UUID] = Counter()
    banded = []
    for item in sorted(scored, key=lambda item: -(item.score.total if item.score else 0)):
        band = Band(item.score.band) if item.score else Band.SILENT
        if item.search_id in new_searches and band is not Band.SILENT:
            ringing[item.search_id] += 1
            band = Band.INSTANT if ringing[item.search_id] <= FIRST_POLL_CARDS else Band.DIGEST
        banded.append((item, band))
    return banded


def _score(
    candidate: feed.Candidate,
    criteria: Criteria | None,
    profile: Profile,
    weights: Weights,
    *,
    vector: Sequence[float] | None,
    now: datetime,
) -> Score | None:
    """None when the search is gone or one of the user's own rules refuses the posting."""
    if criteria is None or failed_gates(candidate.posting, criteria, profile, now):
        return None
    return score_posting(
        candidate.posting,
        profile,
        criteria,
        vector=vector,
        text_rank=candidate.text_rank,
        weights=weights,
        now=now,
        repost=candidate.repost,
        profile_reading=read_profile(profile, criteria),
    )


async def _embed(rt: Runtime, candidates: Sequence[feed.Candidate]) -> list[Sequence[float] | None]:
    if rt.embedder is None:
        return [candidate.vector for candidate in candidates]
    missing = [candidate for candidate in candidates if candidate.vector is None]
    made = (
        await rt.embedder.embed([candidate.posting.text[:2000] for candidate in missing]) if missing else []
    )
    fresh = {candidate.posting_id: vector for candidate, vector in zip(missing, made, strict=True)}
    return [fresh.get(candidate.posting_id, candidate.vector) for candidate in candidates]


def _words(profile: Profile) -> list[str]:
    """The profile's own words for Postgres full-text: skills first, then the headline."""
    words = [word for skill in sorted(profile.skills) for word in skill.replace("/", " ").split()]
    words += [word for word in profile.headline.split() if len(word) > 2]
    plain = (word for word in ("".join(char for char in word if char.isalnum()) for word in words) if word)
    return list(dict.fromkeys(plain))[:_RANK_WORDS]
