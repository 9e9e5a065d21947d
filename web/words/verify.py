"""The words of the page where a person proves who they are, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.security.assurance import Act
from core.security.stepup.limits import Limit


@dataclass(frozen=True, slots=True)
class VerifyWords:
    title: str
    purpose: str
    acts: Mapping[Act, str]
    bid: str
    limit: str
    limits: Mapping[Limit, str]
    which_number: str
    number_help: str
    prove: str
    code: str
    code_help: str
    confirm: str
    use_passkey: str
    passkey_help: str
    passkey_failed: str
    passkey_missing: str
    no_code: str
    wrong_code: str
    last_try: str
    wait: str
    not_you: str
    passed_title: str
    passed_text: str
    closed_title: str
    closed_number: str
    closed_codes: str
    closed_next: str
    to_chat: str


_EN = VerifyWords(
    title="Confirm that it is you",
    purpose="You are about to",
    acts={
        Act.APPROVE: "send what you approve in the chat",
        Act.APPROVE_BEYOND_LIMITS: "send a proposal beyond your limits",
        Act.CONNECT_UPWORK: "connect Upwork",
        Act.DISCONNECT_UPWORK: "disconnect Upwork",
        Act.RAISE_LIMITS: "raise a limit of yours",
        Act.ADD_FACTOR: "add a way to prove who you are",
        Act.REMOVE_FACTOR: "remove a way to prove who you are",
        Act.CHANGE_CONTACT: "change your e-mail address or phone number",
        Act.EXPORT: "export all your data",
        Act.FORGET: "delete your account and everything in it",
        Act.UNLOCK: "unlock your account",
        Act.END_SESSIONS: "end all other sessions",
        Act.NEW_DEVICE: "approve from a new device",
        Act.GRANT_ROLE: "change somebody's role",
        Act.CONSOLE: "open the console",
    },
    bid="Bid: ${bid}",
    limit="{name}: {value}",
    limits={
        Limit.BIDS_A_DAY: "Proposals in 24 hours",
        Limit.CONNECTS_A_WEEK: "Connects in 7 days",
        Limit.HIGHEST_HOURLY: "Highest hourly bid, dollars",
        Limit.HIGHEST_FIXED: "Highest bid for a job, dollars",
    },
    which_number="Which number does the chat show?",
    number_help="It stands in the message that brought you here. A wrong number closes this page.",
    prove="Now prove it is you",
    code="Code",
    code_help="Six digits from your authenticator app, or one of your backup codes.",
    confirm="Confirm",
    use_passkey="Use a passkey",
    passkey_help="Your device asks for your fingerprint, face or PIN.",
    passkey_failed="The passkey did not answer. Try once more, or use a code.",
    passkey_missing="This browser has no passkeys. Use a code instead.",
    no_code="Type the code first.",
    wrong_code="That code is wrong or was used already. Wait until your app shows the next one and type that. {left} tries left.",
    last_try="That code is wrong or was used already. One try is left: wait until your app shows the next code.",
    wait="Too many wrong codes. Wait {minutes} min, then type a new code here; the chat can give you a fresh link.",
    not_you="You did not ask for this? Close the page and send /lock to the bot.",
    passed_title="Confirmed",
    passed_text="Go back to the chat: a button there goes on where you were. You can close this page.",
    closed_title="This page is closed",
    closed_number="That is not the number in the chat. Nothing was done.",
    closed_codes="Too many wrong codes. Nothing was done.",
    closed_next="Press the button in the chat once more for a new page. If somebody else opened this one, send /lock to the bot.",
    to_chat="Back to the chat",
)

_UK = VerifyWords(
    title="Підтвердьте, що це ви",
    purpose="Ви збираєтеся",
    acts={
        Act.APPROVE: "надсилати те, що схвалюєте в чаті",
        Act.APPROVE_BEYOND_LIMITS: "надіслати пропозицію понад ваші ліміти",
        Act.CONNECT_UPWORK: "під'єднати Upwork",
        Act.DISCONNECT_UPWORK: "від'єднати Upwork",
        Act.RAISE_LIMITS: "підняти свій ліміт",
        Act.ADD_FACTOR: "додати спосіб підтвердження",
        Act.REMOVE_FACTOR: "прибрати спосіб підтвердження",
        Act.CHANGE_CONTACT: "змінити пошту або телефон",
        Act.EXPORT: "отримати всі свої дані",
        Act.FORGET: "видалити акаунт і все, що в ньому є",
        Act.UNLOCK: "розблокувати акаунт",
        Act.END_SESSIONS: "завершити всі інші сеанси",
        Act.NEW_DEVICE: "схвалити з нового пристрою",
        Act.GRANT_ROLE: "змінити чиюсь роль",
        Act.CONSOLE: "відкрити консоль",
    },
    bid="Ставка: ${bid}",
    limit="{name}: {value}",
    limits={
        Limit.BIDS_A_DAY: "Пропозицій за 24 години",
        Limit.CONNECTS_A_WEEK: "Connects за 7 днів",
        Limit.HIGHEST_HOURLY: "Найвища ставка за годину, долари",
        Limit.HIGHEST_FIXED: "Найвища ціна за роботу, долари",
    },
    which_number="Яке число показує чат?",
    number_help="Воно в повідомленні, з якого ви сюди прийшли. Не те число закриє цю сторінку.",
    prove="Тепер підтвердьте, що це ви",
    code="Код",
    code_help="Шість цифр із застосунку або один із ваших запасних кодів.",
    confirm="Підтвердити",
    use_passkey="Використати ключ доступу",
    passkey_help="Пристрій попросить відбиток, обличчя або PIN.",
    passkey_failed="Ключ доступу не відповів. Спробуйте ще раз або введіть код.",
    passkey_missing="У цьому браузері немає ключів доступу. Введіть код.",
    no_code="Спершу введіть код.",
    wrong_code="Код хибний або вже використаний. Дочекайтеся наступного в застосунку і введіть його. Залишилося спроб: {left}.",
    last_try="Код хибний або вже використаний. Лишилася одна спроба: дочекайтеся наступного коду в застосунку.",
    wait="Забагато хибних кодів. Зачекайте {minutes} хв і введіть тут новий код; свіже посилання дасть чат.",
    not_you="Ви цього не просили? Закрийте сторінку й надішліть боту /lock.",
    passed_title="Підтверджено",
    passed_text="Поверніться в чат: кнопка там веде туди, де ви зупинилися. Цю сторінку можна закрити.",
    closed_title="Цю сторінку закрито",
    closed_number="У чаті інше число. Нічого не зроблено.",
    closed_codes="Забагато хибних кодів. Нічого не зроблено.",
    closed_next="Натисніть кнопку в чаті ще раз, і з'явиться нова сторінка. Якщо цю відкрили не ви, надішліть боту /lock.",
    to_chat="Назад у чат",
)

_BY_LANGUAGE = {"en": _EN, "uk": _UK}


def words_in(language: str) -> VerifyWords:
    return _BY_LANGUAGE.get(language, _EN)
