"""One child process of the demo: started, watched, started again when it falls over, stopped for good."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox import processes

ATTEMPTS = 3
_STEADY_SECONDS = 30.0
_READY_SECONDS = 180.0
_LOOK_SECONDS = 0.1


class ChildFailed(Exception):
    """A child gave up for good; `tail` holds the last lines of its log."""

    def __init__(self, name: str, reason: str, tail: str, log_path: Path) -> None:
        super().__init__(f"{name} {reason}")
        self.tail, self.log_path = tail, log_path


@dataclass(frozen=True, slots=True)
class Fell:
    """A child ended on its own and is started again in `pause` seconds."""

    name: str
    how: str
    pause: float


class Child:
    """`is_ready` is asked again and again until it says yes; `on_fall` hears of every restart."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log_path: Path,
        is_ready: Callable[[Child], Awaitable[bool]],
        on_fall: Callable[[Fell], None],
    ) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self._command, self._cwd, self._env = command, cwd, dict(env)
        self._log_path = log_path
        self._log_start = 0
        self._is_ready, self._on_fall = is_ready, on_fall
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def log(self) -> str:
        """What the current process has written so far."""
        try:
            with self._log_path.open("rb") as file:
                file.seek(self._log_start)
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    async def keep_running(self) -> None:
        """Run until `stop`. Raises ChildFailed after three falls in a row, or when it never becomes ready."""
        falls = 0
        while not self._stopping:
            process = await self._spawn()
            if await self._wait_until_ready(process):
                steady_since = time.monotonic()
                self.ready.set()
                await process.wait()
                if time.monotonic() - steady_since > _STEADY_SECONDS:
                    falls = 0
            if self._stopping:
                return
            falls += 1
            how = _how_it_ended(process.returncode)
            if falls == ATTEMPTS:
                raise self._failed(f"{how}, {ATTEMPTS} times in a row")
            pause = float(2 ** (falls - 1))
            self._on_fall(Fell(self.name, how, pause))
            await asyncio.sleep(pause)

    def expect_end(self) -> None:
        """From now on an end is no fall."""
        self._stopping = True

    async def stop(self, *, seconds: float) -> None:
        """Ask the whole process group to end, and insist after `seconds`."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
        self.kill()
        await process.wait()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        self._stopping = True
        self._signal(signal.SIGKILL)

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._log_path.open("ab") as log:
            self._log_start = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,  # the terminal's Ctrl-C is the parent's business
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
            )
        return self._process

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while process.returncode is None:
            if await self._is_ready(self):
                return True
            if time.monotonic() > deadline:
                raise self._failed(f"is not ready after {_READY_SECONDS:.0f} seconds")
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    def _failed(self, reason: str) -> ChildFailed:
        return ChildFailed(self.name, reason, "\n".join(self.log().splitlines()[-20:]), self._log_path)

    def _signal(self, sign: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)


def says(event: str) -> Callable[[Child], Awaitable[bool]]:
    """Ready when the log names this event."""

    async def check(child: Child) -> bool:
        return event in child.log()

    return check


def answers(url: str) -> Callable[[Child], Awaitable[bool]]:
    """Ready when a GET of `url` succeeds."""

    async def check(_child: Child) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            try:
                return (await client.get(url)).is_success
            except httpx.HTTPError:
                return False

    return check


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"
