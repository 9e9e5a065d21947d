"""How often somebody may guess: per person and factor, and per address they come from. Counted in Postgres.

A try is written down before the secret is looked at, so that many tries at once cannot all find room below the limit; a
success takes it off again. Nothing here touches a session that is open already: an attacker at the door locks out guesses,
not the person inside. When the counters cannot be read, nobody gets to guess.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.errors import LimitReached, Unavailable
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.lockout.models import LoginFailure


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` within `per`."""

    tries: int
    per: timedelta


_MINUTES = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

PER_PERSON = (Limit(5, _MINUTES), Limit(20, _HOUR), Limit(50, _DAY))
PER_ADDRESS = (Limit(10, _MINUTES), Limit(50, _HOUR))

FREE_TRIES = 4
"""Mistyping this often in a row costs no wait; each further miss doubles it from FIRST_WAIT to LONGEST_WAIT."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
ALERT_AFTER = 5
"""Every so many misses in a row the person is told."""


async def check(db: Database, *, subject: str, factor: str, ip: str = "") -> None:
    """Call once, right before a guess is looked at, and outside any transaction; then `failed` or `succeeded`.

    `subject` is who is claimed to be there (a tenant, an e-mail address), `factor` what is guessed at. Raises LimitReached
    with `retry_after`, or Unavailable when the counters cannot be read or written.
    """
    who, origin = _who(subject, factor), _origin(ip)
    async with _counters(db) as session:
        # In one order everywhere, so that two tries never wait for each other.
        for key in sorted(filter(None, (who, origin))):
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
        now = await _now(session)
        await session.execute(delete(LoginFailure).where(LoginFailure.tried_at <= now - _DAY))
        wait = max(
            await _wait_for(session, LoginFailure.who == who, PER_PERSON, now),
            await _wait_for(session, LoginFailure.origin == origin, PER_ADDRESS, now) if origin else 0.0,
            await _delay(session, who, now),
        )
        if wait <= 0:
            session.add(LoginFailure(id=uuid4(), who=who, origin=origin, tried_at=now))
    if wait > 0:
        raise LimitReached(retry_after=wait)


async def failed(
    db: Database, *, subject: str, factor: str, ip: str = "", tenant_id: UUID | None = None
) -> None:
    """The guess was wrong: its try stays counted. With `tenant_id` that person is told of every fifth miss in a row."""
    who = _who(subject, factor)
    async with _counters(db) as session:
        now = await _now(session)
        misses = await session.scalar(
            select(func.count()).select_from(LoginFailure).where(_in_a_row(who, now))
        )
    if tenant_id is not None and misses and misses % ALERT_AFTER == 0:
        async with db.begin(tenant_id) as session:
            await raise_alert(session, AlertKind.FACTOR_FAILED, factor=factor, tries=misses)


async def succeeded(db: Database, *, subject: str, factor: str, ip: str = "") -> None:
    """The guess was right: its own try is taken off, earlier misses slow nobody down, but still count for the hour and day."""
    who = _who(subject, factor)
    async with _counters(db) as session:
        last = (
            select(LoginFailure.id)
            .where(LoginFailure.who == who)
            .order_by(LoginFailure.tried_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        await session.execute(delete(LoginFailure).where(LoginFailure.id == last))
        await session.execute(update(LoginFailure).where(LoginFailure.who == who).values(forgiven=True))


async def guarded(
    db: Database,
    attempt: Callable[[], Awaitable[bool]],
    *,
    subject: str,
    factor: str,
    ip: str = "",
    tenant_id: UUID | None = None,
) -> bool:
    """Run one guess between `check` and its outcome. `attempt` opens its own transaction and must not raise on a miss."""
    await check(db, subject=subject, factor=factor, ip=ip)
    right = await attempt()
    if right:
        await succeeded(db, subject=subject, factor=factor, ip=ip)
    else:
        await failed(db, subject=subject, factor=factor, ip=ip, tenant_id=tenant_id)
    return right


def subject_of(tenant_id: UUID) -> str:
    """How a tenant is named here, by whichever page the guess comes."""
    return f"tenant:{tenant_id}"


@asynccontextmanager
async def _counters(db: Database) -> AsyncIterator[AsyncSession]:
    try:
        async with db.begin() as session:
            yield session
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise Unavailable("the counters of tries do not answer") from error


async def _wait_for(
    session: AsyncSession, whose: ColumnElement[bool], limits: tuple[Limit, ...], now: datetime
) -> float:
    """Seconds until there is room below every limit; 0 when there is now."""
    longest = 0.0
    for limit in limits:
        counted = [whose, LoginFailure.tried_at > now - limit.per]
        if limit.per < _HOUR:
            counted.append(LoginFailure.forgiven.is_(False))
        # The newest try that still fills the window is the one that has to leave it.
        blocking = await session.scalar(
            select(LoginFailure.tried_at)
            .where(*counted)
            .order_by(LoginFailure.tried_at.desc())
            .offset(limit.tries - 1)
            .limit(1)
        )
        if blocking is not None:
            longest = max(longest, (blocking + limit.per - now).total_seconds())
    return longest


async def _delay(session: AsyncSession, who: str, now: datetime) -> float:
    """Seconds still to wait after the last of more than FREE_TRIES misses in a row."""
    misses, last = (
        await session.execute(
            select(func.count(), func.max(LoginFailure.tried_at))
            .select_from(LoginFailure)
            .where(_in_a_row(who, now))
        )
    ).one()
    if misses <= FREE_TRIES:
        return 0.0
    doubled = FIRST_WAIT.total_seconds() * 2.0 ** (misses - FREE_TRIES - 1)
    return float(min(doubled, LONGEST_WAIT.total_seconds()) - (now - last).total_seconds())


async def _now(session: AsyncSession) -> datetime:
    """The database's clock: a worker whose own is wrong shortens nobody's wait."""
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


def _in_a_row(who: str, now: datetime) -> ColumnElement[bool]:
    return and_(LoginFailure.who == who, LoginFailure.forgiven.is_(False), LoginFailure.tried_at > now - _DAY)


def _who(subject: str, factor: str) -> str:
    return sha256(f"who|{factor}|{subject}".encode("utf-8", "surrogatepass")).hexdigest()


def _origin(ip: str) -> str | None:
    """An IPv6 network counts as one address: whoever has one has all of them."""
    if not ip:
        return None
    try:
        address = ip_address(ip)
    except ValueError:
        return sha256(f"origin|{ip}".encode()).hexdigest()
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        named = str(mapped) if mapped else str(int(address) >> 64)
    else:
        named = str(address)
    return sha256(f"origin|{named}".encode()).hexdigest()
