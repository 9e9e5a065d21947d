"""A job card out of a brief that its person brought: scored like any other, drafted for like any other, sent by hand."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from core.errors import Conflict, Invalid
from core.jobs import Job, enqueue
from core.jobs_feed import reposts
from core.jobs_feed.models import Band, CardState, JobCard, PostingRow
from core.jobs_feed.posting import JobPosting
from core.jobs_feed.service import POSTING_JSON
from core.matching.embedding_text import embedding_text
from core.matching.meaning import posting_vector
from core.matching.score import dump_score, score_posting
from core.media.brief import posting_from
from core.media.service import Media
from core.profile.service import load_profile, load_weights
from core.runtime import Runtime
from core.searches.criteria import Criteria
from core.security import audit

_EMBEDDED_CHARACTERS = 2000


async def make_card(rt: Runtime, media: Media, *, tenant_id: UUID) -> None:
    """Store the posting with its score and have its card delivered. A second call finds it there.

    No rule of a search holds it back: its person chose it. Raises Invalid ("brief_short") and Conflict ("no_profile").
    """
    posting = posting_from(media.text, key=media.id.hex, now=rt.clock.now())
    if posting is None:
        raise Invalid(reason="brief_short")
    async with rt.db.begin(tenant_id) as session:
        profile = await load_profile(session, await rt.keys(session))
        weights = await load_weights(session)
    if profile is None:
        raise Conflict(reason="no_profile")
    vector = await _embedded(rt, posting)
    score = score_posting(
        posting, profile, Criteria(query=""), vector=vector, weights=weights, now=rt.clock.now()
    )
    async with rt.db.begin(tenant_id) as session:
        added = await session.scalar(
            insert(PostingRow)
            .values(
                tenant_id=tenant_id,
                id=uuid4(),
                upwork_id=posting.upwork_id,
                title=posting.title,
                description=posting.description,
                body=POSTING_JSON.dump_python(posting, mode="json"),
                search_ids=[],
                backlog=False,
                fingerprint=reposts.fingerprint(posting),
                published_at=posting.published_at,
                fetched_at=rt.clock.now(),
                score=dump_score(score),
                embedding=list(vector) if vector is not None else None,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "upwork_id"])
            .returning(PostingRow.id)
        )
        if added is None:
            return
        card_id = uuid4()
        session.add(
            JobCard(
                tenant_id=tenant_id,
                id=card_id,
                upwork_id=posting.upwork_id,
                ciphertext="",
                search_id=None,
                band=Band.INSTANT,
                state=CardState.NEW,
                fit=round(score.fit.score),
                client=round(score.client.score),
                odds=round(score.odds.score),
                total=round(score.total),
                facts={},
                published_at=posting.published_at,
                seen_at=rt.clock.now(),
            )
        )
        await session.flush()
        audit.record(session, "card.brought", actor=audit.USER, card=str(card_id))
        await enqueue(session, Job.DELIVER_CARD, tenant_id=tenant_id, ref=card_id)


async def _embedded(rt: Runtime, posting: JobPosting) -> list[float] | None:
    if rt.embedder is None:
        return None
    text, title = await rt.embedder.embed(
        [embedding_text(posting.text[:_EMBEDDED_CHARACTERS]), embedding_text(posting.title)]
    )
    return list(posting_vector(text, title))
