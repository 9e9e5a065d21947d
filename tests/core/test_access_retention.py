"""Old sessions and lapsed registrations go with the purge, as the worker that does it may; live ones stay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from core.access import refresh, sessions
from core.access.models import PendingLogin
from core.access.retention import SESSION_KEPT, forget_old_logins
from core.clock import Clock
from core.db import Database
from core.settings import Login

OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]


class MovableClock(Clock, Protocol):
    def advance(self, seconds: float = 0, *, hours: float = 0) -> None: ...


async def test_what_is_over_for_a_month_goes_and_what_lives_stays(
    logins: Mapping[Login, Database], tenant_id: UUID, clock: MovableClock, owner_sql: OwnerSql
) -> None:
    async with logins[Login.WEB].begin(tenant_id) as session:
        begun = [
            await sessions.begin(
                session, method="password", complete=True, console=False, browser="", clock=clock
            )
            for _ in range(2)
        ]
        for one in begun:
            await refresh.start_chain(session, session_id=one.id, clock=clock)
        await sessions.end_session(session, session_id=begun[0].id, reason="logout", clock=clock)
        for name, life in (("lapsed", -1), ("waiting", 100 * 24)):
            session.add(
                PendingLogin(
                    id=uuid4(),
                    token_hash=name,
                    details_sealed=b"x",
                    expires_at=clock.now() + timedelta(hours=life),
                )
            )
    clock.advance(SESSION_KEPT.total_seconds() - 60)
    await owner_sql("update app.web_sessions set expires_at = expires_at + interval '1 day'")
    async with logins[Login.UPKEEP].begin(tenant_id) as session:
        await forget_old_logins(session, clock=clock)
    assert await owner_sql("select count(*) from app.web_sessions") == [(2,)]

    clock.advance(120)
    async with logins[Login.UPKEEP].begin(tenant_id) as session:
        await forget_old_logins(session, clock=clock)
    assert await owner_sql("select id from app.web_sessions") == [(begun[1].id,)]
    assert await owner_sql("select session_id from app.refresh_tokens") == [(begun[1].id,)]
    assert await owner_sql("select token_hash from app.pending_logins") == [("waiting",)]
