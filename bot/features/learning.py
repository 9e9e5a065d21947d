"""/memory: what was learned from a person's answers and letters, where it came from, and forgetting it."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import MemoryCb
from bot.texts import Words
from bot.ui import Screen, answer_tap, send, show
from bot.views.learning import memory_screen, sure_screen
from core.accounts.service import Account
from core.drafting import own_style
from core.drafting.style import StyleProfile, Trait, describe
from core.errors import Invalid, NotFound
from core.learning import answers
from core.matching.learning import Family
from core.profile.service import load_weights, set_instant_at
from core.runtime import Runtime


async def _memory(rt: Runtime, account: Account) -> tuple[answers.Memory, StyleProfile]:
    async with rt.db.begin(account.tenant_id) as session:
        memory = await answers.load_memory(session, await load_weights(session))
        return memory, await own_style.learned_style(session, await rt.keys(session))


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, memory_screen(words, *await _memory(rt, account)))


async def on_button(
    query: CallbackQuery, callback_data: MemoryCb, account: Account, words: Words, rt: Runtime
) -> None:
    verb = callback_data.verb
    if verb == "reset":
        async with rt.db.begin(account.tenant_id) as session:
            await answers.forget_all(session)
            await own_style.forget_style(session)
        await show(query, Screen(words("memory.gone")))
        return
    if verb not in ("ask", "show"):
        await answer_tap(query, await _done(verb, callback_data.family, account, words, rt))
    memory, style = await _memory(rt, account)
    # An old button: all of it may be forgotten by now.
    if verb == "ask" and (memory.answers or memory.rules or describe(style)):
        await show(query, sure_screen(words, memory.answers))
    else:
        await show(query, memory_screen(words, memory, style))


async def _done(verb: str, about: str, account: Account, words: Words, rt: Runtime) -> str:
    """Do what a button says; what to tell about it. Raises Invalid for one that is none of ours."""
    if verb == "rule":
        return words.plain(await _make_rule(_family(about), account, rt))
    async with rt.db.begin(account.tenant_id) as session:
        if verb == "forget":
            await answers.forget(session, [_family(about)])
            return words.plain("memory.forgotten")
        if verb == "unlearn":
            await own_style.forget_trait(session, trait=_trait(about))
            return words.plain("memory.unlearned")
        if verb == "ring" and about.isdecimal():
            await set_instant_at(session, int(about))
            return words.plain("memory.rings", n=int(about))
    raise Invalid(reason="unknown_button")


async def _make_rule(family: Family, account: Account, rt: Runtime) -> str:
    """The key of what to say: an old button may speak of a habit that newer answers have ended."""
    try:
        async with rt.db.begin(account.tenant_id) as session:
            await answers.make_rule(session, family)
    except NotFound:
        return "memory.faded"
    return "memory.made"


def _family(name: str) -> Family:
    try:
        return Family(name)
    except ValueError:
        raise Invalid(reason="unknown_button") from None


def _trait(name: str) -> Trait:
    try:
        return Trait(name)
    except ValueError:
        raise Invalid(reason="unknown_button") from None


def build_router() -> Router:
    router = Router(name="learning")
    router.message.register(on_command, Command("memory"))
    router.callback_query.register(on_button, MemoryCb.filter())
    return router
