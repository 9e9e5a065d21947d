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
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.log import get_logger

log = get_logger(__name__)

KEY_BYTES = 32
MAX_VERSION = 65_535
_NONCE_BYTES = 12


ALARM_AT = 2**31
REFUSE_AT = 2**32
"""How many values one key may encrypt: random 96-bit nonces repeat with a chance of 2^-32 by then (NIST SP 800-38D, 8.3)."""

REREAD_SECONDS = 30.0
"""The ring's source is asked at most this often for a key that is not known."""


class SealedRow(Protocol):
    """A row of a tenant table: what a sealed value is bound to."""

    __tablename__: str
    tenant_id: UUID
    id: UUID


class CannotUnseal(Exception):
    """The bytes were not written for this place, were altered, or the key is gone. Says nothing about the content."""


class UnknownKey(CannotUnseal):
    """Sealed under a version that is not in this process's ring, and that its source does not give either."""


class KeySpent(RuntimeError):
    """The key has encrypted as much as it may. Nothing more is sealed with it: what cannot be stored safely is not stored."""


class Uses:
    """Counts what each key encrypts in this process, until `core.security.key_uses` adds it to the count of all.

    A key is a tenant's id (its data key) or a version (a wrapping key).
    """

    def __init__(self) -> None:
        self._fresh: Counter[UUID | int] = Counter()
        self._noted: dict[int, int] = {}

    def count(self, key: UUID | int, before: int = 0) -> None:
        """One encryption more. `before`: what all processes had noted for a tenant's key. Raises KeySpent."""
        known = self._noted.get(key, 0) if isinstance(key, int) else before
        if known + self._fresh[key] >= REFUSE_AT:
            raise KeySpent("this key has encrypted as much as it may")
        self._fresh[key] += 1

    def take(self, *, at_least: int = 1) -> dict[UUID | int, int]:
        """What was not handed out yet of the keys with so many uses; whoever fails to note it gives it back."""
        taken = {key: count for key, count in self._fresh.items() if count >= at_least}
        for key in taken:
            del self._fresh[key]
        return taken

    def give_back(self, key: UUID | int, count: int) -> None:
        self._fresh[key] += count

    def learn(self, noted: Mapping[int, int]) -> None:
        """What all processes together have noted for the wrapping keys."""
        self._noted = dict(noted)


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
    uses: Uses = field(default_factory=Uses)
    before: int = 0

    def seal(self, row: SealedRow, column: str, text: str) -> bytes:
        # A lone half of a surrogate pair is no text to UTF-8, yet people's clients send them; what was typed is kept.
        return self.seal_bytes(row, column, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, row: SealedRow, column: str, content: bytes) -> bytes:
        aad = self._aad(row, column)
        self.uses.count(self.tenant_id, self.before)
        return seal(self.data_key, content, aad)

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
    """Wraps and unwraps data keys with the versioned key ring; also seals the few values that belong to no tenant.

    `reread` asks the ring's source anew and raises ValueError like `core.security.keyring.load_ring`. It is asked when a version
    turns up that is not known: another process has the new ring already. What is known stays known, whatever the source says.
    """

    def __init__(self, ring: dict[int, bytes], reread: Callable[[], dict[int, bytes]] | None = None) -> None:
        self._ring = dict(ring)
        self.version = max(ring)
        self.uses = Uses()
        self._reread = reread
        self._asked_at: float | None = None

    def new_data_key(self, tenant_id: UUID) -> tuple[int, bytes]:
        """A fresh data key, wrapped: (version of the wrapping key, wrapped bytes)."""
        return self.version, self._wrap(tenant_id, secrets.token_bytes(KEY_BYTES))

    def unwrap(self, tenant_id: UUID, version: int, wrapped: bytes, *, sealed: int = 0) -> TenantKeys:
        """`sealed`: how much the data key has encrypted, as far as that was noted. Raises CannotUnseal, UnknownKey."""
        data_key = unseal(self._key(version), wrapped, _dek_aad(tenant_id))
        return TenantKeys(tenant_id, data_key, self.uses, sealed)

    def rewrap(self, tenant_id: UUID, version: int, wrapped: bytes) -> tuple[int, bytes]:
        """The same data key under the newest wrapping key: (its version, wrapped bytes). Raises CannotUnseal."""
        data_key = self.unwrap(tenant_id, version, wrapped).data_key
        return self.version, self._wrap(tenant_id, data_key)

    def seal_system(self, plaintext: bytes, place: str) -> bytes:
        """For rows that exist before a tenant is known (stored updates). The version leads the bytes."""
        version = self.version
        self.uses.count(version)
        return version.to_bytes(2, "big") + seal(self._ring[version], plaintext, f"v1|system|{place}")

    def unseal_system(self, sealed: bytes, place: str) -> bytes:
        """Raises CannotUnseal, UnknownKey."""
        return unseal(self._key(int.from_bytes(sealed[:2], "big")), sealed[2:], f"v1|system|{place}")

    def read_again(self) -> bool:
        """Ask the source for keys that came since; True when there are any. Not again within REREAD_SECONDS."""
        now = time.monotonic()
        if self._reread is None or (self._asked_at is not None and now - self._asked_at < REREAD_SECONDS):
            return False
        self._asked_at = now
        try:
            found = self._reread()
        except ValueError as error:
            log.error("keys.not_read", problem=str(error))
            return False
        new = found.keys() - self._ring.keys()
        self._ring = {**found, **self._ring}
        self.version = max(self._ring)
        return bool(new)

    def _wrap(self, tenant_id: UUID, data_key: bytes) -> bytes:
        self.uses.count(self.version)
        return seal(self._ring[self.version], data_key, _dek_aad(tenant_id))

    def _key(self, version: int) -> bytes:
        key = self._ring.get(version)
        if key is None and self.read_again():
            key = self._ring.get(version)
        if key is None:
            raise UnknownKey(
                f"key-encryption key {version} is not in this process's ring: "
                "bring KEY_ENCRYPTION_KEYS, _FILE or _COMMAND up to date, and restart the process if it is _KEYS"
            )
        return key


def _dek_aad(tenant_id: UUID) -> str:
    return f"v1|tenant_keys|wrapped|{tenant_id}|{tenant_id}"


def token_hash(token: str) -> str:
    """SHA-256 hex of a random token (at least 128 bits), so that the table alone lets nobody use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """128 random bits, 22 characters safe in URLs and callback data."""
    return secrets.token_urlsafe(16)
