"""Access tokens: short, signed with ES256, and believed only with exactly the header and the claims that we write.

A token says which session it speaks for and nothing about rights: those are read from the database with every request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

from core.access.system_secrets import Purpose, SystemSecrets
from core.clock import Clock
from core.errors import NeedsReauth

_ALGORITHM = "ES256"
_LONGEST = 2048
_BETWEEN_LOOKS = timedelta(seconds=30)


class TokenKind(StrEnum):
    """The value is the `typ` of the header. Neither kind opens what the other one does."""

    ACCESS = "at+jwt"
    CONSOLE = "console+jwt"


LIFE = {TokenKind.ACCESS: timedelta(minutes=10), TokenKind.CONSOLE: timedelta(minutes=15)}
"""The console's is written anew with each page, so it is how long the console may be left alone."""

AUDIENCE = {TokenKind.ACCESS: "api", TokenKind.CONSOLE: "console"}


class NotSignedIn(NeedsReauth):
    """There is no token, or not one to be believed, or its session is over. Which of them is nobody's business."""

    code = "not_signed_in"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a believed token speaks for."""

    tenant_id: UUID
    session_id: UUID


class Tokens:
    """Signs and believes tokens with the installation's one key, which every replica reads from the database."""

    def __init__(self, secrets: SystemSecrets, clock: Clock, *, issuer: str) -> None:
        self._secrets = secrets
        self._clock = clock
        self._issuer = issuer
        self._key: ECKey | None = None
        self._looked_at: datetime | None = None

    async def issue(self, kind: TokenKind, *, tenant_id: UUID, session_id: UUID) -> str:
        """A token for a session, good for LIFE[kind]."""
        key, now = await self._signing_key(), int(self._clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE[kind],
            "sub": str(tenant_id),
            "sid": str(session_id),
            "iat": now,
            "nbf": now,
            "exp": now + int(LIFE[kind].total_seconds()),
        }
        return jwt.encode(_header(kind, key), claims, key, [_ALGORITHM])

    async def read(self, kind: TokenKind, token: str) -> Bearer:
        """Whom the token speaks for. Raises NotSignedIn for anything we did not write like this, or not for now."""
        if not 0 < len(token) <= _LONGEST or not token.isascii():
            raise NotSignedIn
        key = await self._signing_key()
        if _kid_in(token) != key.thumbprint():
            key = await self._signing_key(fresh=True)
        try:
            decoded = jwt.decode(token, key, [_ALGORITHM])
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotSignedIn from None
        # Equal, not just containing: no jku, no jwk, no crit, no other algorithm gets as far as being looked at.
        if decoded.header != _header(kind, key):
            raise NotSignedIn
        return self._believe(kind, decoded.claims)

    def _believe(self, kind: TokenKind, claims: dict[str, Any]) -> Bearer:
        now = self._clock.now().timestamp()
        begins, ends = _seconds(claims.get("nbf")), _seconds(claims.get("exp"))
        if not begins <= now < ends or ends - begins > LIFE[kind].total_seconds():
            raise NotSignedIn
        if claims.get("iss") != self._issuer or claims.get("aud") != AUDIENCE[kind]:
            raise NotSignedIn
        try:
            return Bearer(UUID(str(claims.get("sub"))), UUID(str(claims.get("sid"))))
        except ValueError:
            raise NotSignedIn from None

    async def _signing_key(self, *, fresh: bool = False) -> ECKey:
        """`fresh`: somebody may have replaced the key meanwhile; looked for now and then, whatever tokens people send."""
        now = self._clock.now()
        if fresh and self._looked_at is not None and now - self._looked_at < _BETWEEN_LOOKS:
            fresh = False
        if self._key is None or fresh:
            stored = await self._secrets.get(Purpose.SIGNING, make=_new_key, fresh=fresh)
            self._key = ECKey.import_key(json.loads(stored))
            self._looked_at = now
        return self._key


def _new_key() -> bytes:
    return json.dumps(ECKey.generate_key("P-256").as_dict(private=True)).encode()


def _header(kind: TokenKind, key: ECKey) -> dict[str, str]:
    return {"typ": kind.value, "alg": _ALGORITHM, "kid": key.thumbprint()}


def _kid_in(token: str) -> object:
    """What an unbelieved token says its key is; only good for deciding to look whether there is a new one."""
    try:
        return extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, RecursionError):
        return None


def _seconds(value: object) -> int:
    """A time in a claim. Raises NotSignedIn for anything but a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotSignedIn
    return value
