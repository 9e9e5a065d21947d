"""The words of the pages that protect an account, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from web.texts import Words


@dataclass(frozen=True, slots=True)
class ProtectWords:
    title: str
    first_title: str
    first_text: str
    app: Words
    app_button: str
    app_again: str
    passkey: Words
    passkey_button: str
    passkey_more: str
    passkey_impossible: str
    paper: str
    paper_left: str
    paper_none: str
    paper_button: str
    added: str
    used: str
    unused: str
    remove: str
    last_one: str
    contacts_title: str
    contacts_text: str
    email: str
    phone: str
    email_field: str
    phone_field: str
    not_set: str
    set_button: str
    change_button: str
    no_mail: str
    no_sms: str
    sessions: Words
    sessions_button: str
    back_to_bot: str
    back_to_chat: str

    scan_title: str
    scan_steps: tuple[str, ...]
    scan_by_hand: str
    scan_link: str
    code_field: str
    scan_button: str
    scan_wrong: str

    make_title: str
    make_text: str
    make_button: str
    passkey_problem: str
    passkey_missing: str

    codes_title: str
    codes_text: str
    codes_once: str
    codes_done: str
    first_done: str
    first_done_text: str

    prove_title: str
    prove_for: Mapping[str, str]
    prove_code_note: str
    prove_paper_note: str
    prove_button: str
    prove_passkey_button: str
    prove_or: str
    prove_wrong: str
    prove_wait: str
    cancel: str
    lost: str

    sent_title: str
    sent_text: str
    sent_field: str
    sent_button: str
    sent_wrong: str

    recover_title: str
    recover_text: str
    recover_email_field: str
    recover_sms_field: str
    recover_button: str

    done: Mapping[str, str]
    problems: Mapping[str, str]
    code_subject: str
    code_mail: str
    code_sms: str


_EN = ProtectWords(
    title="Protection",
    first_title="Protect your account",
    first_text="Before anything can leave for Upwork in your name, Gigwright wants more than your Telegram: "
    "something only you have. Whoever steals your Telegram then still cannot bid, write or spend for you.",
    app=Words(
        "Authenticator app",
        "A free app on your phone shows six digits that change every half minute. Works everywhere.",
    ),
    app_button="Set up an app",
    app_again="Move to another phone",
    passkey=Words(
        "Passkey",
        "Your fingerprint, face or screen lock, kept by this device or your password manager. The quickest.",
    ),
    passkey_button="Create a passkey",
    passkey_more="Add a passkey",
    passkey_impossible="Passkeys need a site with a name, and this installation is reached by a bare address or without https. "
    "An authenticator app protects you just as well here.",
    paper="Backup codes",
    paper_left="{left} of 10 left",
    paper_none="None yet",
    paper_button="New codes",
    added="Added {date}",
    used="last used {date}",
    unused="not used yet",
    remove="Remove",
    last_one="This is your only one. Add another before you remove it.",
    contacts_title="Where to warn you",
    contacts_text="Warnings go there besides the chat. With both, you find your way back when everything else is lost.",
    email="E-mail",
    phone="Phone",
    email_field="E-mail address",
    phone_field="Phone number with its country, like +380…",
    not_set="Not set",
    set_button="Add",
    change_button="Change",
    no_mail="This installation sends no e-mail.",
    no_sms="This installation sends no text messages.",
    sessions=Words(
        "Somebody else may be in?", "Every other session has to prove itself anew, web logins end at once."
    ),
    sessions_button="End other sessions",
    back_to_bot="Back to Telegram",
    back_to_chat="You can go back to the chat with the bot now.",
    scan_title="Scan with your app",
    scan_steps=(
        "Open your authenticator app: Google Authenticator, Aegis, 1Password, or any other.",
        "Add an account and scan this code.",
        "Type the six digits the app shows.",
    ),
    scan_by_hand="No camera at hand? Type this key into the app:",
    scan_link="Open in an app on this device",
    code_field="Six digits from the app",
    scan_button="Confirm",
    scan_wrong="These were not the app's digits of this moment. Check that your phone sets its clock by itself, then type the "
    "newest ones.",
    make_title="Create a passkey",
    make_text="Press the button, and your browser asks for your fingerprint, face or screen lock.",
    make_button="Create it now",
    passkey_problem="That did not work, or it was cancelled. Nothing changed; you can try again.",
    passkey_missing="This browser knows no passkeys. Open the link in your phone's own browser, or set up an app instead.",
    codes_title="Keep these codes",
    codes_text="Each one stands in once when your phone is not at hand. Write them down, or put them into your password manager. "
    "Not into Telegram.",
    codes_once="They are shown only now. Earlier codes no longer work.",
    codes_done="I have kept them",
    first_done="Your account is protected",
    first_done_text="Go back to Telegram when you have kept your codes: the bot goes on from where you were.",
    prove_title="First show that it is you",
    prove_for={
        "totp": "To set up another authenticator app",
        "passkey": "To add a passkey",
        "paper": "To make new backup codes",
        "remove": "To remove a factor",
        "contact": "To change where you are warned",
        "contact-remove": "To remove this address",
        "sessions": "To end every other session",
    },
    prove_code_note="Six digits from your app, or one of your backup codes",
    prove_paper_note="One of your backup codes",
    prove_button="Continue",
    prove_passkey_button="Use a passkey",
    prove_or="or",
    prove_wrong="That code is not good. One that was used already does not work again: wait for the next.",
    prove_wait="Too many wrong tries. Wait {minutes} min, then try again. Nothing else is affected.",
    cancel="Cancel",
    lost="Lost all of them?",
    sent_title="Type the code",
    sent_text="Six digits are on their way to {address}. They are good for ten minutes.",
    sent_field="Six digits",
    sent_button="Confirm",
    sent_wrong="That is not the code, or its time is over. After five wrong tries a code dies; then ask for a new one.",
    recover_title="The way back",
    recover_text="Two codes are on their way: one to {email}, one to {phone}. Type both, and you can set up a new app. "
    "Everybody who may be in your account is put out, and you are told everywhere.",
    recover_email_field="Code from the e-mail",
    recover_sms_field="Code from the text message",
    recover_button="Set up a new app",
    done={
        "app": "Your new app counts from now on.",
        "passkey": "The passkey was added.",
        "removed": "It was removed.",
        "email": "This e-mail address gets your warnings from now on.",
        "phone": "This number gets your warnings from now on.",
        "address": "The address was removed.",
        "sessions": "Every other session was ended.",
    },
    problems={
        "bad_email": "That does not look like an e-mail address. It needs a name, an @ and a domain.",
        "bad_phone": "That does not look like a phone number. Start with + and the country, like +380 44 123 45 67.",
        "last_factor": "This is your only one. Add another before you remove it.",
        "no_way_back": "Without a confirmed e-mail address and phone number there is no way back but a backup code. "
        "Write to whoever runs this installation.",
        "too_many_passkeys": "Ten passkeys are the most. Remove one you no longer use.",
        "no_passkeys_here": "Passkeys do not work on this installation. Set up an app instead.",
        "make_wrong": "The passkey did not fit this request, or it is here already. Start again.",
        "sent_failed": "The message could not be sent just now. Nothing changed; try again in a minute.",
        "many_codes": "Five codes an hour are the most. Wait {minutes} min.",
        "not_found": "That is not here any more.",
        "recover_wrong": "At least one of the codes was not good. Start again to get two new ones.",
    },
    code_subject="Your Gigwright code",
    code_mail="{code} is your code. It is good for ten minutes and for what you are doing right now.\n\n"
    "Give it to nobody, not even to somebody who says they are from Gigwright. If you are not doing anything there, "
    "send /lock to the bot.\n",
    code_sms="{code} is your Gigwright code. Give it to nobody.",
)

_UK = ProtectWords(
    title="Захист",
    first_title="Захистіть свій акаунт",
    first_text="Перш ніж щось піде на Upwork від вашого імені, Gigwright хоче більшого, ніж ваш Telegram: "
    "чогось, що є лише у вас. Тоді навіть той, хто викраде ваш Telegram, не зможе подавати, писати чи витрачати за вас.",
    app=Words(
        "Застосунок із кодами",
        "Безкоштовний застосунок у телефоні показує шість цифр, що змінюються кожні пів хвилини. Працює всюди.",
    ),
    app_button="Налаштувати застосунок",
    app_again="Перенести на інший телефон",
    passkey=Words(
        "Ключ доступу",
        "Ваш відбиток, обличчя чи блокування екрана; його зберігає цей пристрій або менеджер паролів. Найшвидше.",
    ),
    passkey_button="Створити ключ доступу",
    passkey_more="Додати ключ доступу",
    passkey_impossible="Ключам доступу потрібен сайт з ім’ям, а цей сервіс відкривають за голою адресою або без https. "
    "Застосунок із кодами захистить вас тут не гірше.",
    paper="Резервні коди",
    paper_left="залишилося {left} із 10",
    paper_none="Ще немає",
    paper_button="Нові коди",
    added="Додано {date}",
    used="востаннє {date}",
    unused="ще не використано",
    remove="Видалити",
    last_one="Це ваш єдиний захист. Перш ніж видалити, додайте інший.",
    contacts_title="Куди вас попереджати",
    contacts_text="Туди йдуть попередження, окрім чату. З обома адресами ви зможете повернутися, навіть втративши все інше.",
    email="Ел. пошта",
    phone="Телефон",
    email_field="Адреса ел. пошти",
    phone_field="Номер телефону з кодом країни, як-от +380…",
    not_set="Не вказано",
    set_button="Додати",
    change_button="Змінити",
    no_mail="Цей сервіс не надсилає листів.",
    no_sms="Цей сервіс не надсилає SMS.",
    sessions=Words(
        "Хтось інший міг увійти?",
        "Кожен інший сеанс муситиме підтвердити себе знову, а входи на сайт завершаться одразу.",
    ),
    sessions_button="Завершити інші сеанси",
    back_to_bot="Назад до Telegram",
    back_to_chat="Можете повертатися до чату з ботом.",
    scan_title="Відскануйте застосунком",
    scan_steps=(
        "Відкрийте застосунок із кодами: Google Authenticator, Aegis, 1Password чи будь-який інший.",
        "Додайте акаунт і відскануйте цей код.",
        "Введіть шість цифр, які показує застосунок.",
    ),
    scan_by_hand="Немає камери? Введіть у застосунок цей ключ:",
    scan_link="Відкрити в застосунку на цьому пристрої",
    code_field="Шість цифр із застосунку",
    scan_button="Підтвердити",
    scan_wrong="Це не ті цифри, які застосунок показує зараз. Перевірте, чи телефон сам виставляє час, і введіть найновіші.",
    make_title="Створити ключ доступу",
    make_text="Натисніть кнопку, і браузер попросить відбиток, обличчя чи блокування екрана.",
    make_button="Створити зараз",
    passkey_problem="Не вийшло або скасовано. Нічого не змінилося; можна спробувати ще раз.",
    passkey_missing="Цей браузер не знає ключів доступу. Відкрийте посилання у звичайному браузері телефону або налаштуйте "
    "застосунок.",
    codes_title="Збережіть ці коди",
    codes_text="Кожен один раз замінить телефон, якщо його немає поруч. Запишіть їх або покладіть у менеджер паролів. "
    "Тільки не в Telegram.",
    codes_once="Їх видно лише зараз. Попередні коди більше не діють.",
    codes_done="Я їх зберіг",
    first_done="Ваш акаунт захищено",
    first_done_text="Збережіть коди й повертайтеся до Telegram: бот продовжить із того місця, де ви зупинилися.",
    prove_title="Спершу підтвердьте, що це ви",
    prove_for={
        "totp": "Щоб налаштувати інший застосунок",
        "passkey": "Щоб додати ключ доступу",
        "paper": "Щоб створити нові резервні коди",
        "remove": "Щоб видалити фактор",
        "contact": "Щоб змінити, куди вас попереджати",
        "contact-remove": "Щоб видалити цю адресу",
        "sessions": "Щоб завершити всі інші сеанси",
    },
    prove_code_note="Шість цифр із застосунку або один із резервних кодів",
    prove_paper_note="Один із резервних кодів",
    prove_button="Продовжити",
    prove_passkey_button="Ключ доступу",
    prove_or="або",
    prove_wrong="Код не підійшов. Уже використаний вдруге не спрацює: дочекайтеся наступного.",
    prove_wait="Забагато хибних спроб. Зачекайте {minutes} хв і спробуйте ще раз. Решта працює, як працювала.",
    cancel="Скасувати",
    lost="Втратили все це?",
    sent_title="Введіть код",
    sent_text="Шість цифр уже в дорозі на {address}. Вони діють десять хвилин.",
    sent_field="Шість цифр",
    sent_button="Підтвердити",
    sent_wrong="Це не той код або його час минув. Після п’яти хибних спроб код гасне; тоді попросіть новий.",
    recover_title="Шлях назад",
    recover_text="Два коди вже в дорозі: один на {email}, другий на {phone}. Введіть обидва, і зможете налаштувати новий "
    "застосунок. Усіх, хто міг бути у вашому акаунті, буде виведено, а вас попередять усюди.",
    recover_email_field="Код із листа",
    recover_sms_field="Код із SMS",
    recover_button="Налаштувати новий застосунок",
    done={
        "app": "Відтепер діє новий застосунок.",
        "passkey": "Ключ доступу додано.",
        "removed": "Видалено.",
        "email": "Відтепер попередження йдуть на цю адресу.",
        "phone": "Відтепер попередження йдуть на цей номер.",
        "address": "Адресу видалено.",
        "sessions": "Усі інші сеанси завершено.",
    },
    problems={
        "bad_email": "Це не схоже на адресу ел. пошти. Потрібні ім’я, @ і домен.",
        "bad_phone": "Це не схоже на номер телефону. Почніть із + і коду країни, як-от +380 44 123 45 67.",
        "last_factor": "Це ваш єдиний захист. Перш ніж видалити, додайте інший.",
        "no_way_back": "Без підтверджених ел. пошти й телефону назад веде лише резервний код. "
        "Напишіть тому, хто обслуговує цей сервіс.",
        "too_many_passkeys": "Десять ключів доступу — найбільше. Видаліть той, яким не користуєтеся.",
        "no_passkeys_here": "Ключі доступу на цьому сервісі не працюють. Налаштуйте застосунок.",
        "make_wrong": "Ключ не підійшов до цього запиту або вже є тут. Почніть ще раз.",
        "sent_failed": "Зараз повідомлення не вдалося надіслати. Нічого не змінилося; спробуйте за хвилину.",
        "many_codes": "П’ять кодів на годину — найбільше. Зачекайте {minutes} хв.",
        "not_found": "Цього тут уже немає.",
        "recover_wrong": "Принаймні один код не підійшов. Почніть знову, щоб отримати два нові.",
    },
    code_subject="Ваш код Gigwright",
    code_mail="{code} — ваш код. Він діє десять хвилин і лише для того, що ви робите зараз.\n\n"
    "Не давайте його нікому, навіть тому, хто назветься працівником Gigwright. Якщо ви там нічого не робите, "
    "надішліть боту /lock.\n",
    code_sms="{code} — ваш код Gigwright. Нікому його не давайте.",
)

_LANGUAGES: Mapping[str, ProtectWords] = {"en": _EN, "uk": _UK}


def words_in(language: str) -> ProtectWords:
    """English for a language we do not speak."""
    return _LANGUAGES.get(language, _EN)
