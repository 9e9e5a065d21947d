"""Gigwright as a whole on one machine: databases, migrations, sandbox, web, worker, bot. For the demo and the tour."""

from __future__ import annotations

import asyncio
import base64
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sandbox import processes
from sandbox.demo.child import ATTEMPTS, Child, ChildFailed, Fell, answers, says
from sandbox.demo.parts import Addresses, Choice, variables_for
from sandbox.embedded import LOGINS, EmbeddedError, EmbeddedPostgres, EmbeddedValkey, PostgresUrls

T = TypeVar("T")

WORKERS = ("drafting", "upwork", "notify", "upkeep")
_STOP_SECONDS = 1.5
_LOOK_SECONDS = 1.0


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    FELL = "fell"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """News of one step: its name, its state, `seconds` since it began or a `note` for a person."""

    step: str
    state: State
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start and where. `given` are the variables that are set and not blank, `inherited` the environment."""

    root: Path
    folder: Path
    sandbox_port: int
    web_port: int
    smtp_port: int
    choices: tuple[Choice, ...]
    given: Mapping[str, str] = field(repr=False)
    inherited: Mapping[str, str] = field(repr=False)
    durable: bool = True
    reset: bool = False
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def at(self) -> Addresses:
        return Addresses(
            sandbox=f"http://127.0.0.1:{self.sandbox_port}",
            web=f"http://127.0.0.1:{self.web_port}",
            smtp=f"smtp://127.0.0.1:{self.smtp_port}",
        )


class SystemFailed(Exception):
    """The system cannot run; `tail` holds the last words of the part that failed."""

    def __init__(self, message: str, tail: str = "", log_path: Path | None = None) -> None:
        super().__init__(message)
        self.tail, self.log_path = tail, log_path


class System:
    """`start`, then `wait_for_failure` for as long as it should run, then `stop`. Use it from the main thread."""

    def __init__(self, plan: Plan, report: Callable[[Report], None]) -> None:
        self._plan, self._report = plan, report
        self._logs = plan.folder / "logs"
        self._postgres = EmbeddedPostgres(plan.folder / "postgres", durable=plan.durable, reset=plan.reset)
        self._valkey = EmbeddedValkey(plan.folder / "valkey", reset=plan.reset)
        self._children: list[Child] = []
        self._running: list[asyncio.Task[None]] = []
        self._waiting: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start everything in order and wait until all of it answers. Raises SystemFailed."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for log in self._logs.glob("*.log"):
            log.unlink()
        try:
            urls, redis_url = await self._step("databases", self._start_databases)
            env = self._environment(redis_url)
            at = self._plan.at
            sandbox = self._launch("sandbox", "sandbox", answers(f"{at.sandbox}/healthz"), env)
            await self._step("migrations", lambda: self._migrate(env | urls.environment))
            web = self._launch("web", "web", answers(f"{at.web}/healthz"), env | _own(urls, "web", "admin"))
            worker = self._launch("worker", "workers", says("worker.ready"), env | _own(urls, *WORKERS))
            self._running.append(asyncio.create_task(self._guard_databases()))
            await sandbox
            bot = self._launch("bot", "bot", says("bot.ready"), env | _own(urls, "bot"))
            await asyncio.gather(web, worker, bot)
        except EmbeddedError as error:
            raise SystemFailed(str(error)) from error
        except ChildFailed as error:
            raise SystemFailed(str(error), error.tail, error.log_path) from error

    async def wait_for_failure(self) -> SystemFailed:
        """Returns when a part has given up for good."""
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        error = next(iter(done)).exception()
        if isinstance(error, ChildFailed):
            return SystemFailed(str(error), error.tail, error.log_path)
        if isinstance(error, EmbeddedError):
            return SystemFailed(str(error))
        return SystemFailed(f"a watched process ended: {error}")

    async def stop(self) -> None:
        """Stop everything at once: the processes together, then the databases. Never raises."""
        for child in self._children:
            child.expect_end()
        await asyncio.gather(
            *(child.stop(seconds=_STOP_SECONDS) for child in self._children), return_exceptions=True
        )
        for task in (*self._running, *self._waiting):
            task.cancel()
        await asyncio.gather(*self._running, *self._waiting, return_exceptions=True)
        self._valkey.stop()
        self._postgres.stop()

    def kill(self) -> None:
        """Insist, without waiting for anybody."""
        for child in self._children:
            child.kill()

    async def _step(self, name: str, action: Callable[[], Awaitable[T]]) -> T:
        started = time.monotonic()
        self._report(Report(name, State.STARTING))
        try:
            result = await action()
        except BaseException:
            self._report(Report(name, State.FAILED, time.monotonic() - started))
            raise
        self._report(Report(name, State.READY, time.monotonic() - started))
        return result

    async def _start_databases(self) -> tuple[PostgresUrls, str]:
        """Blocking and in this thread on purpose: Linux ends them when the thread that started them ends."""
        urls = self._postgres.start()
        return urls, self._valkey.start()

    async def _migrate(self, env: Mapping[str, str]) -> None:
        log_path = self._logs / "migrations.log"
        with log_path.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "migrations", "upgrade"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._plan.root,
                env=dict(env),
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
            )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if code:
            tail = "\n".join(log_path.read_text(errors="replace").splitlines()[-20:])
            raise SystemFailed("The database could not be brought up to date", tail, log_path)

    def _launch(
        self, name: str, module: str, is_ready: Callable[[Child], Awaitable[bool]], env: Mapping[str, str]
    ) -> asyncio.Task[None]:
        """Start a child and keep it running; the task that is returned ends when it is ready or has given up."""
        child = Child(
            name,
            [sys.executable, "-m", module],
            cwd=self._plan.root,
            env=env,
            log_path=self._logs / f"{name}.log",
            is_ready=is_ready,
            on_fall=self._fell,
        )
        self._children.append(child)
        running = asyncio.create_task(child.keep_running())
        self._running.append(running)

        async def ready_or_failed() -> None:
            ready = asyncio.ensure_future(child.ready.wait())
            try:
                await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.cancel()
            if running.done():
                running.result()

        waiting = asyncio.create_task(self._step(name, ready_or_failed))
        self._waiting.append(waiting)
        return waiting

    async def _guard_databases(self) -> None:
        """Start a database again that was killed: its data recover, and its address stays the same."""
        falls = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for server in (self._postgres, self._valkey):
                if server.running():
                    continue
                falls += 1
                if falls == ATTEMPTS:
                    raise ChildFailed(
                        server.name, f"ended {ATTEMPTS} times", server.log_tail(20), server.log_path
                    )
                self._report(Report(server.name, State.FELL, note="ended; starting it again"))
                server.stop()
                server.start()

    def _fell(self, fell: Fell) -> None:
        note = f"{fell.how}; starting it again in {fell.pause:.0f} s"
        self._report(Report(fell.name, State.FELL, note=note))

    def _environment(self, redis_url: str) -> dict[str, str]:
        plan = self._plan
        inherited = dict(plan.inherited)
        no_proxy = ",".join(filter(None, (inherited.get("NO_PROXY", ""), "127.0.0.1,localhost")))
        return (
            inherited
            | {"NO_PROXY": no_proxy, "no_proxy": no_proxy, "PYTHONUNBUFFERED": "1"}
            | variables_for(plan.choices, plan.at, plan.given)
            | _kept_beside(plan)
            | {
                "ENVIRONMENT": "development",
                **dict.fromkeys(("MIGRATION_DATABASE_URL", *map(_address, LOGINS)), ""),
                "REDIS_URL": redis_url,
                "KEY_ENCRYPTION_KEYS": _own_key(plan.folder / "key-encryption-key"),
                "WEB_HOST": "127.0.0.1",
                "WEB_PORT": str(plan.web_port),
                "SANDBOX_HOST": "127.0.0.1",
                "SANDBOX_PORT": str(plan.sandbox_port),
                "SANDBOX_SMTP_PORT": str(plan.smtp_port),
                "SANDBOX_STATE_DIR": str(plan.folder / "sandbox"),
            }
            | dict(plan.extra)
        )


def _address(login: str) -> str:
    return f"DATABASE_URL_{login.upper()}"


def _own(urls: PostgresUrls, *logins: str) -> dict[str, str]:
    """The addresses that one process may know."""
    return {_address(login): urls.logins[login] for login in logins}


def _kept_beside(plan: Plan) -> dict[str, str]:
    """Where the product keeps what must outlive its database: with these data, unless somebody chose another place."""
    places = {"AUDIT_ANCHOR": plan.folder / "anchors", "ERASURE_LOG": plan.folder / "erased"}
    return {name: str(place) for name, place in places.items() if name not in plan.given}


def _own_key(path: Path) -> str:
    """The demo's key-encryption key, made once: what it wrapped must open again after a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("1:" + base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()
