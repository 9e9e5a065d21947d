"""Replies to our own messages: whatever the message was about decides what the reply means."""

from __future__ import annotations

from aiogram import Bot, F, Router
from aiogram.types import Message
from sqlalchemy import select

from bot.features.drafts import apply_text, review
from bot.filters import PlainText
from bot.texts import Words
from core.accounts.service import Account
from core.drafting import service as drafting
from core.notifications.models import SentMessage, Subject
from core.proposals import approval
from core.runtime import Runtime


async def on_reply(
    message: Message, text: str, account: Account, words: Words, rt: Runtime, bot: Bot
) -> None:
    target = message.reply_to_message
    if target is None:
        return
    async with rt.db.begin(account.tenant_id) as session:
        known = await session.scalar(
            select(SentMessage).where(
                SentMessage.chat_id == account.chat_id, SentMessage.message_id == target.message_id
            )
        )
    if known is None:
        await message.reply(words("reply.unknown"))
    elif known.subject == Subject.DRAFT:
        await apply_text(rt, account, words, bot, known.subject_id, text)
    elif known.subject == Subject.ROOM:
        async with rt.db.begin(account.tenant_id) as session:
            draft = await drafting.write_reply(
                session, await rt.keys(session), room_id=known.subject_id, text=text
            )
            await approval.withdraw(session, draft_id=draft.id, clock=rt.clock)
        await review(rt, account, words, bot, draft.id)
    else:
        await message.reply(words("reply.card"))


def build_router() -> Router:
    router = Router(name="replies")
    router.message.register(on_reply, F.reply_to_message, PlainText())
    return router
