"""/experiments: try variants of a letter side by side, read what came of it, stop, and keep the better one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks import ExperimentCb
from bot.texts import Words
from bot.ui import Screen, answer_tap, send, show
from bot.views.experiments import experiments_screen, split_screen
from core.accounts.service import Account
from core.errors import Invalid
from core.experiments import service as experiments
from core.experiments.bandit import Split
from core.experiments.models import Factor
from core.experiments.recipe import WORDS
from core.runtime import Runtime
from core.templates.service import Letter, list_templates


async def _screen(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        found = await experiments.results(session, clock=rt.clock)
        letters = await list_templates(session, await rt.keys(session))
    return experiments_screen(words, found, {str(letter.id): letter.name for letter in letters})


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _screen(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: ExperimentCb, account: Account, words: Words, rt: Runtime
) -> None:
    verb = callback_data.verb
    if verb == "list":
        await show(query, await _screen(rt, account, words))
        return
    if verb == "try":
        factor = _factor(callback_data.arg)
        await show(query, split_screen(words, factor, await _tried(factor, account, rt)))
        return
    if verb in set(Split):
        await _start(Split(verb), _factor(callback_data.arg), account, rt)
    elif verb in ("stop", "keep"):
        await _end(callback_data, account, rt)
    else:
        raise Invalid(reason="unknown_button")
    await answer_tap(query, words.plain("experiment.noted"))
    await show(query, await _screen(rt, account, words))


async def _tried(factor: Factor, account: Account, rt: Runtime) -> Mapping[str, str]:
    """The names, by id, of the templates that would be compared; nothing for the other factors.

    Raises Invalid ("too_few_variants") before anybody has chosen how to share out drafts.
    """
    if factor is not Factor.TEMPLATE:
        return {}
    async with rt.db.begin(account.tenant_id) as session:
        letters = _newest(await list_templates(session, await rt.keys(session)))
    if len(letters) < experiments.FEWEST_VARIANTS:
        raise Invalid(reason="too_few_variants")
    return {str(letter.id): letter.name for letter in letters}


def _newest(letters: Sequence[Letter]) -> Sequence[Letter]:
    """Whoever adds a template wants to know about that one."""
    return letters[-experiments.MOST_VARIANTS :]


async def _start(split: Split, factor: Factor, account: Account, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        if factor is Factor.TEMPLATE:
            letters = _newest(await list_templates(session, await rt.keys(session)))
            variants = tuple(str(letter.id) for letter in letters)
        else:
            variants = WORDS[factor]
        await experiments.start(session, factor=factor, split=split, variants=variants)


async def _end(data: ExperimentCb, account: Account, rt: Runtime) -> None:
    if data.experiment is None or (data.verb == "keep" and not data.arg.isdecimal()):
        raise Invalid(reason="unknown_button")
    keep = int(data.arg) if data.verb == "keep" else None
    async with rt.db.begin(account.tenant_id) as session:
        await experiments.stop(session, experiment_id=data.experiment, clock=rt.clock, keep=keep)


def _factor(name: str) -> Factor:
    try:
        return Factor(name)
    except ValueError:
        raise Invalid(reason="unknown_button") from None


def build_router() -> Router:
    router = Router(name="experiments")
    router.message.register(on_command, Command("experiments"))
    router.callback_query.register(on_button, ExperimentCb.filter())
    return router
