"""Saved searches: typed in one line, shown back as rules, paused or deleted with a tap."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message

from bot.callbacks import SearchCb, UpworkCb
from bot.filters import Expecting, PlainText
from bot.states import State
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, TEXT_LIMIT, Screen, ask, blocks, button, clip, lines, send, show, visible
from bot.views.posting import money
from core.accounts import dialogs
from core.accounts.service import Account, finish_onboarding
from core.errors import Invalid, NotFound
from core.privacy.consent import record_consent
from core.runtime import Runtime
from core.searches import service as searches
from core.searches.criteria import Criteria
from core.searches.parsing import parse_search
from core.searches.service import Search
from core.upwork.confirming import linked_account
from core.upwork.models import AccountStatus


def rules(words: Words, criteria: Criteria) -> Html:
    """A search as its user's rules, one per line."""
    levels = ", ".join(words.plain(f"level.{level.value}") for level in criteria.experience)
    return lines(
        words("search.query", query=clip(criteria.query, 300)),
        words("search.skills", skills=clip(", ".join(criteria.skills), 200)) if criteria.skills else None,
        words(f"search.contract_{criteria.contract.value}") if criteria.contract else None,
        words("search.min_hourly", amount=money(criteria.min_hourly)) if criteria.min_hourly else None,
        words("search.min_budget", amount=money(criteria.min_budget)) if criteria.min_budget else None,
        words("search.experience", levels=levels) if levels else None,
        words("search.verified") if criteria.payment_verified_only else None,
        words("search.max_applicants", n=criteria.max_applicants)
        if criteria.max_applicants is not None
        else None,
        words("search.exclude", what=clip(", ".join(criteria.exclude_words), 300))
        if criteria.exclude_words
        else None,
        words("search.countries", what=clip(", ".join(criteria.exclude_countries), 300))
        if criteria.exclude_countries
        else None,
    )


async def on_text(message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    criteria = parse_search(text)
    async with rt.db.begin(account.tenant_id) as session:
        await searches.add_search(session, await rt.keys(session), criteria)
        if not account.onboarded:
            await record_consent(session, rt.settings, language=account.locale, how="went_on")
        await finish_onboarding(session, clock=rt.clock)
        upwork = await linked_account(session, rt.vault)
    linked = upwork is not None and upwork.status is AccountStatus.LINKED
    rows: list[list[InlineKeyboardButton]] = []
    if not linked:
        rows.append([button(words.plain("button.connect"), UpworkCb(verb="connect"), GREEN)])
    done = words("search.next_linked" if linked else "search.next_link")
    await send(
        bot, account.chat_id, Screen(blocks(words("search.saved"), rules(words, criteria), done), rows)
    )
    # Only now: an update that is handled again, because this answer got lost, finds the chat as it was.
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)


def _edit_row(words: Words, search: Search, number: int) -> list[InlineKeyboardButton]:
    verb = "resume" if search.paused else "pause"
    return [
        button(words.plain(f"button.{verb}", n=number), SearchCb(verb=verb, search=search.id)),
        button(words.plain("button.delete", n=number), SearchCb(verb="delete", search=search.id), RED),
    ]


async def list_screen(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        found = await searches.list_searches(session, await rt.keys(session))
    rows = [_edit_row(words, search, number) for number, search in enumerate(found, start=1)]
    rows.append([button(words.plain("button.add_search"), SearchCb(verb="add"), BLUE)])
    heading = words("search.list" if found else "search.none")
    items = [
        _item(words, search, number, rules(words, search.criteria)) for number, search in enumerate(found, 1)
    ]
    text = blocks(heading, *items)
    if visible(text) > TEXT_LIMIT:
        short = [
            _item(words, search, number, words("search.query", query=clip(search.criteria.query, 200)))
            for number, search in enumerate(found, 1)
        ]
        text = blocks(heading, *short)
    return Screen(text, rows)


def _item(words: Words, search: Search, number: int, what: Html) -> Html:
    state = words.plain("search.paused" if search.paused else "search.active")
    return lines(words("search.item", n=number, state=state, seen=search.postings_seen), what)


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await list_screen(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: SearchCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, search_id = callback_data.verb, callback_data.search
    if verb == "add":
        async with rt.db.begin(account.tenant_id) as session:
            await dialogs.expect(session, State.SEARCH, chat_id=account.chat_id)
        await ask(bot, account.chat_id, words("search.ask"), words.plain("search.placeholder"))
        return
    if verb in ("delete", "pause", "resume"):
        await _change(verb, search_id, account, rt)
    elif verb != "list":
        raise Invalid(reason="unknown_button")
    await show(query, await list_screen(rt, account, words))


async def _change(verb: str, search_id: UUID | None, account: Account, rt: Runtime) -> None:
    if search_id is None:
        raise NotFound(subject="search")
    async with rt.db.begin(account.tenant_id) as session:
        if verb == "delete":
            await searches.delete_search(session, search_id=search_id, clock=rt.clock)
        else:
            await searches.set_search_paused(
                session, search_id=search_id, paused=verb == "pause", clock=rt.clock
            )


def build_router() -> Router:
    router = Router(name="searches")
    router.message.register(on_command, Command("searches"))
    router.message.register(on_text, Expecting(State.SEARCH), PlainText())
    router.callback_query.register(on_button, SearchCb.filter())
    return router
