"""Six digits by e-mail or SMS, for notices and recovery. They confirm an address; they never step anybody up alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import LimitReached
from core.security.factors.models import Binding, FactorKind, OneTimeCode

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5

_AT_MOST = 5
_PER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, repr=False)
class IssuedCode:
    """The only place besides the message where the digits are."""

    id: UUID
    code: str


def new_code() -> str:
    """Six digits, every one of the million equally likely."""
    return f"{secrets.randbelow(1_000_000):06d}"


async def issue(
    session: AsyncSession, keys: TenantKeys, *, kind: FactorKind, binding: Binding, clock: Clock
) -> IssuedCode:
    """A code for one purpose; an earlier one for the same purpose dies. Send it after the transaction.

    Raises LimitReached after five codes of a kind within an hour.
    """
    tenant_id, now = tenant_of(session), clock.now()
    # Counted and sent by one at a time, or many at once would all find room below the limit.
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"codes|{tenant_id}|{kind.value}", 0)))
    )
    mine = (OneTimeCode.tenant_id == tenant_id, OneTimeCode.kind == kind.value)
    await session.execute(delete(OneTimeCode).where(*mine, OneTimeCode.created_at <= now - _PER))
    first, sent = (
        await session.execute(
            select(func.min(OneTimeCode.created_at), func.count()).select_from(OneTimeCode).where(*mine)
        )
    ).one()
    if sent >= _AT_MOST:
        raise LimitReached(retry_after=(first + _PER - now).total_seconds())
    await session.execute(
        update(OneTimeCode)
        .where(*mine, OneTimeCode.binding == binding.digest, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = new_code()
    row = OneTimeCode(
        tenant_id=tenant_id,
        id=uuid4(),
        kind=kind.value,
        binding=binding.digest,
        code_hash="",
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    row.code_hash = _hash(keys, row.id, code)
    session.add(row)
    await session.flush()
    return IssuedCode(row.id, code)


async def use(
    session: AsyncSession, keys: TenantKeys, *, code_id: UUID, code: str, binding: Binding, clock: Clock
) -> bool:
    """Try a code. One statement counts the try and, when it is right, burns the code: of many parallel uses one wins.

    False leaves the try counted, so let the transaction commit. After five wrong tries the right code is refused too.
    """
    now = clock.now()
    typed = "".join(code.split())[:16]
    right = OneTimeCode.code_hash == _hash(keys, code_id, typed)
    used_at = await session.scalar(
        update(OneTimeCode)
        .where(
            OneTimeCode.tenant_id == tenant_of(session),
            OneTimeCode.id == code_id,
            OneTimeCode.binding == binding.digest,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < CODE_TRIES,
        )
        .values(tries=OneTimeCode.tries + 1, used_at=case((right, now), else_=None))
        .returning(OneTimeCode.used_at)
    )
    return used_at is not None


def _hash(keys: TenantKeys, code_id: UUID, code: str) -> str:
    # A million codes are hashed in a second; only the tenant's key keeps them from whoever reads the table.
    return keys.fingerprint(f"one-time-code|{code_id}|{code}")
