"""The whole main job over HTTP, in both languages, on a system of its own: `python -m sandbox.tour` as a person starts it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.tour.steps import STEPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tour() -> Iterator[subprocess.CompletedProcess[str]]:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        yield subprocess.run(
            [sys.executable, "-m", "sandbox.tour", "--lang", "both"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )


def test_every_step_holds_in_both_languages(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.returncode == 0, tour.stdout[-6000:] + tour.stderr[-2000:]
    assert tour.stdout.count(f"All {len(STEPS)} steps held") == 2


def test_the_table_names_every_step(tour: subprocess.CompletedProcess[str]) -> None:
    ticked = [line for line in tour.stdout.splitlines() if line.startswith("✓")]
    assert len(ticked) == 2 * len(STEPS)
    for step in STEPS:
        assert sum(step.title in line for line in ticked) >= 2, step.title


def test_the_conversation_is_shown_as_it_happened(tour: subprocess.CompletedProcess[str]) -> None:
    for line in ("/start", "[✍️ Draft]", "[✍️ Чернетка]", "/stats", "browser, http://127.0.0.1:"):
        assert line in tour.stdout
    assert tour.stderr == ""
