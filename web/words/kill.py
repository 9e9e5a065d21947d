"""The words of the page that locks an account from a mail, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KillWords:
    title: str
    text: str
    means: tuple[str, ...]
    button: str
    note: str
    done_title: str
    done_text: str
    already_text: str
    done_next: str


_WORDS: Mapping[str, KillWords] = {
    "en": KillWords(
        title="Lock your account?",
        text="Do this if the warning in the mail was not you. It needs no login, and it takes effect at once.",
        means=(
            "Nothing leaves for Upwork any more, not even what was approved.",
            "Every button that approves something becomes void.",
            "Every web login ends.",
        ),
        button="Lock my account",
        note="Opened this by mistake? Close the page: as long as you do not press the button, nothing happens.",
        done_title="Your account is locked",
        done_text="Nothing leaves any more. This link is used up.",
        already_text="It was locked before; nothing has left since. This link is used up.",
        done_next="To open it again, write /security to the bot and prove who you are. Before that, look in Telegram under "
        "Settings → Devices and end every session that is not yours.",
    ),
    "uk": KillWords(
        title="Заблокувати акаунт?",
        text="Зробіть це, якщо попередження в листі стосується не вас. Входити не треба, і це діє негайно.",
        means=(
            "На Upwork більше нічого не піде, навіть те, що вже схвалено.",
            "Усі кнопки схвалення стануть недійсними.",
            "Усі вебвходи завершаться.",
        ),
        button="Заблокувати мій акаунт",
        note="Відкрили випадково? Просто закрийте сторінку: доки ви не натиснете кнопку, нічого не станеться.",
        done_title="Ваш акаунт заблоковано",
        done_text="Нічого більше не піде. Це посилання вже використано.",
        already_text="Його заблокували раніше; відтоді нічого не пішло. Це посилання вже використано.",
        done_next="Щоб відкрити його знову, напишіть боту /security і підтвердьте, що це ви. Спершу перегляньте в Telegram "
        "«Налаштування → Пристрої» і завершіть усі чужі сеанси.",
    ),
}


def words_in(language: str) -> KillWords:
    return _WORDS[language]
