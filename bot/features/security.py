"""/security and /lock, and the buttons under an alert. Locking needs no proof; unlocking needs a fresh one on the web page."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import AlertCb, SecurityCb
from bot.texts import Words
from bot.ui import Screen, link, send, show
from bot.views.alerts import alert_screen
from bot.views.security import locked_screen, security_screen
from core.access.sessions import end_all_sessions
from core.accounts.service import Account
from core.errors import Invalid
from core.runtime import Runtime
from core.security.alerts.models import Verdict
from core.security.alerts.service import answer, get_alert
from core.security.assurance import ACCOUNT, Act, chat_session
from core.security.lock import lock, unlock
from core.security.overview import security_view
from core.security.page_links import Purpose, new_page_link
from core.security.stepup.service import require


async def _screen(account: Account, words: Words, rt: Runtime) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        view = await security_view(session, by=chat_session(account.telegram_id), clock=rt.clock)
    return security_screen(words, view)


async def on_security(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _screen(account, words, rt))


async def on_lock(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """At once and without asking back: who types it may be in a hurry, and it can be undone."""
    await _lock(account, words, rt, bot)


async def _lock(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        now = await lock(session, clock=rt.clock, reason="chat")
    await send(bot, account.chat_id, locked_screen(words, now=now))


async def on_button(
    query: CallbackQuery, callback_data: SecurityCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    if verb == "factors":
        await _factors(account, words, rt, bot)
    elif verb == "end":
        await _end_sessions(account, words, rt, bot)
    elif verb == "lock":
        await _lock(account, words, rt, bot)
    elif verb == "unlock":
        await _unlock(account, words, rt, bot)
    else:
        raise Invalid(reason="unknown_button")


async def _factors(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    by = chat_session(account.telegram_id)
    async with rt.db.begin(account.tenant_id) as session:
        token = await new_page_link(session, Purpose.PROTECT, clock=rt.clock, by=by)
    url = f"{rt.settings.public_url.rstrip('/')}/protect/{token}"
    screen = Screen(words("security.factors_how"), [[link(words.plain("button.factors"), url)]])
    await send(bot, account.chat_id, screen)


async def _end_sessions(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    by = chat_session(account.telegram_id)
    async with rt.db.begin(account.tenant_id) as session:
        await require(session, Act.END_SESSIONS, subject=ACCOUNT, by=by, clock=rt.clock)
        ended = await end_all_sessions(session, clock=rt.clock)
    await send(bot, account.chat_id, Screen(words("security.sessions_ended", count=ended)))


async def _unlock(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    by = chat_session(account.telegram_id)
    async with rt.db.begin(account.tenant_id) as session:
        view = await security_view(session, by=by, clock=rt.clock)
        if view.locked_at is not None:
            await require(session, Act.UNLOCK, subject=ACCOUNT, by=by, clock=rt.clock)
        opened = await unlock(session, clock=rt.clock)
    await send(bot, account.chat_id, Screen(words("lock.opened" if opened else "lock.not_locked")))


async def on_alert(
    query: CallbackQuery, callback_data: AlertCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, alert_id = callback_data.verb, callback_data.alert
    if verb not in ("mine", "lock"):
        raise Invalid(reason="unknown_button")
    now = False
    async with rt.db.begin(account.tenant_id) as session:
        if verb == "lock":
            # An answer that came before does not keep anybody from stopping everything.
            now = await lock(session, clock=rt.clock, reason="alert")
        verdict = Verdict.MINE if verb == "mine" else Verdict.LOCKED
        await answer(session, alert_id=alert_id, verdict=verdict, clock=rt.clock)
        alert = await get_alert(session, alert_id=alert_id)
    await show(query, alert_screen(words, alert))
    if verb == "lock":
        await send(bot, account.chat_id, locked_screen(words, now=now))


def build_router() -> Router:
    router = Router(name="security")
    router.message.register(on_security, Command("security"))
    router.message.register(on_lock, Command("lock"))
    router.callback_query.register(on_button, SecurityCb.filter())
    router.callback_query.register(on_alert, AlertCb.filter())
    return router
