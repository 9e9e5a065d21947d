"""The words of the console and of the pages where a login is set up. Ids, events and roles stay as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsoleWords:
    console: str
    login_title: str
    login_text: str
    email: str
    password: str
    log_in: str
    log_out: str
    second_title: str
    second_text: str
    second_passkey_only: str
    use_passkey: str
    passkey_failed: str
    passkey_missing: str
    code: str
    confirm: str
    no_factor: str
    not_staff: str
    health: str
    users: str
    alerts: str
    audit: str
    cost: str
    nothing: str
    older: str
    lock: str
    unlock: str
    everybody: str
    privacy_note: str
    columns: Mapping[str, str]
    states: Mapping[str, str]
    queue_title: str
    accounts_title: str
    requests_title: str
    days_title: str
    dearest_title: str
    register_title: str
    register_text: str
    register_button: str
    password_note: str
    mail_title: str
    mail_text: str
    confirm_title: str
    confirm_text: str
    done_title: str
    done_text: str


_EN = ConsoleWords(
    console="Console",
    login_title="Log in to the console",
    login_text="For the people who run this installation.",
    email="E-mail address",
    password="Password",  # noqa: S106 - a word on a page
    log_in="Log in",
    log_out="Log out",
    second_title="Show your second factor",
    second_text="A passkey, or a code from your authenticator app.",
    second_passkey_only="An admin's console opens with a passkey only.",
    use_passkey="Use a passkey",
    passkey_failed="The passkey was not accepted. Try again.",
    passkey_missing="This browser knows no passkeys. Use another one.",
    code="Code",
    confirm="Confirm",
    no_factor="This account has no second factor yet. Send /protect to the bot and add a passkey first.",
    not_staff="This account has no role that opens the console.",
    health="Health",
    users="Users",
    alerts="Alerts",
    audit="Audit",
    cost="Cost",
    nothing="Nothing here yet.",
    older="Older",
    lock="Lock",
    unlock="Unlock",
    everybody="Everybody",
    privacy_note="Ids, states, counts and times. What people write, earn or are called is not readable here.",
    columns={
        "user": "User",
        "opened": "Opened",
        "role": "Role",
        "state": "State",
        "upwork": "Upwork",
        "drafts": "Drafts",
        "sent": "Sent",
        "kind": "Kind",
        "times": "Times",
        "when": "When",
        "verdict": "Answer",
        "event": "Event",
        "actor": "By",
        "number": "No.",
        "job": "Job",
        "waiting": "Waiting",
        "late": "Late",
        "given_up": "Given up",
        "next": "Next",
        "accounts": "Accounts",
        "day": "Day",
        "requests": "Requests",
        "people": "Users",
        "texts": "Texts",
        "offline": "Without model",
        "tokens": "Tokens in / out",
        "dollars": "US dollars",
        "act": "",
    },
    states={
        "locked": "locked",
        "paused": "paused",
        "unreachable": "unreachable",
        "onboarded": "active",
        "new": "new",
        "web": "web login",
    },
    queue_title="Background work",
    accounts_title="Upwork accounts",
    requests_title="Requests to Upwork",
    days_title="By day",
    dearest_title="Dearest users, 30 days",
    register_title="A login for the web",
    register_text="Choose the address and the password you will log in with. A mail tells you how to go on.",
    register_button="Send me the mail",
    password_note="At least 15 characters; a sentence is fine. Pasting from a password manager works.",  # noqa: S106 - words
    mail_title="Look into your mailbox",
    mail_text="A link is on its way. It works for an hour, and asks for the password once more.",
    confirm_title="Confirm your login",
    confirm_text="Type the password you chose when you asked for this login.",
    done_title="Your login is ready",
    done_text="From now on the address and the password open your account.",
)
_UK = ConsoleWords(
    console="Консоль",
    login_title="Вхід до консолі",
    login_text="Для тих, хто обслуговує цей сервіс.",
    email="Адреса електронної пошти",
    password="Пароль",  # noqa: S106 - слово на сторінці
    log_in="Увійти",
    log_out="Вийти",
    second_title="Підтвердьте другий фактор",
    second_text="Ключ доступу або код із застосунку-автентифікатора.",
    second_passkey_only="Консоль адміністратора відкривається лише ключем доступу.",
    use_passkey="Скористатися ключем доступу",
    passkey_failed="Ключ доступу не прийнято. Спробуйте ще раз.",
    passkey_missing="Цей браузер не знає ключів доступу. Візьміть інший.",
    code="Код",
    confirm="Підтвердити",
    no_factor="В акаунта ще немає другого фактора. Надішліть боту /protect і спершу додайте ключ доступу.",
    not_staff="Роль цього акаунта не відкриває консоль.",
    health="Стан",
    users="Користувачі",
    alerts="Тривоги",
    audit="Журнал",
    cost="Витрати",
    nothing="Тут поки нічого немає.",
    older="Давніші",
    lock="Заблокувати",
    unlock="Розблокувати",
    everybody="Усі",
    privacy_note="Ідентифікатори, стани, кількості й час. Що люди пишуть, заробляють і як звуться, тут не прочитати.",
    columns={
        "user": "Користувач",
        "opened": "Відкрито",
        "role": "Роль",
        "state": "Стан",
        "upwork": "Upwork",
        "drafts": "Чернетки",
        "sent": "Надіслано",
        "kind": "Вид",
        "times": "Разів",
        "when": "Коли",
        "verdict": "Відповідь",
        "event": "Подія",
        "actor": "Хто",
        "number": "№",
        "job": "Робота",
        "waiting": "Чекає",
        "late": "Запізнюється",
        "given_up": "Облишено",
        "next": "Далі",
        "accounts": "Акаунти",
        "day": "День",
        "requests": "Запити",
        "people": "Користувачі",
        "texts": "Тексти",
        "offline": "Без моделі",
        "tokens": "Токени вх. / вих.",
        "dollars": "Долари США",
        "act": "",
    },
    states={
        "locked": "заблоковано",
        "paused": "на паузі",
        "unreachable": "недоступний",
        "onboarded": "активний",
        "new": "новий",
        "web": "вебвхід",
    },
    queue_title="Фонова робота",
    accounts_title="Акаунти Upwork",
    requests_title="Запити до Upwork",
    days_title="За днями",
    dearest_title="Найдорожчі користувачі, 30 днів",
    register_title="Вхід через веб",
    register_text="Оберіть адресу й пароль, з якими входитимете. Лист підкаже, що далі.",
    register_button="Надіслати мені листа",
    password_note="Щонайменше 15 символів; можна ціле речення. Вставляти з менеджера паролів теж можна.",  # noqa: S106
    mail_title="Загляньте в поштову скриньку",
    mail_text="Посилання вже в дорозі. Воно діє годину й ще раз запитає пароль.",
    confirm_title="Підтвердьте вхід",
    confirm_text="Введіть пароль, який ви обрали, коли просили про цей вхід.",
    done_title="Ваш вхід готовий",
    done_text="Відтепер адреса й пароль відкривають ваш акаунт.",
)

LANGUAGES: Mapping[str, ConsoleWords] = {"en": _EN, "uk": _UK}


def words_in(language: str) -> ConsoleWords:
    """Words of a language we speak; English for any other."""
    return LANGUAGES.get(language, _EN)
