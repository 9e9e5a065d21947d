"""Replies to our own messages: whatever the message was about decides what the reply means."""

from __future__ import annotations

from uuid import UUID

from aiogram import Bot, F, Router
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncSession

from bot.features.drafts import apply_text, take
from bot.features.review import review
from bot.filters import PlainText, Taken
from bot.sending import show_draft
from bot.texts import Words
from bot.ui import reply
from core.accounts import dialogs
from core.accounts.service import Account
from core.crypto import TenantKeys
from core.drafting import service as drafting
from core.drafting.models import Draft, DraftKind, DraftState
from core.notifications.models import SentMessage, Subject
from core.runtime import Runtime


async def on_reply(
    message: Message,
    text: str,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
    about: SentMessage | None = None,
) -> None:
    if about is None:
        await reply(message, words("reply.unknown"))
    elif about.subject == Subject.DRAFT:
        async with rt.db.begin(account.tenant_id) as session:
            draft = await drafting.get_draft(session, draft_id=about.subject_id)
        if draft.state == DraftState.APPROVED and draft.kind == DraftKind.PROPOSAL:
            await reply(message, words("reply.sent_proposal"))
        elif draft.state in (DraftState.APPROVED, DraftState.CLOSED) and draft.room_id is not None:
            # That message is on its way or was put away; the next one goes to the same room.
            await _answer_client(draft.room_id, message, text, account, words, rt, bot, awaiting)
        else:
            await apply_text(rt, account, words, bot, draft, message, text, awaiting)
    elif about.subject == Subject.ROOM:
        await _answer_client(about.subject_id, message, text, account, words, rt, bot, awaiting)
    else:
        await reply(message, words("reply.card"))


async def _answer_client(
    room_id: UUID,
    message: Message,
    text: str,
    account: Account,
    words: Words,
    rt: Runtime,
    bot: Bot,
    awaiting: dialogs.Awaiting,
) -> None:
    """The user's own words for the client: kept as the room's draft, then shown for approval."""

    async def edit(session: AsyncSession, keys: TenantKeys) -> Draft:
        return await drafting.write_reply(session, keys, room_id=room_id, text=text)

    draft = await take(rt, account, message, awaiting, edit)
    await review(rt, account, words, bot, draft.id)


async def on_taken(
    message: Message, account: Account, words: Words, rt: Runtime, bot: Bot, taken: SentMessage
) -> None:
    """The message did its work the first time; only what there is to see is shown again."""
    async with rt.db.begin(account.tenant_id) as session:
        draft = await drafting.get_draft(session, draft_id=taken.subject_id)
    if draft.state == DraftState.COMPOSING:
        await message.answer(words("draft.changing"))
    elif draft.kind == DraftKind.REPLY and draft.state == DraftState.READY:
        await review(rt, account, words, bot, draft.id)
    else:
        await show_draft(rt, account, bot, draft.id)


def build_router() -> Router:
    router = Router(name="replies")
    router.message.register(on_reply, F.reply_to_message, PlainText())
    return router


def build_again_router() -> Router:
    """Looks at a message before everybody else does."""
    router = Router(name="again")
    router.message.register(on_taken, Taken(), PlainText())
    return router
