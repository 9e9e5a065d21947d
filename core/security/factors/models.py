"""What a person proves themselves with, and the rows it is kept in: sealed or hashed, of no use to a reader of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class FactorKind(StrEnum):
    TOTP = "totp"
    BACKUP_CODE = "backup_code"
    PASSKEY = "passkey"
    EMAIL = "email"
    SMS = "sms"


STRONG = frozenset({FactorKind.TOTP, FactorKind.PASSKEY})
"""What an account is protected by. A backup code stands in for one of these; a code by e-mail or SMS never does."""

STEP_UP = STRONG | {FactorKind.BACKUP_CODE}
"""What may be proven for a step-up."""


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class FactorView:
    """One factor as its person may see it. `left` counts unused backup codes and is None for everything else."""

    id: UUID
    kind: FactorKind
    added_at: datetime
    used_at: datetime | None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What a challenge or a code is good for: this act on this subject in this session, and nothing else."""

    act: str
    subject: str
    by: str

    @property
    def digest(self) -> str:
        return sha256(f"{self.act}\n{self.subject}\n{self.by}".encode()).hexdigest()


class Factor(TenantRow):
    """A TOTP seed or a passkey. Without `confirmed_at` it is an offer that protects nothing yet.

    `secret_sealed` is the seed in base32, or the passkey's JSON. `last_step` is the last accepted 30-second step, which no
    later code may repeat. `offered_via` is the page link that asked: only it may see and confirm the offer.
    """

    __tablename__ = "factors"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credential_hash"),
        Index(
            None,
            "tenant_id",
            unique=True,
            postgresql_where=text("kind = 'totp' and confirmed_at is not null"),
        ),
    )

    kind: Mapped[str]
    secret_sealed: Mapped[bytes]
    credential_hash: Mapped[str | None]
    offered_via: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sign_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class BackupCode(TenantRow):
    """One unused or burnt code: `prefix` is public and finds the row, `code_hash` is argon2id of the secret rest."""

    __tablename__ = "backup_codes"
    __table_args__ = (UniqueConstraint("tenant_id", "prefix"),)

    prefix: Mapped[str]
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class PasskeyChallenge(TenantRow):
    """What a passkey has to sign: once, within five minutes, for one purpose."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[bytes]
    binding: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OneTimeCode(TenantRow):
    """A code sent by e-mail or SMS: once, within ten minutes, at most five wrong tries, for one purpose."""

    __tablename__ = "one_time_codes"

    kind: Mapped[str]
    binding: Mapped[str]
    code_hash: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Contact(TenantRow):
    """An address to reach the person at. Only a verified one counts; a replaced one is still warned for some days."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            None,
            "tenant_id",
            "kind",
            unique=True,
            postgresql_where=text("verified_at is not null and replaced_at is null"),
        ),
    )

    kind: Mapped[str]
    address_sealed: Mapped[bytes]
    verified_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
