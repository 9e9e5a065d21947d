"""Linking Upwork from the chat: the one-time page, the code that comes back, unlinking."""

from __future__ import annotations

from dataclasses import replace

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import UpworkCb
from bot.errors import text_for
from bot.filters import Expecting, PlainText
from bot.states import State
from bot.texts import Words
from bot.ui import BLUE, GREEN, RED, Screen, answer_tap, button, clip, link, reply, send, show
from bot.views.standing import next_row, standing_of
from core.accounts import dialogs
from core.accounts.service import Account
from core.errors import Invalid, NotFound
from core.runtime import Runtime
from core.security.assurance import chat_session
from core.upwork import confirming, linking
from core.upwork.confirming import Answer
from core.upwork.models import AccountStatus

CODE_LENGTH = 4


async def status_screen(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        upwork = await confirming.linked_account(session, rt.vault)
    if upwork is not None and upwork.status is AccountStatus.LINKED:
        name = clip(upwork.display_name or words.plain("upwork.nameless"), 80)
        return Screen(
            words("upwork.linked", name=name),
            [[button(words.plain("button.disconnect"), UpworkCb(verb="ask_disconnect"), RED)]],
        )
    key = (
        "upwork.needs_reauth"
        if upwork is not None and upwork.status is AccountStatus.NEEDS_REAUTH
        else "upwork.not_linked"
    )
    return Screen(words(key), [[button(words.plain("button.connect"), UpworkCb(verb="connect"), GREEN)]])


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await status_screen(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: UpworkCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    if verb == "connect":
        await _connect(query, account, words, rt, bot)
    elif verb == "reject":
        async with rt.db.begin(account.tenant_id) as session:
            rejected = await confirming.reject_link(session, rt.clock)
            await dialogs.clear(session)
        await show(query, Screen(words("upwork.rejected" if rejected else "upwork.code_gone")))
    elif verb == "ask_disconnect":
        rows = [
            [button(words.plain("button.yes_disconnect"), UpworkCb(verb="disconnect"), RED)],
            [button(words.plain("button.back"), UpworkCb(verb="status"), BLUE)],
        ]
        await show(query, Screen(words("upwork.ask_disconnect"), rows))
    elif verb == "disconnect":
        await _disconnect(query, account, words, rt)
    elif verb == "status":
        await show(query, await status_screen(rt, account, words))
    else:
        raise Invalid(reason="unknown_button")


async def _disconnect(query: CallbackQuery, account: Account, words: Words, rt: Runtime) -> None:
    by = chat_session(account.telegram_id)
    try:
        ended = await confirming.disconnect(rt, tenant_id=account.tenant_id, by=by)
    except NotFound:
        text = words("upwork.nothing_to_disconnect")
    else:
        text = words("upwork.disconnected" if ended else "upwork.disconnected_here")
    await show(query, Screen(text, [[button(words.plain("button.connect"), UpworkCb(verb="connect"))]]))


async def _connect(query: CallbackQuery, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    try:
        async with rt.db.begin(account.tenant_id) as session:
            url = await linking.start_link(
                session, rt.vault, rt.clock, rt.settings, by=chat_session(account.telegram_id)
            )
    except linking.AlreadyLinked as refusal:
        await answer_tap(query, text_for(words, refusal), alert=True)
        await show(query, await status_screen(rt, account, words))
        return
    rows = [[link(words.plain("button.open_page"), url)]]
    await send(bot, account.chat_id, Screen(words("upwork.open_page"), rows))


async def on_code(message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """A try is counted only for what could be a code: a sentence typed by mistake must not use one up."""
    if not looks_like_code(text):
        await reply(message, words("upwork.not_a_code"))
        return
    await confirm_code(message, text, account, words, rt)


def looks_like_code(text: str) -> bool:
    return len(text) <= 32 and sum(letter.isalnum() for letter in text) == CODE_LENGTH


async def confirm_code(message: Message, code: str, account: Account, words: Words, rt: Runtime) -> bool:
    """Judge the code that the page showed; it travels from the page to the chat, never the other way.

    False when no link waited for one.
    """
    async with rt.db.begin(account.tenant_id) as session:
        outcome = await confirming.confirm_link(session, rt.vault, rt.clock, code=code)
        if outcome.answer is not Answer.WRONG_CODE:
            await dialogs.clear(session)
        known = await confirming.linked_account(session, rt.vault)
    if outcome.answer is Answer.GONE and known is not None and known.status is AccountStatus.LINKED:
        # The same code once more: it has done its work.
        outcome = replace(outcome, answer=Answer.LINKED, display_name=known.display_name)
    name = clip(outcome.display_name or words.plain("upwork.nameless"), 80)
    await message.answer(words(f"upwork.code_{outcome.answer.value}", name=name, left=outcome.tries_left))
    if outcome.answer is Answer.LINKED:
        await _go_on(message, account, words, rt)
    return outcome.answer is not Answer.GONE


async def _go_on(message: Message, account: Account, words: Words, rt: Runtime) -> None:
    """Linked, and still no card can come: what is missing is asked for, what stands in the way is said."""
    standing = await standing_of(rt, account)
    missing = standing.missing
    if missing in {"paused", "no_active"}:
        screen = Screen(words(f"next.{missing}"), [next_row(words, standing)])
        await message.answer(screen.text, reply_markup=screen.keyboard)
        return
    state = {"profile": State.PROFILE, "search": State.SEARCH}.get(missing or "")
    if state is None:
        return
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(session, state, chat_id=account.chat_id)
    await message.answer(words(f"{missing}.ask"))


def build_router() -> Router:
    router = Router(name="upwork")
    router.message.register(on_command, Command("upwork"))
    router.message.register(on_code, Expecting(State.LINK_CODE), PlainText())
    router.callback_query.register(on_button, UpworkCb.filter())
    return router
