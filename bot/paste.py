"""One long text that Telegram's apps cut into messages of 4,096 characters is put together again before anybody reads it.

Otherwise the first piece would become the letter, and the rest would be answered piece by piece.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from bot.ui import TEXT_LIMIT, units
from core import inbox
from core.accounts.service import Account
from core.runtime import Runtime

LONG = TEXT_LIMIT // 2
"""Apps cut at a line end or a blank in the second half of what fits; a shorter message is the last piece, or no piece."""

_SAME_PASTE_SECONDS = 3
_WAIT_SECONDS = 0.6
_LOOK_SECONDS = 0.1
_MOST_PIECES = 60
_BULLETS = frozenset("-–—*•▪◦●·0123456789")


async def gather(rt: Runtime, update_id: int, update: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The update with the whole text in it, and the ids of the updates that held the rest."""
    message = update.get("message")
    if not isinstance(message, dict) or not _may_go_on(message):
        return update, []
    pieces: list[Mapping[str, Any]] = [message]
    taken: list[int] = []
    patience = _WAIT_SECONDS
    while _may_go_on(pieces[-1]) and len(pieces) < _MOST_PIECES and patience > 0:
        async with rt.db.begin() as session:
            waiting = await inbox.following(
                session,
                rt.vault,
                chat_id=inbox.chat_of(update),
                update_id=taken[-1] if taken else update_id,
                limit=_MOST_PIECES,
            )
        for number, other in waiting:
            piece = other.get("message")
            if not isinstance(piece, dict) or not _goes_on(pieces[-1], piece):
                patience = 0
                break
            pieces.append(piece)
            taken.append(number)
            patience = _WAIT_SECONDS
        if not waiting:
            # The pieces leave the phone together, but not in one instant.
            await asyncio.sleep(_LOOK_SECONDS)
            patience -= _LOOK_SECONDS
    if not taken:
        return update, []
    whole = {key: value for key, value in message.items() if key != "entities"}
    return {**update, "message": {**whole, "text": _joined(pieces)}}, taken


def _may_go_on(message: Mapping[str, Any]) -> bool:
    text = message.get("text")
    return isinstance(text, str) and units(text) >= LONG and not text.startswith("/")


def _goes_on(before: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    """Nobody types a second message within the seconds in which an app sends the pieces of one."""
    text = piece.get("text")
    return (
        _may_go_on(before)
        and isinstance(text, str)
        and not text.startswith("/")
        and "reply_to_message" not in piece
        and piece.get("forward_origin") == before.get("forward_origin")
        and abs(int(piece.get("date", 0)) - int(before.get("date", 0))) <= _SAME_PASTE_SECONDS
    )


def _joined(pieces: list[Mapping[str, Any]]) -> str:
    """The pieces with what was lost between them put back, as far as it can be told."""
    texts = [str(piece["text"]) for piece in pieces]
    whole = texts[0]
    for before, after in pairwise(texts):
        whole = f"{whole}{_gap(before, after)}{after}"
    return whole


def _gap(before: str, after: str) -> str:
    """A piece that is full to the last character was cut inside a word; others at a blank or a line end, which is dropped."""
    if units(before) >= TEXT_LIMIT:
        return ""
    new_line = before.endswith((".", "!", "?", ":", ";", "…")) or after[:1].isupper() or after[:1] in _BULLETS
    return "\n" if new_line and not after[:1].islower() else " "


async def more_waiting(rt: Runtime, account: Account, update_id: int) -> bool:
    """Whether the same chat has sent more already, so that one answer at the end is enough."""
    async with rt.db.begin() as session:
        waiting = await inbox.following(
            session, rt.vault, chat_id=account.chat_id, update_id=update_id, limit=1
        )
    return bool(waiting)
