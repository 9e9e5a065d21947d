"""Three client libraries talk to the sandbox as they talk to the real service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import telebot
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ButtonStyle
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramRetryAfter
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    MessageGenerationStopped,
    ReplyParameters,
)
from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Pre, Text
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from telegram import InlineKeyboardButton as PtbButton
from telegram import InlineKeyboardMarkup as PtbMarkup
from telegram import Update
from telegram.error import BadRequest, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

TOKEN = "4200001:test-secret-of-this-bot"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000030000000208060000009d74661a0000000b49444154789c6360400700001200014dbafbdb"
    "0000000049454e44ae426082"
)


@pytest.fixture
async def bot(telegram_server: Any) -> AsyncIterator[Bot]:
    """aiogram's bot, pointed at the sandbox."""
    made = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram_server.url)))
    yield made
    await made.session.close()


# aiogram -------------------------------------------------------------------------


async def test_aiogram_speaks_every_method(bot: Bot, olena: Any) -> None:
    chat_id = olena.user_id
    button = InlineKeyboardButton(text="Approve", callback_data="a:1", style=ButtonStyle.SUCCESS)
    copy = InlineKeyboardButton(text="Copy", copy_text=CopyTextButton(text="$65"))
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button, copy]])
    text = Text(Bold("Job"), " 🙂 ", ExpandableBlockQuote("long brief"), Pre("x = 1", language="python"))

    me = await bot.me()
    sent = await bot.send_message(chat_id, reply_markup=keyboard, **text.as_kwargs())
    preview = LinkPreviewOptions(is_disabled=True)
    plain = await bot.send_message(chat_id, "https://e.com/a", link_preview_options=preview)
    reply = await bot.send_message(
        chat_id, "Short", reply_parameters=ReplyParameters(message_id=sent.message_id, quote="Job")
    )
    asked = await bot.send_message(
        chat_id, "New text?", reply_markup=ForceReply(input_field_placeholder="Text")
    )
    photo = await bot.send_photo(
        chat_id, BufferedInputFile(PNG, "chart.png"), caption="<b>Stats</b>", parse_mode="HTML"
    )
    document = await bot.send_document(chat_id, BufferedInputFile(b"a,b\n1,2\n", "stats.csv"))
    voice = await bot.send_voice(chat_id, BufferedInputFile(b"OggS", "note.ogg"), duration=2)
    album = [InputMediaPhoto(media=BufferedInputFile(PNG, f"{n}.png")) for n in range(2)]
    group = await bot.send_media_group(chat_id, list(album))
    await bot.send_message_draft(chat_id, 5, text="Dear cli", can_stop=True)
    await bot.send_chat_action(chat_id, "typing")
    edited = await bot.edit_message_text("Done", chat_id=chat_id, message_id=sent.message_id)
    await bot.pin_chat_message(chat_id, sent.message_id)
    copied = await bot.copy_message(chat_id, chat_id, sent.message_id)
    forwarded = await bot.forward_message(chat_id, chat_id, photo.message_id)
    await bot.set_my_commands([BotCommand(command="start", description="Begin")], language_code="uk")
    chat = await bot.get_chat(chat_id)
    member = await bot.get_chat_member(chat_id, chat_id)
    photos = await bot.get_user_profile_photos(chat_id)
    assert document.document is not None
    assert photo.photo is not None
    stored = await bot.download(document.document)
    await bot.delete_messages(chat_id, [plain.message_id, asked.message_id])
    menu = await bot.get_chat_menu_button()

    assert (me.id, me.is_bot, me.username) == (4200001, True, "gigwright_bot")
    assert sent.html_text.startswith("<b>Job</b> 🙂 <blockquote expandable>long brief</blockquote>")
    assert sent.reply_markup is not None
    assert sent.reply_markup.inline_keyboard[0][0].style == "success"
    assert plain.link_preview_options is not None
    assert plain.link_preview_options.is_disabled is True
    assert reply.quote is not None
    assert reply.quote.text == "Job"
    assert asked.reply_markup is None
    assert (photo.photo[-1].width, photo.caption_entities and photo.caption_entities[0].type) == (3, "bold")
    assert (document.document.file_name, document.document.mime_type) == ("stats.csv", "text/csv")
    assert voice.voice is not None
    assert voice.voice.duration == 2
    assert len({message.media_group_id for message in group}) == 1
    assert isinstance(edited, Message)
    assert edited.reply_markup is None
    assert copied.message_id > sent.message_id
    assert forwarded.forward_origin is not None
    assert (chat.first_name, member.status, photos.total_count) == ("Olena", "member", 0)
    assert stored is not None
    assert stored.read() == b"a,b\n1,2\n"
    assert menu.type == "commands"


async def test_aiogram_sees_errors_as_its_own(bot: Bot, telegram_api: Any, olena: Any) -> None:
    with pytest.raises(TelegramBadRequest, match="message text is empty"):
        await bot.send_message(olena.user_id, " ")
    await telegram_api.control("faults", method="sendMessage", kind="429", retry_after=7)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(olena.user_id, "x")
    await telegram_api.control("faults", method="sendMessage", kind="drop")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(olena.user_id, "x")

    assert caught.value.retry_after == 7


def job_bot() -> Dispatcher:
    """A small bot with the moves of the real one: card, draft, stop, edit."""
    dispatcher = Dispatcher()

    @dispatcher.message(F.text == "/start")
    async def start(message: Message) -> None:
        button = InlineKeyboardButton(text="Draft", callback_data="draft")
        await message.answer("A job", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))

    @dispatcher.callback_query(F.data == "draft")
    async def draft(query: CallbackQuery, bot: Bot) -> None:
        await query.answer("Writing")
        await bot.send_message_draft(query.from_user.id, 9, text="Dear", can_stop=True)

    @dispatcher.stopped_message_generation()
    async def stopped(event: MessageGenerationStopped, bot: Bot) -> None:
        await bot.send_message(event.chat.id, f"Stopped {event.draft_id}")

    @dispatcher.edited_message()
    async def edited(message: Message) -> None:
        await message.reply(f"You changed it to {message.text}")

    return dispatcher


async def converse(person: Any) -> None:
    """The person's side of `job_bot`."""
    started = await person.send("/start")
    await person.wait(contains="A job", label="Draft", after=started["message_id"])
    assert (await person.press("Draft"))["answer"] == {"text": "Writing", "show_alert": False}
    for _ in range(100):
        if (await person.chat())["draft"]:
            break
        await asyncio.sleep(0.02)
    await person.do("stop")
    stopped = await person.wait(contains="Stopped 9", after=started["message_id"])
    await person.do("edit", message_id=started["message_id"], text="/begin")
    changed = await person.wait(contains="changed it to /begin", after=stopped["message_id"])
    assert changed["reply_to"] == started["message_id"]


async def test_aiogram_polls(bot: Bot, olena: Any) -> None:
    dispatcher = job_bot()
    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
    )
    try:
        await converse(olena)
    finally:
        await dispatcher.stop_polling()
        await polling


@pytest.mark.parametrize("in_background", [True, False])
async def test_aiogram_takes_webhooks(bot: Bot, olena: Any, in_background: bool) -> None:
    dispatcher, app = job_bot(), web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=in_background, secret_token="s-1")
    handler.register(app, path="/hook")
    setup_application(app, dispatcher)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await bot.set_webhook(
            f"http://127.0.0.1:{runner.addresses[0][1]}/hook",
            secret_token="s-1",
            allowed_updates=dispatcher.resolve_used_update_types(),
        )
        await converse(olena)
        info = await bot.get_webhook_info()
    finally:
        await runner.cleanup()

    assert (info.last_error_message, info.pending_update_count) == (None, 0)


# python-telegram-bot -------------------------------------------------------------


async def test_python_telegram_bot_runs_an_application(
    telegram_server: Any, olena: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")

    async def start(update: Update, _context: Any) -> None:
        assert update.message is not None
        markup = PtbMarkup([[PtbButton("Go", callback_data="go")]])
        await update.message.reply_text("*Hello*\\!", parse_mode="MarkdownV2", reply_markup=markup)

    async def pressed(update: Update, _context: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("On it", show_alert=True)
        await update.callback_query.edit_message_text("Gone")

    async def file(update: Update, _context: Any) -> None:
        assert update.message is not None
        assert update.message.document is not None
        received = await (await update.message.document.get_file()).download_as_bytearray()
        await update.message.reply_document(bytes(received)[::-1], filename="back.txt", caption="reversed")

    app: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder()
        .token(TOKEN)
        .base_url(f"{telegram_server.url}/bot")
        .base_file_url(f"{telegram_server.url}/file/bot")
        .build()
    )
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(pressed))
    app.add_handler(MessageHandler(filters.Document.ALL, file))
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(poll_interval=0.0, timeout=2)
        started = await olena.send("/start")
        hello = await olena.wait(contains="Hello!", label="Go", after=started["message_id"])
        answer = (await olena.press("Go"))["answer"]
        gone = await olena.wait(contains="Gone", edited=1, after=hello["message_id"])
        upload = await olena.http.post(
            f"/user/{olena.user_id}/upload",
            data={"kind": "document"},
            files={"file": ("to.txt", b"abc", "text/plain")},
        )
        back = await olena.wait(contains="reversed", after=upload.json()["message_id"])
        with pytest.raises(BadRequest, match="Chat not found"):
            await app.bot.send_message(1, "x")
        await olena.http.post(
            "/control/telegram/faults", json={"method": "sendMessage", "kind": "429", "retry_after": 4}
        )
        with pytest.raises(RetryAfter):
            await app.bot.send_message(olena.user_id, "x")
        await app.updater.stop()
        await app.stop()

    assert hello["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert answer == {"text": "On it", "show_alert": True}
    assert (gone["message_id"], gone["keyboard"]) == (hello["message_id"], None)
    assert (await olena.http.get(back["document"]["url"])).content == b"cba"


# pyTelegramBotAPI ----------------------------------------------------------------


async def test_telebot_works_synchronously(
    telegram_server: Any, olena: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telebot.apihelper, "API_URL", telegram_server.url + "/bot{0}/{1}")
    monkeypatch.setattr(telebot.apihelper, "FILE_URL", telegram_server.url + "/file/bot{0}/{1}")
    bot: Any = telebot.TeleBot(TOKEN, threaded=False)

    @bot.message_handler(commands=["start"])  # type: ignore[untyped-decorator]  # the library has no types here
    def start(message: Any) -> None:
        markup = telebot.types.InlineKeyboardMarkup()
        markup.add(telebot.types.InlineKeyboardButton("Go", callback_data="go"))
        bot.send_message(message.chat.id, "<i>Hi</i>", parse_mode="HTML", reply_markup=markup)

    @bot.callback_query_handler(func=lambda _query: True)  # type: ignore[untyped-decorator]  # the library has no types here
    def pressed(query: Any) -> None:
        bot.answer_callback_query(query.id, "Done")
        bot.edit_message_text("Gone", query.message.chat.id, query.message.message_id)

    @bot.message_handler(content_types=["photo"])  # type: ignore[untyped-decorator]  # the library has no types here
    def photo(message: Any) -> None:
        content = bot.download_file(bot.get_file(message.photo[-1].file_id).file_path)
        bot.send_photo(message.chat.id, content, caption=f"{len(content)} bytes")

    def poll() -> None:
        bot.polling(non_stop=False, interval=0, timeout=1, long_polling_timeout=1)

    polling = asyncio.create_task(asyncio.to_thread(poll))
    try:
        started = await olena.send("/start")
        hello = await olena.wait(contains="Hi", label="Go", after=started["message_id"])
        answer = (await olena.press("Go"))["answer"]
        gone = await olena.wait(contains="Gone", edited=1, after=hello["message_id"])
        upload = await olena.http.post(
            f"/user/{olena.user_id}/upload", data={"kind": "photo"}, files={"file": ("a.png", PNG)}
        )
        back = await olena.wait(contains=f"{len(PNG)} bytes", after=upload.json()["message_id"])
    finally:
        bot.stop_polling()
        await polling

    assert (answer["text"], gone["message_id"]) == ("Done", hello["message_id"])
    assert back["photo"]["width"] == 3
