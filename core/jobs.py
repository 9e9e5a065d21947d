"""Background work: a row in Postgres is the truth, arq is the doorbell.

`enqueue` writes a work item in the caller's transaction and rings after commit. A lost doorbell, or all of Redis, loses
nothing: the sweeper finds every due item. Items hold ids only; each job is idempotent.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError
from sqlalchemy import Index, UniqueConstraint, case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Bell, ring_after_commit
from core.log import get_logger

log = get_logger(__name__)

RING = "ring"

_RING_SECONDS = 2.0
_REST_SECONDS = 5.0
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 5.0


class Job(StrEnum):
    """Every background job; the member's value is the function's name in `workers/jobs`."""

    EMBED_PROFILE = "embed_profile"
    POLL_SEARCH = "poll_search"
    SCORE_POSTINGS = "score_postings"
    DELIVER_CARD = "deliver_card"
    DELIVER_DIGEST = "deliver_digest"
    COMPOSE_DRAFT = "compose_draft"
    DELIVER_DRAFT = "deliver_draft"
    IMPROVE_TEMPLATE = "improve_template"
    READ_POSTING = "read_posting"
    READ_MEDIA = "read_media"
    EXECUTE_ACTION = "execute_action"
    READ_BACK = "read_back"
    SYNC_ROOMS = "sync_rooms"
    SYNC_PROPOSALS = "sync_proposals"
    DELIVER_STORY = "deliver_story"
    CONFIRM_LINK = "confirm_link"
    PROBE_ACCOUNT = "probe_account"
    KEEP_TOKEN = "keep_token"  # noqa: S105 - a job's name
    PURGE_CONTENT = "purge_content"
    EXPIRE_APPROVALS = "expire_approvals"
    TELL_STEP_UP = "tell_step_up"
    TELL_ALERT = "tell_alert"
    ANCHOR_AUDIT = "anchor_audit"
    CALL_ROLL = "call_roll"
    WATCH_WEBHOOK = "watch_webhook"
    WEEKLY_REPORT = "weekly_report"
    EXPORT_DATA = "export_data"
    ERASE_TENANT = "erase_tenant"


class Kind(StrEnum):
    """Kinds of worker. Each has a database role of its own (see `core.settings.Login`) and runs only the jobs of its kind.

    Drafting has the models, Upwork the tokens; notify only carries to the chat what may be read without either; upkeep deletes,
    exports and anchors.
    """

    DRAFTING = "drafting"
    UPWORK = "upwork"
    NOTIFY = "notify"
    UPKEEP = "upkeep"

    @property
    def queue(self) -> str:
        """Where arq rings for it."""
        return f"gigwright:{self.value}"


KINDS: Mapping[Job, Kind] = {
    Job.EMBED_PROFILE: Kind.DRAFTING,
    Job.POLL_SEARCH: Kind.UPWORK,
    Job.SCORE_POSTINGS: Kind.DRAFTING,
    Job.DELIVER_CARD: Kind.NOTIFY,
    Job.DELIVER_DIGEST: Kind.NOTIFY,
    Job.COMPOSE_DRAFT: Kind.DRAFTING,
    Job.DELIVER_DRAFT: Kind.DRAFTING,
    Job.IMPROVE_TEMPLATE: Kind.DRAFTING,
    Job.READ_POSTING: Kind.DRAFTING,
    Job.READ_MEDIA: Kind.DRAFTING,
    Job.EXECUTE_ACTION: Kind.UPWORK,
    Job.READ_BACK: Kind.UPWORK,
    Job.SYNC_ROOMS: Kind.UPWORK,
    Job.SYNC_PROPOSALS: Kind.UPWORK,
    Job.DELIVER_STORY: Kind.NOTIFY,
    Job.CONFIRM_LINK: Kind.UPWORK,
    Job.PROBE_ACCOUNT: Kind.UPWORK,
    Job.KEEP_TOKEN: Kind.UPWORK,
    Job.PURGE_CONTENT: Kind.UPKEEP,
    Job.EXPIRE_APPROVALS: Kind.UPKEEP,
    Job.TELL_STEP_UP: Kind.NOTIFY,
    Job.TELL_ALERT: Kind.NOTIFY,
    Job.ANCHOR_AUDIT: Kind.UPKEEP,
    Job.CALL_ROLL: Kind.UPKEEP,
    Job.WATCH_WEBHOOK: Kind.NOTIFY,
    Job.WEEKLY_REPORT: Kind.UPKEEP,
    Job.EXPORT_DATA: Kind.UPKEEP,
    Job.ERASE_TENANT: Kind.UPKEEP,
}
"""Which kind of worker runs a job; a test wants every job here."""

# What concerns a whole tenant is one item, whoever asks for it and by whichever id: two would poll twice as often for ever.
_OF_THE_TENANT = frozenset(
    {
        Job.EMBED_PROFILE,
        Job.SCORE_POSTINGS,
        Job.DELIVER_DIGEST,
        Job.SYNC_ROOMS,
        Job.SYNC_PROPOSALS,
        Job.PROBE_ACCOUNT,
        Job.PURGE_CONTENT,
        Job.EXPIRE_APPROVALS,
    }
)


class WorkItem(Base):
    """One thing to do, for one row. Unique per (job, tenant, ref): asking twice moves it forward, never doubles it.

    `generation` counts the askings, so an asking that comes while the item runs is not lost when it finishes. `claimed_by` is
    made anew with each claim: whoever lost its lease changes nothing any more.
    """

    __tablename__ = "work_items"
    __table_args__ = (
        UniqueConstraint("job", "tenant_id", "ref"),
        Index(None, "run_at"),
        Index(None, "lease_until", postgresql_where=text("lease_until is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    job: Mapped[str]
    tenant_id: Mapped[UUID]
    ref: Mapped[UUID]
    run_at: Mapped[datetime] = mapped_column(server_default=func.now())
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    claimed_by: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


async def enqueue(session: AsyncSession, job: Job, *, tenant_id: UUID, ref: UUID, delay: float = 0.0) -> None:
    """Ask for `job` on row `ref`, `delay` seconds from now. An item already waiting keeps the earlier time.

    For a job about the whole tenant `ref` is the tenant, whatever the caller names. One that was given up on starts afresh.
    """
    if job in _OF_THE_TENANT:
        ref = tenant_id
    due = func.now() + timedelta(seconds=delay)
    statement = insert(WorkItem).values(id=uuid4(), job=job.value, tenant_id=tenant_id, ref=ref, run_at=due)
    statement = statement.on_conflict_do_update(
        index_elements=["job", "tenant_id", "ref"],
        set_={
            "generation": WorkItem.generation + 1,
            "run_at": func.least(WorkItem.run_at, statement.excluded.run_at),
            "attempts": case((WorkItem.dead_at.is_not(None), 0), else_=WorkItem.attempts),
            "dead_at": None,
        },
    )
    item_id = (await session.execute(statement.returning(WorkItem.id))).scalar_one()
    ring_after_commit(session, Bell(item_id, KINDS[job].queue, delay))


async def has_item(session: AsyncSession, job: Job, *, tenant_id: UUID, ref: UUID) -> bool:
    """Whether a worker will come to this by itself: it waits, or is under way."""
    found = await session.scalar(
        select(WorkItem.id).where(
            WorkItem.job == job.value,
            WorkItem.tenant_id == tenant_id,
            WorkItem.ref == ref,
            WorkItem.dead_at.is_(None),
        )
    )
    return found is not None


def to_wire(value: dict[str, Any]) -> bytes:
    """JSON instead of arq's default pickle: what lies in Redis must never run as code."""
    return json.dumps(value).encode()


def open_pool(url: str) -> ArqRedis:
    """Connects with the first command. One quick try: whoever rings is on a person's path, whoever listens tries again by itself.

    A server that takes connections and says nothing must end like one that is gone, so every answer is waited for only so long.
    """
    pool: ConnectionPool = ConnectionPool.from_url(
        url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS
    )
    return ArqRedis(
        pool,
        job_serializer=to_wire,
        job_deserializer=json.loads,
        expires_extra_ms=7 * 24 * 3600 * 1000,
    )


class ArqDoorbell:
    """Rings a worker for work items. A doorbell that cannot ring is logged and forgotten: the sweeper comes by.

    After a failure it rests, so that a lost Redis costs one second now and then, not one with every commit.
    """

    def __init__(self, url: str) -> None:
        self._pool = open_pool(url)
        self._rest_until = 0.0

    async def __call__(self, bells: Sequence[Bell]) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            async with asyncio.timeout(_RING_SECONDS):
                for bell in bells:
                    await self._pool.enqueue_job(
                        RING,
                        str(bell.item_id),
                        _queue_name=bell.queue,
                        _defer_by=timedelta(seconds=bell.delay) if bell.delay else None,
                    )
        except (RedisError, OSError) as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("doorbell.unreachable", error=type(error).__name__)

    async def close(self) -> None:
        await self._pool.aclose(close_connection_pool=True)
