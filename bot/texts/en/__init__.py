"""The whole catalogue of one language."""

from __future__ import annotations

from collections.abc import Mapping

from bot.texts.en import (
    account,
    alerts,
    cards,
    drafts,
    learning,
    media,
    messages,
    privacy,
    problems,
    security,
    trying,
)

TEXTS: Mapping[str, str] = {
    **account.TEXTS,
    **cards.TEXTS,
    **drafts.TEXTS,
    **learning.TEXTS,
    **media.TEXTS,
    **messages.TEXTS,
    **problems.TEXTS,
    **security.TEXTS,
    **alerts.TEXTS,
    **privacy.TEXTS,
    **trying.TEXTS,
}
