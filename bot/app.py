"""Building the bot and its dispatcher. One of each per process; nothing here is a global."""

from __future__ import annotations

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import ExceptionTypeFilter

from bot.delivery import FloodControl, NoNetworkInTransaction
from bot.errors import on_error
from bot.features import build_routers
from bot.features.stepup import GoingOn, on_step_up_needed
from bot.joining import Joining
from bot.middlewares import Acting, AnswerCallback, Paced, PrivateOnly, SomethingToRead
from core.runtime import Runtime
from core.security.assurance import StepUpNeeded
from core.settings import Settings


def build_bot(settings: Settings) -> Bot:
    """HTML by default, link previews off everywhere: a preview fetches whatever a client's text links to."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_api_base))
    session.middleware(NoNetworkInTransaction())
    session.middleware(FloodControl())
    return Bot(
        token=settings.telegram_bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
    )


def build_dispatcher(rt: Runtime) -> Dispatcher:
    """Every feature's router in order, the catch-all last. aiogram's own FSM is off: dialogs live in Postgres."""
    dispatcher = Dispatcher(disable_fsm=True, rt=rt)
    dispatcher.update.outer_middleware(PrivateOnly())
    dispatcher.update.outer_middleware(Joining(rt))
    dispatcher.update.outer_middleware(Acting(rt))
    dispatcher.update.outer_middleware(Paced(rt))
    dispatcher.update.outer_middleware(GoingOn(rt))
    dispatcher.message.middleware(SomethingToRead())
    dispatcher.callback_query.middleware(AnswerCallback())
    dispatcher.errors.register(on_step_up_needed, ExceptionTypeFilter(StepUpNeeded))
    dispatcher.errors.register(on_error)
    dispatcher.include_routers(*build_routers())
    return dispatcher
