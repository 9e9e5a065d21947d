"""A migrated database for a measurement or a test, and one login for what is no process of the product."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.access import Role
from sandbox.embedded import APP_ROLE, PostgresUrls

_ROOT = Path(__file__).resolve().parent.parent


def migrate(urls: PostgresUrls, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m migrations …` as an operator would. Raises CalledProcessError."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "migrations", *arguments],
        cwd=_ROOT,
        env=urls.environment | {"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )


async def make_together(urls: PostgresUrls) -> None:
    """Make the login of `urls.app`: it may do what any process may, but has not the console's look at everybody."""
    roles = ", ".join(role for role in Role if role is not Role.ADMIN)
    password = make_url(urls.app).password
    engine = create_async_engine(urls.owner)
    async with engine.begin() as connection:
        await connection.execute(text(f"create role {APP_ROLE} login password '{password}' in role {roles}"))
    await engine.dispose()
