"""Every feature's router, in the order in which they look at an update. The catch-all is last."""

from __future__ import annotations

from aiogram import Router

from bot.features import (
    approvals,
    audit,
    cards,
    console,
    drafts,
    experiments,
    fallback,
    learning,
    limits,
    media,
    messages,
    privacy,
    profile,
    replies,
    searches,
    security,
    start,
    stats,
    stepup,
    templates,
    upwork,
)

_IN_ORDER = (
    start,
    cards,
    drafts,
    approvals,
    messages,
    templates,
    experiments,
    stats,
    learning,
    searches,
    profile,
    privacy,
    upwork,
    limits,
    stepup,
    security,
    audit,
    console,
    media,
    replies,
    fallback,
)


def build_routers() -> list[Router]:
    return [replies.build_again_router(), *(feature.build_router() for feature in _IN_ORDER)]
