"""Tokens that wait for the chat's confirmation.

They are sealed for a place of their own. Whatever talks to Upwork opens the account's place and fails, so an account that
was talked into following somebody's link is never read, not even by a job left over from an earlier account.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.crypto import TenantKeys
from core.upwork.models import UpworkAccount

_COLUMNS = ("access_token_sealed", "refresh_token_sealed")


@dataclass(slots=True, repr=False)
class _Place:
    """The same row under another name."""

    tenant_id: UUID
    id: UUID
    access_token_sealed: bytes
    refresh_token_sealed: bytes
    __tablename__: str = "upwork_accounts_pending"


def _place(row: UpworkAccount) -> _Place:
    return _Place(row.tenant_id, row.id, row.access_token_sealed, row.refresh_token_sealed)


def set_aside(keys: TenantKeys, row: UpworkAccount) -> None:
    """Seal the row's tokens away."""
    for column in _COLUMNS:
        setattr(row, column, keys.seal(_place(row), column, keys.unseal(row, column)))


def bring_back(keys: TenantKeys, row: UpworkAccount) -> None:
    """Make tokens that were set aside usable."""
    for column in _COLUMNS:
        setattr(row, column, keys.seal(row, column, keys.unseal(_place(row), column)))


def refresh_token_of(keys: TenantKeys, row: UpworkAccount) -> str:
    """The refresh token of a row that was set aside, for revoking it."""
    return keys.unseal(_place(row), "refresh_token_sealed")
