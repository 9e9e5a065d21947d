"""/templates: the library. Typed, pasted or out of a file; a better wording on request; and the choice on a job card."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Document, Message
from sqlalchemy.ext.asyncio import AsyncSession

from bot.callbacks import TemplateCb
from bot.filters import Expecting, PlainText, TextOrFile
from bot.states import State
from bot.texts import Words
from bot.ui import Screen, answer_tap, ask, send, show
from bot.views.templates import choose_screen, gaps, key_of, library_screen, template_screen
from core.accounts import dialogs
from core.accounts.service import Account
from core.drafting.models import Draft
from core.drafting.service import Prepare
from core.errors import Invalid, NotFound
from core.jobs_feed.service import get_card
from core.runtime import Runtime
from core.templates import service as templates
from core.templates.importing import named_text, parse_templates

MOST_BYTES = 64_000
_ENDINGS = (".txt", ".md", ".markdown")


async def _library(rt: Runtime, account: Account, words: Words) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        letters = await templates.list_templates(session, await rt.keys(session))
        rates = await templates.reply_rates(session, clock=rt.clock)
    return library_screen(words, letters, rates)


async def _one(rt: Runtime, account: Account, words: Words, template_id: UUID) -> Screen:
    async with rt.db.begin(account.tenant_id) as session:
        letter = await templates.get_template(session, await rt.keys(session), template_id=template_id)
        rates = await templates.reply_rates(session, clock=rt.clock)
    return template_screen(words, letter, rates.get(template_id))


async def choice_screen(rt: Runtime, account: Account, words: Words, card_id: UUID) -> Screen:
    """The templates to make a card's letter from. Raises NotFound for a card that is not this person's."""
    async with rt.db.begin(account.tenant_id) as session:
        await get_card(session, card_id=card_id)
        letters = await templates.list_templates(session, await rt.keys(session))
        rates = await templates.reply_rates(session, clock=rt.clock)
    return choose_screen(words, card_id, letters, rates)


def made_from(rt: Runtime, key: str) -> Prepare:
    """What has a new draft made from the template that a card's button names."""

    async def prepare(session: AsyncSession, draft: Draft) -> None:
        letters = await templates.list_templates(session, await rt.keys(session))
        chosen = next((letter for letter in letters if key_of(letter.id) == key), None)
        if chosen is None:
            raise NotFound(subject="template")
        await templates.use_template(session, draft=draft, template_id=chosen.id)

    return prepare


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await send(bot, account.chat_id, await _library(rt, account, words))


async def on_button(
    query: CallbackQuery, callback_data: TemplateCb, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    verb, template_id = callback_data.verb, callback_data.template
    if verb == "list":
        await show(query, await _library(rt, account, words))
    elif verb in ("add", "import"):
        await _ask(verb, account, words, rt, bot)
    elif template_id is None:
        raise Invalid(reason="unknown_button")
    elif verb == "show":
        await show(query, await _one(rt, account, words, template_id))
    elif verb == "edit":
        await _ask(verb, account, words, rt, bot, template_id=template_id)
    else:
        await _change(query, verb, template_id, account, words, rt)


async def _ask(
    verb: str, account: Account, words: Words, rt: Runtime, bot: Bot, *, template_id: UUID | None = None
) -> None:
    state = {"add": State.TEMPLATE, "import": State.TEMPLATE_IMPORT, "edit": State.TEMPLATE_EDIT}[verb]
    async with rt.db.begin(account.tenant_id) as session:
        if template_id is not None:
            await templates.get_template(session, await rt.keys(session), template_id=template_id)
            # Before anything is typed.
            await templates.refuse_while_tried(session, template_id=template_id)
        await dialogs.expect(session, state, chat_id=account.chat_id, template=str(template_id or ""))
    text = words(f"template.ask_{verb}", gaps=gaps(words))
    await ask(bot, account.chat_id, text, words.plain("template.placeholder"))


async def _change(
    query: CallbackQuery, verb: str, template_id: UUID, account: Account, words: Words, rt: Runtime
) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        if verb == "delete":
            await templates.delete_template(session, template_id=template_id)
        elif verb == "improve":
            await templates.request_improvement(session, template_id=template_id, clock=rt.clock)
        elif verb in ("take", "leave"):
            keys = await rt.keys(session)
            await templates.settle_offer(session, keys, template_id=template_id, accepted=verb == "take")
        else:
            raise Invalid(reason="unknown_button")
    await answer_tap(query, words.plain(f"template.did_{verb}"))
    if verb == "delete":
        await show(query, await _library(rt, account, words))
    else:
        await show(query, await _one(rt, account, words, template_id))


async def on_text(message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    async with rt.db.begin(account.tenant_id) as session:
        [letter] = await templates.add_templates(session, await rt.keys(session), [named_text(text)])
    await _done(rt, account, bot, template_screen(words, letter, None))


async def on_edit(
    message: Message,
    text: str,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
) -> None:
    """A text that begins with a name of its own renames it; any other keeps the name."""
    template_id = UUID(awaiting.data["template"])
    changed = named_text(text)
    async with rt.db.begin(account.tenant_id) as session:
        await templates.change_template(
            session,
            await rt.keys(session),
            template_id=template_id,
            changed=changed,
            keep_name=changed.body == text.strip(),
        )
    await _done(rt, account, bot, await _one(rt, account, words, template_id))


async def on_import(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    text = await _read(bot, message.document) if message.document else message.text or ""
    async with rt.db.begin(account.tenant_id) as session:
        added = await templates.add_templates(session, await rt.keys(session), parse_templates(text))
    await bot.send_message(account.chat_id, words("template.imported", n=len(added)))
    await _done(rt, account, bot, await _library(rt, account, words))


async def _read(bot: Bot, document: Document) -> str:
    """A text file's words. Raises Invalid ("not_a_text_file", "file_too_big" with `kb`)."""
    if not (document.file_name or "").lower().endswith(_ENDINGS):
        raise Invalid(reason="not_a_text_file")
    if (document.file_size or 0) > MOST_BYTES:
        raise Invalid(reason="file_too_big", kb=MOST_BYTES // 1000)
    content = await bot.download(document)
    raw = content.read(MOST_BYTES + 1) if content is not None else b""
    if len(raw) > MOST_BYTES:
        raise Invalid(reason="file_too_big", kb=MOST_BYTES // 1000)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(reason="not_a_text_file") from None


async def _done(rt: Runtime, account: Account, bot: Bot, screen: Screen) -> None:
    await send(bot, account.chat_id, screen)
    # Only now: an update that is handled again, because this answer got lost, finds the chat as it was.
    async with rt.db.begin(account.tenant_id) as session:
        await dialogs.clear(session)


def build_router() -> Router:
    router = Router(name="templates")
    router.message.register(on_command, Command("templates"))
    router.message.register(on_text, Expecting(State.TEMPLATE), PlainText())
    router.message.register(on_edit, Expecting(State.TEMPLATE_EDIT), PlainText())
    router.message.register(on_import, Expecting(State.TEMPLATE_IMPORT), TextOrFile())
    router.callback_query.register(on_button, TemplateCb.filter())
    return router
