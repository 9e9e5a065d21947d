"""Accounts: one per Telegram user, whatever happens at once."""

from __future__ import annotations

import asyncio

from core.accounts.service import find_account, open_account
from core.crypto import Vault
from core.db import Database


async def test_an_unknown_telegram_user_has_no_account(db: Database) -> None:
    assert await find_account(db, telegram_id=99) is None


async def test_two_devices_at_once_open_one_account(db: Database, vault: Vault) -> None:
    opened = await asyncio.gather(
        *(open_account(db, vault, telegram_id=7, chat_id=7, locale="uk") for _ in range(8))
    )

    assert len({account.tenant_id for account in opened}) == 1
    assert opened[0].locale == "uk"
