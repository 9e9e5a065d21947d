"""The demo from start to stop: settings, ports, lock, system, signals."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from sandbox import processes
from sandbox.demo.lock import AlreadyRunning, only_one
from sandbox.demo.parts import choose
from sandbox.demo.screen import Screen, show_failure, show_running
from sandbox.demo.system import Plan, System, SystemFailed
from sandbox.install import ROOT
from sandbox.settings import DemoSettings, given_variables, inherited_environment

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(*, reset: bool = False) -> int:
    """Start, stay, stop. Returns the exit code: 0 after a wished stop, 1 after a problem that was explained."""
    try:
        settings = DemoSettings()
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]).upper()
            print(f"{name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    url = f"http://127.0.0.1:{settings.sandbox_port}/"
    try:
        with only_one(settings.demo_dir, url):
            if busy := busy_ports(settings):
                print("\n".join(busy), file=sys.stderr)
                return 1
            return asyncio.run(_run(_plan(settings, reset=reset), url))
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(
            f"{error.filename} belongs to another user. Start the demo as that user, or remove it.",
            file=sys.stderr,
        )
        return 1


async def _run(plan: Plan, url: str) -> int:
    console = Console(highlight=False)
    screen = Screen(console)
    system = System(plan, screen.report)
    wish = _listen_for_signals(system)
    failure: SystemFailed | None = None
    starting = asyncio.create_task(system.start())
    wished = asyncio.create_task(wish.wait())
    try:
        with screen:
            await asyncio.wait({starting, wished}, return_when=asyncio.FIRST_COMPLETED)
        if not wish.is_set():
            starting.result()
            show_running(console, url, plan.choices, _short(plan.folder / "logs"))
            failing = asyncio.create_task(system.wait_for_failure())
            await asyncio.wait({failing, wished}, return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                failure = failing.result()
            failing.cancel()
    except SystemFailed as error:
        failure = error
    finally:
        await _stop(system, starting, console)
        wished.cancel()
    if failure is not None:
        log = _short(failure.log_path) if failure.log_path else ""
        show_failure(console, f"{failure}.".replace("..", "."), failure.tail, log)
        return 1
    return 0


async def _stop(system: System, starting: asyncio.Task[None], console: Console) -> None:
    started = time.monotonic()
    console.print()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await system.stop()
    console.print(Text(f"Stopped in {time.monotonic() - started:.1f} s.", style="dim"))


def _listen_for_signals(system: System) -> asyncio.Event:
    """The first signal asks for a clean stop, the next one kills."""
    wish = asyncio.Event()

    def on_signal() -> None:
        if wish.is_set():
            system.kill()
        wish.set()

    loop = asyncio.get_running_loop()
    for sign in _SIGNALS:
        loop.add_signal_handler(sign, on_signal)
    return wish


def _plan(settings: DemoSettings, *, reset: bool) -> Plan:
    given = given_variables(ROOT)
    return Plan(
        root=ROOT,
        folder=settings.demo_dir,
        sandbox_port=settings.sandbox_port,
        web_port=settings.web_port,
        smtp_port=settings.sandbox_smtp_port,
        choices=choose(given, llm_offline=settings.demo_llm == "offline"),
        given=given,
        inherited=inherited_environment(),
        reset=reset,
    )


def busy_ports(settings: DemoSettings) -> list[str]:
    """What stands in the way of listening, in words that name the next step."""
    ports = {
        "SANDBOX_PORT": settings.sandbox_port,
        "WEB_PORT": settings.web_port,
        "SANDBOX_SMTP_PORT": settings.sandbox_smtp_port,
    }
    messages = []
    for port in sorted(set(ports.values())):
        names = [name for name, chosen in ports.items() if chosen == port]
        if len(names) > 1:
            messages.append(
                f"{' and '.join(names)} are {'both' if len(names) == 2 else 'all'} {port}; each needs one of its own."
            )
    for variable, port in ports.items():
        if not processes.port_is_free(port):
            who = processes.listener(port) or "another program"
            messages.append(
                f"Port {port} is in use by {who}. Stop it, or choose another port: make demo {variable}={processes.free_port()}"
            )
    return messages


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
