"""At most one demo per data folder. The kernel holds the lock, so a killed demo leaves none behind."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class AlreadyRunning(Exception):
    """Another demo holds the folder; the text says which and where to find it."""


@contextmanager
def only_one(folder: Path, url: str) -> Iterator[None]:
    """Hold the folder for the length of the block. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(_holder(file.read())) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "url": url}))
        file.flush()
        yield
        file.truncate(0)


def _holder(text: str) -> str:
    with suppress(ValueError, KeyError, TypeError):
        holder = json.loads(text)
        return f"Gigwright is running already (process {holder['pid']}): {holder['url']}"
    return "Gigwright is being started already in another window."
