"""Rules about the source itself: where a transaction ends, where a task starts, who talks to the outside, how long a file is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("bot", "core", "web", "workers")
EVERYTHING = (*PRODUCT, "migrations", "sandbox", "benchmarks", "tests")

# Who may start a task, and why it ends.
TASKS = {
    "bot/__main__.py": "the process's own loops, cancelled when it stops",
    "bot/inbox.py": "one per update under way, awaited when the process stops",
    "core/drafting/compose.py": "a wait for Stop, cancelled with the composition",
    "core/drafting/workflow.py": "looks for Stop while a draft is written",
    "core/proposals/execution.py": "tells the user beside the sending, awaited before it ends",
    "core/security/key_uses.py": "notes what was encrypted, cancelled when the process stops",
    "core/upwork/tokens.py": "one refresh shared by all who wait for it",
    "workers/__main__.py": "loads the model while the process starts",
    "workers/job.py": "renews the lease of the running job",
    "workers/main.py": "the worker's own loop",
}
# Who may open a connection of its own; everybody else is handed one.
OUTBOUND = {
    "core/http.py": {"httpx"},
    "core/drafting/llm_openai.py": {"httpx2", "openai"},
    "core/drafting/llm_anthropic.py": {"httpx2", "anthropic"},
    "core/runtime.py": {"httpx", "redis"},
    "core/db.py": {"sqlalchemy"},
    "core/jobs.py": {"arq", "redis"},
    "bot/app.py": {"aiogram"},
}
CLIENTS = {
    ("httpx", "AsyncClient"),
    ("httpx", "Client"),
    ("httpx2", "AsyncClient"),
    ("httpx2", "Client"),
    ("aiohttp", "ClientSession"),
    ("openai", "AsyncOpenAI"),
    ("anthropic", "AsyncAnthropic"),
}
FORBIDDEN = {
    "requests",
    "aiohttp",
    "urllib.request",
    "http.client",
    "smtplib",
    "ftplib",
    "telnetlib",
    "pickle",
    "marshal",
}


def files(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_transactions_end_in_one_place() -> None:
    """`db.begin()` commits when its block ends; nothing else does."""
    found = {
        f"{name}:{node.lineno}"
        for name, source in files(*PRODUCT)
        for node in calls(source)
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}
    }
    assert found == set()


def test_tasks_are_started_where_somebody_ends_them() -> None:
    found = {
        name
        for name, source in files(*PRODUCT)
        for node in calls(source)
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in {"create_task", "ensure_future", "run_coroutine_threadsafe"}
    }
    assert found == set(TASKS)


@pytest.mark.parametrize("folder", EVERYTHING)
def test_no_file_is_longer_than_can_be_read(folder: str) -> None:
    lengths = {name: source.count("\n") + 1 for name, source in files(folder)}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_nobody_opens_a_connection_of_their_own() -> None:
    found: dict[str, set[str]] = {}
    for name, source in files(*PRODUCT):
        for node in calls(source):
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                pair = (node.func.value.id, node.func.attr)
                if pair in CLIENTS:
                    found.setdefault(name, set()).add(pair[0])
            elif isinstance(node.func, ast.Name) and node.func.id in {
                "AsyncClient",
                "ClientSession",
                "AiohttpSession",
            }:
                found.setdefault(name, set()).add("aiogram" if node.func.id == "AiohttpSession" else "httpx")
    assert set(found) <= set(OUTBOUND)
    assert all(kinds <= OUTBOUND[name] for name, kinds in found.items())
    assert "core/http.py" in found
    assert "bot/app.py" in found


def test_nothing_is_imported_that_talks_or_runs_what_it_reads() -> None:
    found = {
        f"{name}: {module}"
        for name, source in files(*PRODUCT)
        for module in imported(source)
        if module in FORBIDDEN or module.partition(".")[0] in FORBIDDEN
    }
    assert found == set()


def test_the_tenant_of_a_transaction_is_forgotten_when_it_ends() -> None:
    """Every `set_config` says that it is local to its transaction; `SET` without LOCAL would outlive it in the pool."""
    found = 0
    for name, source in files(*PRODUCT, "migrations"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "set_config(" in node.value:
                parts = node.value.split("set_config(")[1:]
                for part in parts:
                    assert part.split(")")[0].rstrip().endswith(", true"), name
                found += len(parts)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                lowered = node.value.strip().lower()
                assert not lowered.startswith(("set app.", "set session ")), name
                # The migrations act as the owner for as long as their connection lives; nobody else changes roles.
                assert name.startswith("migrations/") or not lowered.startswith("set role"), name
    assert found >= 2


def test_settings_are_read_in_one_place() -> None:
    found = {
        name
        for name, source in files(*PRODUCT)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert found <= {"core/settings.py"}
