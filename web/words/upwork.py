"""The words between protecting an account and connecting Upwork, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpworkWords:
    go_on_text: str
    go_on_button: str
    go_on_later: str


_EN = UpworkWords(
    go_on_text="Kept them? Then on to Upwork, where you were going. The way there is open for five minutes.",
    go_on_button="Continue to Upwork",
    go_on_later="Not now? The chat has a button that goes on as well.",
)
_UK = UpworkWords(
    go_on_text="Зберегли? Тоді далі на Upwork, куди ви й прямували. Шлях туди відкритий п’ять хвилин.",
    go_on_button="Далі на Upwork",
    go_on_later="Не зараз? У чаті теж є кнопка, щоб продовжити.",
)
_LANGUAGES: Mapping[str, UpworkWords] = {"en": _EN, "uk": _UK}


def words_in(language: str) -> UpworkWords:
    """English for a language we do not speak."""
    return _LANGUAGES.get(language, _EN)
