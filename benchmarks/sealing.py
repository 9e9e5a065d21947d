"""What sealing a value costs, beside hashing the same bytes."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from core.crypto import KEY_BYTES, TenantKeys

_ROUNDS = 20_000
_TEXT = "a proposal of ordinary length " * 50


@dataclass
class _Row:
    tenant_id: UUID
    id: UUID
    body_sealed: bytes = b""
    __tablename__: str = "draft_versions"


def _microseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        work()
    return (time.perf_counter() - start) / _ROUNDS * 1e6


def main() -> None:
    tenant = uuid4()
    keys = TenantKeys(tenant, secrets.token_bytes(KEY_BYTES))
    row = _Row(tenant, uuid4())
    row.body_sealed = keys.seal(row, "body_sealed", _TEXT)
    baseline = _microseconds(lambda: hashlib.sha256(_TEXT.encode()).digest())
    for name, work in (
        ("seal", lambda: keys.seal(row, "body_sealed", _TEXT)),
        ("unseal", lambda: keys.unseal(row, "body_sealed")),
    ):
        taken = _microseconds(work)
        print(
            f"{name:7} {len(_TEXT)} chars: {taken:6.1f} us, {taken / baseline:4.1f} x SHA-256 of the same ({baseline:.1f} us)"
        )
