"""The console's look across tenants: ids, states, counts and times. Its database role can read nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, text

from core.access.permissions import Role
from core.db import Database
from core.errors import Unavailable

PAGE = 50

_USERS = text(
    """
    select t.tenant_id, t.created_at, t.onboarded_at is not null as onboarded, t.paused_at is not null as paused,
           t.unreachable_at is not null as unreachable, t.locked_at is not null as locked,
           (select u.status from app.upwork_accounts u where u.tenant_id = t.tenant_id limit 1) as upwork,
           exists (select 1 from app.web_logins w where w.tenant_id = t.tenant_id) as web_login,
           array(select r.role from app.role_grants r
                  where r.tenant_id = t.tenant_id and r.revoked_at is null) as roles,
           (select count(*) from app.drafts d where d.tenant_id = t.tenant_id) as drafts,
           (select count(*) from app.actions a where a.tenant_id = t.tenant_id and a.state = 'sent') as sent
      from app.tenants t
     where cast(:before as timestamptz) is null or t.created_at < :before
     order by t.created_at desc, t.tenant_id
     limit :rows
    """
).bindparams(bindparam("before", type_=DateTime(timezone=True)))

_ALERTS = text(
    """
    select id, tenant_id, kind, created_at, times, verdict from app.alerts
     order by created_at desc, id limit :rows
    """
)

_AUDIT = text(
    """
    select tenant_id, seq, created_at, event, actor from app.audit_events
     where (cast(:tenant as uuid) is null or tenant_id = :tenant)
       and (cast(:before as timestamptz) is null or created_at < :before)
     order by created_at desc, tenant_id, seq desc limit :rows
    """
).bindparams(bindparam("tenant", type_=Uuid()), bindparam("before", type_=DateTime(timezone=True)))

_QUEUE = text(
    """
    select job, count(*) filter (where dead_at is null) as waiting,
           count(*) filter (where dead_at is null and run_at < now() - interval '1 minute') as late,
           count(*) filter (where dead_at is not null) as given_up,
           min(run_at) filter (where dead_at is null) as next_at
      from app.work_items group by job order by job
    """
)

_UPWORK = text("select status, count(*) as accounts from app.upwork_accounts group by status order by status")

_REQUESTS = text(
    """
    select day, sum(requests) as requests, count(distinct tenant_id) as tenants from app.upwork_usage
     where day > (now() at time zone 'utc')::date - 14 group by day order by day desc
    """
)

_COST_BY_DAY = text(
    """
    with bills as (
        select created_at, true as drafted, offline, tokens_in, tokens_out, cost_usd from app.draft_versions
        union all
        select created_at, false, false, tokens_in, tokens_out, cost_usd from app.llm_spends
    )
    select (created_at at time zone 'utc')::date as day, count(*) filter (where drafted) as texts,
           count(*) filter (where offline) as offline, sum(tokens_in) as tokens_in, sum(tokens_out) as tokens_out,
           sum(cost_usd) as dollars
      from bills where created_at > now() - interval '14 days' group by 1 order by 1 desc
    """
)

_COST_BY_USER = text(
    """
    with bills as (
        select tenant_id, created_at, true as drafted, cost_usd from app.draft_versions
        union all
        select tenant_id, created_at, false, cost_usd from app.llm_spends
    )
    select tenant_id, count(*) filter (where drafted) as texts, sum(cost_usd) as dollars from bills
     where created_at > now() - interval '30 days' group by tenant_id order by 3 desc, 2 desc limit :rows
    """
)


@dataclass(frozen=True, slots=True)
class UserRow:
    id: UUID
    opened_at: datetime
    role: Role
    onboarded: bool
    paused: bool
    unreachable: bool
    locked: bool
    upwork: str | None
    web_login: bool
    drafts: int
    sent: int


@dataclass(frozen=True, slots=True)
class AlertRow:
    id: UUID
    user: UUID
    kind: str
    raised_at: datetime
    times: int
    verdict: str | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    user: UUID
    seq: int
    at: datetime
    event: str
    actor: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    job: str
    waiting: int
    late: int
    given_up: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """`accounts` is linked Upwork accounts by status, `requests` (day, requests, tenants) newest first."""

    queue: tuple[QueueRow, ...]
    accounts: tuple[tuple[str, int], ...]
    requests: tuple[tuple[date, int, int], ...]


@dataclass(frozen=True, slots=True)
class CostDay:
    day: date
    texts: int
    offline: int
    tokens_in: int
    tokens_out: int
    dollars: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """Fourteen days, newest first; and (account, texts, dollars) of thirty days, the dearest first."""

    days: tuple[CostDay, ...]
    users: tuple[tuple[UUID, int, Decimal], ...]


async def users(db: Database | None, *, before: datetime | None = None, rows: int = PAGE) -> list[UserRow]:
    """Accounts, the newest first; `before` goes on from one's `opened_at`."""
    order = list(Role)
    return [
        UserRow(
            id=row["tenant_id"],
            opened_at=row["created_at"],
            role=max((Role(role) for role in row["roles"]), key=order.index, default=Role.FREELANCER),
            onboarded=row["onboarded"],
            paused=row["paused"],
            unreachable=row["unreachable"],
            locked=row["locked"],
            upwork=row["upwork"],
            web_login=row["web_login"],
            drafts=row["drafts"],
            sent=row["sent"],
        )
        for row in await _read(db, _USERS, before=before, rows=rows)
    ]


async def alerts(db: Database | None, *, rows: int = PAGE) -> list[AlertRow]:
    """The newest alerts of everybody, without their facts."""
    return [
        AlertRow(row["id"], row["tenant_id"], row["kind"], row["created_at"], row["times"], row["verdict"])
        for row in await _read(db, _ALERTS, rows=rows)
    ]


async def audit_events(
    db: Database | None, *, user: UUID | None = None, before: datetime | None = None, rows: int = PAGE
) -> list[AuditRow]:
    """What happened, of everybody or of one account; the details stay sealed."""
    return [
        AuditRow(row["tenant_id"], row["seq"], row["created_at"], row["event"], row["actor"])
        for row in await _read(db, _AUDIT, tenant=user, before=before, rows=rows)
    ]


async def health(db: Database | None) -> Health:
    """How the background work and Upwork are doing."""
    queue, accounts = await _read(db, _QUEUE), await _read(db, _UPWORK)
    requests = await _read(db, _REQUESTS)
    return Health(
        queue=tuple(
            QueueRow(row["job"], row["waiting"], row["late"], row["given_up"], row["next_at"])
            for row in queue
        ),
        accounts=tuple((row["status"], row["accounts"]) for row in accounts),
        requests=tuple((row["day"], int(row["requests"]), row["tenants"]) for row in requests),
    )


async def cost(db: Database | None, *, rows: int = 20) -> Cost:
    """What the model's makers charged."""
    days, dearest = await _read(db, _COST_BY_DAY), await _read(db, _COST_BY_USER, rows=rows)
    return Cost(
        days=tuple(
            CostDay(
                row["day"], row["texts"], row["offline"], row["tokens_in"], row["tokens_out"], row["dollars"]
            )
            for row in days
        ),
        users=tuple((row["tenant_id"], row["texts"], row["dollars"]) for row in dearest),
    )


async def _read(db: Database | None, query: Any, **values: object) -> Sequence[Any]:
    """Raises Unavailable where the process was not given the console's login."""
    if db is None:
        raise Unavailable("overview")
    async with db.begin() as session:
        return (await session.execute(query, values)).mappings().all()
