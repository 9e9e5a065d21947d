"""Where the sandbox's memory lives: one SQLite file, or nowhere but RAM.

Writes are collected for the current turn of the event loop and committed together, so a kill loses at most that turn.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class Store:
    """Key-value records by kind, and blobs. Safe to call from any thread."""

    def __init__(self, state_dir: Path | None) -> None:
        if state_dir is not None:
            state_dir.mkdir(parents=True, exist_ok=True)
        target = ":memory:" if state_dir is None else str(state_dir / "telegram.sqlite3")
        self._db = sqlite3.connect(target, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, str], DataclassInstance | dict[str, Any] | None] = {}
        self._durable = state_dir is not None
        self._scheduled = False
        self._closed = False
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)

    def put(self, kind: str, key: str, record: DataclassInstance | dict[str, Any]) -> None:
        """Keep the record as it is when this turn of the event loop ends."""
        self._write(kind, key, record)

    def drop(self, kind: str, key: str) -> None:
        self._write(kind, key, None)

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        self.flush()
        with self._lock:
            rows = self._db.execute("SELECT body FROM records WHERE kind = ?", (kind,)).fetchall()
        return (json.loads(body) for (body,) in rows)

    def put_blob(self, key: str, data: bytes) -> None:
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (key, data))

    def blob(self, key: str) -> bytes | None:
        with self._lock:
            row = self._db.execute("SELECT body FROM blobs WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()
            self._db.execute("DELETE FROM records")
            self._db.execute("DELETE FROM blobs")

    def flush(self) -> None:
        with self._lock:
            self._scheduled = False
            if not self._pending or self._closed:
                return
            pending, self._pending = self._pending, {}
            self._db.execute("BEGIN")
            for (kind, key), record in pending.items():
                if record is None:
                    self._db.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))
                else:
                    body = asdict(record) if is_dataclass(record) else record
                    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
                    self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, text))
            self._db.execute("COMMIT")

    def close(self) -> None:
        if self._closed:
            return
        self.flush()
        with self._lock:
            self._closed = True
            self._db.close()

    def _write(self, kind: str, key: str, record: DataclassInstance | dict[str, Any] | None) -> None:
        if not self._durable or self._closed:
            return
        self._pending[kind, key] = record
        if self._scheduled:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        self._scheduled = True
        loop.call_soon(self.flush)
