"""Random keys of the whole installation, sealed in the database under the key ring: every replica finds the same ones.

They are not derived from a key-encryption key, so rotating that one only seals them anew (`reseal`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import SystemSecret
from core.crypto import KEY_BYTES, Vault
from core.db import Database


class Purpose(StrEnum):
    EMAIL_INDEX = "email-index"
    REFRESH = "refresh-chain"
    FORMS = "forms"
    SIGNING = "access-signing"


def _random() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


class SystemSecrets:
    """Holds the installation's secrets once they were read; makes the ones that nobody made yet."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._known: dict[Purpose, bytes] = {}

    async def get(
        self, purpose: Purpose, *, make: Callable[[], bytes] = _random, fresh: bool = False
    ) -> bytes:
        """The secret for a purpose. `fresh` reads it anew. Opens a transaction of its own. Raises CannotUnseal."""
        if fresh or purpose not in self._known:
            async with self._db.begin() as session:
                self._known[purpose] = await self._load(session, purpose, make)
        return self._known[purpose]

    async def email_index(self, email: str) -> str:
        """What an address is filed under: its keyed hash, useless without the key ring."""
        key = await self.get(Purpose.EMAIL_INDEX)
        return hmac.new(key, normal_email(email).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    async def _load(self, session: AsyncSession, purpose: Purpose, make: Callable[[], bytes]) -> bytes:
        sealed = await session.scalar(
            select(SystemSecret.sealed).where(SystemSecret.purpose == purpose.value)
        )
        if sealed is None:
            # Of two replicas that start at once, the second takes the first one's.
            mine = self._vault.seal_system(make(), _place(purpose))
            await session.execute(
                insert(SystemSecret).values(purpose=purpose.value, sealed=mine).on_conflict_do_nothing()
            )
            sealed = (
                await session.execute(
                    select(SystemSecret.sealed).where(SystemSecret.purpose == purpose.value)
                )
            ).scalar_one()
        return self._vault.unseal_system(sealed, _place(purpose))


async def reseal(session: AsyncSession, vault: Vault) -> int:
    """Seal every secret under the ring's newest key; how many were touched. For the rotation of keys."""
    rows = (await session.scalars(select(SystemSecret).with_for_update())).all()
    for row in rows:
        place = _place(Purpose(row.purpose))
        row.sealed = vault.seal_system(vault.unseal_system(row.sealed, place), place)
    await session.flush()
    return len(rows)


def normal_email(email: str) -> str:
    """One spelling per mailbox, as far as anybody but its provider can tell."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def _place(purpose: Purpose) -> str:
    return f"system_secrets|{purpose.value}"
