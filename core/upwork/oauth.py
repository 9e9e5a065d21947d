"""OAuth 2.0 with Upwork: authorization code with state and S256 PKCE, refresh with rotation, revocation.

authlib makes the URLs and bodies; our own guarded HTTP client sends them. Credentials go in the body, as Upwork documents it.
No `scope` is ever sent: scopes belong to the key, and Upwork answers `invalid_scope` to the parameter.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import DEFAULT_HEADERS, OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oauth2.rfc7009 import prepare_revoke_token_request

from core.errors import Invalid, NeedsReauth, Unavailable
from core.http import USER_AGENT
from core.log import get_logger
from core.settings import Settings

log = get_logger(__name__)

DEADLINE_SECONDS = 15.0
_VERIFIER_CHARACTERS = 64
_MAX_TOKEN_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where to send the browser, and the two secrets that must come back or stay here."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenSet:
    """One pair of tokens. `expires_in` is the access token's life in seconds, as Upwork states it (24 hours)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def begin_authorization(settings: Settings) -> Authorization:
    """A fresh authorization URL with its state and PKCE verifier. Store both before sending anybody there."""
    verifier = generate_token(_VERIFIER_CHARACTERS)
    protocol = OAuth2Client(
        session=None,
        client_id=settings.upwork_client_id,
        redirect_uri=settings.upwork_redirect_uri,
        code_challenge_method="S256",
    )
    url, state = protocol.create_authorization_url(
        settings.upwork_authorize_url, state=generate_token(43), code_verifier=verifier
    )
    return Authorization(url=url, state=state, verifier=verifier)


async def exchange_code(http: httpx.AsyncClient, settings: Settings, code: str, verifier: str) -> TokenSet:
    """Tokens for the code of a finished authorization.

    Raises Invalid when Upwork refuses the code (used, old, or not ours), Unavailable when it does not answer.
    """
    body = prepare_token_request(
        "authorization_code", redirect_uri=settings.upwork_redirect_uri, code=code, code_verifier=verifier
    )
    try:
        return _tokens(await _post(http, settings, settings.upwork_token_url, body))
    except NeedsReauth as error:
        raise Invalid("the authorization code was refused", **error.data) from None


async def refresh(http: httpx.AsyncClient, settings: Settings, refresh_token: str) -> TokenSet:
    """The next pair. The old refresh token is dead the moment Upwork has answered.

    Raises NeedsReauth when Upwork will never take this token again, Unavailable when it does not answer.
    """
    body = prepare_token_request("refresh_token", refresh_token=refresh_token)
    return _tokens(await _post(http, settings, settings.upwork_token_url, body), previous=refresh_token)


async def revoke(http: httpx.AsyncClient, settings: Settings, token: str) -> None:
    """End this token and everything from the same consent. An unknown token is no error. Raises Unavailable."""
    url = f"{settings.upwork_token_url.rstrip('/')}/revoke"
    body, _headers = prepare_revoke_token_request(token, "refresh_token", "", {})
    await _post(http, settings, url, body)


async def _post(http: httpx.AsyncClient, settings: Settings, url: str, body: str) -> object:
    """The JSON of a 200 answer. Raises NeedsReauth for a final refusal, Unavailable for anything that may pass."""
    auth = ClientAuth(
        settings.upwork_client_id, settings.upwork_client_secret.get_secret_value(), "client_secret_post"
    )
    headers = {**DEFAULT_HEADERS, "User-Agent": USER_AGENT}
    url, headers, body = auth.prepare("POST", url, headers, body)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            response = await http.post(url, headers=headers, content=body)
    except (httpx.HTTPError, TimeoutError) as error:
        raise Unavailable(f"token endpoint: {type(error).__name__}") from None
    try:
        content: object = response.json()
    except ValueError:
        content = None
    if response.status_code == 200:
        return content
    error_code = content.get("error") if isinstance(content, dict) else None
    if response.status_code in {400, 401} and isinstance(error_code, str):
        if error_code == "invalid_grant":
            raise NeedsReauth("token endpoint: invalid_grant", error=error_code)
        # Our key or its callback address is wrong. The grants are sound, so nobody has to link again once that is mended.
        log.error("upwork.key_refused", error=error_code[:60])
        raise Unavailable(f"token endpoint: {error_code[:60]}", retry_after=300.0)
    raise Unavailable(f"token endpoint: HTTP {response.status_code}", retry_after=30.0)


def _tokens(content: object, *, previous: str | None = None) -> TokenSet:
    """Raises Unavailable when the answer is not a pair of tokens. Upwork may leave an unchanged refresh token out."""
    if isinstance(content, dict):
        access, renewed = content.get("access_token"), content.get("refresh_token") or previous
        expires_in = content.get("expires_in", 86_400)
        try:
            seconds = int(expires_in)
        except (TypeError, ValueError):
            seconds = 0
        if all(
            isinstance(token, str) and 0 < len(token) <= _MAX_TOKEN_CHARACTERS for token in (access, renewed)
        ):
            return TokenSet(str(access), str(renewed), max(60, min(seconds, 30 * 86_400)))
    raise Unavailable("token endpoint: unusable answer")
