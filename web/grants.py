"""The operator's hand on the roles: `python -m web grant-role --telegram-id N --role admin`, and `revoke-role` alike."""

from __future__ import annotations

import argparse
import asyncio
import sys

from core.access.permissions import Role
from core.access.roles import OPERATOR, grant_role, revoke_role
from core.accounts.service import find_account
from core.runtime import open_runtime
from core.settings import Login, Settings

COMMANDS = ("grant-role", "revoke-role")


async def change_role(settings: Settings, *, command: str, telegram_id: int, role: Role) -> str | None:
    """What was done, in words; None when nobody has this Telegram id."""
    async with open_runtime(settings, Login.WEB) as rt:
        account = await find_account(rt.db, telegram_id=telegram_id)
        if account is None:
            return None
        async with rt.db.begin(account.tenant_id) as session:
            if command == "grant-role":
                changed = await grant_role(session, role=role, by=OPERATOR)
            else:
                changed = await revoke_role(session, role=role, by=OPERATOR, clock=rt.clock)
    verb = "granted" if command == "grant-role" else "revoked"
    return f"{role.value} {verb}" if changed else "nothing to change"


def main(settings: Settings, arguments: list[str]) -> int:
    """Exit status 1 when there is no such account."""
    parser = argparse.ArgumentParser(prog="python -m web")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "--telegram-id", type=int, required=True, help="the person has to have started the bot"
    )
    parser.add_argument(
        "--role", choices=[role.value for role in Role if role is not Role.FREELANCER], required=True
    )
    asked = parser.parse_args(arguments)
    done = asyncio.run(
        change_role(settings, command=asked.command, telegram_id=asked.telegram_id, role=Role(asked.role))
    )
    said, out = (
        ("nobody with this Telegram id has started the bot", sys.stderr)
        if done is None
        else (done, sys.stdout)
    )
    out.write(f"{said}\n")
    return int(done is None)
