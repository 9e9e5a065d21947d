"""The words of the interface: one catalogue per language and feature, the same keys in each.

`words("card.skipped", reason=…)` escapes every value, so text of a client's or a model's can never become markup, nor
hide anything, nor be a link that one tap opens.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from bot import foreign
from bot.texts.en import TEXTS as ENGLISH
from bot.texts.uk import TEXTS as UKRAINIAN
from core.drafting.lint import reveal

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "uk": UKRAINIAN}
DEFAULT_LOCALE = "en"


class Html(str):
    """Markup of our own making, inserted as it is. Whoever makes one has escaped what it holds."""

    __slots__ = ()


def plural(locale: str, number: float, forms: list[str]) -> str:
    """The form of a noun that goes with a number: two in English, three in Ukrainian."""
    whole = int(abs(number))
    if locale != "uk" or len(forms) < 3:
        return forms[0] if whole == 1 and number == whole else forms[-1]
    if number != whole:
        return forms[1]
    if whole % 10 == 1 and whole % 100 != 11:
        return forms[0]
    return forms[1] if 2 <= whole % 10 <= 4 and not 12 <= whole % 100 <= 14 else forms[2]


class _Formatter(string.Formatter):
    """`{n:card|cards}` writes the number and the form that goes with it; every other value is escaped."""

    def __init__(self, locale: str, *, escape: bool) -> None:
        self._locale = locale
        self._escape = escape

    def format_field(self, value: Any, format_spec: str) -> Any:
        if "|" in format_spec:
            return f"{value} {plural(self._locale, value, format_spec.split('|'))}"
        written = format(value, format_spec)
        if isinstance(value, Html):
            return written
        return foreign.markup(written) if self._escape else reveal(written)


class Words:
    """The interface in one language. Raises KeyError for a key no catalogue has: a test keeps that from shipping."""

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in CATALOGUES else DEFAULT_LOCALE
        self._texts = CATALOGUES[self.locale]
        self._html = _Formatter(self.locale, escape=True)
        self._plain = _Formatter(self.locale, escape=False)

    def __call__(self, key: str, **params: object) -> Html:
        """Text for a message, as Telegram HTML."""
        return Html(self._html.format(self._texts[key], **params))

    def plain(self, key: str, **params: object) -> str:
        """Text for a button, an alert or a command: no markup there, so nothing is escaped."""
        return self._plain.format(self._texts[key], **params)

    def has(self, key: str) -> bool:
        return key in self._texts
