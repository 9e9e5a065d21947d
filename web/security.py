"""What every answer carries and every request must pass, wherever it ends up: written once, outside all routes."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from hashlib import sha256
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Forbidden, Unavailable
from core.settings import Settings
from web.address import Proxies
from web.errors import Insecure, Malformed, TooLarge, TooSlow, WrongHost, respond

FORM_BYTES = 64 * 1024
WEBHOOK_BYTES = 1024 * 1024
WEBHOOK_PATH = "/telegram/webhook"
PROBES = ("/healthz", "/livez")
COOKIE_SECONDS = 3600
BODY_SECONDS = 10.0
"""For the whole body: whoever sends it a byte at a time only wants to hold the connection."""
ANSWER_SECONDS = 60.0
"""Until an answer begins. What streams afterwards may take longer."""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_HSTS = "max-age=63072000; includeSubDomains"


class CrossSite(Forbidden):
    """A form was posted from somewhere else."""

    code = "cross_site"


def origin_of(url: str) -> str:
    """`scheme://host[:port]`, lower case, without a default port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, standard) else "")


class Shell:
    """Outermost: turns every exception into an answer and puts the security headers on all of them, errors too."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._https = settings.public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_hardened(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._harden(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            await self._app(scope, receive, send_hardened)
        except Exception as error:
            if started:
                raise
            response = respond(Request(scope, receive), error)
            await response(scope, receive, send_hardened)

    def _harden(self, headers: MutableHeaders, path: str) -> None:
        headers.update(_HEADERS)
        headers.setdefault("Content-Security-Policy", _CSP.format(form_action="'self'"))
        headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers["Strict-Transport-Security"] = _HSTS


class Gate:
    """Refuses a foreign Host, a foreign Origin on anything that writes, and a body that is too large or too slow.

    What a proxy of ours received without TLS is sent to where there is TLS; what was written that way is refused, because
    it has been read by others already.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origin = origin_of(settings.public_url)
        self._scheme = urlsplit(self._origin).scheme
        self._proxies = Proxies(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # A probe inside the machine does not know the public name, and learns nothing here.
        if scope["path"] not in PROBES and not self._is_ours(headers.getlist("host")):
            raise WrongHost
        if self._scheme == "https" and scope["path"] not in PROBES and self._proxies.is_plain(scope):
            await self._to_tls(scope)(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS:
            self._refuse_cross_site(headers)
        limit = WEBHOOK_BYTES if scope["path"] == WEBHOOK_PATH else FORM_BYTES
        self._refuse_announced_size(headers, limit)
        await _in_time(self._app, scope, _counted(receive, limit), send)

    def _to_tls(self, scope: Scope) -> Response:
        if scope["method"] not in SAFE_METHODS:
            raise Insecure
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        return RedirectResponse(f"{self._origin}{quote(scope['path'])}{query}", status_code=308)

    def _is_ours(self, hosts: list[str]) -> bool:
        try:
            return len(hosts) == 1 and origin_of(f"{self._scheme}://{hosts[0]}") == self._origin
        except ValueError:
            return False

    def _refuse_cross_site(self, headers: Headers) -> None:
        # "null" is what our own pages send, because they send no referrer; the form's proof decides then.
        origin = headers.get("origin", "null")
        if origin not in ("null", self._origin):
            raise CrossSite
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise CrossSite

    @staticmethod
    def _refuse_announced_size(headers: Headers, limit: int) -> None:
        announced = headers.get("content-length", "0")
        if not (announced.isascii() and announced.isdigit()):
            raise Malformed
        if len(announced) > 12 or int(announced) > limit:
            raise TooLarge


def _counted(receive: Receive, limit: int) -> Receive:
    seen, whole = 0, False
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive_counted() -> Message:
        nonlocal seen, whole
        try:
            # After the body there is only the wait for the other side to go away, which takes as long as it takes.
            async with asyncio.timeout_at(None if whole else deadline) as clock:
                message = await receive()
        except TimeoutError:
            if not clock.expired():
                raise
            raise TooSlow from None
        whole = whole or not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLarge
        return message

    return receive_counted


async def _in_time(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Raises Unavailable when no answer has begun in `ANSWER_SECONDS`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS) as clock:

            async def send_begun(message: Message) -> None:
                clock.reschedule(None)
                await send(message)

            await app(scope, receive, send_begun)
    except TimeoutError:
        if not clock.expired():
            raise
        raise Unavailable("request") from None


def allow_form_to(response: Response, url: str) -> None:
    """Let this page's form end at `url` after our redirect; browsers apply form-action to redirects as well."""
    response.headers["Content-Security-Policy"] = _CSP.format(form_action=f"'self' {origin_of(url)}")


def browser_of(request: Request, settings: Settings) -> str:
    """The token that tells this browser from others; empty when it has none yet."""
    return request.cookies.get(_cookie_name(settings), "")


def remember_browser(response: Response, settings: Settings, browser: str) -> None:
    secure = settings.public_url.startswith("https://")
    response.set_cookie(
        _cookie_name(settings),
        browser,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def new_browser() -> str:
    return secrets.token_urlsafe(32)


def form_proof(browser: str, subject: str) -> str:
    """Only a page we rendered for this browser and this link carries it: another site cannot read the cookie."""
    return sha256(f"form|{subject}|{browser}".encode()).hexdigest()


def check_form_proof(proof: object, browser: str, subject: str) -> None:
    """Raises CrossSite unless the posted form was rendered here for the same browser."""
    expected = form_proof(browser, subject)
    if (
        not browser
        or not isinstance(proof, str)
        or not hmac.compare_digest(proof.encode(), expected.encode())
    ):
        raise CrossSite


def _cookie_name(settings: Settings) -> str:
    # A __Host- cookie cannot be planted by another subdomain, but needs https, which loopback does not have.
    return "__Host-browser" if settings.public_url.startswith("https://") else "browser"
