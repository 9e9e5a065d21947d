"""Logging in to the web pages and the API: registering, both steps of a login, refreshing, logging out, joining Telegram."""

from __future__ import annotations

import json
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from core.access import logins, refresh, sessions
from core.access.models import WebSession
from core.access.passkey_login import check_passkey, offer_passkey
from core.access.tokens import LIFE, NotSignedIn, TokenKind
from core.errors import Invalid, Unavailable
from core.notifications.mail import send_mail
from core.security.assurance import ACCOUNT, Act, web_session
from core.security.factors.models import FactorKind
from core.security.factors.service import has_strong_factor
from core.security.lock import Locked, is_locked
from core.security.page_links import LINK_LIFE, Purpose, new_page_link
from core.security.stepup import service as stepup
from core.upwork import linking
from core.upwork.models import AccountStatus, UpworkAccount
from web.address import address_of
from web.botlink import BotLink
from web.doors import DEVICE_LIFE, Doors, Seen
from web.security import CrossSite, new_browser, origin_of
from web.shapes import (
    Accepted,
    Confirmation,
    Confirmed,
    JoinLink,
    LoggedIn,
    Login,
    LogoutWish,
    PasskeyOptions,
    PasskeyWish,
    RefreshWish,
    Registration,
    UpworkLink,
    UpworkState,
    refusals,
)
from web.words.mails import confirm_mail, known_mail

JOIN_PREFIX = "join-"
JOIN_SUBJECT = "telegram"


def build_router(doors: Doors, bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["logins"])
    _add_registering(router, doors)
    _add_logins(router, doors)
    _add_links(router, doors, bot)
    return router


def _add_registering(router: APIRouter, doors: Doors) -> None:
    rt = doors.rt

    @router.post("/auth/register", status_code=202, responses=refusals(503))
    async def register(request: Request, wish: Registration) -> Accepted:
        """Ask for a login. A mail says how to go on; until then nothing exists."""
        await mail_registration(
            doors, request, email=wish.email, password=wish.password, language=wish.language
        )
        return Accepted()

    @router.post("/auth/confirm", status_code=201, responses=refusals(401, 404))
    async def confirm(request: Request, wish: Confirmation) -> Confirmed:
        """Finish a registration with the token of the mail and the password once more."""
        await logins.confirm(
            rt, doors.system, token=wish.token, password=wish.password, ip=address_of(request, rt.settings)
        )
        return Confirmed()


def _add_logins(router: APIRouter, doors: Doors) -> None:
    rt = doors.rt

    @router.post("/auth/passkey", responses=refusals(409))
    async def passkey(wish: PasskeyWish) -> PasskeyOptions:
        """What to ask the browser's passkeys, for a login without a password."""
        offered = await offer_passkey(rt, doors.system, email=wish.email)
        return PasskeyOptions(challenge_id=offered.challenge_id, options=json.loads(offered.options))

    @router.post("/auth/login", response_model=LoggedIn, responses=refusals(401, 403, 503))
    async def login(request: Request, wish: Login) -> Response:
        """The first step, or with a passkey the only one. An account with factors goes on at POST /security/verify."""
        ip = address_of(request, rt.settings)
        method: Literal["password", "passkey"]
        if wish.passkey is not None:
            method = "passkey"
            tenant_id = await check_passkey(
                rt,
                doors.system,
                email=wish.email,
                challenge_id=wish.passkey.challenge_id,
                answer=wish.passkey.answer,
                ip=ip,
            )
        else:
            method = "password"
            tenant_id = await logins.check_login(
                rt, doors.system, email=wish.email, password=wish.password or "", ip=ip
            )
        device = device_of(doors, request) or (new_browser() if wish.cookies else "")
        begun, token = await _begin(doors, tenant_id, method=method, device=device)
        response = await tell_login(doors, begun, token, cookies=wish.cookies)
        if wish.cookies:
            doors.set_cookie(response, "device", device, DEVICE_LIFE)
        return response

    @router.post("/auth/refresh", response_model=LoggedIn, responses=refusals(401, 403))
    async def refresh_login(request: Request, wish: RefreshWish | None = None) -> Response:
        """The next pair of tokens. The old refresh token must not be used again: that ends the login."""
        shown = wish.refresh_token if wish else None
        cookies = shown is None
        if cookies:
            # The cookie comes along by itself, so the page has to be ours; the token proves the rest.
            if request.headers.get("origin") != origin_of(rt.settings.public_url):
                raise CrossSite
            shown = request.cookies.get(doors.cookie("refresh"))
        if not shown:
            raise NotSignedIn
        done = await refresh.rotate(rt.db, doors.system, rt.clock, token=shown)
        async with rt.db.begin(done.tenant_id) as session:
            found = await sessions.live(session, session_id=done.session_id, clock=rt.clock)
            if await is_locked(session):
                raise Locked
        return await tell_login(doors, found, done.token, cookies=cookies)

    @router.post("/auth/logout", status_code=204, response_class=Response, responses=refusals(401, 403))
    async def logout(seen: Seen, wish: LogoutWish | None = None) -> Response:
        """End this login, or every one of the account. Its tokens and cookies are dead from now on."""
        everywhere = wish is not None and wish.everywhere
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            if everywhere and await has_strong_factor(session):
                await stepup.require(session, Act.END_SESSIONS, subject=ACCOUNT, by=seen.by, clock=rt.clock)
            if everywhere:
                await sessions.end_all_sessions(session, clock=rt.clock)
            else:
                await sessions.end_session(session, session_id=seen.login.id, reason="logout", clock=rt.clock)
        response = Response(status_code=204)
        doors.drop_cookies(response)
        return response


def _add_links(router: APIRouter, doors: Doors, bot: BotLink) -> None:
    rt = doors.rt

    @router.post("/auth/join", responses=refusals(401, 403))
    async def join(seen: Seen) -> JoinLink:
        """A link that attaches a chat with the bot to this account, for a Telegram user who has no account yet.

        A chat is another way in: with factors it needs a grant for `add_factor` on `telegram` from POST /security/verify.
        """
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            if await has_strong_factor(session):
                await stepup.require(
                    session, Act.ADD_FACTOR, subject=JOIN_SUBJECT, by=seen.by, clock=rt.clock
                )
            token = await new_page_link(session, Purpose.JOIN, clock=rt.clock)
        start = f"{JOIN_PREFIX}{token}"
        return JoinLink(
            url=await bot.url(start=start), start=start, expires_in=int(LINK_LIFE.total_seconds())
        )

    @router.get("/auth/upwork/connect", responses=refusals(401, 403))
    async def upwork_state(seen: Seen) -> UpworkState:
        """Whether an Upwork account is linked. POST here begins to link one."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            status = await session.scalar(select(UpworkAccount.status))
        return UpworkState(connected=status == AccountStatus.LINKED)

    @router.post("/auth/upwork/connect", status_code=201, responses=refusals(401, 403, 409))
    async def connect_upwork(seen: Seen) -> UpworkLink:
        """A one-time link to Upwork's consent. Needs a grant for `connect_upwork` from POST /security/verify."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            url = await linking.start_link(session, rt.vault, rt.clock, rt.settings, by=seen.by)
        return UpworkLink(url=url)


async def mail_registration(
    doors: Doors, request: Request, *, email: str, password: str, language: str, tenant_id: UUID | None = None
) -> None:
    """Ask for a login and mail how to go on. Raises as `logins.register` does, and Unavailable when no mail can be sent."""
    rt = doors.rt
    if rt.settings.smtp_url is None:
        raise Unavailable("mail")
    asked = await logins.register(
        rt,
        doors.system,
        email=email,
        password=password,
        locale=language,
        ip=address_of(request, rt.settings),
        tenant_id=tenant_id,
    )
    base = rt.settings.public_url.rstrip("/")
    if asked.token is None:
        subject, text = known_mail(language)
    else:
        subject, text = confirm_mail(language, f"{base}/confirm/{asked.token}")
    try:
        await send_mail(rt.settings, to=asked.email, subject=subject, text=text)
    except Invalid:
        # The mail server knows no such mailbox. Saying so would tell strangers which ones there are.
        return


async def _begin(
    doors: Doors, tenant_id: UUID, *, method: Literal["password", "passkey"], device: str
) -> tuple[WebSession, str | None]:
    """The login that was just proven, and its refresh token once it is complete. Raises Locked."""
    clock = doors.rt.clock
    async with doors.rt.db.begin(tenant_id) as session:
        if await is_locked(session):
            raise Locked
        complete = method == "password" and not await has_strong_factor(session)
        begun = await sessions.begin(
            session, method=method, complete=complete, console=False, browser=device, clock=clock
        )
        if method == "passkey":
            begun = await sessions.renew(session, begun, factor=FactorKind.PASSKEY, clock=clock)
            await stepup.prove(session, by=web_session(begun.id), kind=FactorKind.PASSKEY, clock=clock)
        if not begun.complete:
            return begun, None
        return begun, await refresh.start_chain(session, session_id=begun.id, clock=clock)


async def tell_login(doors: Doors, login: WebSession, token: str | None, *, cookies: bool) -> JSONResponse:
    """A login's tokens, in the answer or in cookies."""
    access = await doors.tokens.issue(TokenKind.ACCESS, tenant_id=login.tenant_id, session_id=login.id)
    life = LIFE[TokenKind.ACCESS]
    told = LoggedIn(
        next="done" if login.complete else "verify",
        csrf=await doors.csrf(login.id),
        access_token=None if cookies else access,
        expires_in=int(life.total_seconds()),
        refresh_token=None if cookies else token,
    )
    response = JSONResponse(told.model_dump(mode="json"))
    if cookies:
        doors.set_cookie(response, "access", access, life)
        if token is not None:
            doors.set_cookie(response, "refresh", token, sessions.IDLE)
    return response


def device_of(doors: Doors, request: Request) -> str:
    """The token of a browser that somebody logged in from before; it proves nothing, it only spares an alert."""
    return request.cookies.get(doors.cookie("device"), "")[:128]
