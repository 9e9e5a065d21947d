"""Proving who one is: the message that asks for it, and the button that goes on exactly where the person was.

Every handler, whichever feature it belongs to, just lets StepUpNeeded out. It is caught here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from aiogram import BaseMiddleware, Bot, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Chat, ErrorEvent, Message, TelegramObject, Update

from bot.callbacks import DraftCb, LimitCb, StepUpCb
from bot.errors import note_refusal, on_error
from bot.middlewares import Handler
from bot.texts import Words
from bot.ui import answer_tap, send, show
from bot.views.stepup import asking_screen, gone_screen
from core.accounts.service import Account
from core.errors import LimitReached, NotFound
from core.runtime import Runtime
from core.security import audit
from core.security.assurance import StepUpNeeded, chat_session
from core.security.page_links import LinkGone
from core.security.stepup.passing import outcome_of, resumed, to_resume
from core.security.stepup.service import Challenge, note_message, open_challenge

_COMMAND = 32


async def on_step_up_needed(
    event: ErrorEvent,
    rt: Runtime,
    bot: Bot,
    account: Account | None = None,
    words: Words | None = None,
    repeated: Mapping[str, str] | None = None,
) -> bool:
    """Ask for the proof that was missing. `repeated` is where the person was, when this was their second try to get there."""
    needed = event.exception
    if not isinstance(needed, StepUpNeeded) or account is None or words is None:
        return await on_error(event, rt, words, account)
    resume = needed.resume or repeated or _where(event.update)
    try:
        challenge = await _challenge(rt, account, needed, resume)
    except LimitReached as refusal:
        async with rt.db.begin(account.tenant_id) as session:
            audit.record(session, "step_up.refused", actor=audit.USER, act=needed.act, reason="too_many")
        return await on_error(event.model_copy(update={"exception": refusal}), rt, words, account)
    if event.update.callback_query is not None:
        await answer_tap(event.update.callback_query)
    message = await send(bot, account.chat_id, asking_screen(words, needed.act, challenge))
    async with rt.db.begin(account.tenant_id) as session:
        await note_message(session, challenge, chat_id=message.chat.id, message_id=message.message_id)
    return True


async def _challenge(
    rt: Runtime, account: Account, needed: StepUpNeeded, resume: Mapping[str, str]
) -> Challenge:
    async with rt.db.begin(account.tenant_id) as session:
        return await open_challenge(
            session,
            needed.act,
            subject=needed.subject,
            by=chat_session(account.telegram_id),
            clock=rt.clock,
            settings=rt.settings,
            resume=resume,
        )


def _where(update: Update) -> dict[str, str]:
    """The button or the bare command that led here; never a text somebody wrote."""
    query, message = update.callback_query, update.message
    if query is not None and query.data:
        return {"tap": query.data}
    if message is not None and (message.text or "").startswith("/"):
        return {"command": (message.text or "").split()[0][:_COMMAND]}
    return {}


def tap_of(resume: Mapping[str, str]) -> str | None:
    """The button that leads to where the person was; None when it was not a button."""
    if "draft" in resume:
        return DraftCb(
            verb="review", draft=UUID(resume["draft"]), version=int(resume.get("version", 0))
        ).pack()
    if "limit" in resume:
        return LimitCb(verb="set", limit=resume["limit"], value=resume.get("value", "")).pack()
    return resume.get("tap")


class GoingOn(BaseMiddleware):
    """Turns a press of "Go on" into the press or the command that had to wait, once, for whoever passed the challenge.

    Everything is checked again as if it had been pressed for the first time; only now there is a proof or a grant.
    """

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, object]) -> object:
        account = data.get("account")
        query = event.callback_query if isinstance(event, Update) else None
        if not isinstance(event, Update) or query is None or not isinstance(account, Account):
            return await handler(event, data)
        challenge = _challenge_in(query)
        if challenge is None:
            return await handler(event, data)
        by = chat_session(account.telegram_id)
        try:
            async with self._rt.db.begin(account.tenant_id) as session:
                row = await to_resume(session, challenge, by=by)
        except LinkGone:
            return await handler(event, data)
        again = _again(event, query, account, row.resume)
        if again is None:
            return await handler(event, data)
        data["repeated"] = row.resume
        outcome = await handler(again, data)
        async with self._rt.db.begin(account.tenant_id) as session:
            await resumed(session, challenge, clock=self._rt.clock)
        return outcome


def _challenge_in(query: CallbackQuery) -> UUID | None:
    try:
        return StepUpCb.unpack(query.data or "").challenge
    except (TypeError, ValueError):
        return None


def _again(event: Update, query: CallbackQuery, account: Account, resume: Mapping[str, str]) -> Update | None:
    tap = tap_of(resume)
    if tap is not None:
        return event.model_copy(update={"callback_query": query.model_copy(update={"data": tap})})
    command = resume.get("command")
    if command is None:
        return None
    message = Message(
        message_id=query.message.message_id if query.message is not None else 0,
        date=datetime.now(UTC),
        chat=Chat(id=account.chat_id, type=ChatType.PRIVATE),
        from_user=query.from_user,
        text=command,
    )
    return Update(update_id=event.update_id, message=message.as_(query.bot))


async def on_go_on(
    query: CallbackQuery, callback_data: StepUpCb, account: Account, words: Words, rt: Runtime
) -> None:
    """Only what cannot be gone on with arrives here. One that is not theirs is noted, as every reach for another's row."""
    async with rt.db.begin(account.tenant_id) as session:
        theirs = await outcome_of(session, callback_data.challenge) is not None
    if not theirs:
        await note_refusal(rt, account, NotFound(subject="challenge"))
    await answer_tap(query, words.plain("step_up.gone"), alert=True)
    await show(query, gone_screen(words))


def build_router() -> Router:
    router = Router(name="stepup")
    router.callback_query.register(on_go_on, StepUpCb.filter())
    return router
