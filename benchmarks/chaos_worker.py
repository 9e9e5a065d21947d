"""The worker that is killed: the product's own jobs with short leases, or the naive queue it is compared with."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import log as logs
from core import work
from core.clock import SystemClock
from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.notifications.notifier import Notifier
from core.proposals import execution, readback
from core.proposals.models import Action, ActionKind, Approval
from core.proposals.payload import Payload
from core.runtime import Runtime
from core.security.audit import seal_with
from core.settings import Environment, Settings
from core.upwork import operations
from core.upwork.client import UpworkClient
from core.upwork.errors import Refused
from core.upwork.rate import RateLimiter
from workers.job import run_next
from workers.jobs import JOBS

Step = Callable[[Runtime, Notifier], Awaitable[bool]]

TASKS = 4
_NAIVE_LEASE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """All a killed worker's successor has to know. `told` is a file with one line per card that was drawn."""

    database_url: str = field(repr=False)
    upwork_url: str
    keys: str = field(repr=False)
    told: str
    naive: bool


class _Unpaced(RateLimiter):
    """Everybody's turn is now: the pace is not what is measured here."""

    def __init__(self) -> None:
        super().__init__(None)

    async def take(self, *_: object) -> None:
        return None


class _Cards:
    """Telegram's place: writes down which action's card says what."""

    def __init__(self, rt: Runtime, path: str) -> None:
        self._rt = rt
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    async def action(self, tenant_id: UUID, action_id: UUID) -> None:
        async with self._rt.db.begin(tenant_id) as session:
            state = (await session.get_one(Action, (tenant_id, action_id))).state
        os.write(self._file, f"{time.time_ns()} {action_id} {state}\n".encode())


def settings_of(order: WorkerOrder) -> Settings:
    return Settings.model_validate(
        {
            "environment": Environment.TEST,
            "redis_url": SecretStr("unix:///nowhere"),
            "key_encryption_keys": SecretStr(order.keys),
            "public_url": "http://127.0.0.1:1",
            "telegram_bot_token": SecretStr("1:none"),
            "upwork_client_id": "chaos",
            "upwork_client_secret": SecretStr("none"),
            "upwork_token_url": f"{order.upwork_url}/api/v3/oauth2/token",
            "upwork_graphql_url": f"{order.upwork_url}/graphql",
        }
    )


def work_until_killed(order: WorkerOrder) -> None:
    """Runs in a process of its own and never returns."""
    # Short leases, so that minutes of waiting become seconds; what they guarantee does not depend on their length.
    work.LEASE = timedelta(seconds=1.5)
    execution.LEASE = timedelta(seconds=2)
    readback.DELAYS = (0.0, 0.5, 1.0, 1.5)
    logs.configure(json=False, level="CRITICAL")
    asyncio.run(_work(order))


async def _work(order: WorkerOrder) -> None:
    settings = settings_of(order)
    db, vault, clock = Database(order.database_url), Vault(settings.kek_ring), SystemClock()
    seal_with(db, vault)
    async with open_http() as http:
        upwork = UpworkClient(http=http, db=db, redis=None, vault=vault, settings=settings, clock=clock)
        upwork.governor.rate = _Unpaced()
        rt = Runtime(
            settings=settings,
            db=db,
            redis=Redis.from_url("unix:///nowhere"),  # asked for nothing
            http=http,
            vault=vault,
            clock=clock,
            upwork=upwork,
        )
        cards = cast(Notifier, _Cards(rt, order.told))
        step = _naive_step if order.naive else _step
        await asyncio.gather(*(_loop(step, rt, cards) for _ in range(TASKS)))


async def _loop(step: Step, rt: Runtime, cards: Notifier) -> None:
    while True:
        try:
            worked = await step(rt, cards)
        except (SQLAlchemyError, OSError):
            worked = False  # the database is away; the product's own worker goes on as well
        if not worked:
            await asyncio.sleep(0.02)


async def _step(rt: Runtime, cards: Notifier) -> bool:
    return await run_next(rt, cards, JOBS) != "idle"


_CLAIM = text(
    "update app.actions set lease_until = now() + :lease where (tenant_id, id) = ("
    " select tenant_id, id from app.actions where state = 'approved'"
    " and (lease_until is null or lease_until < now()) limit 1 for update skip locked) returning id"
)


async def _naive_step(rt: Runtime, _cards: Notifier) -> bool:
    """A queue with a visibility timeout and a job that sends and then says so: what everybody writes first."""
    async with rt.db.begin() as session:
        tenants = list(await session.scalars(text("select distinct tenant_id from app.work_items")))
    for tenant_id in tenants:
        async with rt.db.begin(tenant_id) as session:
            action_id = await session.scalar(_CLAIM, {"lease": _NAIVE_LEASE})
            if action_id is None:
                continue
            action = await session.get_one(Action, (tenant_id, action_id))
            approval = await session.get_one(Approval, (tenant_id, action.approval_id))
            sealed = (await rt.keys(session)).unseal(approval, "payload_sealed")
        remote_id = await _send(rt, tenant_id, Payload.read(sealed, expected_hash=approval.payload_hash))
        async with rt.db.begin(tenant_id) as session:
            row = await session.get_one(Action, (tenant_id, action_id))
            row.state, row.remote_id = "sent", remote_id
        return True
    return False


async def _send(rt: Runtime, tenant_id: UUID, payload: Payload) -> str | None:
    if payload.kind is ActionKind.REPLY:
        return await operations.send_story(rt.upwork, tenant_id, room_id=payload.target, text=payload.text)
    try:
        receipt = await operations.create_proposal(
            rt.upwork,
            tenant_id,
            job_id=payload.target,
            amount=payload.bid or Decimal(1),
            cover_letter=payload.text,
        )
    except Refused:
        return (
            None  # this Upwork notices a second proposal for one job; nothing promises that the real one does
        )
    return receipt.proposal_id
