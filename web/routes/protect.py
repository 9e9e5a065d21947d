"""The page behind the chat's one-time link that sets up, lists and changes what protects an account.

Plain forms. A change that needs a proof first shows a form that asks for one and carries the change along; proof and change
happen in one transaction, so neither is there without the other.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from core.accounts.models import Tenant
from core.runtime import Runtime
from core.security.page_links import Purpose, look_at_page_link, open_page_link, tenant_of_link
from web.address import address_of
from web.botlink import BotLink
from web.pages import page, speak
from web.routes.protect_steps import STEPS, Step
from web.routes.protect_visit import Visit, overview
from web.security import browser_of, check_form_proof, new_browser, remember_browser
from web.shapes import HTML, refusals

_MAX_FIELD = 16_384


def build_router(rt: Runtime, bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["protection"])

    async def visit_of(request: Request, token: str, browser: str) -> Visit:
        tenant_id = await tenant_of_link(rt.db, token=token)
        async with rt.db.begin(tenant_id) as session:
            speak(request, await session.scalar(select(Tenant.locale).where(Tenant.tenant_id == tenant_id)))
        return Visit(rt, bot, request, token, browser, tenant_id, address_of(request, rt.settings))

    @router.get("/protect/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def look(request: Request, token: str, done: str = "", problem: str = "") -> Response:
        """What protects the account behind the one-time link. Changes nothing."""
        browser = browser_of(request, rt.settings) or new_browser()
        visit = await visit_of(request, token, browser)
        await look_at_page_link(rt.db, rt.clock, token=token, purpose=Purpose.PROTECT, browser=browser)
        context = await overview(visit, done=done, problem=problem)
        response = page(request, "protect.html", **context)
        remember_browser(response, rt.settings, browser)
        return response

    @router.post(
        "/protect/{token}/{step}", response_class=Response, responses={**HTML, **refusals(403, 404, 409)}
    )
    async def change(request: Request, token: str, step: Step) -> Response:
        """One form of that page; a change that needs a proof is answered with the form that asks for one."""
        browser = browser_of(request, rt.settings)
        visit = await visit_of(request, token, browser)
        async with request.form(max_files=0, max_fields=16) as form:
            fields = {name: value[:_MAX_FIELD] for name, value in form.items() if isinstance(value, str)}
        check_form_proof(fields.pop("proof", None), browser, token)
        await open_page_link(rt.db, rt.clock, token=token, purpose=Purpose.PROTECT, browser=browser)
        return await STEPS[step](visit, fields)

    return router
