"""The tour from start to stop: a system of its own (or a given one), the walk, the table."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console

from sandbox.demo.parts import choose
from sandbox.demo.screen import Screen, show_failure
from sandbox.demo.system import Plan, System, SystemFailed
from sandbox.install import ROOT
from sandbox.processes import free_ports
from sandbox.settings import given_variables, inherited_environment
from sandbox.tour.browser import Browser
from sandbox.tour.labels import WORDS
from sandbox.tour.person import Person
from sandbox.tour.show import Show
from sandbox.tour.steps import STEPS
from sandbox.tour.trip import Trip, walk

# Quick clients and quick polls: what takes minutes in real life must not take them here.
_PACE = {
    "UPWORK_POLL_SECONDS": "2",
    "UPWORK_ROOM_POLL_SECONDS": "2",
    "SANDBOX_FEED_SECONDS": "30",
    "SANDBOX_FEED_BACKLOG": "12",
}
_BOT_SECONDS = 30.0


def run(*, languages: Sequence[str], url: str | None, keep: bool) -> int:
    """Returns 0 when every step held, 1 when one did not or the system did not start, 130 after Ctrl-C."""
    try:
        return asyncio.run(_run(languages, url, keep))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def _run(languages: Sequence[str], url: str | None, keep: bool) -> int:
    _stop_on_sigterm()
    console = Console(highlight=False)
    if url is not None:
        return await _tours(console, url.rstrip("/"), languages)
    folder = Path(tempfile.mkdtemp(prefix="gigwright-tour-"))
    held = False
    try:
        async with _own_system(console, folder) as own_url:
            code = await _tours(console, own_url, languages)
            held = code == 0
            return code
    except SystemFailed as error:
        show_failure(console, f"{error}.", error.tail, str(error.log_path or ""))
        return 1
    finally:
        if held and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"Data and logs of this tour: {folder}", style="dim", soft_wrap=True)


@asynccontextmanager
async def _own_system(console: Console, folder: Path) -> AsyncIterator[str]:
    """Everything on stand-ins, whatever `.env` says: a tour must never reach the real world."""
    choices = choose({})
    sandbox_port, web_port, smtp_port = free_ports(3)
    plan = Plan(
        root=ROOT,
        folder=folder,
        sandbox_port=sandbox_port,
        web_port=web_port,
        smtp_port=smtp_port,
        choices=choices,
        given=given_variables(ROOT),
        inherited=inherited_environment(),
        durable=False,
        extra=_PACE,
    )
    screen = Screen(console)
    system = System(plan, screen.report)
    try:
        with screen:
            await system.start()
        yield plan.at.sandbox
    finally:
        await asyncio.shield(asyncio.create_task(system.stop()))


async def _tours(console: Console, url: str, languages: Sequence[str]) -> int:
    """One walk for each language, each by a person of its own; the first that fails is the last."""
    for language in languages:
        if code := await _tour(console, url, language):
            return code
    return 0


async def _tour(console: Console, url: str, language: str) -> int:
    show = Show(console)
    started = time.monotonic()
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30.0) as sandbox,
        Browser() as browser,
    ):
        if not await _bot_is_there(sandbox):
            show.problem(f"No bot has spoken to the sandbox at {url}. Is the demo running?")
            return 1
        words = WORDS[language]
        person = await Person.arrive(sandbox, show, name=words["person"], language=language)
        trip = Trip(person, words, browser, sandbox, show)
        trip.proposals_before = len(await trip.control("GET", "proposals"))
        async with person.watching():
            results = await walk(trip, STEPS)
        show.table(results)
        failed = next((result for result in results if result.problem), None)
        if failed is None:
            show.say(f"\nAll {len(results)} steps held in {time.monotonic() - started:.1f} s.")
            return 0
        show.problem(f"{failed.title}: {failed.problem}")
        show.say(f"\nThe end of the transcript:\n{_last_lines(await person.transcript())}")
    return 1


async def _bot_is_there(sandbox: httpx.AsyncClient) -> bool:
    deadline = time.monotonic() + _BOT_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if (await sandbox.get("/control/telegram/bots")).json()["bots"]:
                return True
        await asyncio.sleep(0.1)
    return False


def _last_lines(text: str, lines: int = 40) -> str:
    return "\n".join(text.splitlines()[-lines:])


def _stop_on_sigterm() -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
