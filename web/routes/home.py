"""The front door: what this is, and where the bot is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.botlink import BotLink
from web.pages import page
from web.shapes import HTML, refusals


def build_router(bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["home"])

    @router.get("/", response_class=Response, responses={**HTML, **refusals()})
    async def home(request: Request) -> Response:
        """What this is, and where the bot is."""
        return page(request, "home.html", bot_url=await bot.url())

    return router
