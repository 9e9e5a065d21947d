"""The user's own funnel, in words and as a picture."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message

from bot.texts import Html, Words
from bot.ui import CAPTION_LIMIT, clip, fitting, lines, visible
from bot.views.posting import duration
from core.accounts.service import Account
from core.analytics.charts import funnel_chart
from core.analytics.funnel import load_funnel
from core.runtime import Runtime
from core.searches.service import list_searches

_STEPS = ("cards", "shown", "drafted", "sent", "replied", "hired")


async def on_command(message: Message, account: Account, words: Words, rt: Runtime, bot: Bot) -> None:
    await bot.send_chat_action(account.chat_id, ChatAction.UPLOAD_PHOTO)
    async with rt.db.begin(account.tenant_id) as session:
        funnel = await load_funnel(session, clock=rt.clock)
        names = {
            search.id: search.criteria.query
            for search in await list_searches(session, await rt.keys(session))
        }
    if not funnel.cards:
        await message.answer(words("stats.empty"))
        return
    counts = [(words.plain(f"stats.step_{step}"), int(getattr(funnel, step))) for step in _STEPS]
    by_search = [
        words(
            "stats.search",
            name=clip(names.get(search_id, words.plain("stats.deleted_search")), 60),
            sent=sent,
            replied=replied,
        )
        for search_id, (sent, replied) in funnel.by_search.items()
    ]
    reasons = ", ".join(
        f"{words.plain(f'skip.{reason}')} {count}" for reason, count in funnel.skip_reasons.items()
    )
    rate = f"{funnel.reply_rate:.0%}" if funnel.reply_rate is not None else words.plain("stats.not_yet")
    details = lines(
        words("stats.replies_sent", n=funnel.replies_sent),
        words("stats.rate", rate=rate),
        words("stats.delay", delay=duration(words, funnel.delay)) if funnel.delay is not None else None,
        words("stats.skips", reasons=clip(reasons, 300)) if reasons else None,
        words("stats.cost", cost=f"{funnel.cost:.2f}") if funnel.cost else None,
    )
    counted = lines(*(words("stats.line", name=name, count=count) for name, count in counts))
    heading = words("stats.heading", n=funnel.days)
    caption = fitting([heading, counted, details, *_grouped(by_search)], CAPTION_LIMIT)
    picture = await funnel_chart(counts, title=words.plain("stats.chart_title"))
    await message.answer_photo(BufferedInputFile(picture, "funnel.png"), caption=caption)


def _grouped(by_search: list[Html]) -> list[Html]:
    """Searches that fit together below the numbers; those that do not are left out, the first ones stay."""
    room = CAPTION_LIMIT // 2
    while by_search and visible(lines(*by_search)) > room:
        by_search = by_search[:-1]
    return [lines(*by_search)] if by_search else []


def build_router() -> Router:
    router = Router(name="stats")
    router.message.register(on_command, Command("stats"))
    return router
