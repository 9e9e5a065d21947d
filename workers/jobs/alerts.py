"""Telling of alerts, in the chat, by mail and to whoever watches; watching where Telegram delivers; the week's report."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from bot.texts import CATALOGUES, DEFAULT_LOCALE, Words
from bot.views.alerts import alert_letter, operators_letter, report_letter, trouble_letter
from core.access.watchers import watchers
from core.accounts.models import Tenant
from core.accounts.service import load_account
from core.crypto import CannotUnseal
from core.errors import Invalid, NotFound, Unavailable
from core.log import get_logger
from core.notifications.mail import send_mail
from core.notifications.notifier import Notifier, Trouble
from core.notifications.report import build_report
from core.runtime import Runtime
from core.security import key_uses
from core.security.alerts.kill import new_kill_link
from core.security.alerts.models import Alert
from core.security.alerts.service import get_alert
from core.security.factors.contacts import address_of, mailboxes_to_warn
from workers.job import NOT_AGAIN

log = get_logger(__name__)

WATCH_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 15.0


_TAKEN_DOWN = "alerts:webhook_taken_down"
_MOVED_QUIET = 900
"""Seconds between two words about the same moved webhook. Lost with Redis; then it is said once more."""

_WORN_QUIET = 24 * 3600

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


async def _watchers(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """Operators and whoever's role sees alerts; nobody waits for another, and nobody is told twice because another was away."""
    alert = await _alert(rt, tenant_id, ref)
    if alert.operators_at is not None:
        return
    letters = {
        locale: operators_letter(Words(locale or DEFAULT_LOCALE), alert) for locale in (None, *CATALOGUES)
    }
    told = await _tell_watchers(
        rt, notifier, alert, letters, besides=tenant_id, already=frozenset(alert.reached)
    )
    async with rt.db.begin(tenant_id) as session:
        row = await get_alert(session, alert_id=ref, lock=True)
        row.reached = sorted(told.reached | set(row.reached))
        if told.failed is None:
            row.operators_at = rt.clock.now()
    if told.failed is not None:
        raise told.failed


@dataclass(frozen=True, slots=True)
class _Told:
    reached: frozenset[str]
    failed: Unavailable | None


async def _tell_watchers(
    rt: Runtime,
    notifier: Notifier,
    news: Alert | Trouble,
    letters: Mapping[str | None, tuple[str, str]],
    *,
    besides: UUID | None = None,
    already: frozenset[str] = frozenset(),
) -> _Told:
    found = await watchers(rt, besides=besides)
    ways: dict[str, Awaitable[None]] = {}
    for chat_id, locale in found.chats.items():
        if (way := _way("chat", str(chat_id))) not in already:
            ways[way] = notifier.watcher(chat_id, locale, news)
    for mailbox, (address, locale) in found.mailboxes.items():
        if (way := _way("mail", mailbox)) not in already:
            ways[way] = _mail_to(rt, address, *letters[locale])
    outcomes = await asyncio.gather(*ways.values(), return_exceptions=True)
    failed = None
    for outcome in outcomes:
        if isinstance(outcome, Unavailable):
            failed = outcome
        elif outcome is not None:
            raise outcome
    return _Told(
        frozenset(way for way, outcome in zip(ways, outcomes, strict=True) if outcome is None), failed
    )


def _way(kind: str, address: str) -> str:
    """A watcher as the alert's row remembers them: nobody's address is kept with somebody else's account."""
    return hashlib.sha256(f"{kind}|{address}".encode()).hexdigest()[:24]


async def _mail(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """To the address that counts and to those that were replaced lately, each with the link that locks the account."""
    if rt.settings.smtp_url is None:
        return
    async with rt.db.begin(tenant_id) as session:
        alert = await get_alert(session, alert_id=ref)
        tenant = await session.get(Tenant, tenant_id)
        if alert.mailed_at is not None or tenant is None:
            return
        try:
            addresses = await mailboxes_to_warn(session, await rt.keys(session), clock=rt.clock)
        except CannotUnseal:
            return
        if not addresses:
            return
        token = new_kill_link(session, clock=rt.clock)
    url = f"{rt.settings.public_url.rstrip('/')}/kill/{token}"
    subject, text = alert_letter(Words(tenant.locale), alert, url)
    await asyncio.gather(*(_mail_to(rt, address, subject, text) for address in addresses))
    async with rt.db.begin(tenant_id) as session:
        (await get_alert(session, alert_id=ref)).mailed_at = rt.clock.now()


_STEPS: tuple[_Step, ...] = (_chat, _mail, _watchers)


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
    """Telegram must deliver to us and to nobody else: whoever changed that has the bot's token. Looks at the keys, too."""
    async with rt.db.begin() as session:
        worn = await key_uses.is_worn(session)
    if worn:
        await _tell_trouble(rt, notifier, Trouble.KEY_WORN, once_in=_WORN_QUIET)
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
    await _tell_trouble(rt, notifier, Trouble.WEBHOOK_MOVED, once_in=_MOVED_QUIET)
    return None


async def _tell_trouble(rt: Runtime, notifier: Notifier, trouble: Trouble, *, once_in: int) -> None:
    """At most once in so many seconds, unless nobody at all could be told. Raises Unavailable then."""
    said = f"alerts:{trouble.value}"
    if not await rt.redis.set(said, "1", ex=once_in, nx=True):
        return
    letters = {
        locale: trouble_letter(Words(locale or DEFAULT_LOCALE), trouble) for locale in (None, *CATALOGUES)
    }
    told = await _tell_watchers(rt, notifier, trouble, letters)
    if told.failed is not None and not told.reached:
        await rt.redis.delete(said)
        raise told.failed


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
