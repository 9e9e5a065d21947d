"""Changing a draft: chips, instructions, price, answers, undo, and the user's own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message, MessageGenerationStopped
from sqlalchemy.ext.asyncio import AsyncSession

from bot.amounts import read_amount
from bot.callbacks import DraftCb
from bot.features.review import review
from bot.filters import Expecting, PlainText
from bot.memory import note
from bot.sending import refresh_card, show_draft, show_thinking, strip
from bot.states import State
from bot.texts import Words
from bot.ui import Screen, answer_tap, ask, send, show
from bot.views.changes import diff_screen
from core.accounts import dialogs
from core.accounts.service import Account
from core.crypto import TenantKeys
from core.drafting import service as drafting
from core.drafting.draft import Chip
from core.drafting.lint import without_invisible
from core.drafting.models import Draft, DraftKind, DraftState
from core.drafting.service import Change
from core.errors import Conflict, Invalid, NotFound
from core.jobs_feed.posting import ContractType
from core.notifications.models import Subject
from core.proposals import approval
from core.runtime import Runtime

_ASKED = {"instruct": State.INSTRUCT, "price": State.PRICE, "answer": State.ANSWER}


async def on_button(
    query: CallbackQuery, callback_data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    if callback_data.verb == "edit":
        await _back_to_draft(query, callback_data, account, words, rt, bot)
    elif await _is_of_today(query, callback_data, account, words, rt, bot):
        await _act(query, callback_data, account, words, rt, bot)


async def _is_of_today(
    query: CallbackQuery, data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> bool:
    """A button under an older text, or under a draft that went its way, says so; the newest text comes below."""
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=data.draft)
    if draft.state == DraftState.READY and draft.current == data.version:
        return True
    key = "draft.newer" if draft.state == DraftState.READY else f"draft.is_{draft.state}"
    await answer_tap(query, words.plain(key), alert=True)
    await strip(query)
    if draft.state == DraftState.READY:
        await show_draft(rt, account, bot, draft.id)
    return False


async def _act(
    query: CallbackQuery, data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    match data.verb:
        case "review":
            await review(rt, account, words, bot, data.draft)
        case "confirm":
            await review(rt, account, words, bot, data.draft, confirmed_by=query)
        case "chip" | "rewrite":
            await _recompose(data, account, rt)
            await answer_tap(query, words.plain("draft.changing"))
            await show_thinking(account, bot, data.draft)
        case "undo":
            await _undo(data.draft, account, rt, bot)
        case "clean":
            await _clean(query, data.draft, account, words, rt, bot)
        case "diff":
            await send(bot, account.chat_id, await diff_screen(rt, account, words, data.draft))
        case "discard":
            await _discard(query, data.draft, account, words, rt, bot)
        case _:
            await _ask(data, account, words, rt, bot)


async def _recompose(data: DraftCb, account: Account, rt: Runtime) -> None:
    if data.verb == "chip" and data.arg not in set(Chip):
        raise Invalid(reason="unknown_button")
    async with rt.db.begin(account.tenant_id) as session:
        if data.verb == "chip":
            change = Change(chip=Chip(data.arg))
            await drafting.request_change(session, await rt.keys(session), draft_id=data.draft, change=change)
        else:
            await drafting.rewrite(session, draft_id=data.draft)
        await approval.withdraw(session, draft_id=data.draft, clock=rt.clock)


async def _undo(draft_id: UUID, account: Account, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.undo(session, await rt.keys(session), draft_id=draft_id)
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    await show_draft(rt, account, bot, draft_id)


async def _clean(
    query: CallbackQuery, draft_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """Take out what nobody can see, from the letter and from each answer."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id)
        output = (await drafting.get_version(session, keys, draft)).output
        if (letter := without_invisible(output.letter)) != output.letter:
            await drafting.replace_letter(session, keys, draft_id=draft_id, text=letter)
        for answer in output.answers:
            if (text := without_invisible(answer.text)) != answer.text:
                await drafting.replace_answer(
                    session, keys, draft_id=draft_id, position=answer.position, text=text
                )
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    await answer_tap(query, words.plain("draft.cleaned"))
    await strip(query)
    await show_draft(rt, account, bot, draft_id)


async def _discard(
    query: CallbackQuery, draft_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.discard(session, draft_id=draft_id)
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    await show(query, Screen(words(f"draft.discarded_{draft.kind}")))
    await refresh_card(rt, account, bot, draft.card_id)


async def _ask(data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    """Ask for the words or the number this button needs; the answer is matched by what the chat waits for."""
    state = _ASKED.get(data.verb)
    if state is None or (data.verb == "answer" and not data.arg.isdecimal()):
        raise Invalid(reason="unknown_button")
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.expect(
            session, state, chat_id=account.chat_id, draft=str(data.draft), position=data.arg
        )
    number = int(data.arg) + 1 if state is State.ANSWER else 0
    placeholder = words.plain(f"draft.placeholder_{data.verb}")
    await ask(bot, account.chat_id, words(f"draft.ask_{data.verb}", n=number), placeholder)


async def _back_to_draft(
    query: CallbackQuery, data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """From a card that asks for approval, or (without a version) from one that tells why nothing was sent."""
    draft_id = data.draft
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=draft_id)
        if draft.state == DraftState.READY:
            await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    if draft.state != DraftState.READY:
        await answer_tap(query, words.plain(f"draft.is_{draft.state}"), alert=True)
        return
    if data.version:
        await show(query, Screen(words("approve.withdrawn")))
    else:
        await strip(query)
    await show_draft(rt, account, bot, draft_id)


Edit = Callable[[AsyncSession, TenantKeys], Awaitable[Draft]]


async def take(
    rt: Runtime, account: Account, message: Message, awaiting: dialogs.Awaiting, edit: Edit
) -> Draft:
    """Apply what was typed, kill the buttons of older texts, close the question that was open about this draft, and note the
    message as taken: all in one transaction."""
    async with rt.db.begin(account.tenant_id) as session:
        draft = await edit(session, await rt.keys(session))
        await approval.withdraw(session, draft_id=draft.id, clock=rt.clock)
        if awaiting.data.get("draft") == str(draft.id):
            await dialogs.clear(session)
        await note(
            session,
            chat_id=account.chat_id,
            message_id=message.message_id,
            subject=Subject.DRAFT,
            subject_id=draft.id,
        )
    return draft


async def _answered(
    rt: Runtime, account: Account, message: Message, awaiting: dialogs.Awaiting, edit: Edit
) -> Draft:
    """`take` for the answer to a question about a draft. When the draft went its way meanwhile, the question is closed."""
    try:
        return await take(rt, account, message, awaiting, edit)
    except (Conflict, NotFound) as refusal:
        if refusal.data.get("reason") != DraftState.COMPOSING:
            async with rt.db.begin(account.tenant_id) as session:
                await dialogs.clear(session)
        raise


async def apply_text(
    rt: Runtime,
    account: Account,
    words: Words,
    bot: Bot,
    draft: Draft,
    message: Message,
    text: str,
    awaiting: dialogs.Awaiting,
) -> None:
    """A typed reply to a draft: a whole new text, or, when it is short against the old one, an instruction."""
    instruct = False
    if draft.state == DraftState.READY and draft.kind == DraftKind.PROPOSAL:
        async with rt.db.begin(account.tenant_id) as session:
            current = await drafting.get_version(session, await rt.keys(session), draft)
        instruct = looks_like_instruction(text, current.output.letter)

    async def edit(session: AsyncSession, keys: TenantKeys) -> Draft:
        if instruct:
            change = Change(instruction=text)
            return await drafting.request_change(session, keys, draft_id=draft.id, change=change)
        return await drafting.replace_letter(session, keys, draft_id=draft.id, text=text)

    await take(rt, account, message, awaiting, edit)
    if instruct:
        await bot.send_message(account.chat_id, words("draft.taken_as_instruction"))
    else:
        await show_draft(rt, account, bot, draft.id)


def looks_like_instruction(text: str, letter: str) -> bool:
    """Short against the letter it answers, and one paragraph: "shorter, mention Stripe, $65" rather than a new letter."""
    return len(text) <= 200 and "\n" not in text.strip() and len(text) < 0.4 * len(letter)


async def on_instruction(
    message: Message, text: str, account: Account, words: Words, rt: Runtime, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])

    async def edit(session: AsyncSession, keys: TenantKeys) -> Draft:
        return await drafting.request_change(
            session, keys, draft_id=draft_id, change=Change(instruction=text)
        )

    await _answered(rt, account, message, awaiting, edit)
    await message.answer(words("draft.changing"))


async def on_price(
    message: Message, text: str, account: Account, rt: Runtime, bot: Bot, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])
    amount = read_amount(text)

    async def edit(session: AsyncSession, keys: TenantKeys) -> Draft:
        draft = await drafting.get_draft(session, draft_id=draft_id)
        bid = (await drafting.get_version(session, keys, draft)).output.bid
        hourly = bid is None or bid.contract is ContractType.HOURLY
        if hourly and amount > rt.settings.max_bid_hourly:
            raise Invalid(reason="bid_range", limit=int(rt.settings.max_bid_hourly))
        return await drafting.set_bid(session, keys, draft_id=draft_id, amount=amount)

    await _answered(rt, account, message, awaiting, edit)
    await show_draft(rt, account, bot, draft_id)


async def on_answer(
    message: Message, text: str, account: Account, rt: Runtime, bot: Bot, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])
    position = int(awaiting.data["position"])

    async def edit(session: AsyncSession, keys: TenantKeys) -> Draft:
        return await drafting.replace_answer(session, keys, draft_id=draft_id, position=position, text=text)

    await _answered(rt, account, message, awaiting, edit)
    await show_draft(rt, account, bot, draft_id)


async def on_stop(
    stopped_message_generation: MessageGenerationStopped, account: Account, rt: Runtime
) -> None:
    number = stopped_message_generation.draft_id
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.request_stop(session, draft_number=number, clock=rt.clock)


def build_router() -> Router:
    router = Router(name="drafts")
    router.callback_query.register(on_button, DraftCb.filter())
    router.message.register(on_instruction, Expecting(State.INSTRUCT), PlainText())
    router.message.register(on_price, Expecting(State.PRICE), PlainText())
    router.message.register(on_answer, Expecting(State.ANSWER), PlainText())
    router.stopped_message_generation.register(on_stop)
    return router
