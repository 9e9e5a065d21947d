"""`python -m web` as an operator starts, checks and stops it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from core.settings import Login, Settings
from web.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL_WEB": settings.database_url(Login.WEB),
        "DATABASE_URL_ADMIN": settings.database_url(Login.ADMIN),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "KEY_ENCRYPTION_KEYS": settings.key_encryption_keys.get_secret_value(),
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token.get_secret_value(),
        "UPWORK_CLIENT_ID": "a-key",
        "UPWORK_CLIENT_SECRET": "a-secret",
        "LOG_JSON": "true",
        **more,
    }


@asynccontextmanager
async def web(env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web",
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def given(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment in which the process would start; no `.env` lies around."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_check_accepts_good_settings(given: pytest.MonkeyPatch) -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("TELEGRAM_BOT_TOKEN", None), "TELEGRAM_BOT_TOKEN"),
        (("WEB_PORT", "many"), "WEB_PORT"),
        (("KEY_ENCRYPTION_KEYS", "1:c2hvcnQ="), "KEY_ENCRYPTION_KEYS"),
        (("ENVIRONMENT", "production"), "PUBLIC_URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_check_names_what_is_wrong_and_shows_no_value(
    given: pytest.MonkeyPatch,
    change: tuple[str, str | None],
    named: str,
) -> None:
    name, value = change
    if value is None:
        given.delenv(name)
    else:
        given.setenv(name, value)

    with pytest.raises(SystemExit) as stopped:
        main(["--check"])

    said = str(stopped.value)
    assert named in said
    assert "a-secret" not in said
    assert "c2hvcnQ=" not in said


@pytest.mark.parametrize("proxies", ["", "not an address"])
def test_in_production_the_proxy_in_front_has_to_be_named(given: pytest.MonkeyPatch, proxies: str) -> None:
    """Otherwise everybody is one caller, whose guesses at passwords anybody can use up, and http is not led to https."""
    outside = {
        "TELEGRAM_API_BASE": "https://api.telegram.org",
        "UPWORK_AUTHORIZE_URL": "https://www.upwork.com/authorize",
        "UPWORK_TOKEN_URL": "https://www.upwork.com/token",
        "UPWORK_GRAPHQL_URL": "https://api.upwork.com/graphql",
        "PUBLIC_URL": "https://gigwright.example",
    }
    for name, value in {**outside, "ENVIRONMENT": "production", "TRUSTED_PROXIES": proxies}.items():
        given.setenv(name, value)
    with pytest.raises(SystemExit, match="TRUSTED_PROXIES"):
        main(["--check"])

    given.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1")
    assert main(["--check"]) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_when_it_is_ready_and_stops_when_asked(
    settings: Settings, number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    async with web(environment(settings, WEB_PORT=str(port), PUBLIC_URL=address)) as process:
        assert process.stdout is not None
        async with asyncio.timeout(90):
            async for line in process.stdout:
                if b"web.ready" in line:
                    break
        async with httpx.AsyncClient(base_url=address) as http:
            answer = await http.get("/healthz")
            assert answer.json() == {"status": "ok"}
            assert "server" not in answer.headers
            # An open keep-alive connection must not hold the process back.
            process.send_signal(number)
            async with asyncio.timeout(30):
                rest = await process.stdout.read()
                await process.wait()

    assert process.returncode == 0, rest
    assert b"Traceback" not in rest
