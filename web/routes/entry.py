"""Setting up a login: from the chat with a one-time link, and the page that a mailed link leads to."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.access import logins
from core.access.passwords import WeakPassword
from core.errors import AppError, LimitReached
from core.security.page_links import (
    LinkGone,
    Purpose,
    look_at_page_link,
    open_page_link,
    through_page_link,
    use_up,
)
from web.address import address_of
from web.doors import Doors
from web.errors import status_of
from web.pages import language_of, page
from web.routes.auth import mail_registration
from web.security import (
    allow_form_to,
    browser_of,
    check_form_proof,
    form_proof,
    new_browser,
    remember_browser,
)
from web.shapes import HTML, refusals
from web.texts import texts_in
from web.words.console import words_in


def build_router(doors: Doors) -> APIRouter:
    router = APIRouter(tags=["logins"])
    rt = doors.rt

    @router.get("/register/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def ask(request: Request, token: str) -> Response:
        """The page behind the bot's link: choose an address and a password. Changes nothing: a preview must not take it away."""
        browser = browser_of(request, rt.settings) or new_browser()
        await look_at_page_link(rt.db, rt.clock, token=token, purpose=Purpose.LOGIN, browser=browser)
        return _form(doors, request, "register.html", browser=browser, subject=token)

    @router.post("/register/{token}", response_class=Response, responses={**HTML, **refusals(403, 404, 503)})
    async def register(request: Request, token: str) -> Response:
        """Send the mail, and use the link up."""
        browser = browser_of(request, rt.settings)
        email, password = await _fields(request, browser, token)
        await open_page_link(rt.db, rt.clock, token=token, purpose=Purpose.LOGIN, browser=browser)
        async with through_page_link(
            rt.db, rt.clock, token=token, purpose=Purpose.LOGIN, browser=browser
        ) as (_, link):
            tenant_id = link.tenant_id
        try:
            await mail_registration(
                doors,
                request,
                email=email,
                password=password,
                language=language_of(request),
                tenant_id=tenant_id,
            )
        except (WeakPassword, logins.InvalidEmail, LimitReached) as error:
            return _form(
                doors, request, "register.html", browser=browser, subject=token, error=error, email=email
            )
        async with through_page_link(
            rt.db, rt.clock, token=token, purpose=Purpose.LOGIN, browser=browser
        ) as (session, link):
            if not await use_up(session, link, clock=rt.clock):
                raise LinkGone
        words = words_in(language_of(request))
        return page(request, "told.html", title=words.mail_title, text=words.mail_text)

    @router.get("/confirm/{token}", response_class=Response, responses={**HTML, **refusals()})
    async def ask_password(request: Request, token: str) -> Response:
        """The page behind the mailed link. It asks nothing of the database: looking must not tell what a token is worth."""
        browser = browser_of(request, rt.settings) or new_browser()
        return _form(doors, request, "confirm_login.html", browser=browser, subject=token)

    @router.post("/confirm/{token}", response_class=Response, responses={**HTML, **refusals(401, 403, 404)})
    async def confirm(request: Request, token: str) -> Response:
        """The password once more, and the login is there."""
        browser = browser_of(request, rt.settings)
        _, password = await _fields(request, browser, token)
        try:
            await logins.confirm(
                rt, doors.system, token=token, password=password, ip=address_of(request, rt.settings)
            )
        except (logins.WrongLogin, LimitReached) as error:
            return _form(doors, request, "confirm_login.html", browser=browser, subject=token, error=error)
        words = words_in(language_of(request))
        return page(request, "told.html", title=words.done_title, text=words.done_text)

    return router


async def _fields(request: Request, browser: str, subject: str) -> tuple[str, str]:
    async with request.form(max_files=0, max_fields=4) as form:
        check_form_proof(form.get("proof"), browser, subject)
        return str(form.get("email", "")), str(form.get("password", ""))


def _form(
    doors: Doors,
    request: Request,
    template: str,
    *,
    browser: str,
    subject: str,
    error: AppError | None = None,
    email: str = "",
) -> Response:
    settings = doors.rt.settings
    status = status_of(error) if error else 200
    known = texts_in(language_of(request)).error(error.code, status) if error else None
    response: Response = page(
        request,
        template,
        status=status,
        w=words_in(language_of(request)),
        problem=f"{known.title}. {known.text}" if known else None,
        proof=form_proof(browser, subject),
        email=email,
    )
    allow_form_to(response, settings.public_url)
    remember_browser(response, settings, browser)
    return response
