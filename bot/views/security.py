"""/security and /audit as screens."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton

from bot.callbacks import AuditCb, SecurityCb
from bot.texts import Html, Words
from bot.ui import GREEN, RED, Screen, blocks, button, fitting, lines
from bot.views.alerts import moment, what_of
from core.security import audit
from core.security.audit import Event
from core.security.overview import ChainView, SecurityView

PAGE = 12
"""Events on one page of /audit."""


def security_screen(words: Words, view: SecurityView) -> Screen:
    locked = view.locked_at is not None
    state = (
        words("security.locked", when=moment(view.locked_at))
        if view.locked_at is not None
        else words("security.open")
    )
    return Screen(
        blocks(
            lines(words("security.heading"), state),
            lines(
                _factors(words, view),
                words("security.proven", when=moment(view.proven_at))
                if view.proven_at
                else words("security.never_proven"),
                words("security.sessions", count=view.logins),
                words("security.mail_on" if view.mailed else "security.mail_off"),
            ),
            _alerts(words, view),
            words("security.devices"),
            words("security.more"),
        ),
        [
            [unlock_button(words)]
            if locked
            else [button(words.plain("button.factors"), SecurityCb(verb="factors"))],
            [button(words.plain("button.end_sessions"), SecurityCb(verb="end"))] if view.logins else [],
            [button(words.plain("button.audit"), AuditCb())],
            [] if locked else [button(words.plain("button.lock"), SecurityCb(verb="lock"), RED)],
        ],
    )


def unlock_button(words: Words) -> InlineKeyboardButton:
    return button(words.plain("button.unlock"), SecurityCb(verb="unlock"), GREEN)


def locked_screen(words: Words, *, now: bool) -> Screen:
    """After /lock; `now` is False when the account had been locked before."""
    return Screen(words("lock.done" if now else "lock.already"), [[unlock_button(words)]])


def audit_screen(words: Words, events: Sequence[Event], chain: ChainView, *, newest: bool) -> Screen:
    """One page, newest first. `newest`: it is the first page."""
    listed = [
        words(
            "audit.line", when=moment(event.created_at), actor=_actor(words, event), what=_what(words, event)
        )
        for event in events
    ]
    anchored = (
        words("audit.anchored", seq=chain.anchored, when=moment(chain.anchored_at))
        if chain.anchored is not None and chain.anchored_at is not None
        else words("audit.not_anchored")
    )
    head = lines(
        words("audit.head", count=chain.head.seq, fingerprint=chain.head.fingerprint) if newest else None,
        anchored if newest else None,
    )
    older = (
        [button(words.plain("button.older"), AuditCb(before=events[-1].seq))] if len(events) == PAGE else []
    )
    first = [] if newest else [button(words.plain("button.newest"), AuditCb())]
    return Screen(
        fitting([words("audit.heading"), lines(*listed) if listed else words("audit.empty"), head or None]),
        [[*first, *older]],
    )


def _factors(words: Words, view: SecurityView) -> Html:
    if not view.factors:
        return words("security.no_factor")
    names = dict.fromkeys(words.plain(f"alert.thing_{factor.kind}") for factor in view.factors)
    return words("security.factors", factors=", ".join(names))


def _alerts(words: Words, view: SecurityView) -> Html:
    if not view.alerts:
        return words("security.no_alerts")
    return lines(
        words("security.alerts"),
        *(
            words("security.alert_line", when=moment(alert.created_at), what=what_of(words, alert.kind))
            for alert in view.alerts
        ),
    )


def _what(words: Words, event: Event) -> str:
    key = f"event.{event.event}"
    return words.plain(key if words.has(key) else "event.other")


def _actor(words: Words, event: Event) -> str:
    if event.actor == audit.USER:
        return words.plain("audit.by_user")
    return words.plain("audit.by_system" if event.actor == audit.SYSTEM else "audit.by_other")
