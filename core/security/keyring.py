"""Where the key-encryption keys come from: the environment, a file, or a command's output. Exactly one of them.

A command makes a KMS or an HSM usable without code of ours: it is whatever prints the ring, for instance the vendor's own tool
decrypting a file. It runs when the process starts and when a newer key is heard of; the keys live in this process's memory, as
those from a file do.
Wrapping every data key by asking the vendor anew is not done: each transaction opens one, and a process or a request per
transaction would cost more than the transaction itself.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from pathlib import Path

from core.crypto import parse_ring

COMMAND_SECONDS = 20.0
_MOST_BYTES = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load_ring(*, keys: str, file: str, command: str) -> dict[int, bytes]:
    """{version: 32 bytes} from the one source that is set. Raises ValueError naming the setting, never what is in it."""
    given = [
        name
        for name, value in (
            ("KEY_ENCRYPTION_KEYS", keys),
            ("KEY_ENCRYPTION_FILE", file),
            ("KEY_ENCRYPTION_COMMAND", command),
        )
        if value.strip()
    ]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} are both set; keep the one that is to count")
    if file.strip():
        return parse_ring(read_file(Path(file.strip())), source="KEY_ENCRYPTION_FILE")
    if command.strip():
        return parse_ring(run_command(command), source="KEY_ENCRYPTION_COMMAND")
    return parse_ring(keys)


def read_file(path: Path) -> str:
    """The file's text. Raises ValueError when it cannot be read, belongs to somebody else, or others may touch it."""
    try:
        with path.open("rb") as opened:
            # Asked of the open file, so that nobody can swap it between the look and the reading.
            about = os.fstat(opened.fileno())
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"KEY_ENCRYPTION_FILE cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("KEY_ENCRYPTION_FILE is not a file")
    if about.st_uid not in (os.geteuid(), 0):
        raise ValueError("KEY_ENCRYPTION_FILE belongs to somebody else than this process or root")
    if about.st_mode & _OTHERS:
        raise ValueError("KEY_ENCRYPTION_FILE may be read or changed by others; run: chmod 600 on it")
    return _as_text(content, "KEY_ENCRYPTION_FILE")


def run_command(command: str) -> str:
    """What the command prints. No shell is involved; it gets this process's environment, where vendors' tools look for their
    own settings. Raises ValueError.
    """
    name = "KEY_ENCRYPTION_COMMAND"
    try:
        arguments = shlex.split(command)
    except ValueError:
        raise ValueError(f"{name} has a quote that is not closed") from None
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own setting, and no shell reads it
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"{name} did not end within {COMMAND_SECONDS:g} seconds") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise ValueError(f"{name} ended with status {done.returncode}")
    return _as_text(done.stdout, name)


def _as_text(content: bytes, name: str) -> str:
    """Entries may stand on lines of their own, and a line may be a remark."""
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} gives more than {_MOST_BYTES} bytes; that is no key ring")
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{name} gives something that is no text") from None
    return ",".join(line.strip() for line in lines if not line.lstrip().startswith("#"))
