"""Each process starts far enough to say that it can, and says kindly what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import Login

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    **{f"DATABASE_URL_{login.name}": "postgresql+asyncpg://nobody@127.0.0.1:1/none" for login in Login},
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "KEY_ENCRYPTION_KEYS": "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "TELEGRAM_BOT_TOKEN": "4242424242:test-token-that-belongs-to-nobody-at-all",
    "UPWORK_CLIENT_ID": "test-client",
    "UPWORK_CLIENT_SECRET": "test-client-secret",
}


def check(module: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", module, "--check"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", ["bot", "web", "workers"])
def test_each_process_checks_out(module: str, tmp_path: Path) -> None:
    done = check(module, COMPLETE, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["bot", "web"])
def test_a_missing_setting_is_named_without_a_traceback(module: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in COMPLETE.items() if name != "TELEGRAM_BOT_TOKEN"}
    done = check(module, settings, tmp_path)
    assert done.returncode != 0
    assert "TELEGRAM_BOT_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
    assert "AAECAwQF" not in done.stderr + done.stdout


@pytest.mark.parametrize("module", ["bot", "workers"])
def test_what_is_no_token_is_named_without_a_traceback(module: str, tmp_path: Path) -> None:
    done = check(module, COMPLETE | {"TELEGRAM_BOT_TOKEN": "my bot's token"}, tmp_path)
    assert done.returncode != 0
    assert "TELEGRAM_BOT_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
    assert "my bot's token" not in done.stderr + done.stdout


def test_a_token_is_taken_with_the_space_that_was_copied_along(tmp_path: Path) -> None:
    done = check("bot", COMPLETE | {"TELEGRAM_BOT_TOKEN": f" {COMPLETE['TELEGRAM_BOT_TOKEN']} "}, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_import_rules_hold() -> None:
    done = subprocess.run(  # noqa: S603 - our own tool
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
