"""Other processes on this machine: who is alive, who listens where, and how to end one of ours."""

from __future__ import annotations

import ctypes
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that has Linux send `sign` to the child when its parent is gone, however it went.

    It follows the parent's thread, so start such children from the main thread. Elsewhere than on Linux: None.
    """
    libc = _libc
    return None if libc is None else lambda: libc.prctl(_PR_SET_PDEATHSIG, sign)


def alive(pid: int) -> bool:
    """Whether a process with this number runs; a zombie does not count."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def works_in(pid: int, program: str, folder: Path) -> bool:
    """Whether `pid` is `program` with `folder` as its working directory, and not a stranger who got a reused number."""
    try:
        process = psutil.Process(pid)
        return str(process.name()).startswith(program) and Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False


def end(pid: int, sign: signal.Signals, *, seconds: float) -> None:
    """Ask a process to stop and insist after `seconds`. A process that is gone already is fine."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(seconds)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. A port that only lingers after a stopped server counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Different ports nobody listens on at this moment."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((host, 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment."""
    return free_ports(1, host)[0]


def listener(port: int) -> str | None:
    """Who listens on a TCP port, as `python (process 4711)`; None when this user may not know."""
    for process in psutil.process_iter(["pid", "name"]):
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.Error:
            continue
        if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections):
            return f"{process.info['name']} (process {process.info['pid']})"
    return None
