"""Prints the conversation while it happens, and the table at the end."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.tour.browser import Page

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class StepResult:
    """What the person saw in one step and how many seconds it took; `problem` is empty when it held."""

    title: str
    saw: str
    seconds: float
    problem: str = ""


class Show:
    """Remembers what each message said, so that an edited one shows only what is new."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._known: dict[int, list[str]] = {}

    def heading(self, text: str) -> None:
        self._print(Text(f"\n── {text}", style="bold"))

    def person(self, name: str, text: str, *, action: str = "") -> None:
        """Something the person did: wrote `text`, or pressed a button (`action` says what)."""
        label = f"{name} {action}".strip()
        self._block(label, text, "cyan")

    def bot(self, name: str, message: dict[str, Any], *, edited: bool = False) -> None:
        """A message of the bot; of an edited one only the lines that are new."""
        text = message.get("text") or message.get("caption") or ""
        pictures = [f"<{kind}>" for kind in ("photo", "document", "voice") if message.get(kind)]
        lines = [*pictures, *text.splitlines()]
        known = self._known.get(message["message_id"], ())
        self._known[message["message_id"]] = lines
        if edited:
            lines = [line for line in lines if line.strip() and line not in known] or ["…"]
        self._block(f"{name} (edited)" if edited else name, "\n".join(lines).strip(), "green")
        for row in message.get("keyboard") or []:
            self._print(Text("    " + " ".join(f"[{button['label']}]" for button in row), style="dim"))

    def browser(self, page: Page) -> None:
        self._block(f"browser, {page.url.split('?')[0]}", f"{page.title}\n{page.text[:240]}…", "magenta")

    def note(self, text: str) -> None:
        self._print(Text(f"    {text}", style="dim italic"))

    def problem(self, text: str) -> None:
        self._console.print(Text(f"\n✗ {text}", style="bold red"), soft_wrap=True)

    def table(self, results: Sequence[StepResult]) -> None:
        table = Table(show_edge=False, pad_edge=False, box=None, padding=(0, 2, 0, 0), title_justify="left")
        for column in ("", "step", "what the user saw"):
            table.add_column(column, overflow="fold")
        table.add_column("seconds", justify="right")
        for result in results:
            mark = Text("✗", style="red") if result.problem else Text("✓", style="green")
            table.add_row(mark, result.title, result.problem or result.saw, f"{result.seconds:.1f}")
        self._console.print()
        self._console.print(table)

    def say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)

    def _block(self, who: str, text: str, style: str) -> None:
        self._print(Text(f"  {who}", style=f"bold {style}"))
        for line in text.splitlines():
            for piece in textwrap.wrap(line, _WIDTH) or [""]:
                self._print(Text(f"    {piece}"))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)
