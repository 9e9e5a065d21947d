"""The link in a warning mail: opening it changes nothing (mail scanners do), its one button locks the account.

No login, one use, seven days.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.accounts.service import load_account
from core.runtime import Runtime
from core.security.alerts import kill
from web.botlink import BotLink
from web.pages import language_of, page, speak
from web.security import browser_of, check_form_proof, form_proof, new_browser, remember_browser
from web.shapes import HTML, refusals
from web.words.kill import words_in


def build_router(rt: Runtime, bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["security"])

    async def speak_theirs(request: Request, token: str) -> None:
        """Raises LinkGone."""
        account = await load_account(rt.db, tenant_id=await kill.owner_of(rt.db, rt.clock, token=token))
        speak(request, account.locale if account else None)

    @router.get("/kill/{token}", response_class=Response, responses={**HTML, **refusals(404)})
    async def explain(request: Request, token: str) -> Response:
        """What the link of a warning mail would do. Changes nothing."""
        await speak_theirs(request, token)
        browser = browser_of(request, rt.settings) or new_browser()
        response = page(
            request, "kill.html", w=words_in(language_of(request)), proof=form_proof(browser, token)
        )
        remember_browser(response, rt.settings, browser)
        return response

    @router.post("/kill/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def pull(request: Request, token: str) -> Response:
        """Lock the account."""
        await speak_theirs(request, token)
        async with request.form(max_files=0, max_fields=4) as form:
            check_form_proof(form.get("proof"), browser_of(request, rt.settings), token)
        now = await kill.pull(rt.db, rt.clock, token=token)
        return page(
            request, "killed.html", w=words_in(language_of(request)), now=now, bot_url=await bot.url()
        )

    return router
