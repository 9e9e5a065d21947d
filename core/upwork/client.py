"""One request to Upwork's GraphQL endpoint, with everything that has to be right around it.

Reads may be repeated: once after a refused token, once without fields the key may not see, once without a field whose null
took its siblings along. A mutation is repeated only after a refused token, which Upwork checks before it reads anything, and
never once its bytes may have left.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from redis.asyncio import Redis
from sqlalchemy import select

from core.clock import Clock
from core.crypto import Vault
from core.db import Database
from core.errors import NeedsReauth, Unavailable
from core.http import USER_AGENT
from core.log import get_logger
from core.settings import Settings
from core.upwork import answers, tokens
from core.upwork.additions import OPTIONAL_FIELDS
from core.upwork.answers import Answer, Problem
from core.upwork.breaker import Trouble
from core.upwork.documents import Document, Operation
from core.upwork.errors import Blocked, BytesLeft, MissingScope, NotPermitted, NotSent, Refused, Throttled
from core.upwork.governor import Governor
from core.upwork.models import UpworkAccount
from core.upwork.views import AccountView, Priority

log = get_logger(__name__)

DEADLINE_SECONDS = 15.0
STALE_TURN = 0.1  # a turn this many seconds old is given up: others have gone meanwhile
MAX_REMEMBERED_FIELDS = 200
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Result:
    """`data` is what came, possibly in part; `errors` says about the rest; `dropped_fields` were not asked for."""

    data: dict[str, Any]
    errors: tuple[Problem, ...] = ()
    dropped_fields: frozenset[str] = frozenset()


class UpworkClient:
    """Holds what requests share. One per process; safe for concurrent use. `redis` may be None."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        db: Database,
        redis: Redis | None,
        vault: Vault,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.means = tokens.Means(db=db, http=http, vault=vault, settings=settings, clock=clock)
        self.governor = Governor(db=db, redis=redis, settings=settings, clock=clock)

    async def account(self, tenant_id: UUID) -> AccountView:
        """The linked account. Raises NeedsReauth when there is none or it has to be linked again."""
        _token, account = await tokens.access_token(self.means, tenant_id)
        return account

    async def execute(
        self,
        tenant_id: UUID,
        operation: Operation,
        variables: Mapping[str, Any],
        *,
        priority: Priority,
        access_token: str | None = None,
    ) -> Result:
        """Send one operation for a tenant.

        `access_token` is for the moments before the account is stored; nothing is refreshed or remembered then.
        Raises NeedsReauth, LimitReached, NotSent, Refused and its kinds, Unavailable; mutations also BytesLeft. A result with
        errors has at least one root field with a value.
        """
        attempt = _Attempt(operation, variables)
        while True:
            await self.governor.admit(tenant_id, priority)
            turn = time.monotonic()
            token, account = access_token or "", None
            if access_token is None:
                token, account = await tokens.access_token(
                    self.means, tenant_id, rejected_version=attempt.rejected_version
                )
            document = operation.without(attempt.dropped | _never_asked(account))
            if time.monotonic() - turn > STALE_TURN:
                await self.governor.rate.take(tenant_id, priority)
            await self.governor.spend(tenant_id, priority)
            response = await self._send(operation, document, variables, token, account)
            if response.status_code == 401:
                await self._token_refused(tenant_id, account, attempt)
                continue
            answer = await self._read(operation, response)
            again = await self._fields_to_drop(tenant_id, account, attempt, document, answer)
            if again:
                attempt.dropped |= again
                continue
            return _result(operation, document, answer)

    async def _send(
        self,
        operation: Operation,
        document: Document,
        variables: Mapping[str, Any],
        token: str,
        account: AccountView | None,
    ) -> httpx.Response:
        """Raises NotSent when no byte of the request left, otherwise Unavailable (reads) or BytesLeft (mutations)."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        if account is not None and account.organization_id:
            headers["X-Upwork-API-TenantId"] = account.organization_id
        body = {
            "query": document.text,
            "operationName": operation.name,
            "variables": {name: value for name, value in variables.items() if name in document.variables},
        }
        wire = _Wire()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await self.means.http.post(
                    self.means.settings.upwork_graphql_url,
                    headers=headers,
                    content=json.dumps(body).encode(),
                    extensions={"trace": wire.trace},
                )
        except (httpx.HTTPError, TimeoutError) as error:
            await self.governor.breaker.failed(Trouble.FAILED)
            reason = f"{operation.name}: {type(error).__name__}"
            if not wire.may_have_left(error):
                raise NotSent(reason) from None
            if operation.is_mutation:
                raise BytesLeft(reason) from None
            raise Unavailable(reason) from None

    async def _read(self, operation: Operation, response: httpx.Response) -> Answer:
        """The GraphQL answer in a response that is no 401. Tells the breaker. Raises what the status stands for."""
        breaker, status = self.governor.breaker, response.status_code
        reason = f"{operation.name}: HTTP {status}"
        if status == 429:
            wait = answers.retry_after(response, self.means.clock.now())
            await breaker.failed(Trouble.THROTTLED, retry_after=wait)
            raise Throttled(reason, retry_after=wait or 30.0)
        if status == 403 and answers.is_html(response):
            await breaker.failed(Trouble.BLOCKED)
            raise Blocked(reason, retry_after=60.0)
        if status >= 500 or 300 <= status < 400:
            await breaker.failed(Trouble.FAILED)
            raise BytesLeft(reason) if operation.is_mutation else Unavailable(reason, retry_after=15.0)
        try:
            answer = answers.parse(response.json())
        except (ValueError, RecursionError):
            answer = None
        if answer is None and status < 300:
            await breaker.failed(Trouble.FAILED)
            reason = f"{operation.name}: unreadable answer"
            raise BytesLeft(reason) if operation.is_mutation else Unavailable(reason)
        await breaker.succeeded()
        if answer is None:
            kind = NotPermitted if status == 403 else Refused
            raise kind(reason, reason=f"HTTP {status}")
        return answer

    async def _token_refused(self, tenant_id: UUID, account: AccountView | None, attempt: _Attempt) -> None:
        """Make the next round refresh; a fresh token that is refused too parks the account. Raises NeedsReauth."""
        await self.governor.breaker.succeeded()
        if account is None:
            raise NeedsReauth("Upwork refused the token")
        if attempt.rejected_version is not None:
            await tokens.park(
                self.means.db,
                tenant_id,
                version=account.token_version,
                reason="token refused after a refresh",
            )
            raise NeedsReauth("Upwork refused a fresh token")
        attempt.rejected_version = account.token_version

    async def _fields_to_drop(
        self,
        tenant_id: UUID,
        account: AccountView | None,
        attempt: _Attempt,
        document: Document,
        answer: Answer,
    ) -> frozenset[str]:
        """The fields to leave out of one more try; empty when the answer stands."""
        operation = attempt.operation
        missing = (
            frozenset(name for name in answer.missing_fields if operation.names(name)) - document.dropped
        )
        if missing:
            if account is not None:
                await self._remember(tenant_id, missing)
            if operation.is_mutation or attempt.scope_retried:
                return frozenset()
            attempt.scope_retried = True
            return missing
        if operation.is_mutation or attempt.repaired or not answer.bubbled_paths():
            return frozenset()
        attempt.repaired = True
        found = {operation.coordinate_at(path) for path in answer.bubbled_paths()}
        broken = frozenset(name for name in found if name) - operation.required - document.dropped
        if broken:
            log.info("upwork.asking_without", operation=operation.name, fields=sorted(broken))
        return broken

    async def _remember(self, tenant_id: UUID, fields: frozenset[str]) -> None:
        """Keep the fields out of this account's queries until it is linked again."""
        async with self.means.db.begin(tenant_id) as session:
            row = await session.scalar(
                select(UpworkAccount).where(UpworkAccount.tenant_id == tenant_id).with_for_update()
            )
            if row is None:
                return
            known = {str(name) for name in row.capabilities.get("dropped_fields", ())} | fields
            row.capabilities = {**row.capabilities, "dropped_fields": sorted(known)[:MAX_REMEMBERED_FIELDS]}
        log.info("upwork.missing_scope", tenant=str(tenant_id), fields=sorted(fields))


@dataclass(slots=True)
class _Attempt:
    """What has been tried so far, so that each remedy is used once."""

    operation: Operation
    variables: Mapping[str, Any]
    dropped: frozenset[str] = frozenset()
    rejected_version: int | None = None
    scope_retried: bool = False
    repaired: bool = False


class _Wire:
    """Watches the transport, to tell a request that never left from one that may have."""

    def __init__(self) -> None:
        self._watched = False
        self._sending = False

    async def trace(self, event: str, _info: object) -> None:
        self._watched = True
        if event.startswith(("http11.", "http2.")) and "send_request" in event:
            self._sending = True

    def may_have_left(self, error: Exception) -> bool:
        """Certain only when the transport was watched, or when the error itself says that there was no connection."""
        if self._sending:
            return True
        return not (self._watched or isinstance(error, _NEVER_CONNECTED))


def _never_asked(account: AccountView | None) -> frozenset[str]:
    if account is None:
        return OPTIONAL_FIELDS
    can = account.capabilities
    return can.dropped_fields | (frozenset() if can.viewed_by_client else OPTIONAL_FIELDS)


def _result(operation: Operation, document: Document, answer: Answer) -> Result:
    """Raises what an answer without any data means."""
    if not answer.problems or not answer.is_empty:
        return Result(answer.data, answer.problems, document.dropped)
    refusal = answer.refusal()
    if not operation.is_mutation:
        raise refusal
    if isinstance(refusal, MissingScope):
        if operation.root_fields & answer.missing_fields:
            raise refusal
    elif isinstance(refusal, Refused):
        raise refusal
    # A vague failure may have come after the effect, and a permission for a part of the answer may be checked after it.
    raise BytesLeft(f"{operation.name}: failed without saying when")
