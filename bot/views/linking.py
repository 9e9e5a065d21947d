"""Linking Upwork, as the chat shows it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.callbacks import UpworkCb
from bot.states import State
from bot.texts import Words
from bot.ui import BLUE, RED, Screen, button, clip
from core.accounts import dialogs
from core.accounts.service import Account
from core.upwork.confirming import PendingLink, StoppedLink


async def expect_code(
    session: AsyncSession, account: Account, news: PendingLink | StoppedLink | None
) -> None:
    """While a link waits for its code, the next message is taken for it."""
    if isinstance(news, PendingLink):
        await dialogs.expect(session, State.LINK_CODE, chat_id=account.chat_id)


def news_screen(words: Words, news: PendingLink | StoppedLink) -> Screen:
    if isinstance(news, StoppedLink):
        return Screen(
            words(f"upwork.stopped_{news.problem.value}"),
            [[button(words.plain("button.connect"), UpworkCb(verb="connect"), BLUE)]],
        )
    name = clip(news.display_name or words.plain("upwork.nameless"), 80)
    return Screen(
        words("upwork.type_code", name=name),
        [[button(words.plain("button.not_me"), UpworkCb(verb="reject"), RED)]],
    )
