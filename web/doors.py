"""Who is at the door: the login behind a request, its cookies, and what its route asks of it.

A token says which session speaks. That it is alive, that the account is not locked and what its role may do is read from the
database with every request, so a logout, a lock or a lost role counts from the next one on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from core.access import sessions
from core.access.models import WebSession
from core.access.permissions import ALLOWED, NotPermitted, Role, require_permission
from core.access.system_secrets import Purpose, SystemSecrets
from core.access.tokens import LIFE, Bearer, NotSignedIn, TokenKind, Tokens
from core.errors import Forbidden, NotFound
from core.limits import TENANT, SoftLimits
from core.runtime import Runtime
from core.security import audit
from core.security.assurance import ACCOUNT, Act, StepUpNeeded, web_session
from core.security.factors.models import FactorKind
from core.security.lock import Locked, is_locked
from web.permissions import ROUTES, Needs
from web.security import SAFE_METHODS, CrossSite, origin_of

DEVICE_LIFE = timedelta(days=365)
CSRF_HEADER = "x-csrf"

CONSOLE_FACTORS = {
    Role.MODERATOR: frozenset({FactorKind.PASSKEY, FactorKind.TOTP}),
    Role.ADMIN: frozenset({FactorKind.PASSKEY}),
}


class SecondStep(Forbidden):
    """The password was right; the second factor is still to be shown."""

    code = "second_step"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever a request speaks for: an account, its login and its role at this moment. `csrf` is what forms must carry."""

    tenant_id: UUID
    login: WebSession
    role: Role
    by_cookie: bool
    csrf: str

    @property
    def by(self) -> str:
        """The session's name for proofs and grants."""
        return web_session(self.login.id)


class Doors:
    """Holds what logins need: the installation's secrets, the signer of tokens, the names of the cookies."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self.system = SystemSecrets(rt.db, rt.vault)
        self._origin = origin_of(rt.settings.public_url)
        self.tokens = Tokens(self.system, rt.clock, issuer=self._origin)
        self._https = self._origin.startswith("https://")
        self._limits = SoftLimits(rt.redis)

    async def admit(self, request: Request, authorization: HTTPAuthorizationCredentials | None) -> Visitor:
        """Whoever this is, when the route lets them in. Raises NotSignedIn, SecondStep, Locked, NotPermitted, StepUpNeeded."""
        needs = ROUTES.get((request.method, request.scope["route"].path))
        if not isinstance(needs, Needs):
            raise NotPermitted
        bearer, by_cookie = await self._bearer(request, authorization, console=needs.console or needs.half)
        await self._limits.hit("tenant", str(bearer.tenant_id), TENANT)
        csrf = await self.csrf(bearer.session_id)
        if by_cookie and request.method not in SAFE_METHODS:
            await self._refuse_forged(request, csrf)
        async with self.acting(bearer.tenant_id, bearer.session_id) as session:
            login = await sessions.live(session, session_id=bearer.session_id, clock=self.rt.clock)
            if await is_locked(session):
                raise Locked
            if not login.complete and not needs.half:
                raise SecondStep
            role = await require_permission(session, needs.permission)
            if needs.console and login.factor not in CONSOLE_FACTORS.get(role, frozenset()):
                raise StepUpNeeded(Act.CONSOLE, ACCOUNT)
        return Visitor(bearer.tenant_id, login, role, by_cookie, csrf)

    @asynccontextmanager
    async def acting(self, tenant_id: UUID, session_id: UUID) -> AsyncIterator[AsyncSession]:
        """A transaction of the account for one request, with its refusals noted."""
        async with self.noting(tenant_id, session_id), self.rt.db.begin(tenant_id) as session:
            yield session

    @asynccontextmanager
    async def noting(self, tenant_id: UUID, session_id: UUID) -> AsyncIterator[None]:
        """A refusal of rights, or of an id that is nobody's or somebody else's, becomes an event in the account's audit."""
        try:
            yield
        except (NotSignedIn, SecondStep):
            raise
        except (Forbidden, NotFound) as error:
            permission = error.data.get("permission")
            async with self.rt.db.begin(tenant_id) as session:
                audit.record(
                    session,
                    "access.refused",
                    actor=audit.USER,
                    login=str(session_id),
                    reason=error.code,
                    permission=str(permission) if permission else None,
                )
            raise

    async def csrf(self, session_id: UUID) -> str:
        """What proves that a request was made by a page of ours: other sites cannot read it."""
        key = await self.system.get(Purpose.FORMS)
        return hmac.new(key, f"csrf|{session_id}".encode(), hashlib.sha256).hexdigest()

    def set_cookie(self, response: Response, name: str, value: str, life: timedelta) -> None:
        response.set_cookie(
            self.cookie(name),
            value,
            max_age=int(life.total_seconds()),
            path="/",
            secure=self._https,
            httponly=True,
            samesite="strict",
        )

    def drop_cookies(self, response: Response) -> None:
        """Take the login out of the browser; the device cookie stays."""
        for name in ("access", "refresh", "console"):
            response.delete_cookie(
                self.cookie(name), path="/", secure=self._https, httponly=True, samesite="strict"
            )

    def cookie(self, name: str) -> str:
        # See web.security: a __Host- cookie needs https, which loopback does not have.
        return f"__Host-{name}" if self._https else name

    async def open_console(self, response: Response, login: WebSession) -> None:
        """A fresh console token in the cookie: the idle time begins anew with each page, without a write."""
        token = await self.tokens.issue(TokenKind.CONSOLE, tenant_id=login.tenant_id, session_id=login.id)
        self.set_cookie(response, "console", token, LIFE[TokenKind.CONSOLE])

    async def _bearer(
        self, request: Request, authorization: HTTPAuthorizationCredentials | None, *, console: bool
    ) -> tuple[Bearer, bool]:
        if "authorization" in request.headers:
            # Whoever shows a token of their own is not asked about the browser's.
            if authorization is None:
                raise NotSignedIn
            return await self.tokens.read(TokenKind.ACCESS, authorization.credentials), False
        in_console = request.url.path.startswith("/admin")
        if console and in_console and (token := request.cookies.get(self.cookie("console"))):
            return await self.tokens.read(TokenKind.CONSOLE, token), True
        if token := request.cookies.get(self.cookie("access")):
            return await self.tokens.read(TokenKind.ACCESS, token), True
        raise NotSignedIn

    async def _refuse_forged(self, request: Request, csrf: str) -> None:
        """A browser sends cookies along whoever asks it to: the page has to show that it is ours."""
        if request.headers.get("origin") == self._origin:
            return
        shown: object = request.headers.get(CSRF_HEADER, "")
        if not shown and request.headers.get("content-type", "").startswith(
            "application/x-www-form-urlencoded"
        ):
            shown = (await request.form(max_files=0, max_fields=12)).get("csrf", "")
        if not isinstance(shown, str) or not hmac.compare_digest(shown.encode(), csrf.encode()):
            raise CrossSite


bearer_scheme = HTTPBearer(auto_error=False, description="The access token of POST /auth/login.")


async def visitor(
    request: Request, authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)]
) -> Visitor:
    """For every route that wants a login; the table in `web.permissions` says what more it wants."""
    doors: Doors = request.app.state.doors
    return await doors.admit(request, authorization)


Seen = Annotated[Visitor, Depends(visitor)]


def may(role: Role) -> frozenset[str]:
    """The names of what a role may do, for pages that show only what works."""
    return frozenset(permission.value for permission in ALLOWED[role])
