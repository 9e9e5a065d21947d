"""A worker in a process of its own that dies where it is told to: `python child_worker.py <json>`.

Everything but Telegram is the product's own; what would be shown there is appended to a file.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
from pydantic import SecretStr
from redis.asyncio import Redis

from core import failpoints, inbox
from core.clock import SystemClock
from core.crypto import Vault
from core.db import Database
from core.http import open_http
from core.jobs import Kind
from core.notifications.notifier import Notifier
from core.proposals.models import Action
from core.runtime import Runtime
from core.security.audit import seal_with
from core.settings import Environment, Login, Settings
from core.upwork.client import UpworkClient
from workers.job import run_next
from workers.main import jobs_of


class Writing:
    """Writes down what an action's card says."""

    def __init__(self, rt: Runtime, path: Path) -> None:
        self._rt = rt
        self._path = path

    async def action(self, tenant_id: UUID, action_id: UUID) -> None:
        async with self._rt.db.begin(tenant_id) as session:
            row = await session.get_one(Action, (tenant_id, action_id))
        with self._path.open("a") as told:
            told.write(f"{row.state}\n")

    async def nothing(self, *_: object) -> None: ...

    card = digest = draft = stories = link = notice = nothing


async def _die_with_the_bytes(request: httpx.Request) -> None:
    """Follow the transport: once a mutation's last byte is out, leave Upwork a moment to do the work, then die."""
    watched = request.extensions.get("trace")
    if watched is None or b"mutation" not in request.content:
        return

    async def trace(event: str, info: dict[str, Any]) -> None:
        await watched(event, info)
        if event.endswith("send_request_body.complete"):
            await asyncio.sleep(0.3)
            failpoints.reach("after_bytes_sent")

    request.extensions["trace"] = trace


async def main(order: dict[str, Any]) -> None:
    given = {**order["settings"], "environment": Environment.TEST}
    settings = Settings.model_validate(
        given | {key: SecretStr(value) for key, value in order["secrets"].items()}
    )
    if order["dies"]:
        failpoints.arm(order["dies"], settings.environment)
    db = Database(settings.database_url(Login.UPWORK))
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    vault, clock = Vault(settings.kek_ring), SystemClock()
    seal_with(db, vault)
    async with open_http() as http:
        http.event_hooks["request"].append(_die_with_the_bytes)
        upwork = UpworkClient(http=http, db=db, redis=redis, vault=vault, settings=settings, clock=clock)
        rt = Runtime(
            settings=settings, db=db, redis=redis, http=http, vault=vault, clock=clock, upwork=upwork
        )
        if "update" in order:
            web = Database(settings.database_url(Login.WEB))
            async with web.begin() as session:
                await inbox.store(session, vault, [order["update"]])
            await web.close()
        told = cast(Notifier, Writing(rt, Path(order["told"])))
        while await run_next(rt, told, jobs_of(Kind.UPWORK)) != "idle":
            pass
    await redis.aclose()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
