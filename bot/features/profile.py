"""The profile: pasted text becomes facts; the user sees what was understood and can add, replace or import."""

from __future__ import annotations

from contextlib import suppress

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.amounts import read_amount
from bot.callbacks import ProfileCb, UpworkCb
from bot.filters import Expecting, PlainText
from bot.states import State
from bot.texts import Words
from bot.ui import GREEN, Screen, answer_tap, ask, button, send
from bot.views.profile import Taken, profile_screen
from core.accounts import dialogs
from core.accounts.service import Account
from core.errors import Conflict, Invalid
from core.privacy.consent import record_consent
from core.profile import service as profiles
from core.profile.facts import Profile
from core.profile.importing import import_text
from core.profile.parsing import MAX_BYTES, MAX_FACTS
from core.runtime import Runtime
from core.upwork.confirming import linked_account
from core.upwork.models import AccountStatus


async def load(rt: Runtime, account: Account) -> Profile | None:
    async with rt.db.begin(account.tenant_id) as session:
        return await profiles.load_profile(session, await rt.keys(session))


async def on_text(
    message: Message,
    text: str,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
) -> None:
    replace = awaiting.state == State.PROFILE and awaiting.data.get("replace") == "yes"
    profile, taken = await take_text(text, account, rt, replace=replace)
    screen = profile_screen(words, profile, onboarding=not account.onboarded, taken=taken)
    if (older := awaiting.data.get("screen", "")).isdigit():
        with suppress(TelegramBadRequest):
            await bot.delete_message(account.chat_id, int(older))
    sent = await send(bot, account.chat_id, screen)
    # More may follow; it is added, and one picture of the whole is enough.
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(
            session, State.PROFILE_MORE, chat_id=account.chat_id, screen=str(sent.message_id)
        )


async def take_text(text: str, account: Account, rt: Runtime, *, replace: bool) -> tuple[Profile, Taken]:
    """Store what the text says, as far as it can be held. Raises Invalid ("too_short", "no_facts")."""
    whole = text.encode()
    read = whole[:MAX_BYTES].decode(errors="ignore")
    parsed = profiles.read_text(read)
    if not parsed.facts and parsed.hourly_rate is None:
        raise Invalid(reason="no_facts")
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        if not account.onboarded:
            await record_consent(session, rt.settings, language=account.locale, how="went_on")
        before = await profiles.load_profile(session, keys)
        await profiles.save_profile(session, keys, parsed, replace=replace)
        # From here on what follows is added, even if the answer to this text gets lost.
        await dialogs.expect(session, State.PROFILE_MORE, chat_id=account.chat_id)
        profile = await profiles.load_profile(session, keys)
    if profile is None:
        raise Invalid(reason="no_facts")
    known = {fact.text for fact in before.facts} if before and not replace else set()
    wanted = {fact.text for fact in parsed.facts} - known
    kept = {fact.text for fact in profile.facts}
    return profile, Taken(
        full=len(profile.facts) >= MAX_FACTS and (len(parsed.facts) >= MAX_FACTS or not wanted <= kept),
        cut=len(whole) > MAX_BYTES,
        nothing_new=not wanted and bool(known),
    )


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    profile = await load(rt, account)
    if profile is None:
        await _ask_for_profile(account, words, rt, bot)
        return
    await send(bot, account.chat_id, profile_screen(words, profile, onboarding=not account.onboarded))


async def _ask_for_profile(account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(session, State.PROFILE, chat_id=account.chat_id)
    await send(bot, account.chat_id, Screen(words("profile.ask")))


async def on_button(
    query: CallbackQuery, callback_data: ProfileCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    match callback_data.verb:
        case "ok":
            async with rt.db.begin(account.tenant_id) as session:
                await dialogs.expect(session, State.SEARCH, chat_id=account.chat_id)
            await send(bot, account.chat_id, Screen(words("search.ask")))
        case "add" | "replace" | "rate" as verb:
            await _ask(verb, account, words, rt, bot)
        case "import":
            await _import(query, account, words, rt, bot)
        case _:
            raise Invalid(reason="unknown_button")


async def _ask(verb: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    if await load(rt, account) is None:
        await _ask_for_profile(account, words, rt, bot)
        return
    async with rt.db.begin(account.tenant_id) as session:
        if verb == "replace":
            await dialogs.expect(session, State.PROFILE, chat_id=account.chat_id, replace="yes")
        else:
            state = State.RATE if verb == "rate" else State.PROFILE_MORE
            await dialogs.expect(session, state, chat_id=account.chat_id)
    placeholder = "45" if verb == "rate" else words.plain("profile.placeholder")
    await ask(bot, account.chat_id, words(f"profile.ask_{verb}"), placeholder)


async def _import(query: CallbackQuery, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        upwork = await linked_account(session, rt.vault)
    if upwork is None or upwork.status is not AccountStatus.LINKED:
        rows = [[button(words.plain("button.connect"), UpworkCb(verb="connect"), GREEN)]]
        await send(bot, account.chat_id, Screen(words("profile.import_needs_link"), rows))
        return
    text = await import_text(rt, tenant_id=account.tenant_id)
    if not text.strip():
        raise Conflict(reason="nothing_to_import")
    profile, taken = await take_text(text, account, rt, replace=False)
    await answer_tap(query, words.plain("profile.imported"))
    screen = profile_screen(words, profile, onboarding=not account.onboarded, taken=taken)
    await send(bot, account.chat_id, screen)


async def on_rate(message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    amount = read_amount(text)
    if not 1 <= amount <= rt.settings.max_bid_hourly:
        raise Invalid(reason="rate_range", limit=int(rt.settings.max_bid_hourly))
    async with rt.db.begin(account.tenant_id) as session:
        await profiles.set_rate(session, hourly_rate=amount)
        profile = await profiles.load_profile(session, await rt.keys(session))
    if profile is not None:
        await send(bot, account.chat_id, profile_screen(words, profile, onboarding=not account.onboarded))
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)


def build_router() -> Router:
    router = Router(name="profile")
    router.message.register(on_command, Command("profile"))
    router.message.register(on_text, Expecting(State.PROFILE, State.PROFILE_MORE), PlainText())
    router.message.register(on_rate, Expecting(State.RATE), PlainText())
    router.callback_query.register(on_button, ProfileCb.filter())
    return router
