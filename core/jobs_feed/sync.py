"""Asking Upwork for a saved search, and scoring what is new: polled, stored, gated, embedded, scored, carded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.accounts.service import account_of
from core.errors import NotFound
from core.jobs import Job, enqueue
from core.jobs_feed import intake
from core.jobs_feed.intake import Candidate
from core.jobs_feed.models import Band
from core.learning.judging import Experience, kept_numbers, load_experience
from core.log import get_logger
from core.matching.embedding_text import embedding_text
from core.matching.flags import stops_instant
from core.matching.gates import failed_gates
from core.matching.learning import numbers_of
from core.matching.meaning import posting_vector
from core.matching.reading import ProfileReading, read_posting, read_profile
from core.matching.score import Score, Weights, score_posting
from core.profile.facts import Profile
from core.profile.service import load_profile, load_weights
from core.runtime import Runtime
from core.searches import service as searches
from core.searches.criteria import Criteria
from core.searches.service import Search
from core.upwork import operations

log = get_logger(__name__)

FIRST_POLL_CARDS = 5
"""A new search finds a backlog. Only its best few ring; the rest wait in the list, or the first minute would be a flood."""

BACKLOG_AFTER = timedelta(hours=6)
"""A search that rested this long finds a backlog again."""

_RANK_WORDS = 40
_BATCH = 60
_EMBEDDED_CHARACTERS = 2000


async def poll_search(rt: Runtime, *, tenant_id: UUID, search_id: UUID) -> int | None:
    """Job.POLL_SEARCH: how many postings wait for a score because of it.

    None when there is nothing to ask for until somebody says so: deleted, paused, or nobody there to tell.
    """
    search = await _open_search(rt, tenant_id, search_id)
    if search is None:
        return None
    postings = await operations.search_jobs(rt.upwork, tenant_id, search.criteria)
    now = rt.clock.now()
    oldest = now - timedelta(hours=search.criteria.max_age_hours)
    rested = search.last_polled_at is None or now - search.last_polled_at > BACKLOG_AFTER
    async with rt.db.begin(tenant_id) as session:
        new = await intake.store_postings(
            session,
            search_id=search_id,
            postings=[posting for posting in postings if posting.published_at >= oldest],
            clock=rt.clock,
            backlog=rested,
        )
        try:
            await searches.note_poll(session, search_id=search_id, new_postings=new, clock=rt.clock)
        except NotFound:
            return None  # deleted while Upwork was answering
    if new:
        log.info("search.polled", new=new)
    return new


async def _open_search(rt: Runtime, tenant_id: UUID, search_id: UUID) -> Search | None:
    async with rt.db.begin(tenant_id) as session:
        account = await account_of(session)
        if account is None or account.paused or account.unreachable:
            return None
        try:
            search = await searches.get_search(session, await rt.keys(session), search_id=search_id)
        except NotFound:
            return None
    return None if search.paused else search


@dataclass(frozen=True, slots=True)
class _Judge:
    """What one scoring round compares with: the person and their searches, read once."""

    profile: Profile
    weights: Weights
    criteria: Mapping[UUID, Criteria]
    readings: Mapping[UUID, ProfileReading]
    experience: Experience
    now: datetime

    def admitting(self, candidate: Candidate) -> list[UUID]:
        """The searches whose rules let a posting pass. A search that was deleted meanwhile lets nothing pass."""
        return [
            search_id
            for search_id in candidate.search_ids
            if search_id in self.criteria
            and not failed_gates(candidate.posting, self.criteria[search_id], self.profile, self.now)
        ]


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: Candidate
    search_id: UUID | None
    score: Score | None
    vector: Sequence[float] | None
    numbers: Mapping[str, float] | None = None


async def score_new_postings(rt: Runtime, *, tenant_id: UUID) -> int:
    """Job.SCORE_POSTINGS: returns how many cards were made. Does nothing before there is a profile to compare with."""
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        profile = await load_profile(session, keys)
        if profile is None:
            return 0
        criteria = {search.id: search.criteria for search in await searches.list_searches(session, keys)}
        judge = _Judge(
            profile=profile,
            weights=await load_weights(session),
            criteria=criteria,
            readings={search_id: read_profile(profile, each) for search_id, each in criteria.items()},
            experience=await load_experience(session, clock=rt.clock),
            now=rt.clock.now(),
        )
        waiting = await intake.unscored(session, words=_words(profile), clock=rt.clock, limit=_BATCH)
        rung = await intake.rung_lately(session, search_ids=list(criteria), clock=rt.clock)
    if not waiting:
        return 0
    passed = {candidate.posting_id: judge.admitting(candidate) for candidate in waiting}
    # A posting that no rule lets pass is not worth a model's time.
    vectors = await _embed(rt, [candidate for candidate in waiting if passed[candidate.posting_id]])
    scored = [
        _score(judge, candidate, passed[candidate.posting_id], vectors.get(candidate.posting_id))
        for candidate in waiting
    ]
    cards = 0
    for item, band in _bands(scored, rung):
        async with rt.db.begin(tenant_id) as session:
            card = await intake.store_score(
                session,
                candidate=item.candidate,
                search_id=item.search_id,
                score=item.score,
                vector=item.vector,
                band=band,
                numbers=item.numbers,
            )
        cards += card is not None
    if len(waiting) == _BATCH:
        async with rt.db.begin(tenant_id) as session:
            await enqueue(session, Job.SCORE_POSTINGS, tenant_id=tenant_id, ref=tenant_id)
    return cards


def _score(
    judge: _Judge, candidate: Candidate, search_ids: Sequence[UUID], vector: Sequence[float] | None
) -> _Scored:
    """The posting under the search it suits best; without a score when none lets it pass."""
    reading = read_posting(candidate.posting) if search_ids else None
    best: tuple[Score, UUID] | None = None
    for search_id in search_ids:
        score = score_posting(
            candidate.posting,
            judge.profile,
            judge.criteria[search_id],
            vector=vector,
            text_rank=candidate.text_rank,
            weights=judge.weights,
            now=judge.now,
            repost=candidate.repost,
            posting_reading=reading,
            profile_reading=judge.readings[search_id],
        )
        if best is None or score.total > best[0].total:
            best = (score, search_id)
    if best is None:
        return _Scored(candidate, None, None, vector)
    cold, search_id = best
    numbers = numbers_of(candidate.posting, cold, now=judge.now)
    score = judge.experience.applied(cold, numbers, judge.weights)
    return _Scored(candidate, search_id, score, vector, kept_numbers(numbers, cold))


def _bands(scored: Iterable[_Scored], rung: Mapping[UUID, int]) -> list[tuple[_Scored, Band]]:
    """Each score's band, best first. Of a backlog only the best few ring (`rung` counts those that did); the rest waits.

    A new search has nothing loud to show when its matches are middling, so its best few ring from the digest's band up; what
    carries a warning never does.
    """
    ringing: Counter[UUID] = Counter(rung)
    banded = []
    for item in sorted(scored, key=lambda item: -(item.score.total if item.score else 0)):
        band = Band(item.score.band) if item.score else Band.SILENT
        if item.score and item.search_id and item.candidate.backlog and band is not Band.SILENT:
            loud = ringing[item.search_id] < FIRST_POLL_CARDS and not stops_instant(item.score.flags)
            band = Band.INSTANT if loud else Band.DIGEST
            ringing[item.search_id] += loud
        banded.append((item, band))
    return banded


async def _embed(rt: Runtime, candidates: Sequence[Candidate]) -> dict[UUID, Sequence[float]]:
    known: dict[UUID, Sequence[float]] = {
        candidate.posting_id: candidate.vector for candidate in candidates if candidate.vector is not None
    }
    missing = [candidate for candidate in candidates if candidate.vector is None]
    if rt.embedder is None or not missing:
        return known
    texts = [embedding_text(candidate.posting.text[:_EMBEDDED_CHARACTERS]) for candidate in missing]
    titles = [embedding_text(candidate.posting.title) for candidate in missing]
    made = await rt.embedder.embed([*texts, *titles])
    return known | {
        candidate.posting_id: posting_vector(text, title)
        for candidate, text, title in zip(missing, made[: len(texts)], made[len(texts) :], strict=True)
    }


def _words(profile: Profile) -> list[str]:
    """The profile's own words for Postgres full-text: skills first, then the headline."""
    words = [word for skill in sorted(profile.skills) for word in skill.replace("/", " ").split()]
    words += [word for word in profile.headline.split() if len(word) > 2]
    plain = (word for word in ("".join(char for char in word if char.isalnum()) for word in words) if word)
    return list(dict.fromkeys(plain))[:_RANK_WORDS]
