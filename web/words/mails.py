"""What is mailed about logins, in both languages: (subject, text)."""

from __future__ import annotations

_CONFIRM = {
    "en": (
        "Confirm your Gigwright login",
        (
            "Somebody, hopefully you, wants to log in to Gigwright with this address.\n\n"
            "Open this link within an hour and type the password you chose:\n{url}\n\n"
            "It was not you? Then do nothing: without that password the link opens nothing, and the request lapses by itself.\n"
        ),
    ),
    "uk": (
        "Підтвердьте вхід до Gigwright",
        (
            "Хтось, сподіваємося, що ви, хоче входити до Gigwright із цією адресою.\n\n"
            "Відкрийте посилання протягом години й введіть пароль, який ви обрали:\n{url}\n\n"
            "Це були не ви? Тоді нічого не робіть: без того пароля посилання нічого не відкриє, а запит зникне сам.\n"
        ),
    ),
}
_KNOWN = {
    "en": (
        "You already have a Gigwright login",
        (
            "Somebody tried to register this address with Gigwright. It has a login already, and nothing was changed.\n\n"
            "If it was you, log in with the password you have. If you forgot it, send /console to the bot: it gives you a link "
            "to set a new one.\nIf it was not you, there is nothing to do.\n"
        ),
    ),
    "uk": (
        "У вас уже є вхід до Gigwright",
        (
            "Хтось спробував зареєструвати цю адресу в Gigwright. Вхід із нею вже є, нічого не змінилося.\n\n"
            "Якщо це були ви, увійдіть зі своїм паролем. Забули його? Надішліть боту /console: він дасть посилання, щоб задати "
            "новий.\nЯкщо це були не ви, робити нічого не треба.\n"
        ),
    ),
}


def confirm_mail(language: str, url: str) -> tuple[str, str]:
    subject, text = _CONFIRM.get(language, _CONFIRM["en"])
    return subject, text.format(url=url)


def known_mail(language: str) -> tuple[str, str]:
    return _KNOWN.get(language, _KNOWN["en"])
