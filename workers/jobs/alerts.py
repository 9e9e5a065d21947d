"""Telling of alerts, in the chat, by mail and to the operators; watching where Telegram delivers; the week's report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from bot.texts import DEFAULT_LOCALE, Words
from bot.views.alerts import alert_letter, operators_letter, report_letter
from core.accounts.service import account_of, load_account
from core.crypto import CannotUnseal
from core.errors import Invalid, NotFound, Unavailable
from core.log import get_logger
from core.notifications.mail import send_mail
from core.notifications.notifier import Notifier
from core.notifications.report import build_report
from core.runtime import Runtime
from core.security.alerts.kill import new_kill_link
from core.security.alerts.models import Alert
from core.security.alerts.service import get_alert
from core.security.factors.contacts import address_of, addresses_to_warn
from workers.job import NOT_AGAIN

log = get_logger(__name__)

WATCH_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 15.0


_MOVED = "alerts:webhook_moved"
_TAKEN_DOWN = "alerts:webhook_taken_down"
_MOVED_QUIET = 900
"""Seconds between two words about the same moved webhook. Lost with Redis; then it is said once more."""

_Step = Callable[[Runtime, Notifier, UUID, UUID], Awaitable[None]]


async def tell_alert(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """All ways at once, so that none waits for another; what did not work is tried again, what did is not repeated."""

    async def go(step: _Step) -> Unavailable | None:
        try:
            await step(rt, notifier, tenant_id, ref)
        except NotFound:
            return None
        except Unavailable as error:
            log.warning("alert.not_told", way=step.__name__.lstrip("_"), error=error.code)
            return error
        return None

    for failed in await asyncio.gather(*(go(step) for step in _STEPS)):
        if failed is not None:
            raise failed


async def _chat(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.alert(tenant_id, ref)


async def _operators(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    alert = await _alert(rt, tenant_id, ref)
    if alert.operators_at is not None:
        return
    await notifier.operators(alert)
    subject, text = operators_letter(Words(DEFAULT_LOCALE), alert)
    for address in rt.settings.operators_by_mail:
        await _mail_to(rt, address, subject, text)
    async with rt.db.begin(tenant_id) as session:
        (await get_alert(session, alert_id=ref)).operators_at = rt.clock.now()


async def _mail(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """To the address that counts and to those that were replaced lately, each with the link that locks the account."""
    if rt.settings.smtp_url is None:
        return
    async with rt.db.begin(tenant_id) as session:
        alert = await get_alert(session, alert_id=ref)
        account = await account_of(session)
        if alert.mailed_at is not None or account is None:
            return
        try:
            addresses = await addresses_to_warn(session, await rt.keys(session), "email", clock=rt.clock)
        except CannotUnseal:
            return
        if not addresses:
            return
        token = new_kill_link(session, clock=rt.clock)
    url = f"{rt.settings.public_url.rstrip('/')}/kill/{token}"
    subject, text = alert_letter(Words(account.locale), alert, url)
    for address in addresses:
        await _mail_to(rt, address, subject, text)
    async with rt.db.begin(tenant_id) as session:
        (await get_alert(session, alert_id=ref)).mailed_at = rt.clock.now()


_STEPS: tuple[_Step, ...] = (_chat, _mail, _operators)


async def _alert(rt: Runtime, tenant_id: UUID, ref: UUID) -> Alert:
    async with rt.db.begin(tenant_id) as session:
        return await get_alert(session, alert_id=ref)


async def _mail_to(rt: Runtime, address: str, subject: str, text: str) -> None:
    try:
        await send_mail(rt.settings, to=address, subject=subject, text=text)
    except Invalid:
        # A server that refuses this address for good; trying again changes nothing, the chat has it.
        log.warning("alert.address_refused")


async def watch_webhook(rt: Runtime, notifier: Notifier, _tenant_id: UUID, _ref: UUID) -> float | None:
    """Telegram must deliver to us and to nobody else: whoever changed that has the bot's token."""
    ours = ""
    if rt.settings.telegram_webhook_secret is not None:
        ours = f"{rt.settings.public_url.rstrip('/')}/telegram/webhook"
    found = await notifier.webhook_url()
    if found == ours:
        return None
    if not found and await rt.redis.set(_TAKEN_DOWN, "1", ex=int(WATCH_SECONDS), nx=True):
        # The bot may be starting and about to set it.
        return LOOK_AGAIN_SECONDS
    log.error("webhook.moved")
    if await rt.redis.set(_MOVED, "1", ex=_MOVED_QUIET, nx=True):
        try:
            await notifier.operators(None)
        except Unavailable:
            await rt.redis.delete(_MOVED)
            raise
        words = Words(DEFAULT_LOCALE)
        for address in rt.settings.operators_by_mail:
            what = words.plain("alert.webhook_moved")
            subject = words.plain("alert.mail_subject", what=what)
            await _mail_to(rt, address, subject, f"{what}.\n\n{words.plain('alert.webhook_moved_more')}\n")
    return None


async def weekly_report(rt: Runtime, notifier: Notifier, tenant_id: UUID, _ref: UUID) -> float | None:
    account = await load_account(rt.db, tenant_id=tenant_id)
    if account is None:
        return NOT_AGAIN
    async with rt.db.begin(tenant_id) as session:
        report = await build_report(session, clock=rt.clock)
        address = await address_of(session, await rt.keys(session), "email")
    await notifier.report(tenant_id, report)
    if address is not None:
        try:
            await _mail_to(rt, address, *report_letter(Words(account.locale), report))
        except Unavailable as error:
            # The chat has it; a whole report once more would be worse than a mail less.
            log.warning("report.not_mailed", error=error.code)
    return None
