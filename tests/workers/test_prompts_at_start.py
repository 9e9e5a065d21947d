"""A prompt file that is not what its header says keeps the drafting worker from starting, and nobody else."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The same code with prompts of its own."""
    for package in ("core", "bot", "workers"):
        (tmp_path / package).symlink_to(ROOT / package)
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    return tmp_path


def start(checkout: Path, kind: str) -> subprocess.CompletedProcess[str]:
    address = "postgresql+asyncpg://user:password@127.0.0.1:1/none"
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "workers", "--check", "--kinds", kind],
        cwd=checkout,
        env={
            "PATH": "/usr/bin:/bin",
            "ENVIRONMENT": "development",
            "TELEGRAM_BOT_TOKEN": "4242424242:token-of-nobody",
            f"DATABASE_URL_{kind.upper()}": address,
            "REDIS_URL": "redis://127.0.0.1:1",
            "KEY_ENCRYPTION_KEYS": "1:" + base64.b64encode(b"k" * 32).decode(),
            "UPWORK_CLIENT_ID": "id",
            "UPWORK_CLIENT_SECRET": "secret",
            "PUBLIC_URL": "http://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_whole_prompts_let_it_start(checkout: Path) -> None:
    done = start(checkout, "drafting")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_prompt_is_named_at_the_start(checkout: Path) -> None:
    broken = next((checkout / "prompts").rglob("*.md"))
    broken.write_text(broken.read_text().replace("$", "$undeclared_", 1))

    done = start(checkout, "drafting")

    assert done.returncode == 1
    assert broken.stem in done.stderr
    assert "inputs" in done.stderr
    assert start(checkout, "notify").returncode == 0
