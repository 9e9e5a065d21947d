"""What the person at the terminal sees: a live list on a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from sandbox.demo.parts import Choice, Mode
from sandbox.demo.system import Report, State

TITLES = {
    "databases": "Postgres and Valkey",
    "migrations": "Database schema",
    "sandbox": "Sandbox",
    "web": "Web",
    "worker": "Worker (loads its model)",
    "bot": "Bot",
}


class Screen:
    """Shows the steps of a start; use it as a context manager around the start."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: dict[str, Report] = {}
        self._spinners: dict[str, Spinner] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=12)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def report(self, report: Report) -> None:
        """Take news of a step, during the start or any time later."""
        if report.state is State.FELL:
            self._console.print(Text(f"{_title(report.step)} {report.note}", style="yellow"))
            return
        self._steps[report.step] = report
        if self._live is None and report.state is State.READY:
            self._console.print(Text(f"{_title(report.step)}: ready after {report.seconds:.1f} s"))

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for name, report in self._steps.items():
            mark: Spinner | Text
            if report.state is State.READY:
                mark, note = Text("✓", style="green"), Text(f"{report.seconds:.1f} s", style="dim")
            elif report.state is State.FAILED:
                mark, note = Text("✗", style="red"), Text("")
            else:
                mark, note = self._spinners.setdefault(name, Spinner("dots")), Text("")
            table.add_row(mark, _title(name), note)
        return table


def show_running(console: Console, url: str, choices: tuple[Choice, ...], logs: str) -> None:
    """The one address, what is real and what is not, and how to stop."""
    console.print()
    own_bot = any(choice.part.name == "Telegram" and choice.mode is Mode.REAL for choice in choices)
    if own_bot:
        console.print(
            Text("  Gigwright runs. Open Telegram and write to your bot.", style="bold"), soft_wrap=True
        )
        console.print(
            Text("  No answer? The bot's log below says whether Telegram takes the token.", style="dim"),
            soft_wrap=True,
        )
    else:
        console.print(Text.assemble("  Gigwright runs. Open ", (url, "bold underline")), soft_wrap=True)
    console.print()
    table = Table.grid(padding=(0, 2))
    for choice in choices:
        style = "green" if choice.mode is Mode.REAL else "dim"
        table.add_row(Text(f"  {choice.part.name}"), Text(choice.why, style=style))
    console.print(table)
    console.print()
    pages = Table.grid(padding=(0, 2))
    for name, path in (
        ("Codes for signing in", "authenticator"),
        ("Mail", "mail/"),
        ("Text messages", "sms/"),
    ):
        pages.add_row(Text(f"  {name}"), Text(f"{url}{path}", style="dim"))
    console.print(pages)
    console.print()
    console.print(
        Text(f"  Logs are in {logs}. Ctrl-C stops everything; the data stay.", style="dim"), soft_wrap=True
    )


def show_failure(console: Console, message: str, tail: str, log: str) -> None:
    """Why it stopped, the last lines of the part's log, where the rest is."""
    console.print(Text(message, style="bold red"), soft_wrap=True)
    if tail:
        console.print(Text("\n".join(f"  | {line}" for line in tail.splitlines())), soft_wrap=True)
    if log:
        console.print(Text(f"The whole log: {log}"), soft_wrap=True)


def _title(step: str) -> str:
    return TITLES.get(step, step)
