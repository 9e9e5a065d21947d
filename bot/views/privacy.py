"""What a person sees of their own data: what there is, how far a copy is, and the two questions before everything goes."""

from __future__ import annotations

import html

from aiogram.types import InlineKeyboardButton

from bot.callbacks import PrivacyCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, Screen, blocks, button, lines, link
from core.privacy.erasure import Losses
from core.privacy.export import ExportView
from core.settings import Settings

_BAR = 10
_TELEGRAM = "https://api.telegram.org"


def pages(words: Words, settings: Settings) -> tuple[Html, list[list[InlineKeyboardButton]]]:
    """The way to the two pages everybody may read before going on: (text, rows).

    Telegram refuses a message with a button that leads nowhere on the internet, so a development address is written out.
    """
    base = settings.public_url.rstrip("/")
    addresses = {"button.privacy": f"{base}/privacy", "button.terms": f"{base}/terms"}
    if base.startswith("https://") or not settings.telegram_api_base.startswith(_TELEGRAM):
        return Html(""), [[link(words.plain(label), url) for label, url in addresses.items()]]
    return Html(html.escape("\n".join(addresses.values()))), []


def welcome_screen(words: Words, settings: Settings) -> Screen:
    """The first words to a newcomer, and what they agree to by going on."""
    written, rows = pages(words, settings)
    return Screen(blocks(words("start.welcome"), words("consent.line"), written), rows)


def privacy_screen(words: Words, settings: Settings) -> Screen:
    written, rows = pages(words, settings)
    rows += [
        [button(words.plain("button.export"), PrivacyCb(verb="export"), GREEN)],
        [button(words.plain("button.forget"), PrivacyCb(verb="ask"), RED)],
    ]
    return Screen(blocks(words("privacy.about"), written), rows)


def export_screen(words: Words) -> Screen:
    return Screen(
        words("export.about"), [[button(words.plain("button.export"), PrivacyCb(verb="export"), GREEN)]]
    )


def progress_screen(words: Words, *, done: int, total: int) -> Screen:
    filled = done * _BAR // max(1, total)
    bar = "▓" * filled + "░" * (_BAR - filled)
    return Screen(words("export.progress", bar=bar, done=done, total=total))


def ready_screen(words: Words, view: ExportView, url: str) -> Screen:
    """The link is good for minutes and for the first browser; the button below makes another one."""
    return Screen(
        blocks(words("export.ready", rows=view.rows, size=_size(view.size)), words("export.how")),
        [
            [link(words.plain("button.download"), url)],
            [button(words.plain("button.new_link"), PrivacyCb(verb="link", export=view.id), BLUE)],
        ],
    )


def over_screen(words: Words) -> Screen:
    """A copy that cannot be fetched any more."""
    return Screen(
        words("export.gone"), [[button(words.plain("button.export_again"), PrivacyCb(verb="export"))]]
    )


def ask_screen(words: Words, found: Losses) -> Screen:
    return Screen(
        blocks(
            words("forget.ask"),
            lines(
                words("forget.loses_profile", facts=found.facts, searches=found.searches),
                words("forget.loses_drafts", drafts=found.drafts, sent=found.sent),
                words("forget.loses_waiting", waiting=found.waiting) if found.waiting else None,
                words("forget.loses_upwork") if found.linked else None,
            ),
            words("forget.stays"),
        ),
        [
            [button(words.plain("button.forget_go_on"), PrivacyCb(verb="sure"), RED)],
            [button(words.plain("button.export_first"), PrivacyCb(verb="export"), GREEN)],
            [button(words.plain("button.keep_account"), PrivacyCb(verb="keep"), BLUE)],
        ],
    )


def sure_screen(words: Words) -> Screen:
    return Screen(
        words("forget.sure"),
        [
            [button(words.plain("button.forget_now"), PrivacyCb(verb="forget"), RED)],
            [button(words.plain("button.keep_account"), PrivacyCb(verb="keep"), BLUE)],
        ],
    )


def farewell_text(words: Words, *, revoked: bool) -> Html:
    return blocks(words("forget.done"), None if revoked else words("forget.not_revoked"))


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, size // 1000)} KB"
