"""AES-256-GCM bound to its place: a sealed value decrypts only in the row, column and tenant it was written for.

Two layers. A data key per tenant seals that tenant's values; key-encryption keys, which never enter the database, wrap the
data keys. Erasing one data key erases one tenant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
MAX_VERSION = 65_535
_NONCE_BYTES = 12


class SealedRow(Protocol):
    """A row of a tenant table: what a sealed value is bound to."""

    __tablename__: str
    tenant_id: UUID
    id: UUID


class CannotUnseal(Exception):
    """The bytes were not written for this place, were altered, or the key is gone. Says nothing about the content."""


def parse_ring(text: str, *, source: str = "KEY_ENCRYPTION_KEYS") -> dict[int, bytes]:
    """`"1:base64,2:base64"` as {version: 32 bytes}. Raises ValueError naming the entry, never its value."""
    ring: dict[int, bytes] = {}
    for position, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        version, colon, encoded = entry.partition(":")
        if not colon:
            raise ValueError(f"{source} entry {position} is not version:base64")
        try:
            key = base64.b64decode(encoded, validate=True)
            number = int(version) if version.isascii() and version.isdigit() else 0
        except (ValueError, binascii.Error):
            raise ValueError(f"{source} entry {position} is not version:base64") from None
        if len(key) != KEY_BYTES:
            raise ValueError(f"{source} entry {position} must hold {KEY_BYTES} bytes")
        if not 1 <= number <= MAX_VERSION:
            raise ValueError(f"{source} entry {position}: a version is 1 to {MAX_VERSION}")
        if number in ring:
            raise ValueError(f"{source} entry {position} repeats a version")
        ring[number] = key
    if not ring:
        raise ValueError(f"{source} is empty; make a key with: openssl rand -base64 32")
    return ring


def seal(key: bytes, plaintext: bytes, aad: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad.encode())


def unseal(key: bytes, sealed: bytes, aad: str) -> bytes:
    """Raises CannotUnseal for anything but the bytes `seal` made with the same key and AAD."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal from None


@dataclass(frozen=True, slots=True, repr=False)
class TenantKeys:
    """One tenant's data key, alive for one transaction."""

    tenant_id: UUID
    data_key: bytes

    def seal(self, row: SealedRow, column: str, text: str) -> bytes:
        # A lone half of a surrogate pair is no text to UTF-8, yet people's clients send them; what was typed is kept.
        return self.seal_bytes(row, column, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, row: SealedRow, column: str, content: bytes) -> bytes:
        return seal(self.data_key, content, self._aad(row, column))

    def unseal(self, row: SealedRow, column: str) -> str:
        """Plain text of `row.<column>`; an unset column is the empty string. Raises CannotUnseal."""
        return self.unseal_bytes(row, column).decode("utf-8", "surrogatepass")

    def unseal_bytes(self, row: SealedRow, column: str) -> bytes:
        """Plain bytes of `row.<column>`; an unset column is empty. Raises CannotUnseal."""
        sealed = getattr(row, column)
        return unseal(self.data_key, sealed, self._aad(row, column)) if sealed else b""

    def fingerprint(self, text: str) -> str:
        """Keyed hash for looking a value up without storing it; differs between tenants for the same text."""
        named = b"lookup|" + text.encode("utf-8", "surrogatepass")
        return hmac.new(self.data_key, named, hashlib.sha256).hexdigest()

    def _aad(self, row: SealedRow, column: str) -> str:
        if row.tenant_id != self.tenant_id:
            raise CannotUnseal
        return f"v1|{row.__tablename__}|{column}|{row.tenant_id}|{row.id}"


class Vault:
    """Wraps and unwraps data keys with the versioned key ring; also seals the few values that belong to no tenant."""

    def __init__(self, ring: dict[int, bytes]) -> None:
        self._ring = ring
        self.version = max(ring)

    def new_data_key(self, tenant_id: UUID) -> tuple[int, bytes]:
        """A fresh data key, wrapped: (version of the wrapping key, wrapped bytes)."""
        return self.version, seal(
            self._ring[self.version], secrets.token_bytes(KEY_BYTES), _dek_aad(tenant_id)
        )

    def unwrap(self, tenant_id: UUID, version: int, wrapped: bytes) -> TenantKeys:
        key = self._ring.get(version)
        if key is None:
            raise CannotUnseal
        return TenantKeys(tenant_id, unseal(key, wrapped, _dek_aad(tenant_id)))

    def rewrap(self, tenant_id: UUID, version: int, wrapped: bytes) -> tuple[int, bytes]:
        """The same data key under the newest wrapping key: (its version, wrapped bytes). Raises CannotUnseal."""
        data_key = self.unwrap(tenant_id, version, wrapped).data_key
        return self.version, seal(self._ring[self.version], data_key, _dek_aad(tenant_id))

    def seal_system(self, plaintext: bytes, place: str) -> bytes:
        """For rows that exist before a tenant is known (stored updates). The version leads the bytes."""
        return self.version.to_bytes(2, "big") + seal(
            self._ring[self.version], plaintext, f"v1|system|{place}"
        )

    def unseal_system(self, sealed: bytes, place: str) -> bytes:
        key = self._ring.get(int.from_bytes(sealed[:2], "big"))
        if key is None:
            raise CannotUnseal
        return unseal(key, sealed[2:], f"v1|system|{place}")


def _dek_aad(tenant_id: UUID) -> str:
    return f"v1|tenant_keys|wrapped|{tenant_id}|{tenant_id}"


def token_hash(token: str) -> str:
    """SHA-256 hex of a random token (at least 128 bits), so that the table alone lets nobody use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """128 random bits, 22 characters safe in URLs and callback data."""
    return secrets.token_urlsafe(16)
