"""The whole catalogue of one language."""

from __future__ import annotations

from collections.abc import Mapping

from bot.texts.en import account, cards, drafts, messages, problems

TEXTS: Mapping[str, str] = {
    **account.TEXTS,
    **cards.TEXTS,
    **drafts.TEXTS,
    **messages.TEXTS,
    **problems.TEXTS,
}
