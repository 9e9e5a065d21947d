"""How long it takes until an alert has reached its person and those who watch over the installation, with the real worker.

    python -m benchmarks.alerts_delivery [alerts] [people]

A worker process of the notifying kind runs against the sandbox's Telegram and its mail server. Alerts are raised two a second, of
all people in turn, each person with a chat and a mailbox; one admin (by role, in no setting) watches with both. Counted is the
time from the transaction that raised an alert to Telegram's, or the mail server's, having taken its message. Beside it stands
what one bare call to the same Telegram and one bare mail to the same server take on this machine.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import median, quantiles
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import delete

from benchmarks.stage import Product, open_product
from core.access.models import WebLogin
from core.access.permissions import Role
from core.access.roles import OPERATOR, grant_role
from core.accounts.service import open_account
from core.db import Database
from core.jobs import ArqDoorbell, Kind, WorkItem
from core.notifications.mail import send_mail
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.audit import seal_with
from core.security.keys import keys_for
from sandbox.mail import Mailbox, smtp_server

PROMISED = 30.0
"""Seconds within which everybody has been told."""

_PAUSE = 0.5
_BARE = 20
_PATIENCE = 120.0

_TOLD = """
select extract(epoch from told_at - created_at), extract(epoch from mailed_at - created_at),
       extract(epoch from operators_at - created_at)
  from app.alerts where kind = 'new_device'
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Seconds of each alert to its person's chat, to their mailbox, and to the watchers; and of one bare call and mail."""

    chat: list[float]
    mail: list[float]
    watchers: list[float]
    bare_chat: float
    bare_mail: float
    messages: int
    mails: int


async def measure(alerts: int, people: int) -> Delivered:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    mailbox = Mailbox()
    async with smtp_server(mailbox, "127.0.0.1", port), open_product() as opened:
        settings = opened.rt.settings.model_copy(
            update={
                "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
                "mail_from": "Gigwright <no-reply@example.com>",
            }
        )
        product = replace(opened, rt=replace(opened.rt, settings=settings))
        doorbell = ArqDoorbell(settings.redis_url.get_secret_value())
        db = Database(product.urls.app, doorbell=doorbell)
        seal_with(db, product.rt.vault)
        try:
            everybody = [await _person(product, number) for number in range(people)]
            await _person(product, people, role=Role.ADMIN)
            # Giving the role raised an alert of its own, which is not what is measured.
            async with db.begin() as session:
                await session.execute(delete(WorkItem))
            async with _worker(product):
                bare_chat, bare_mail = await _bare(product)
                mailbox.clear()
                before = await _sent(product)
                for number in range(alerts):
                    async with db.begin(everybody[number % people]) as session:
                        await raise_alert(session, AlertKind.NEW_DEVICE, login=str(number))
                    await asyncio.sleep(_PAUSE)
                rows = await _all_told(product, alerts)
                messages, mails = await _sent(product) - before, len(mailbox.newest_first())
        finally:
            await doorbell.close()
            await db.close()
    chat, mail, watchers = (sorted(float(row[column]) for row in rows) for column in range(3))
    return Delivered(chat, mail, watchers, bare_chat, bare_mail, messages, mails)


async def _person(product: Product, number: int, *, role: Role | None = None) -> UUID:
    rt = product.rt
    made = await product.sandbox.post(
        "/user/sessions", json={"name": f"Person {number}", "language_code": "en"}
    )
    user_id = int(made.json()["user_id"])
    # A bot may write only to whoever wrote to it first.
    said = await product.sandbox.post(f"/user/{user_id}/send", json={"text": "/start"})
    said.raise_for_status()
    account = await open_account(rt.db, rt.vault, telegram_id=user_id, chat_id=user_id, locale="en")
    async with rt.db.begin(account.tenant_id) as session:
        keys = await keys_for(session, rt.vault)
        row = WebLogin(email_index=uuid4().hex, tenant_id=account.tenant_id, id=uuid4(), email_sealed=b"")
        row.email_sealed = keys.seal(row, "email_sealed", f"person{number}@studio.example")
        session.add(row)
        if role is not None:
            await grant_role(session, role=role, by=OPERATOR)
    return account.tenant_id


@asynccontextmanager
async def _worker(product: Product) -> AsyncIterator[None]:
    """`python -m workers --kinds notify`, as an installation runs it."""
    settings = product.rt.settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers", "--kinds", Kind.NOTIFY.value),
        env={
            "PATH": os.defpath,
            "DATABASE_URL_NOTIFY": product.urls.logins[Kind.NOTIFY.value],
            "REDIS_URL": settings.redis_url.get_secret_value(),
            "KEY_ENCRYPTION_KEYS": settings.key_encryption_keys.get_secret_value(),
            "PUBLIC_URL": settings.public_url,
            "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token.get_secret_value(),
            "TELEGRAM_API_BASE": settings.telegram_api_base,
            "UPWORK_CLIENT_ID": "nobody",
            "UPWORK_CLIENT_SECRET": "nobody",
            "SMTP_URL": settings.smtp_url.get_secret_value() if settings.smtp_url else "",
            "MAIL_FROM": settings.mail_from,
            "ENVIRONMENT": "test",
            "LOG_JSON": "true",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    stdout = process.stdout
    if stdout is None:
        raise RuntimeError("the worker has no output to read")
    try:
        while b"worker.ready" not in (line := await stdout.readline()):
            if not line:
                raise RuntimeError("the worker did not start")
        draining = asyncio.ensure_future(stdout.read())
        yield
        draining.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _bare(product: Product) -> tuple[float, float]:
    rt = product.rt
    return (
        await _median(product.bot.get_me),
        await _median(lambda: send_mail(rt.settings, to="nobody@studio.example", subject="x", text="x")),
    )


async def _median(call: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(_BARE):
        began = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - began)
    return median(taken)


async def _sent(product: Product) -> int:
    calls = (await product.sandbox.get("/control/telegram/outbox")).json()["calls"]
    return sum(call["method"].lower() == "sendmessage" for call in calls)


async def _all_told(product: Product, alerts: int) -> list[tuple[float, float, float]]:
    began = time.monotonic()
    while True:
        rows = await product.owner_sql(_TOLD)
        done = [row for row in rows if None not in row]
        if len(done) >= alerts:
            return [(row[0], row[1], row[2]) for row in done]
        if time.monotonic() - began > _PATIENCE:
            raise RuntimeError(f"only {len(done)} of {alerts} alerts reached everybody")
        await asyncio.sleep(0.2)


def table(found: Delivered) -> str:
    lines = [f"{len(found.chat)} alerts, {found.messages} Telegram messages and {found.mails} mails arrived"]
    for name, times, bare, what in (
        ("the person's chat", found.chat, found.bare_chat, "a bare call to Telegram"),
        ("the person's mailbox", found.mail, found.bare_mail, "a bare mail"),
        ("the admin, both ways", found.watchers, found.bare_mail, "a bare mail"),
    ):
        p95 = quantiles(times, n=20, method="inclusive")[-1]
        lines.append(
            f"{name:<21} p50 {median(times):6.3f} s  p95 {p95:6.3f} s  max {times[-1]:6.3f} s"
            f"   ({what}: {bare * 1000:.1f} ms)"
        )
    late = sum(taken > PROMISED for times in (found.chat, found.mail, found.watchers) for taken in times)
    lines.append(f"later than {PROMISED:.0f} s: {late}")
    return "\n".join(lines)


def main(alerts: int = 60, people: int = 12) -> None:
    print(table(asyncio.run(measure(alerts, people))))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
