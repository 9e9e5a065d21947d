"""What every answer carries and every request must pass, wherever it ends up: written once, outside all routes."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Forbidden
from core.settings import Settings
from web.errors import Malformed, TooLarge, WrongHost, respond

FORM_BYTES = 64 * 1024
WEBHOOK_BYTES = 1024 * 1024
WEBHOOK_PATH = "/telegram/webhook"
PROBES = ("/healthz", "/livez")
COOKIE_SECONDS = 3600

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action {form_action}"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
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
        headers.setdefault("Content-Security-Policy", _CSP.format(form_action="'none'"))
        headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers["Strict-Transport-Security"] = _HSTS


class Gate:
    """Refuses a foreign Host, a foreign Origin on anything that writes, and a body that is too large."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origin = origin_of(settings.public_url)
        self._scheme = urlsplit(self._origin).scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # A probe inside the machine does not know the public name, and learns nothing here.
        if scope["path"] not in PROBES and not self._is_ours(headers.getlist("host")):
            raise WrongHost
        if scope["method"] not in _SAFE_METHODS:
            self._refuse_cross_site(headers)
        limit = WEBHOOK_BYTES if scope["path"] == WEBHOOK_PATH else FORM_BYTES
        self._refuse_announced_size(headers, limit)
        await self._app(scope, _counted(receive, limit), send)

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
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLarge
        return message

    return receive_counted


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
