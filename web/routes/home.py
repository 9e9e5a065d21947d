"""The front door: what this is, and where the bot is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from web.botlink import BotLink
from web.pages import page


def build_router(bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["home"])

    @router.get("/", response_class=HTMLResponse)
    async def home(request: Request) -> Response:
        return page(request, "home.html", bot_url=await bot.url())

    return router
