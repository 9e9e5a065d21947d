"""`python -m web grant-role`: the first admin comes from the command line, and only for somebody who is there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from core.access.permissions import Role, role_of
from core.accounts.service import Account
from core.db import Database
from core.settings import Settings
from tests.web.driving import OwnerSql

ROOT = Path(__file__).resolve().parents[2]


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    names = ("database_url_web", "database_url_admin", "redis_url", "key_encryption_keys")
    secret = {name: getattr(settings, name).get_secret_value() for name in names}
    plain = {
        "public_url": settings.public_url,
        "telegram_bot_token": settings.telegram_bot_token.get_secret_value(),
        "upwork_client_id": "x",
        "upwork_client_secret": "y",
    }
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "web", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"} | {name.upper(): value for name, value in (secret | plain).items()},
        check=False,
        capture_output=True,
        text=True,
    )


async def test_an_operator_makes_and_unmakes_an_admin(
    db: Database,
    settings: Settings,
    make_tenant: Callable[..., Awaitable[Account]],
    owner_sql: OwnerSql,
) -> None:
    account = await make_tenant(telegram_id=4711)

    async def role() -> Role:
        async with db.begin(account.tenant_id) as session:
            return await role_of(session)

    async def operate(command: str, *, telegram_id: int = 4711) -> tuple[int, str]:
        asked = (command, "--telegram-id", str(telegram_id), "--role", "admin")
        done = await asyncio.to_thread(run, settings, *asked)
        return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]

    assert await operate("grant-role") == (0, "admin granted")
    assert await role() is Role.ADMIN
    assert await operate("grant-role") == (0, "nothing to change")
    assert await operate("revoke-role") == (0, "admin revoked")
    assert await role() is Role.FREELANCER
    assert await operate("grant-role", telegram_id=1) == (
        1,
        "nobody with this Telegram id has started the bot",
    )
    assert await owner_sql("select granted_by, revoked_by from app.role_grants") == [("operator", "operator")]
    alerts = await owner_sql("select count(*) from app.alerts where kind = 'role_changed'")
    assert alerts == [(2,)]
