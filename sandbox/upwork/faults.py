"""Faults on demand: what goes wrong, for which operation, how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "429", "401", "403_html", "502", "hang", "truncated", "partial", "missing_scope", "reset", "reset_after", "drop_before"
]  # fmt: skip
KINDS: frozenset[str] = frozenset(get_args(Kind))


@dataclass(slots=True)
class Fault:
    """``times`` uses are left; ``fields`` are ``Type.field`` names for partial and missing_scope; ``seconds`` for hang."""

    operation: str
    kind: Kind
    times: int = 1
    fields: list[str] = field(default_factory=list)
    seconds: float = 60.0
    retry_after: int | None = None


class Faults:
    """The armed faults, oldest first."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def take(self, operations: Iterable[str]) -> Fault | None:
        """Use up one time of the first fault that fits one of the operations."""
        names = {*operations, "*"}
        for fault in self.armed:
            if fault.operation in names:
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None
