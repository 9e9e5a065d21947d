"""What the product notes in the audit trail, read from its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core.proposals.models import ActionState

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("core", "bot", "web", "workers")

# The one name that is put together in code: an action's new state.
_MOVES = {f"action.{state.value}" for state in ActionState if state is not ActionState.APPROVED}
PUT_TOGETHER = {"f'action.{event}'": frozenset(_MOVES | {"action.given_back"})}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def is_record(node: ast.AST) -> bool:
    """`audit.record(…)`, under whatever name the function was imported."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Attribute):
        return (
            function.attr == "record"
            and isinstance(function.value, ast.Name)
            and function.value.id == "audit"
        )
    return isinstance(function, ast.Name) and function.id == "record"


def recorded_events() -> set[str]:
    """Every name that is given to `audit.record`. Raises ValueError for one that cannot be read from the code."""
    found: set[str] = set()
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and is_record(node):
                found |= _names(node, path)
    return found


def _names(call: ast.Call, path: Path) -> set[str]:
    name = call.args[1] if len(call.args) > 1 else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return {name.value}
    if isinstance(name, ast.IfExp):
        return {str(part.value) for part in (name.body, name.orelse) if isinstance(part, ast.Constant)}
    known = PUT_TOGETHER.get(ast.unparse(name)) if name is not None else None
    if known is None:
        raise ValueError(f"{path}:{call.lineno}: which event is this?")
    return set(known)
