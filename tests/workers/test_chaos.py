"""The small fire: workers are killed while they send, the checker reads what is left, and the checker itself is checked."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos import check

ROOT = Path(__file__).resolve().parent.parent.parent


async def burn(*arguments: str) -> tuple[int, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.chaos", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 600)
    return process.returncode or 0, json.loads(printed.splitlines()[-1])


async def test_killed_workers_lose_no_approval_and_send_none_twice() -> None:
    status, report = await burn("--approvals", "30", "--seed", "7")
    assert report["duplicates"] == 0
    assert report["problems"] == 0
    assert status == 0
    assert report["kills"] >= 3
    assert sum(report["states"].values()) == 30
    assert report["states"]["sent"] >= 10


async def test_the_same_fire_makes_a_plain_queue_send_twice() -> None:
    status, report = await burn("--approvals", "40", "--seed", "7", "--naive")
    assert report["duplicates"] >= 1
    assert status == 1


FINE: dict[str, Any] = {
    "states": {"a": "sent", "b": "needs_human"},
    "effects": {"a": 1},
    "remote_ids": {"a": "1", "b": ""},
    "told": {"a": "sent", "b": "needs_human"},
}


@pytest.mark.parametrize(
    ("planted", "problems"),
    [
        ({}, 0),
        ({"effects": {"a": 2}}, 1),
        ({"effects": {}}, 1),
        ({"effects": {"a": 1, "b": 1}}, 1),
        ({"effects": {"a": 1, "c": 1}}, 1),
        ({"remote_ids": {"a": "?", "b": ""}}, 1),
        ({"remote_ids": {"a": "", "b": ""}}, 1),
        ({"states": {"a": "sent", "b": "on_wire"}, "told": {"a": "sent", "b": "on_wire"}}, 1),
        ({"told": {"a": "sent"}}, 1),
        ({"told": {"a": "on_wire", "b": "needs_human"}}, 1),
    ],
)
def test_the_checker_sees_every_broken_rule(planted: dict[str, Any], problems: int) -> None:
    history = FINE | planted
    found = check(history["states"], Counter(history["effects"]), history["remote_ids"], history["told"])
    assert len(found) == problems
