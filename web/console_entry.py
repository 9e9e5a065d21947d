"""The way into the console: address and password, then a passkey (or, for moderators, a code), each on a page of its own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials
from starlette.responses import RedirectResponse, Response

from core.access import logins, sessions
from core.access.models import WebSession
from core.access.permissions import STAFF, NotPermitted, Role, role_of
from core.access.tokens import NotSignedIn
from core.errors import AppError, LimitReached
from core.security.assurance import StepUpNeeded
from core.security.factors import passkeys
from core.security.factors import service as factors
from core.security.factors.service import PasskeyOptions, has_strong_factor
from core.security.lock import Locked, is_locked
from web.address import address_of
from web.doors import CONSOLE_FACTORS, DEVICE_LIFE, Doors, SecondStep, Seen, Visitor, bearer_scheme, visitor
from web.errors import status_of
from web.pages import language_of, page, wants_html
from web.passkeys import passkey_script
from web.proving import WrongCode, binding_of, prove_factor
from web.security import (
    SAFE_METHODS,
    allow_form_to,
    browser_of,
    check_form_proof,
    form_proof,
    new_browser,
    remember_browser,
)
from web.shapes import HTML, PasskeyProof, refusals
from web.texts import texts_in
from web.words.console import words_in

_FORM = "console"


class LogInFirst(NotSignedIn):
    """A person with a browser wants a page of the console without a login for it."""


async def console(
    request: Request, authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)]
) -> Visitor:
    """Who may see the console's page. Raises LogInFirst where a browser should rather be led to the login."""
    try:
        return await visitor(request, authorization)
    except (NotSignedIn, SecondStep, StepUpNeeded):
        if wants_html(request) and request.method in SAFE_METHODS:
            raise LogInFirst from None
        raise


Console = Annotated[Visitor, Depends(console)]


async def lead_to_login(_: Request, __: Exception) -> Response:
    return RedirectResponse("/admin/login", status_code=303)


def add_entry(router: APIRouter, doors: Doors) -> None:
    rt = doors.rt

    @router.get("/admin/login", response_class=Response, responses={**HTML, **refusals()})
    async def ask(request: Request) -> Response:
        """The console's login page."""
        return _login_page(doors, request)

    @router.post("/admin/login", response_class=Response, responses={**HTML, **refusals(401, 403)})
    async def log_in(request: Request) -> Response:
        """Address and password, as a form; the answer is the page for the second factor."""
        async with request.form(max_files=0, max_fields=4) as form:
            check_form_proof(form.get("proof"), browser_of(request, rt.settings), _FORM)
            email, password = str(form.get("email", "")), str(form.get("password", ""))
        try:
            tenant_id = await logins.check_login(
                rt, doors.system, email=email, password=password, ip=address_of(request, rt.settings)
            )
            begun, role, offered = await _begin(doors, request, tenant_id)
        except (logins.WrongLogin, LimitReached, NotPermitted, SecondStep, Locked) as error:
            return _login_page(doors, request, error=error)
        response = await _second_page(doors, request, begun, role, offered)
        await doors.open_console(response, begun)
        return response

    @router.post("/admin/verify", response_class=Response, responses={**HTML, **refusals(401, 403)})
    async def verify(request: Request, seen: Seen) -> Response:
        """The second factor, as a form."""
        async with request.form(max_files=0, max_fields=6) as form:
            code, answer = str(form.get("code", ""))[:64], str(form.get("credential", ""))
            challenge = str(form.get("challenge", ""))
        passkey = (
            PasskeyProof(challenge_id=_uuid(challenge), answer=answer) if 0 < len(answer) <= 16384 else None
        )
        if passkey is None and Role(seen.role) is Role.ADMIN:
            code = ""  # an admin's console wants a passkey: a code is not even looked at
        try:
            login, _ = await prove_factor(doors, request, seen, code=code or None, passkey=passkey)
        except (WrongCode, LimitReached) as error:
            return await _second_page(
                doors, request, seen.login, seen.role, await _offer(doors, seen), error=error
            )
        response = RedirectResponse("/admin", status_code=303)
        await doors.open_console(response, login)
        return response

    @router.post("/admin/logout", response_class=Response, responses={303: {}, **refusals(401, 403)})
    async def log_out(seen: Seen) -> Response:
        """End the console's login."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            await sessions.end_session(session, session_id=seen.login.id, reason="logout", clock=rt.clock)
        response = RedirectResponse("/admin/login", status_code=303)
        doors.drop_cookies(response)
        return response


async def _begin(
    doors: Doors, request: Request, tenant_id: UUID
) -> tuple[WebSession, Role, PasskeyOptions | None]:
    """A login that waits for its second step. Raises Locked, NotPermitted, SecondStep (when there is no factor to show)."""
    rt = doors.rt
    async with rt.db.begin(tenant_id) as session:
        if await is_locked(session):
            raise Locked
        role = await role_of(session)
        if role not in STAFF:
            raise NotPermitted
        if not await has_strong_factor(session):
            raise SecondStep
        device = request.cookies.get(doors.cookie("device"), "")[:128]
        begun = await sessions.begin(
            session, method="password", complete=False, console=True, browser=device, clock=rt.clock
        )
    seen = Visitor(tenant_id, begun, role, by_cookie=True, csrf="")
    return begun, role, await _offer(doors, seen)


async def _offer(doors: Doors, seen: Visitor) -> PasskeyOptions | None:
    rt = doors.rt
    if not passkeys.work_at(rt.settings):
        return None
    async with rt.db.begin(seen.tenant_id) as session:
        keys = await rt.keys(session)
        return await factors.begin_assertion(
            session, keys, rt.settings, binding=binding_of(seen), clock=rt.clock
        )


def _login_page(doors: Doors, request: Request, *, error: AppError | None = None) -> Response:
    settings, words = doors.rt.settings, words_in(language_of(request))
    browser = browser_of(request, settings) or new_browser()
    status, problem = 200, None
    if error is not None:
        status = status_of(error)
        known = texts_in(language_of(request)).error(error.code, status)
        problem = {"not_permitted": words.not_staff, "second_step": words.no_factor}.get(
            error.code, f"{known.title}. {known.text}"
        )
    response: Response = page(
        request, "admin_login.html", status=status, w=words, problem=problem, proof=form_proof(browser, _FORM)
    )
    if isinstance(error, LimitReached):
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    allow_form_to(response, settings.public_url)
    remember_browser(response, settings, browser)
    if doors.cookie("device") not in request.cookies:
        doors.set_cookie(response, "device", new_browser(), DEVICE_LIFE)
    return response


async def _second_page(
    doors: Doors,
    request: Request,
    login: WebSession,
    role: Role,
    offered: PasskeyOptions | None,
    *,
    error: AppError | None = None,
) -> Response:
    status = status_of(error) if error else 200
    known = texts_in(language_of(request)).error(error.code, status) if error else None
    response: Response = page(
        request,
        "admin_verify.html",
        status=status,
        w=words_in(language_of(request)),
        problem=f"{known.title}. {known.text}" if known else None,
        csrf=await doors.csrf(login.id),
        codes=len(CONSOLE_FACTORS.get(role, ())) > 1,
        passkey=offered,
        script=passkey_script(),
    )
    allow_form_to(response, doors.rt.settings.public_url)
    return response


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
