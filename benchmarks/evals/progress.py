"""How far it is, on one line that redraws itself; in a file or a pipe nothing is drawn."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TextIO

_WIDTH = 28


@dataclass(slots=True)
class Bar:
    """`total` steps; `out` is looked at once for whether anybody can see it."""

    total: int
    out: TextIO = field(default_factory=lambda: sys.stderr)
    done: int = 0
    drawn: bool = False

    def step(self, what: str) -> None:
        self.done += 1
        self.show(what)

    def show(self, what: str) -> None:
        if not self.out.isatty():
            return
        full = _WIDTH * self.done // max(1, self.total)
        line = f"[{'█' * full}{'·' * (_WIDTH - full)}] {self.done}/{self.total} {what}"
        room = max(20, shutil.get_terminal_size().columns - 1)
        self.out.write(f"\r\x1b[K{line[:room]}")
        self.out.flush()
        self.drawn = True

    def clear(self) -> None:
        if self.drawn:
            self.out.write("\r\x1b[K")
            self.out.flush()
