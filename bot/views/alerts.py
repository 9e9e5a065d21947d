"""An alert as a message, as a mail and for the operators; the week's report."""

from __future__ import annotations

import html
import re
from datetime import datetime
from uuid import UUID

from bot.callbacks import AlertCb, SecurityCb, UpworkCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, Screen, blocks, button, lines
from core.notifications.notifier import Trouble
from core.notifications.report import Report
from core.security.alerts.models import Alert, AlertKind, Verdict

THINGS = (
    "totp",
    "backup_code",
    "passkey",
    "password",
    "email",
    "phone",
    "sms",
    "login",
    "freelancer",
    "premium",
    "moderator",
    "admin",
)
"""Facts of an alert that are words; any other is a number or an id."""

_TAG = re.compile(r"<[^>]*>")

# Nobody says "that was me" to these: they tell what became of something, or whom it concerns is plain.
_NOTHING_TO_CLAIM = frozenset(
    {
        AlertKind.FIRST_FACTOR,
        AlertKind.KEY_WORN,
        AlertKind.LINK_CONFLICT,
        AlertKind.UPWORK_LINKED,
        AlertKind.WEBHOOK_MOVED,
    }
)
_NEWS = frozenset({AlertKind.FIRST_FACTOR, AlertKind.UPWORK_LINKED})
"""What its person has most likely just done: told, and not as an alarm."""


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def what_of(words: Words, kind: str) -> str:
    return words.plain(f"alert.{kind}")


def _heading(words: Words, kind: str) -> Html:
    sign = "alert.good_heading" if kind in _NEWS else "alert.heading"
    return words(sign, what=what_of(words, kind))


def _subject(words: Words, kind: str) -> str:
    sign = "alert.mail_news" if kind in _NEWS else "alert.mail_subject"
    return words.plain(sign, what=what_of(words, kind))


def alert_screen(words: Words, alert: Alert) -> Screen:
    """With its two buttons until somebody has answered."""
    kind = AlertKind(alert.kind)
    text = [
        _heading(words, kind),
        lines(words("alert.at", when=moment(alert.created_at)), _again(words, alert)),
        Html(words(f"alert.{kind}_more", **_facts(words, alert))),
    ]
    if kind is AlertKind.LOCKED:
        return Screen(
            blocks(*text), [[button(words.plain("button.unlock"), SecurityCb(verb="unlock"), GREEN)]]
        )
    if alert.verdict is not None:
        said = "alert.mine" if alert.verdict == Verdict.MINE else "alert.stopped"
        return Screen(blocks(*text, words(said)))
    stop = button(words.plain("button.lock"), AlertCb(verb="lock", alert=alert.id), RED)
    if kind is AlertKind.TOKEN_REFUSED:
        again = button(words.plain("button.connect"), UpworkCb(verb="connect"), BLUE)
        return Screen(blocks(*text, words("alert.only_lock")), [[again], [stop]])
    if kind in _NOTHING_TO_CLAIM:
        return Screen(blocks(*text, words("alert.only_lock")), [[stop]])
    mine = button(words.plain("button.this_was_me"), AlertCb(verb="mine", alert=alert.id))
    return Screen(blocks(*text, words("alert.ask")), [[mine], [stop]])


def alert_letter(words: Words, alert: Alert, kill_url: str) -> tuple[str, str]:
    """Subject and plain text. The link in it locks the account; a mail about the lock itself has none."""
    kind = AlertKind(alert.kind)
    what = what_of(words, kind)
    last = (
        words.plain("alert.mail_locked")
        if kind is AlertKind.LOCKED
        else words.plain("alert.mail_kill", url=kill_url)
    )
    parts = (
        f"{what}.",
        words.plain("alert.at", when=moment(alert.created_at)),
        words.plain(f"alert.{kind}_more", **_facts(words, alert)),
        last,
        words.plain("alert.mail_why"),
    )
    return _subject(words, kind), "\n\n".join(parts) + "\n"


def operators_screen(words: Words, alert: Alert) -> Screen:
    """The kind and the account's number; nothing of what is in it."""
    return Screen(
        lines(
            _heading(words, alert.kind),
            words("operators.where", account=short(alert.tenant_id), when=moment(alert.created_at)),
        )
    )


def operators_letter(words: Words, alert: Alert) -> tuple[str, str]:
    """Subject and plain text."""
    where = words.plain("operators.where", account=short(alert.tenant_id), when=moment(alert.created_at))
    return _subject(words, alert.kind), f"{what_of(words, alert.kind)}.\n\n{where}\n"


def trouble_screen(words: Words, trouble: Trouble) -> Screen:
    """What concerns the whole installation, and what to do about it."""
    return Screen(words(f"operators.{trouble.value}"))


def trouble_letter(words: Words, trouble: Trouble) -> tuple[str, str]:
    """The same in plain text, with a subject."""
    heading, _, more = html.unescape(_TAG.sub("", trouble_screen(words, trouble).text)).partition("\n")
    return words.plain("alert.mail_subject", what=heading.lstrip("🚨 ")), f"{heading}.\n\n{more}\n"


def short(tenant_id: UUID) -> str:
    """As the console shows an account."""
    return str(tenant_id)[:8]


def report_screen(words: Words, report: Report) -> Screen:
    return Screen(
        blocks(
            words("report.heading", since=f"{report.since:%Y-%m-%d}", until=f"{report.until:%Y-%m-%d}"),
            lines(
                words("report.sent", proposals=report.proposals, replies=report.replies),
                words("report.answered", answered=report.answered, hired=report.hired),
                words("report.spend", connects=report.connects, cost=report.cost),
            ),
            lines(
                words("report.alerts", count=report.alerts) if report.alerts else words("report.no_alerts"),
                words("report.security", logins=report.logins, changes=report.changes),
            ),
            words("report.chain", count=report.head.seq, fingerprint=report.head.fingerprint),
        )
    )


def report_letter(words: Words, report: Report) -> tuple[str, str]:
    """The same in plain text: a copy where whoever has the chat cannot delete it."""
    text = html.unescape(_TAG.sub("", report_screen(words, report).text))
    return words.plain("report.mail_subject"), f"{text}\n"


def _again(words: Words, alert: Alert) -> Html | None:
    return words("alert.again", times=alert.times) if alert.times > 1 else None


def _facts(words: Words, alert: Alert) -> dict[str, str | int]:
    """What the texts may name, whether or not this alert has it."""
    found: dict[str, str | int] = dict.fromkeys(
        ("factor", "contact", "role"), words.plain("alert.thing_other")
    )
    found["count"] = alert.times
    for name, value in alert.facts.items():
        if isinstance(value, int):
            found[name] = value
        elif value in THINGS:
            found[name] = words.plain(f"alert.thing_{value}")
    return found
