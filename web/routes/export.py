"""The page behind a one-time link from the chat where a copy of the data is downloaded."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from core.accounts.models import Tenant
from core.privacy import export
from core.runtime import Runtime
from core.security.page_links import (
    LinkGone,
    Purpose,
    open_page_link,
    tenant_of_link,
    through_page_link,
    use_up,
)
from web.pages import language_of, page, speak
from web.security import browser_of, check_form_proof, form_proof, new_browser, remember_browser
from web.shapes import HTML, refusals
from web.words.privacy import words_in


def build_router(rt: Runtime) -> APIRouter:
    router = APIRouter(tags=["privacy"])

    async def in_their_language(request: Request, token: str) -> None:
        tenant_id = await tenant_of_link(rt.db, token=token)
        async with rt.db.begin(tenant_id) as session:
            speak(request, await session.scalar(select(Tenant.locale).where(Tenant.tenant_id == tenant_id)))

    @router.get("/export/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def offer(request: Request, token: str) -> Response:
        """Changes nothing: whatever looks at a link ahead of its person must not use it up."""
        await in_their_language(request, token)
        browser = browser_of(request, rt.settings)
        view = await export.look(rt.db, rt.clock, token=token, browser=browser)
        browser = browser or new_browser()
        words = words_in(language_of(request))
        response = page(
            request,
            "export.html",
            w=words,
            size=words.download_size.format(
                rows=view.rows,
                size=_size(view.size),
                at=f"{view.made_at:%Y-%m-%d %H:%M}",
                until=f"{view.expires_at:%Y-%m-%d %H:%M}",
            ),
            proof=form_proof(browser, token),
        )
        remember_browser(response, rt.settings, browser)
        return response

    @router.post("/export/{token}", response_class=Response, responses=refusals(403, 404))
    async def download(request: Request, token: str) -> Response:
        """The ZIP with everything that is stored about the account, once."""
        await in_their_language(request, token)
        browser = browser_of(request, rt.settings)
        async with request.form(max_files=0, max_fields=4) as form:
            check_form_proof(form.get("proof"), browser, token)
        purpose = Purpose.EXPORT
        await open_page_link(rt.db, rt.clock, token=token, purpose=purpose, browser=browser)
        async with through_page_link(rt.db, rt.clock, token=token, purpose=purpose, browser=browser) as (
            session,
            link,
        ):
            if link.ref is None or not await use_up(session, link, clock=rt.clock):
                raise LinkGone
            content = await export.fetch(session, await rt.keys(session), export_id=link.ref, clock=rt.clock)
        return Response(
            content,
            media_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="gigwright-data.zip"'},
        )

    return router


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, size // 1000)} KB"
