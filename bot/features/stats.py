"""The user's own funnel, in words and as a picture."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message

from bot.texts import Words
from bot.views.learning import market_text
from bot.views.stats import caption, counts
from core.accounts.service import Account
from core.analytics.charts import funnel_chart
from core.analytics.funnel import load_funnel
from core.analytics.market import load_market
from core.runtime import Runtime
from core.searches.service import list_searches


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await bot.send_chat_action(account.chat_id, ChatAction.UPLOAD_PHOTO)
    async with rt.db.begin(account.tenant_id) as session:
        funnel = await load_funnel(session, clock=rt.clock)
        market = await load_market(session, clock=rt.clock)
        searches = await list_searches(session, await rt.keys(session))
    if not funnel.cards:
        await message.answer(words("stats.empty"))
        return
    names = {search.id: search.criteria.query for search in searches}
    picture = await funnel_chart(counts(words, funnel), title=words.plain("stats.chart_title"))
    text = caption(words, funnel, names)
    await message.answer_photo(BufferedInputFile(picture, "funnel.png"), caption=text)
    await message.answer(market_text(words, market))


def build_router() -> Router:
    router = Router(name="stats")
    router.message.register(on_command, Command("stats"))
    return router
