"""Whichever way a sensitive act is reached, the chat, the pages or the API, it asks for the same proof."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.security.assurance import LEVELS, Act, Level

ROOT = Path(__file__).resolve().parents[2]
EDGES = ("bot", "web", "workers")

IN_THE_CORE = {
    Act.APPROVE: "core/proposals/approval.py",
    Act.APPROVE_BEYOND_LIMITS: "core/proposals/approval.py",
    Act.CONNECT_UPWORK: "core/upwork/linking.py",
    Act.DISCONNECT_UPWORK: "core/upwork/confirming.py",
    Act.RAISE_LIMITS: "core/security/stepup/limits.py",
    Act.ADD_FACTOR: "core/security/factors/service.py",
    Act.REMOVE_FACTOR: "core/security/factors/service.py",
    Act.CHANGE_CONTACT: "core/security/factors/contacts.py",
    Act.EXPORT: "core/privacy/export.py",
    Act.FORGET: "core/privacy/erasure.py",
    Act.NEW_DEVICE: "core/security/stepup/service.py",
}
"""Acts whose own function asks, so that no way around it exists."""

AT_THE_EDGE = {Act.END_SESSIONS: "end_all_sessions", Act.UNLOCK: "unlock"}
"""Acts whose callers ask: every function at an edge that does it asks for it in the same transaction."""


AFTER_ANOTHER_ACT = {
    "web/routes/security.py:_finish": Act.ADD_FACTOR,
    "web/routes/security.py:_end_others": Act.REMOVE_FACTOR,
}
"""Ending the other logins is offered with a change of factors or of the password, which has just been asked for."""

BY_THE_CONSOLE = "web/routes/admin.py:"
"""A moderator's unlocking asks for the console's own proof, at the door."""


def asks_for(node: ast.AST) -> set[str]:
    """Names of the acts that `require(…, Act.X, …)` asks for inside."""
    return {
        argument.attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _name(call) == "require"
        for argument in call.args
        if isinstance(argument, ast.Attribute)
        and isinstance(argument.value, ast.Name)
        and argument.value.id == "Act"
    }


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def callers(name: str) -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    """The innermost functions at the edges that call `name`."""
    for folder in EDGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.AsyncFunctionDef) and _calls_itself(node, name):
                    yield f"{path.relative_to(ROOT)}:{node.name}", node


def _calls_itself(function: ast.AsyncFunctionDef, name: str) -> bool:
    inner = [
        node for node in ast.walk(function) if isinstance(node, ast.AsyncFunctionDef) and node is not function
    ]
    within = {id(node) for other in inner for node in ast.walk(other)}
    return any(
        isinstance(node, ast.Call) and _name(node) == name and id(node) not in within
        for node in ast.walk(function)
    )


@pytest.mark.asvs("V6.3.4")
@pytest.mark.parametrize("act", list(IN_THE_CORE))
def test_the_act_itself_asks_whoever_calls_it(act: Act) -> None:
    assert LEVELS[act] in {Level.S1, Level.S2}
    assert act.name in asks_for(ast.parse((ROOT / IN_THE_CORE[act]).read_text()))


@pytest.mark.asvs("V6.3.4")
@pytest.mark.parametrize("act", list(AT_THE_EDGE))
def test_every_way_to_the_act_asks_for_the_same(act: Act) -> None:
    found = dict(callers(AT_THE_EDGE[act]))
    assert found
    silent = {where for where, function in found.items() if act.name not in asks_for(function)}
    assert {
        where for where in silent - set(AFTER_ANOTHER_ACT) if not where.startswith(BY_THE_CONSOLE)
    } == set()


@pytest.mark.asvs("V6.3.4")
def test_every_act_that_needs_proof_is_in_one_of_the_lists() -> None:
    proven = {act for act, level in LEVELS.items() if level in {Level.S1, Level.S2}}
    assert proven - set(IN_THE_CORE) - set(AT_THE_EDGE) == {Act.GRANT_ROLE}
