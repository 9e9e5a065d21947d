"""Changing a draft: chips, instructions, price, answers, undo, and the way to approval."""

from __future__ import annotations

import html
from uuid import UUID

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message, MessageGenerationStopped

from bot.callbacks import DraftCb
from bot.features.profile import read_amount
from bot.filters import Expecting, PlainText
from bot.notify import remember
from bot.texts import Html, Words
from bot.ui import Screen, answer_tap, ask, blocks, redraw, send, show
from bot.views import pages
from bot.views.cautions import cautions_for
from bot.views.drafts import approval_screens
from core.accounts import dialogs
from core.accounts.service import Account
from core.drafting import diff
from core.drafting import service as drafting
from core.drafting.draft import Chip
from core.drafting.models import DraftKind, DraftState
from core.drafting.service import Change
from core.errors import Invalid
from core.notifications.models import Subject
from core.proposals import approval
from core.runtime import Runtime

INSTRUCT = "instruct"
PRICE = "price"
ANSWER = "answer"

_MARKS = {diff.Change.ADDED: "u", diff.Change.REMOVED: "s"}


async def show_draft(rt: Runtime, account: Account, bot: Bot, draft_id: UUID) -> None:
    """Send the draft as it is now, below everything else; the older message loses its buttons."""
    page = await pages.draft_page(rt, account, draft_id=draft_id)
    if page.replaces is not None:
        await redraw(bot, account.chat_id, page.replaces, Screen(Words(account.locale)("draft.moved_below")))
    message_id = 0
    for screen in page.screens:
        message_id = (await send(bot, account.chat_id, screen, reply_to=page.reply_to)).message_id
        await remember(rt, account, message_id, Subject.DRAFT, draft_id)
    await pages.note_draft_message(rt, account, draft_id=draft_id, message_id=message_id)


async def on_button(
    query: CallbackQuery, callback_data: DraftCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, draft_id, arg = callback_data.verb, callback_data.draft, callback_data.arg
    if verb == "review":
        await review(rt, account, words, bot, draft_id)
    elif verb == "edit":
        await _back_to_draft(query, draft_id, account, words, rt, bot)
    elif verb in ("chip", "rewrite"):
        await _change(rt, account, draft_id, Change(chip=Chip(arg)) if verb == "chip" else None)
        await answer_tap(query, words.plain("draft.changing"))
    elif verb in ("undo", "diff"):
        await (_undo if verb == "undo" else _diff)(draft_id, account, words, rt, bot)
    elif verb == "discard":
        async with rt.db.begin(account.tenant_id) as session:
            await drafting.discard(session, draft_id=draft_id)
            await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
        await show(query, Screen(words("draft.discarded")))
    else:
        await _ask(verb, draft_id, arg, account, words, rt, bot)


async def _ask(
    verb: str, draft_id: UUID, arg: str, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    """Ask for the words or the number this button needs; the answer is matched by what the chat waits for."""
    state = {"instruct": INSTRUCT, "price": PRICE, "answer": ANSWER}.get(verb)
    if state is None:
        raise Invalid(reason="unknown_button")
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.get_draft(session, draft_id=draft_id)
        await dialogs.expect(session, state, chat_id=account.chat_id, draft=str(draft_id), position=arg)
    number = int(arg) + 1 if arg.isdigit() else 0
    message = await ask(
        bot, account.chat_id, words(f"draft.ask_{verb}", n=number), words.plain(f"draft.placeholder_{verb}")
    )
    await remember(rt, account, message.message_id, Subject.DRAFT, draft_id)


async def _change(rt: Runtime, account: Account, draft_id: UUID, change: Change | None) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        if change is None:
            await drafting.rewrite(session, draft_id=draft_id)
        else:
            await drafting.request_change(session, await rt.keys(session), draft_id=draft_id, change=change)
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)


async def _undo(draft_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.undo(session, await rt.keys(session), draft_id=draft_id)
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    await show_draft(rt, account, bot, draft_id)


async def _diff(draft_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id)
        now = await drafting.get_version(session, keys, draft)
        before = await drafting.get_version(session, keys, draft, number=max(1, draft.current - 1))
    parts = []
    for segment in diff.diff_words(before.output.letter, now.output.letter):
        text = html.escape(segment.text, quote=False)
        tag = _MARKS.get(segment.change)
        parts.append(f"<{tag}>{text}</{tag}>" if tag and text.strip() else text)
    body = "".join(parts)
    if len(body) > 3500:
        body = html.escape(now.output.letter[:3000], quote=False)
    await send(bot, account.chat_id, Screen(blocks(words("draft.diff", n=draft.current), Html(body))))


async def _back_to_draft(
    query: CallbackQuery, draft_id: UUID, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=draft_id)
        if draft.state == DraftState.READY:
            await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
    if draft.state != DraftState.READY:
        await answer_tap(query, words.plain(f"draft.is_{draft.state}"), alert=True)
        return
    await show(query, Screen(words("approve.withdrawn")))
    await show_draft(rt, account, bot, draft_id)


async def review(rt: Runtime, account: Account, words: Words, bot: Bot, draft_id: UUID) -> None:
    """Show the exact bytes with the one button that approves them."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        shown = await approval.show(
            session,
            keys,
            draft_id=draft_id,
            telegram_id=account.telegram_id,
            clock=rt.clock,
            hours=rt.settings.approval_hours,
        )
        draft = await drafting.get_draft(session, draft_id=draft_id)
        heading, posting, _ = await pages.heading_of(session, keys, words, draft)
        version = await drafting.get_version(session, keys, draft)
        cautions = await cautions_for(session, keys, draft, version.output, posting)
    for screen in approval_screens(words, shown, heading=heading, warnings=cautions):
        message = await send(bot, account.chat_id, screen)
        await remember(rt, account, message.message_id, Subject.DRAFT, draft_id)


async def apply_text(
    rt: Runtime, account: Account, words: Words, bot: Bot, draft_id: UUID, text: str
) -> None:
    """A typed reply to a draft: a whole new text, or, when it is short against the old one, an instruction."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id)
        instruct = False
        if draft.state == DraftState.READY and draft.kind == DraftKind.PROPOSAL:
            current = await drafting.get_version(session, keys, draft)
            instruct = looks_like_instruction(text, current.output.letter)
        if instruct:
            await drafting.request_change(session, keys, draft_id=draft_id, change=Change(instruction=text))
        else:
            await drafting.replace_letter(session, keys, draft_id=draft_id, text=text)
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
        await dialogs.clear(session)
    if instruct:
        await bot.send_message(account.chat_id, words("draft.taken_as_instruction"))
    else:
        await show_draft(rt, account, bot, draft_id)


def looks_like_instruction(text: str, letter: str) -> bool:
    """Short against the letter it answers, and one paragraph: "shorter, mention Stripe, $65" rather than a new letter."""
    return len(text) <= 200 and "\n" not in text.strip() and len(text) < 0.4 * len(letter)


async def on_instruction(
    message: Message, text: str, account: Account, words: Words, rt: Runtime, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])
    await _change(rt, account, draft_id, Change(instruction=text))
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)
    await message.answer(words("draft.changing"))


async def on_price(
    message: Message, text: str, account: Account, rt: Runtime, bot: Bot, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.set_bid(session, await rt.keys(session), draft_id=draft_id, amount=read_amount(text))
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
        await dialogs.clear(session)
    await show_draft(rt, account, bot, draft_id)


async def on_answer(
    message: Message, text: str, account: Account, rt: Runtime, bot: Bot, awaiting: dialogs.Awaiting
) -> None:
    draft_id = UUID(awaiting.data["draft"])
    position = int(awaiting.data["position"])
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.replace_answer(
            session, await rt.keys(session), draft_id=draft_id, position=position, text=text
        )
        await approval.withdraw(session, draft_id=draft_id, clock=rt.clock)
        await dialogs.clear(session)
    await show_draft(rt, account, bot, draft_id)


async def on_stop(event: MessageGenerationStopped, account: Account, rt: Runtime) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        await drafting.request_stop(session, draft_number=event.draft_id, clock=rt.clock)


def build_router() -> Router:
    router = Router(name="drafts")
    router.callback_query.register(on_button, DraftCb.filter())
    router.message.register(on_instruction, Expecting(INSTRUCT), PlainText())
    router.message.register(on_price, Expecting(PRICE), PlainText())
    router.message.register(on_answer, Expecting(ANSWER), PlainText())
    router.stopped_message_generation.register(on_stop)
    return router
