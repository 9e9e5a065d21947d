"""/limits: what may leave in a day, a week and with one bid. Lowered at once; raised only after stepping up."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.amounts import read_amount
from bot.callbacks import LimitCb
from bot.filters import Expecting, PlainText
from bot.states import State
from bot.texts import Words
from bot.ui import Screen, answer_tap, ask, send, show
from bot.views.limits import limits_screen, shown
from core.access.quota import model_money
from core.accounts import dialogs
from core.accounts.service import Account
from core.errors import Invalid
from core.proposals.spending import spent
from core.runtime import Runtime
from core.security.assurance import StepUpNeeded, chat_session
from core.security.stepup import limits as own


async def _screen(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        models = await model_money(session)
        return limits_screen(
            words, await own.limits_of(session), await spent(session, clock=rt.clock), models
        )


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _screen(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: LimitCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    limit = _limit(callback_data.limit)
    if callback_data.verb == "ask":
        async with rt.db.begin(account.tenant_id) as session:
            now = (await own.limits_of(session)).value(limit)
            if limit in own.OF_MODELS:
                models = await model_money(session)
                now = models.of_day if limit is own.Limit.MODEL_DAY else models.of_month
            await dialogs.expect(session, State.LIMIT, chat_id=account.chat_id, limit=limit.value)
        await ask(
            bot,
            account.chat_id,
            words(f"limits.ask_{limit.value}", value=shown(limit, now)),
            shown(limit, now),
        )
    elif callback_data.verb == "set":
        await _set(limit, _number(callback_data.value), account, rt)
        await answer_tap(query, words.plain("limits.changed"))
        await show(query, await _screen(rt, account, words))
    else:
        raise Invalid(reason="unknown_button")


async def on_value(
    message: Message,
    text: str,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
) -> None:
    limit = _limit(awaiting.data.get("limit", ""))
    try:
        await _set(limit, read_amount(text), account, rt)
    except StepUpNeeded:
        # The number goes with the challenge, so nothing is waited for here any more.
        await _stop_asking(rt, account)
        raise
    await send(bot, account.chat_id, await _screen(rt, account, words))
    await _stop_asking(rt, account)


async def _stop_asking(rt: Runtime, account: Account) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)


async def _set(limit: own.Limit, value: Decimal, account: Account, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await own.set_limit(session, limit, value, by=chat_session(account.telegram_id), clock=rt.clock)


def _limit(name: str) -> own.Limit:
    try:
        return own.Limit(name)
    except ValueError:
        raise Invalid(reason="unknown_button") from None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Invalid(reason="unknown_button") from None


def build_router() -> Router:
    router = Router(name="limits")
    router.message.register(on_command, Command("limits"))
    router.message.register(on_value, Expecting(State.LIMIT), PlainText())
    router.callback_query.register(on_button, LimitCb.filter())
    return router
