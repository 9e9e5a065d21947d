"""Files that people send: fetched from Telegram into memory, so many bytes at most, and nowhere else."""

from __future__ import annotations

import io
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError

from bot.errors import PASSING
from core.db import refuse_network_in_transaction
from core.errors import AppError, Invalid, Unavailable
from core.log import get_logger

log = get_logger(__name__)

_SECONDS = 60


class _Bounded(io.BytesIO):
    """Memory that refuses to grow beyond what was agreed: the announced size is only a word."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > self._most:
            raise Invalid(reason="media_too_big", mb=self._most // 1024 // 1024)
        return super().write(data)


async def fetch(bot: Bot, file_id: str, *, most: int) -> bytes:
    """The file's bytes. Raises Invalid ("media_too_big" with `mb`, "file_gone") or Unavailable."""
    refuse_network_in_transaction()
    mb = most // 1024 // 1024
    try:
        found = await bot.get_file(file_id)
    except TelegramBadRequest as error:
        raise Invalid(reason="media_too_big" if "too big" in str(error) else "file_gone", mb=mb) from None
    except (*PASSING, TelegramForbiddenError) as error:
        raise Unavailable("telegram") from error
    if (found.file_size or 0) > most:
        raise Invalid(reason="media_too_big", mb=mb)
    if not found.file_path:
        raise Invalid(reason="file_gone")
    into = _Bounded(most)
    try:
        await bot.download_file(found.file_path, into, timeout=_SECONDS, seek=False)
    except AppError:
        raise
    except Exception as error:  # noqa: BLE001 - aiogram lets its HTTP library's own errors through here
        log.warning("file.not_fetched", error=type(error).__name__)
        # Not chained: the address in that error holds the bot's token.
        raise Unavailable("telegram") from None
    return into.getvalue()
