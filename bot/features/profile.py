"""The profile: pasted text becomes facts; the user sees what was understood and can add, replace or import."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import ProfileCb
from bot.features.searches import SEARCH
from bot.filters import Expecting, PlainText
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, Screen, ask, blocks, button, clip, lines, send
from bot.views.posting import money
from core.accounts import dialogs
from core.accounts.service import Account
from core.errors import Conflict, Invalid
from core.profile import service as profiles
from core.profile.facts import Profile
from core.profile.importing import import_text
from core.runtime import Runtime

PROFILE = "profile"
PROFILE_MORE = "profile_more"
RATE = "rate"

_SHOWN_FACTS = 14
_RATE = re.compile(r"\d+(?:[.,]\d{1,2})?")


def profile_screen(words: Words, profile: Profile, *, onboarding: bool) -> Screen:
    """What was understood: the headline, the rate, each fact with its number."""
    facts = [
        words("profile.fact", label=fact.label, text=clip(fact.text, 160))
        for fact in profile.facts[:_SHOWN_FACTS]
    ]
    more = len(profile.facts) - _SHOWN_FACTS
    text = blocks(
        words("profile.understood", headline=clip(profile.headline, 150)),
        words("profile.rate", rate=money(profile.hourly_rate))
        if profile.hourly_rate
        else words("profile.no_rate"),
        words("profile.skills", skills=", ".join(sorted(profile.skills)[:20])) if profile.skills else None,
        lines(*facts, words("profile.more", n=more) if more > 0 else None),
    )
    rows = [
        [
            button(words.plain("button.add_facts"), ProfileCb(verb="add"), BLUE),
            button(words.plain("button.replace_profile"), ProfileCb(verb="replace")),
        ],
        [
            button(words.plain("button.rate"), ProfileCb(verb="rate")),
            button(words.plain("button.import"), ProfileCb(verb="import")),
        ],
    ]
    if onboarding:
        rows = [[button(words.plain("button.looks_right"), ProfileCb(verb="ok"), GREEN)], *rows]
    return Screen(text, rows)


async def load(rt: Runtime, account: Account) -> Profile | None:
    async with rt.db.begin(account.tenant_id) as session:
        return await profiles.load_profile(session, await rt.keys(session))


async def on_text(
    message: Message, text: str, account: Account, words: Words, rt: Runtime, awaiting: dialogs.Awaiting
) -> None:
    parsed = profiles.read_text(text)
    replace = awaiting.state == PROFILE and awaiting.data.get("replace") == "yes"
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        await profiles.save_profile(session, keys, parsed, replace=replace)
        profile = await profiles.load_profile(session, keys)
        # Long texts arrive in several messages: what follows is added, until the user goes on.
        await dialogs.expect(session, PROFILE_MORE, chat_id=account.chat_id)
    if profile is None:
        raise Invalid(reason="empty")
    bot = message.bot
    if bot is not None:
        await send(bot, account.chat_id, profile_screen(words, profile, onboarding=not account.onboarded))


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    profile = await load(rt, account)
    if profile is None:
        async with rt.db.begin(account.tenant_id) as session:
            await dialogs.expect(session, PROFILE, chat_id=account.chat_id)
        await send(bot, account.chat_id, Screen(words("profile.ask")))
        return
    await send(bot, account.chat_id, profile_screen(words, profile, onboarding=not account.onboarded))


async def on_button(
    query: CallbackQuery, callback_data: ProfileCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb = callback_data.verb
    if verb == "ok":
        async with rt.db.begin(account.tenant_id) as session:
            await dialogs.expect(session, SEARCH, chat_id=account.chat_id)
        await send(bot, account.chat_id, Screen(words("search.ask")))
    elif verb in ("add", "replace"):
        async with rt.db.begin(account.tenant_id) as session:
            if verb == "replace":
                await dialogs.expect(session, PROFILE, chat_id=account.chat_id, replace="yes")
            else:
                await dialogs.expect(session, PROFILE_MORE, chat_id=account.chat_id)
        await ask(bot, account.chat_id, words(f"profile.ask_{verb}"), words.plain("profile.placeholder"))
    elif verb == "rate":
        async with rt.db.begin(account.tenant_id) as session:
            await dialogs.expect(session, RATE, chat_id=account.chat_id)
        await ask(bot, account.chat_id, words("profile.ask_rate"), "45")
    elif verb == "import":
        await _import(account, words, rt, bot)


async def _import(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    text = await import_text(rt, tenant_id=account.tenant_id)
    if not text.strip():
        raise Conflict(reason="nothing_to_import")
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        await profiles.save_profile(session, keys, profiles.read_text(text), replace=False)
        profile = await profiles.load_profile(session, keys)
    if profile is not None:
        await send(bot, account.chat_id, profile_screen(words, profile, onboarding=not account.onboarded))


def read_amount(text: str) -> Decimal:
    """The first number in what a person typed as a price. Raises Invalid ("no_number")."""
    found = _RATE.search(text.replace(" ", "").replace("\u00a0", ""))
    if found is None:
        raise Invalid(reason="no_number")
    try:
        return Decimal(found.group().replace(",", "."))
    except InvalidOperation:
        raise Invalid(reason="no_number") from None


async def on_rate(message: Message, text: str, account: Account, words: Words, rt: Runtime) -> None:
    amount = read_amount(text)
    if not 1 <= amount <= rt.settings.max_bid_hourly:
        raise Invalid(reason="rate_range", limit=int(rt.settings.max_bid_hourly))
    async with rt.db.begin(account.tenant_id) as session:
        await profiles.set_rate(session, hourly_rate=amount)
        await dialogs.clear(session)
    await message.answer(words("profile.rate", rate=Html(money(amount))))


def build_router() -> Router:
    router = Router(name="profile")
    router.message.register(on_command, Command("profile"))
    router.message.register(on_text, Expecting(PROFILE, PROFILE_MORE), PlainText())
    router.message.register(on_rate, Expecting(RATE), PlainText())
    router.callback_query.register(on_button, ProfileCb.filter())
    return router
