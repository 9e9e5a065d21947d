"""Ten codes on paper for the day the phone is gone. Each works once; the table holds their argon2id hashes only."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import tenant_of
from core.security.factors.models import BackupCode

COUNT = 10
SECRET_CHARACTERS = 10  # 50 bits
PREFIX_CHARACTERS = 2

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MISREAD = str.maketrans(
    "018", "OIB"
)  # base32 has none of these digits, so whoever types one means the letter
_LENGTH = PREFIX_CHARACTERS + SECRET_CHARACTERS

# Fifty random bits need no more than the cost that OWASP names as the least for argon2id.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


async def new_codes(session: AsyncSession) -> tuple[str, ...]:
    """Ten fresh codes as they are shown, once; the earlier ones stop working."""
    codes: dict[str, str] = {}
    while len(codes) < COUNT:
        codes[_random(PREFIX_CHARACTERS)] = _random(SECRET_CHARACTERS)
    hashes = await asyncio.to_thread(lambda: [_hasher.hash(secret) for secret in codes.values()])
    tenant_id = tenant_of(session)
    await session.execute(delete(BackupCode).where(BackupCode.tenant_id == tenant_id))
    session.add_all(
        BackupCode(tenant_id=tenant_id, id=uuid4(), prefix=prefix, code_hash=code_hash)
        for prefix, code_hash in zip(codes, hashes, strict=True)
    )
    await session.flush()
    return tuple(f"{prefix}-{secret[:5]}-{secret[5:]}" for prefix, secret in codes.items())


async def use(session: AsyncSession, *, code: str) -> bool:
    """Burn a code. One conditional statement decides, so of many parallel uses one wins.

    Spaces, dashes and case do not matter. An unknown code costs as much time as a wrong one.
    """
    typed = "".join(character for character in code.upper() if character.isalnum()).translate(_MISREAD)
    if len(typed) != _LENGTH:
        return False
    tenant_id = tenant_of(session)
    row = await session.scalar(
        select(BackupCode).where(
            BackupCode.tenant_id == tenant_id,
            BackupCode.prefix == typed[:PREFIX_CHARACTERS],
            BackupCode.used_at.is_(None),
        )
    )
    right = await asyncio.to_thread(_is_right, row.code_hash if row else _decoy(), typed[PREFIX_CHARACTERS:])
    if row is None or not right:
        return False
    burnt = await session.scalar(
        update(BackupCode)
        .where(BackupCode.tenant_id == tenant_id, BackupCode.id == row.id, BackupCode.used_at.is_(None))
        .values(used_at=func.now())
        .returning(BackupCode.id)
    )
    return burnt is not None


async def left(session: AsyncSession) -> int:
    """How many codes are unused."""
    count = await session.scalar(
        select(func.count())
        .select_from(BackupCode)
        .where(BackupCode.tenant_id == tenant_of(session), BackupCode.used_at.is_(None))
    )
    return count or 0


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE32) for _ in range(length))


@cache
def _decoy() -> str:
    return _hasher.hash(_random(SECRET_CHARACTERS))


def _is_right(code_hash: str, secret: str) -> bool:
    try:
        return _hasher.verify(code_hash, secret)
    except (VerificationError, InvalidHashError):
        return False
