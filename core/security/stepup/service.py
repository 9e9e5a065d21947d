"""Proofs, grants and the check in front of every act that needs one.

A proof says that a session showed a strong factor lately (S1). A grant lets one act happen once (S2) and is used up by one
conditional statement in the transaction of that act: when the act fails, the grant is there again; of fifty uses one wins.
Whatever goes wrong here raises, so the act does not happen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.models import Tenant
from core.clock import Clock
from core.db import tenant_of
from core.errors import LimitReached
from core.security import audit
from core.security.assurance import (
    CONSOLE_LIFE,
    GRANT_LIFE,
    LEVELS,
    PROOF_LIFE,
    Act,
    Level,
    StepUpNeeded,
    subject_hash,
)
from core.security.factors.models import STEP_UP, STRONG, Factor, FactorKind
from core.security.page_links import Purpose, new_page_link
from core.security.stepup.models import ChallengeRow, GrantRow, NewDeviceRow, ProofRow
from core.settings import Settings

CHALLENGE_LIFE = timedelta(minutes=10)
CHALLENGES = 3
"""How many challenges one account gets within CHALLENGE_LIFE: who did not ask must not be worn down."""


class Way(StrEnum):
    """Which page a challenge leads to."""

    VERIFY = "verify"
    PROTECT = "protect"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A step-up that waits for its person. `number` is for the chat: the page asks which of three it was.

    With `way` PROTECT the account has no factor yet: the page sets up the first one and there is nothing to match.
    """

    id: UUID
    url: str
    number: int
    way: Way


async def require(session: AsyncSession, act: Act, *, subject: str, by: str, clock: Clock) -> None:
    """Let the act go on, or raise StepUpNeeded. Call it in the transaction of the act, with that transaction's tenant.

    `by` is the session name (`assurance.chat_session`, `web_session`), `subject` what exactly is to happen: a payload's hash,
    a row's id, or `assurance.ACCOUNT`. An S2 act uses its grant up.
    """
    match LEVELS[act]:
        case Level.S0:
            return
        case Level.S1:
            allowed = await has_proof(session, by=by, clock=clock, within=PROOF_LIFE)
        case Level.S2:
            allowed = await _use_grant(session, act, subject=subject, by=by, clock=clock)
        case Level.ADM:
            allowed = await has_proof(
                session, by=by, clock=clock, within=CONSOLE_LIFE, kinds=frozenset({FactorKind.PASSKEY})
            )
    if not allowed:
        raise StepUpNeeded(act, subject)


async def has_proof(
    session: AsyncSession,
    *,
    by: str,
    clock: Clock,
    within: timedelta = PROOF_LIFE,
    kinds: frozenset[FactorKind] = STEP_UP,
) -> bool:
    """Whether this session has shown one of these factors within that time."""
    now = clock.now()
    found = await session.scalar(
        select(ProofRow.id)
        .where(
            ProofRow.tenant_id == tenant_of(session),
            ProofRow.session_name == by,
            ProofRow.kind.in_([kind.value for kind in kinds]),
            ProofRow.at > now - within,
            ProofRow.at <= now,
        )
        .limit(1)
    )
    return found is not None


async def _use_grant(session: AsyncSession, act: Act, *, subject: str, by: str, clock: Clock) -> bool:
    now = clock.now()
    mine = (
        GrantRow.tenant_id == tenant_of(session),
        GrantRow.act == act.value,
        GrantRow.subject_hash == subject_hash(act, subject),
        GrantRow.session_name == by,
        GrantRow.used_at.is_(None),
        GrantRow.expires_at > now,
    )
    one = select(GrantRow.id).where(*mine).order_by(GrantRow.expires_at).limit(1).scalar_subquery()
    used = await session.scalar(
        update(GrantRow).where(*mine, GrantRow.id == one).values(used_at=now).returning(GrantRow.id)
    )
    if used is None:
        return False
    audit.record(session, "step_up.used", actor=audit.USER, act=act.value, grant=str(used))
    return True


async def prove(
    session: AsyncSession,
    *,
    by: str,
    kind: FactorKind,
    clock: Clock,
    acts: Mapping[Act, str] | None = None,
) -> None:
    """This session has just shown a factor: note the proof, and a grant for each act of `acts` (act to subject).

    Raises ValueError for a factor that is not strong: it must not count anywhere.
    """
    if kind not in STEP_UP:
        raise ValueError(f"{kind} proves nothing by itself")
    tenant_id, now = tenant_of(session), clock.now()
    await session.execute(
        insert(ProofRow)
        .values(tenant_id=tenant_id, id=uuid4(), session_name=by, kind=kind.value, at=now)
        .on_conflict_do_update(index_elements=["tenant_id", "session_name", "kind"], set_={"at": now})
    )
    for act, subject in (acts or {}).items():
        grant(session, act, hashed=subject_hash(act, subject), by=by, clock=clock)
    audit.record(session, "factor.proven", actor=audit.USER, kind=kind.value, by=by)
    await session.flush()


def grant(
    session: AsyncSession, act: Act, *, hashed: str, by: str, clock: Clock, challenge_id: UUID | None = None
) -> None:
    """The right to do `act` once. Only for whoever has just seen a factor proven; `hashed` is `assurance.subject_hash`."""
    session.add(
        GrantRow(
            tenant_id=tenant_of(session),
            id=uuid4(),
            act=act.value,
            subject_hash=hashed,
            session_name=by,
            challenge_id=challenge_id,
            expires_at=clock.now() + GRANT_LIFE,
        )
    )


async def open_challenge(
    session: AsyncSession,
    act: Act,
    *,
    subject: str,
    by: str,
    clock: Clock,
    settings: Settings,
    resume: Mapping[str, str],
) -> Challenge:
    """Ask this session to step up for one act; earlier open challenges of the account die with their links.

    `resume` says where the person was, in ids and numbers. Raises LimitReached after CHALLENGES within CHALLENGE_LIFE.
    """
    tenant_id, now = tenant_of(session), clock.now()
    # One at a time: fifty taps at once get three challenges and not fifty.
    await session.get_one(Tenant, tenant_id, with_for_update=True)
    await _refuse_too_many(session, clock)
    await session.execute(
        update(ChallengeRow)
        .where(
            ChallengeRow.tenant_id == tenant_id,
            ChallengeRow.passed_at.is_(None),
            ChallengeRow.failed_at.is_(None),
        )
        .values(failed_at=now)
    )
    way = Way.VERIFY if await _has_strong_factor(session) else Way.PROTECT
    choices = secrets.SystemRandom().sample(range(10, 100), 3)
    row = ChallengeRow(
        tenant_id=tenant_id,
        id=uuid4(),
        act=act.value,
        subject_hash=subject_hash(act, subject),
        session_name=by,
        way=way.value,
        number=secrets.choice(choices),
        choices=choices,
        resume=dict(resume),
        tries=0,
        asked_at=now,
        expires_at=now + CHALLENGE_LIFE,
    )
    session.add(row)
    token = await new_page_link(session, Purpose(way.value), clock=clock, ref=row.id, by=by)
    audit.record(session, "step_up.asked", actor=audit.USER, act=act.value, by=by, challenge=str(row.id))
    await session.flush()
    return Challenge(row.id, f"{settings.public_url.rstrip('/')}/{way.value}/{token}", row.number, way)


async def _has_strong_factor(session: AsyncSession) -> bool:
    found = await session.scalar(
        select(Factor.id)
        .where(Factor.confirmed_at.is_not(None), Factor.kind.in_([kind.value for kind in STRONG]))
        .limit(1)
    )
    return found is not None


async def _refuse_too_many(session: AsyncSession, clock: Clock) -> None:
    since = clock.now() - CHALLENGE_LIFE
    recent = (
        await session.execute(
            select(func.count(), func.min(ChallengeRow.asked_at)).where(
                ChallengeRow.tenant_id == tenant_of(session), ChallengeRow.asked_at > since
            )
        )
    ).one()
    if recent[0] >= CHALLENGES:
        wait = (recent[1] + CHALLENGE_LIFE - clock.now()).total_seconds()
        raise LimitReached(retry_after=max(1.0, wait), reason="step_up")


async def note_message(session: AsyncSession, challenge: Challenge, *, chat_id: int, message_id: int) -> None:
    """Which message of the chat asks for this step-up, so that it can be brought up to date."""
    await session.execute(
        update(ChallengeRow)
        .where(ChallengeRow.tenant_id == tenant_of(session), ChallengeRow.id == challenge.id)
        .values(chat_id=chat_id, message_id=message_id)
    )


async def forget_proofs(session: AsyncSession, by: str | None = None, *, clock: Clock) -> None:
    """Proofs, unused grants and open challenges of one session, or of all: whoever is there has to prove themselves anew.

    Challenges end, but go on counting for CHALLENGES: locking, or ending a login, must not give whoever asks three more.
    """
    tenant_id, now = tenant_of(session), clock.now()
    proofs = delete(ProofRow).where(ProofRow.tenant_id == tenant_id)
    grants = delete(GrantRow).where(GrantRow.tenant_id == tenant_id, GrantRow.used_at.is_(None))
    over = delete(ChallengeRow).where(
        ChallengeRow.tenant_id == tenant_id, ChallengeRow.asked_at <= now - CHALLENGE_LIFE
    )
    ended = (
        update(ChallengeRow)
        .where(ChallengeRow.tenant_id == tenant_id)
        .values(
            failed_at=case((ChallengeRow.passed_at.is_(None), now), else_=ChallengeRow.failed_at),
            # Nobody goes on from where a proof led that is void.
            resumed_at=case((ChallengeRow.passed_at.is_not(None), now), else_=ChallengeRow.resumed_at),
        )
        .execution_options(synchronize_session=False)
    )
    if by is not None:
        proofs, grants = proofs.where(ProofRow.session_name == by), grants.where(GrantRow.session_name == by)
        ended = ended.where(ChallengeRow.session_name == by)
    for statement in (proofs, grants, over, ended):
        await session.execute(statement)
    audit.record(session, "factor.proofs_forgotten", by=by)


async def mark_new_device(session: AsyncSession, *, by: str, clock: Clock) -> None:
    """Something about this session is new: its next approval needs one step-up (NEW_DEVICE), whatever it has proven before."""
    await session.execute(
        insert(NewDeviceRow)
        .values(tenant_id=tenant_of(session), id=uuid4(), session_name=by, marked_at=clock.now())
        .on_conflict_do_nothing()
    )
    audit.record(session, "session.marked_new", by=by)


async def require_known_device(session: AsyncSession, *, by: str, clock: Clock) -> None:
    """Nothing for a session that nobody marked; otherwise uses up a NEW_DEVICE grant, and the mark with it."""
    marked = await session.scalar(
        select(NewDeviceRow.id).where(
            NewDeviceRow.tenant_id == tenant_of(session), NewDeviceRow.session_name == by
        )
    )
    if marked is None:
        return
    await require(session, Act.NEW_DEVICE, subject=by, by=by, clock=clock)
    await session.execute(
        delete(NewDeviceRow).where(NewDeviceRow.tenant_id == tenant_of(session), NewDeviceRow.id == marked)
    )
