"""What remembers an erasure: a line in a file outside the database, so that no backup brings a person back.

A line is the SHA-256 of the account's random id and the time. The id has 122 random bits and means nobody, so the hash needs no
key, survives every rotation, and leads back to nothing but a row of the very backup that it is there for.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from core.errors import Unavailable
from core.settings import Settings

_LENGTH = 64


def mark_of(tenant_id: UUID) -> str:
    return hashlib.sha256(b"erased|" + tenant_id.bytes).hexdigest()


async def remember(settings: Settings, tenant_id: UUID, at: datetime) -> None:
    """Write it down, once. Raises Unavailable: nothing is erased until it can be."""
    try:
        await asyncio.to_thread(_append, Path(settings.erasure_log), mark_of(tenant_id), at)
    except OSError as error:
        raise Unavailable(f"erasure log: {type(error).__name__}", retry_after=60) from None


async def marks(settings: Settings) -> frozenset[str]:
    """Every erasure that was written down; empty without a file. Raises OSError for one that cannot be read."""
    return await asyncio.to_thread(_read, Path(settings.erasure_log))


def _append(path: Path, mark: str, at: datetime) -> None:
    if mark in _read(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        # One write: lines of several processes do not mix.
        file.write(f"{mark} {at.isoformat(timespec='seconds')}\n".encode())
        os.fsync(file.fileno())


def _read(path: Path) -> frozenset[str]:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return frozenset()
    first = (line.partition(" ")[0] for line in lines)
    return frozenset(mark for mark in first if len(mark) == _LENGTH)
