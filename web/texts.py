"""Every word of the web pages, in both languages. A missing one is a type error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A heading and what to do next."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    product: str
    home_title: str
    home_text: str
    home_points: tuple[str, ...]
    home_no_bot: str
    open_bot: str

    connect_title: str
    connect_text: str
    connect_steps: tuple[Words, ...]
    connect_warning: str
    connect_button: str
    connect_note: str

    confirm_title: str
    confirm_person: str
    confirm_code_label: str
    confirm_button: str
    confirm_text_with_button: str
    confirm_text: str
    confirm_minutes: str
    confirm_warning: str
    confirm_not_mine: str

    cancelled: Words
    error_id: str
    errors: Mapping[str, Words]

    def error(self, code: str, status: int) -> Words:
        """The words for an error code, or for the kind of refusal its status stands for."""
        return self.errors.get(code) or self.errors.get(_KINDS.get(status, ""), self.errors["unexpected"])


_KINDS = {
    400: "malformed",
    401: "needs_reauth",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "invalid",
    429: "limit_reached",
    503: "unavailable",
}

_EN = Texts(
    product="Gigwright",
    home_title="Your Upwork assistant lives in Telegram",
    home_text="Gigwright brings you the job postings that fit, drafts the cover letter with you, "
    "and sends only what you approved.",
    home_points=(
        "Postings scored for fit, client and odds, with the reasons in words",
        "Drafts built on your own facts, edited in the chat",
        "Nothing leaves without your approval, word for word",
    ),
    home_no_bot="Open the chat with the bot in Telegram and send /start.",
    open_bot="Open the bot in Telegram",
    connect_title="Connect Upwork",
    connect_text="Gigwright will read postings for your searches, your proposals and your messages. "
    "It sends only what you approve, word for word.",
    connect_steps=(
        Words("Upwork asks you", "You sign in at Upwork and agree there. Your password never reaches us."),
        Words("You see a code", "This page comes back with four characters."),
        Words(
            "You confirm in the chat", "The account is linked only when your chat with the bot has the code."
        ),
    ),
    connect_warning="Did somebody else send you this link? Close the page: your account would be linked to their chat, "
    "not yours.",
    connect_button="Continue to Upwork",
    connect_note="The link lives ten minutes and works in one browser only. You can disconnect at any time in the bot.",
    confirm_title="One step left",
    confirm_person="Upwork account",
    confirm_code_label="Your code",
    confirm_button="Confirm in Telegram",
    confirm_text_with_button="Press the button, or send the code to the bot yourself. The account is linked once the bot has it.",
    confirm_text="Go back to Telegram and send this code to the bot. The account is linked once the bot has it.",
    confirm_minutes="The code is good for {minutes} minutes.",
    confirm_warning="Give this code to nobody but the bot. A person who asks you for it wants your Upwork account.",
    confirm_not_mine="Not your Upwork account? Close the page. Without the code nothing is linked.",
    cancelled=Words(
        "Nothing was connected",
        "Upwork was told no, so nothing changed. Whenever you like, ask the bot for a new link.",
    ),
    error_id="Error",
    errors={
        "not_signed_in": Words(
            "You are not logged in", "Log in again; a login left alone for a while ends by itself."
        ),
        "wrong_login": Words(
            "That did not match", "Check the address and the password, or the passkey, and try again."
        ),
        "second_step": Words(
            "One step is left", "Show your second factor: a code from your app, a backup code or a passkey."
        ),
        "wrong_code": Words(
            "That code does not work", "It is wrong, too old or used. Wait for the next one and try again."
        ),
        "not_permitted": Words(
            "Your role does not include this", "Ask an admin of this installation for it."
        ),
        "weak_password": Words(
            "Choose another password",
            "At least 15 characters, or 8 once the account has a second factor, and none that is known from leaks or easy "
            "to guess. Which characters is up to you; a sentence is fine.",
        ),
        "invalid_email": Words("This is no e-mail address", "Check it and try again."),
        "step_up_needed": Words(
            "This needs a fresh proof", "Show a passkey, a code from your app or a backup code for it first."
        ),
        "locked": Words("This account is locked", "Unlock it in the chat with the bot: /security."),
        "link_gone": Words(
            "This link no longer works",
            "It was used already, or its ten minutes are over. Go back to the chat with the bot and ask for a new one.",
        ),
        "link_other_browser": Words(
            "This link belongs to another browser",
            "It was opened somewhere else first, or this browser keeps no cookies. Nothing was changed. "
            "Ask the bot for a new link, and open and finish it in one browser.",
        ),
        "last_factor": Words(
            "This is your only protection", "Add another app or passkey before you remove this one."
        ),
        "link_failed": Words(
            "Upwork did not finish",
            "You agreed, but Upwork did not complete the connection. Nothing was linked. "
            "Wait a minute, then ask the bot for a new link.",
        ),
        "upwork_cannot_link": Words(
            "This account could not be connected",
            "Nothing was linked. Check that you signed in to the right Upwork account, then ask the bot for a new link. "
            "If it happens again, write to whoever runs this installation.",
        ),
        "upwork_already_linked": Words(
            "Upwork is already connected",
            "Your chat has a working Upwork account. To change it, disconnect it in the bot first.",
        ),
        "cross_site": Words(
            "This form came from somewhere else",
            "For your safety it was not accepted. Open the link from your chat again and allow cookies for this site.",
        ),
        "too_large": Words("That was too much at once", "The request is larger than this page accepts."),
        "too_slow": Words(
            "Your connection was too slow for this", "Nothing was changed. Try again when it is better."
        ),
        "insecure": Words(
            "This came in unprotected", "Nothing was changed. Open the page again with https:// in front."
        ),
        "malformed": Words("This request could not be read", "Open the link from your chat again."),
        "wrong_host": Words(
            "This is not the address of this site",
            "Open the link exactly as the bot sent it; even a small difference in the address counts.",
        ),
        "wrong_secret": Words("Not accepted", "The secret of this request is missing or wrong."),
        "wrong_method": Words("That does not work here", "Open the link from your chat again."),
        "not_found": Words(
            "There is nothing here",
            "The address may be old or mistyped. Everything starts in your chat with the bot.",
        ),
        "conflict": Words(
            "Things have changed meanwhile", "Go back to the chat; the bot shows how things stand now."
        ),
        "forbidden": Words("That is not allowed", "Go back to the chat and start again from there."),
        "invalid": Words("Something here does not fit", "Go back to the chat and start again from there."),
        "limit_reached": Words("Too many tries", "Wait a minute, then try again."),
        "unavailable": Words(
            "One moment, please",
            "Something we depend on is not answering. Try again in a minute; nothing was lost.",
        ),
        "needs_reauth": Words("You are not signed in", "Ask the bot for a new link and follow it."),
        "unexpected": Words(
            "Something went wrong on our side",
            "It was written down. Try again; if it stays, tell whoever runs this installation the number below.",
        ),
    },
)

_UK = Texts(
    product="Gigwright",
    home_title="Ваш помічник для Upwork живе в Telegram",
    home_text="Gigwright приносить вакансії, що вам підходять, разом із вами пише супровідний лист і надсилає лише те, "
    "що ви схвалили.",
    home_points=(
        "Вакансії з оцінкою відповідності, клієнта й шансів — і поясненням словами",
        "Чернетки на основі ваших власних фактів, правки просто в чаті",
        "Нічого не надсилається без вашого схвалення, слово в слово",
    ),
    home_no_bot="Відкрийте чат із ботом у Telegram і надішліть /start.",
    open_bot="Відкрити бота в Telegram",
    connect_title="Під’єднати Upwork",
    connect_text="Gigwright читатиме вакансії за вашими пошуками, ваші пропозиції та повідомлення. "
    "Надсилатиме лише те, що ви схвалите, слово в слово.",
    connect_steps=(
        Words(
            "Upwork запитає вас", "Ви входите на Upwork і даєте згоду там. Ваш пароль до нас не потрапляє."
        ),
        Words("Ви побачите код", "Ця сторінка повернеться з чотирма символами."),
        Words(
            "Ви підтверджуєте в чаті",
            "Акаунт буде прив’язано лише тоді, коли код опиниться у вашому чаті з ботом.",
        ),
    ),
    connect_warning="Це посилання надіслав вам хтось інший? Закрийте сторінку: ваш акаунт прив’яжеться до чужого чату, "
    "а не до вашого.",
    connect_button="Продовжити на Upwork",
    connect_note="Посилання діє десять хвилин і лише в одному браузері. Від’єднати акаунт можна будь-коли в боті.",
    confirm_title="Залишився один крок",
    confirm_person="Акаунт Upwork",
    confirm_code_label="Ваш код",
    confirm_button="Підтвердити в Telegram",
    confirm_text_with_button="Натисніть кнопку або надішліть код боту самі. Акаунт буде прив’язано, щойно бот його отримає.",
    confirm_text="Поверніться в Telegram і надішліть цей код боту. Акаунт буде прив’язано, щойно бот його отримає.",
    confirm_minutes="Код діє {minutes} хвилин.",
    confirm_warning="Нікому, крім бота, не давайте цей код. Людина, яка його просить, хоче отримати ваш акаунт Upwork.",
    confirm_not_mine="Це не ваш акаунт Upwork? Закрийте сторінку. Без коду нічого не прив’яжеться.",
    cancelled=Words(
        "Нічого не під’єднано",
        "На Upwork відповіли «ні», тож нічого не змінилося. Коли захочете, попросіть у бота нове посилання.",
    ),
    error_id="Помилка",
    errors={
        "not_signed_in": Words(
            "Ви не ввійшли", "Увійдіть ще раз: вхід, яким не користуються, сам закінчується."
        ),
        "wrong_login": Words(
            "Не збігається", "Перевірте адресу й пароль або ключ доступу і спробуйте ще раз."
        ),
        "second_step": Words(
            "Залишився один крок",
            "Підтвердьте другий фактор: код із застосунку, резервний код або ключ доступу.",
        ),
        "wrong_code": Words(
            "Цей код не підходить",
            "Він хибний, застарілий або вже використаний. Дочекайтеся наступного й спробуйте ще раз.",
        ),
        "not_permitted": Words("Ваша роль цього не дозволяє", "Зверніться до адміністратора цього сервісу."),
        "weak_password": Words(
            "Оберіть інший пароль",
            "Щонайменше 15 символів, або 8, якщо в акаунта є другий фактор, і не з тих, що відомі з витоків чи легко "
            "вгадуються. Які саме символи, вирішуєте ви; можна ціле речення.",
        ),
        "invalid_email": Words("Це не адреса електронної пошти", "Перевірте її й спробуйте ще раз."),
        "step_up_needed": Words(
            "Тут потрібне свіже підтвердження",
            "Спершу підтвердьте ключем доступу, кодом із застосунку або резервним кодом.",
        ),
        "locked": Words("Цей акаунт заблоковано", "Розблокуйте його в чаті з ботом: /security."),
        "link_gone": Words(
            "Це посилання вже не діє",
            "Ним уже скористалися або його десять хвилин минули. Поверніться в чат із ботом і попросіть нове.",
        ),
        "link_other_browser": Words(
            "Це посилання належить іншому браузеру",
            "Спершу його відкрили деінде, або цей браузер не зберігає файли cookie. Нічого не змінено. "
            "Попросіть у бота нове посилання, відкрийте його й завершіть в одному браузері.",
        ),
        "last_factor": Words(
            "Це ваш єдиний захист", "Перш ніж видалити його, додайте інший застосунок або ключ доступу."
        ),
        "link_failed": Words(
            "Upwork не завершив під’єднання",
            "Ви погодилися, але Upwork не довів справу до кінця. Нічого не прив’язано. "
            "Зачекайте хвилину й попросіть у бота нове посилання.",
        ),
        "upwork_cannot_link": Words(
            "Цей акаунт не вдалося під’єднати",
            "Нічого не прив’язано. Перевірте, чи ви ввійшли в потрібний акаунт Upwork, і попросіть у бота нове посилання. "
            "Якщо це повториться, напишіть тому, хто обслуговує цей сервіс.",
        ),
        "upwork_already_linked": Words(
            "Upwork уже під’єднано",
            "У вашому чаті вже є робочий акаунт Upwork. Щоб змінити його, спершу від’єднайте цей у боті.",
        ),
        "cross_site": Words(
            "Ця форма прийшла з іншого місця",
            "Заради вашої безпеки її не прийнято. Відкрийте посилання з чату ще раз і дозвольте файли cookie для цього сайту.",
        ),
        "too_large": Words("Забагато за один раз", "Запит більший, ніж ця сторінка може прийняти."),
        "too_slow": Words(
            "З’єднання виявилося надто повільним",
            "Нічого не змінено. Спробуйте ще раз, коли воно буде кращим.",
        ),
        "insecure": Words(
            "Це прийшло без захисту", "Нічого не змінено. Відкрийте сторінку ще раз, з https:// на початку."
        ),
        "malformed": Words("Цей запит не вдалося прочитати", "Відкрийте посилання з чату ще раз."),
        "wrong_host": Words(
            "Це не адреса цього сайту",
            "Відкрийте посилання точно таким, яким його надіслав бот: важлива навіть мала різниця в адресі.",
        ),
        "wrong_secret": Words("Не прийнято", "Секрет цього запиту відсутній або хибний."),
        "wrong_method": Words("Так тут не вийде", "Відкрийте посилання з чату ще раз."),
        "not_found": Words(
            "Тут нічого немає", "Адреса застаріла або містить помилку. Усе починається у вашому чаті з ботом."
        ),
        "conflict": Words("Тим часом усе змінилося", "Поверніться в чат: бот покаже, як є зараз."),
        "forbidden": Words("Це не дозволено", "Поверніться в чат і почніть звідти ще раз."),
        "invalid": Words("Щось тут не сходиться", "Поверніться в чат і почніть звідти ще раз."),
        "limit_reached": Words("Забагато спроб", "Зачекайте хвилину й спробуйте ще раз."),
        "unavailable": Words(
            "Хвилинку, будь ласка",
            "Те, від чого ми залежимо, не відповідає. Спробуйте за хвилину: нічого не втрачено.",
        ),
        "needs_reauth": Words("Ви не ввійшли", "Попросіть у бота нове посилання й перейдіть за ним."),
        "unexpected": Words(
            "Щось пішло не так на нашому боці",
            "Ми це записали. Спробуйте ще раз; якщо не мине, повідомте номер нижче тому, хто обслуговує цей сервіс.",
        ),
    },
)

LANGUAGES: Mapping[str, Texts] = {"en": _EN, "uk": _UK}


def texts_in(language: str) -> Texts:
    """Texts of a language we speak; English for any other."""
    return LANGUAGES.get(language, _EN)
