"""Records on disk: one SQLite table, one transaction per request."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sandbox.upwork.records import (
    Account,
    Application,
    AuthorizationCode,
    Company,
    Happening,
    Posting,
    Proposal,
    Room,
    Settings,
    Story,
    TokenFamily,
)

KINDS: tuple[type, ...] = (
    Account,
    Application,
    AuthorizationCode,
    Company,
    Happening,
    Posting,
    Proposal,
    Room,
    Settings,
    Story,
    TokenFamily,
)
ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in KINDS}


def key_of(record: Any) -> str:
    """The identifier a record is stored under."""
    return record.client_id if isinstance(record, Application) else record.id


class Store:
    """Write-behind table of records; ``commit`` makes everything since the last one durable at once.

    Without a directory nothing is written. A crash between commits loses at most one request's changes and never
    leaves half of them.
    """

    def __init__(self, directory: Path | None) -> None:
        self._changed: dict[tuple[type, str], Any] = {}
        self._connection: sqlite3.Connection | None = None
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            # autocommit mode: commit() opens its own transaction, so reads never hold one open
            self._connection = sqlite3.connect(
                directory / "upwork.sqlite3", isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS record"
                " (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"
            )

    def load(self, kind: type) -> Iterator[Any]:
        """Every stored record of a kind."""
        if self._connection is None:
            return
        rows = self._connection.execute(
            "SELECT body FROM record WHERE kind = ? ORDER BY id", (kind.__name__,)
        )
        for (body,) in rows.fetchall():
            yield ADAPTERS[kind].validate_json(body)

    def put(self, record: Any) -> None:
        """Note a new or changed record; it is written as it stands at the next commit."""
        if self._connection is not None:
            self._changed[type(record), key_of(record)] = record

    def remove(self, record: Any) -> None:
        """Note that a record is gone."""
        if self._connection is not None:
            self._changed[type(record), key_of(record)] = None

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self._changed.clear()
        if self._connection is not None:
            self._connection.execute("DELETE FROM record")

    def commit(self) -> None:
        """Write what changed, all or nothing."""
        if self._connection is None or not self._changed:
            return
        changed, self._changed = self._changed, {}
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for (kind, key), record in changed.items():
                if record is None:
                    self._connection.execute(
                        "DELETE FROM record WHERE kind = ? AND id = ?", (kind.__name__, key)
                    )
                else:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO record (kind, id, body) VALUES (?, ?, ?)",
                        (kind.__name__, key, ADAPTERS[kind].dump_json(record).decode()),
                    )

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
