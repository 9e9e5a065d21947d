"""Connect Upwork: a page before, a redirect, and a page after with the code that goes back to the chat."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from core.runtime import Runtime
from core.upwork import linking
from web.botlink import BotLink
from web.pages import page, speak
from web.security import (
    allow_form_to,
    browser_of,
    check_form_proof,
    form_proof,
    new_browser,
    remember_browser,
)
from web.shapes import HTML, refusals


def build_router(rt: Runtime, bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["upwork"])

    @router.get("/connect/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def explain(request: Request, token: str) -> Response:
        """The page behind the one-time link, before Upwork's consent. Changes nothing."""
        speak(request, await linking.language_of_link(rt.db, link=token))
        browser = browser_of(request, rt.settings)
        await linking.check_link(rt.db, rt.clock, link=token, browser=browser)
        browser = browser or new_browser()
        response = page(request, "connect.html", proof=form_proof(browser, token))
        allow_form_to(response, rt.settings.upwork_authorize_url)
        remember_browser(response, rt.settings, browser)
        return response

    @router.post(
        "/connect/{token}",
        status_code=303,
        response_class=RedirectResponse,
        responses=refusals(403, 404),
    )
    async def go(request: Request, token: str) -> Response:
        """Bind the link to this browser and lead it to Upwork's consent."""
        speak(request, await linking.language_of_link(rt.db, link=token))
        browser = browser_of(request, rt.settings)
        async with request.form(max_files=0, max_fields=4) as form:
            check_form_proof(form.get("proof"), browser, token)
        url = await linking.open_link(rt.db, rt.vault, rt.clock, link=token, browser=browser)
        return RedirectResponse(url, status_code=303)

    @router.post(
        "/connect/after/{token}",
        status_code=303,
        response_class=RedirectResponse,
        responses=refusals(403, 404, 409),
    )
    async def go_on(request: Request, token: str) -> Response:
        """From the page that set up the first factor on to the one-time link."""
        speak(request, await linking.language_of_link(rt.db, protected=token))
        browser = browser_of(request, rt.settings)
        async with request.form(max_files=0, max_fields=4) as form:
            check_form_proof(form.get("proof"), browser, token)
        return RedirectResponse(await linking.go_on(rt, token=token, browser=browser), status_code=303)

    @router.get(
        "/auth/upwork/callback", response_class=Response, responses={**HTML, **refusals(403, 404, 409, 503)}
    )
    async def come_back(
        request: Request,
        state: Annotated[str, Query()] = "",
        code: Annotated[str, Query()] = "",
        error: Annotated[str, Query()] = "",
    ) -> Response:
        """Where Upwork sends the browser back to: a page with the code that goes to the chat.

        Good once, and only in the browser that opened the link.
        """
        speak(request, await linking.language_of_link(rt.db, state=state))
        try:
            outcome = await linking.finish_link(
                rt,
                state=state,
                code=None if error else code or None,
                browser=browser_of(request, rt.settings),
            )
        except linking.LinkCancelled:
            return page(request, "cancelled.html", bot_url=await bot.url())
        confirm_url = await bot.url(start=f"link-{outcome.confirm_code}")
        return page(
            request,
            "confirm.html",
            code=outcome.confirm_code,
            name=outcome.display_name,
            confirm_url=confirm_url,
            minutes=linking.CONFIRM_LIFE.seconds // 60,
        )

    return router
