"""A challenge from its page's side: the number is matched, a factor is proven, and the chat is told how it went."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import tenant_of
from core.jobs import Job, enqueue
from core.security import audit
from core.security.assurance import LEVELS, Act, Level
from core.security.factors.models import FactorKind
from core.security.models import PageLink
from core.security.page_links import LinkGone, use_up
from core.security.stepup.models import ChallengeRow, GrantRow
from core.security.stepup.service import Way, grant, has_proof, prove

WRONG_CODES = 5
"""How many wrong codes end a challenge, whatever the account's other counters say."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What the page may show: which act, the three numbers until one was matched, how many wrong codes are left, and facts.

    `facts` are ids and numbers that say more about the act: `bid`, or `limit` and `value`.
    """

    id: UUID
    act: Act
    by: str
    matched: bool
    choices: tuple[int, ...]
    tries_left: int
    facts: dict[str, str]


async def challenge_of(session: AsyncSession, link: PageLink, *, clock: Clock) -> ChallengeRow:
    """The challenge behind a page link, while it is open. Raises LinkGone."""
    row = await session.scalar(
        select(ChallengeRow).where(
            ChallengeRow.tenant_id == tenant_of(session),
            ChallengeRow.id == link.ref,
            ChallengeRow.way == Way.VERIFY.value,
            ChallengeRow.passed_at.is_(None),
            ChallengeRow.failed_at.is_(None),
            ChallengeRow.expires_at > clock.now(),
        )
    )
    if row is None:
        raise LinkGone
    return row


def pending(row: ChallengeRow) -> Pending:
    return Pending(
        id=row.id,
        act=Act(row.act),
        by=row.session_name,
        matched=row.matched_at is not None,
        choices=tuple(row.choices),
        tries_left=max(0, WRONG_CODES - row.tries),
        facts={key: value for key, value in row.resume.items() if isinstance(value, str)},
    )


async def match_number(session: AsyncSession, row: ChallengeRow, picked: int, *, clock: Clock) -> bool:
    """Whether it is the number of the chat. A wrong one ends the challenge: with three to choose from nobody guesses twice."""
    if picked == row.number:
        row.matched_at = row.matched_at or clock.now()
        return True
    await _end(session, row, clock=clock, why="wrong_number")
    return False


async def count_wrong_code(session: AsyncSession, row: ChallengeRow, *, clock: Clock) -> int:
    """One wrong code more; returns how many are left. The last one ends the challenge."""
    tries = await session.scalar(
        update(ChallengeRow)
        .where(ChallengeRow.tenant_id == row.tenant_id, ChallengeRow.id == row.id)
        .values(tries=ChallengeRow.tries + 1)
        .returning(ChallengeRow.tries)
    )
    audit.record(session, "step_up.refused", actor=audit.USER, act=row.act, challenge=str(row.id))
    if tries is None or tries < WRONG_CODES:
        return WRONG_CODES - (tries or 0)
    await _end(session, row, clock=clock, why="codes")
    return 0


async def _end(session: AsyncSession, row: ChallengeRow, *, clock: Clock, why: str) -> None:
    await session.execute(
        update(ChallengeRow)
        .where(
            ChallengeRow.tenant_id == row.tenant_id,
            ChallengeRow.id == row.id,
            ChallengeRow.passed_at.is_(None),
            ChallengeRow.failed_at.is_(None),
        )
        .values(failed_at=clock.now())
    )
    audit.record(session, "step_up.failed", actor=audit.USER, act=row.act, challenge=str(row.id), reason=why)
    await enqueue(session, Job.TELL_STEP_UP, tenant_id=row.tenant_id, ref=row.id)


async def passed(
    session: AsyncSession, row: ChallengeRow, link: PageLink, *, kind: FactorKind, clock: Clock
) -> None:
    """A factor of `kind` was just proven for this challenge: proof, grant, and word to the chat. Raises LinkGone the second time.

    Call it in the transaction that used the code up, so that neither happens without the other.
    """
    if await _close(session, row, clock=clock) is None or not await use_up(session, link, clock=clock):
        raise LinkGone
    await prove(session, by=row.session_name, kind=kind, clock=clock)
    act = Act(row.act)
    if LEVELS[act] is Level.S2:
        grant(
            session,
            act,
            hashed=row.subject_hash,
            by=row.session_name,
            clock=clock,
            challenge_id=row.id,
        )
    audit.record(session, "step_up.passed", actor=audit.USER, act=row.act, challenge=str(row.id))
    await enqueue(session, Job.TELL_STEP_UP, tenant_id=row.tenant_id, ref=row.id)


async def _close(session: AsyncSession, row: ChallengeRow, *, clock: Clock) -> ChallengeRow | None:
    closed: ChallengeRow | None = await session.scalar(
        update(ChallengeRow)
        .where(
            ChallengeRow.tenant_id == row.tenant_id,
            ChallengeRow.id == row.id,
            ChallengeRow.passed_at.is_(None),
            ChallengeRow.failed_at.is_(None),
            ChallengeRow.matched_at.is_not(None),
            ChallengeRow.expires_at > clock.now(),
        )
        .values(passed_at=clock.now())
        .returning(ChallengeRow)
    )
    return closed


async def enrolled(session: AsyncSession, *, by: str, clock: Clock) -> None:
    """The account has got its first factor, and `by` has a proof of it: whoever was sent to set it up goes on from there.

    A first factor stands for the step-up of connecting Upwork; anything else is asked for with the new factor.
    """
    row = await session.scalar(
        select(ChallengeRow)
        .where(
            ChallengeRow.tenant_id == tenant_of(session),
            ChallengeRow.session_name == by,
            ChallengeRow.way == Way.PROTECT.value,
            ChallengeRow.passed_at.is_(None),
            ChallengeRow.failed_at.is_(None),
        )
        .order_by(ChallengeRow.asked_at.desc())
        .limit(1)
    )
    if row is None or not await has_proof(session, by=by, clock=clock):
        return
    row.passed_at = clock.now()
    if Act(row.act) is Act.CONNECT_UPWORK and not await _granted(session, row, clock=clock):
        grant(
            session,
            Act.CONNECT_UPWORK,
            hashed=row.subject_hash,
            by=by,
            clock=clock,
            challenge_id=row.id,
        )
    await enqueue(session, Job.TELL_STEP_UP, tenant_id=row.tenant_id, ref=row.id)


async def _granted(session: AsyncSession, row: ChallengeRow, *, clock: Clock) -> bool:
    """Whether the page that set the factor up has made the grant already."""
    waiting = await session.scalar(
        select(func.count()).where(
            GrantRow.tenant_id == row.tenant_id,
            GrantRow.act == row.act,
            GrantRow.subject_hash == row.subject_hash,
            GrantRow.session_name == row.session_name,
            GrantRow.used_at.is_(None),
            GrantRow.expires_at > clock.now(),
        )
    )
    return bool(waiting)


async def to_resume(session: AsyncSession, challenge_id: UUID, *, by: str) -> ChallengeRow:
    """The passed challenge whose person wants to go on. Raises LinkGone for one that is not theirs, not passed or used."""
    row = await session.scalar(
        select(ChallengeRow).where(
            ChallengeRow.tenant_id == tenant_of(session),
            ChallengeRow.id == challenge_id,
            ChallengeRow.session_name == by,
            ChallengeRow.passed_at.is_not(None),
            ChallengeRow.resumed_at.is_(None),
        )
    )
    if row is None:
        raise LinkGone
    return row


async def resumed(session: AsyncSession, challenge_id: UUID, *, clock: Clock) -> None:
    """Its person has gone on; the button does nothing from now on."""
    await session.execute(
        update(ChallengeRow)
        .where(ChallengeRow.tenant_id == tenant_of(session), ChallengeRow.id == challenge_id)
        .values(resumed_at=clock.now())
    )


async def outcome_of(session: AsyncSession, challenge_id: UUID) -> ChallengeRow | None:
    """How a challenge went, for the chat; None when it was forgotten meanwhile."""
    return await session.scalar(
        select(ChallengeRow).where(
            ChallengeRow.tenant_id == tenant_of(session), ChallengeRow.id == challenge_id
        )
    )
