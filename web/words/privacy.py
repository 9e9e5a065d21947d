"""The privacy page, the terms and the download page, in both languages. The versions are in "
"`core.privacy.consent`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.privacy.rules import Basis, Group


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of the table: what it is, what for, and how long."""

    what: str
    why: str
    how_long: str


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    lead: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class PrivacyWords:
    version: str
    operator: str
    operator_unknown: str
    privacy: Document
    terms: Document
    table: tuple[str, str, str, str]
    kept: Mapping[Group, Kept]
    basis: Mapping[Basis, str]
    llm_title: str
    llm_none: str
    llm_some: str
    vendors: Mapping[str, str]
    download_title: str
    download_text: str
    download_size: str
    download_button: str
    download_note: str


_EN = PrivacyWords(
    version="Version of {version}.",
    operator="This installation is run by {name}. Contact: {contact}.",
    operator_unknown="Whoever gave you the address of this bot runs this installation; they have not put "
    "their name here yet. Ask them before you connect an account.",
    privacy=Document(
        "Privacy",
        "What Gigwright stores about you, why, for how long, and who else sees it.",
        (
            Section(
                "What you can do yourself",
                (
                    "/export in the bot gives you a copy of everything: a ZIP with one file per table.",
                    (
                        "/forget deletes the account with everything in it. Your own key is destroyed first: "
                        "without it your texts cannot be read, not even in backups, once the separate copy of "
                        "the keys has lapsed (a week at most). One line without a name remembers the erasure, "
                        "so that a restored backup does not bring you back."
                    ),
                    (
                        "/profile, /searches and /upwork change or remove single things. You may also "
                        "complain to the data protection authority of your country."
                    ),
                ),
            ),
            Section(
                "How it is kept",
                (
                    (
                        "Texts, names and tokens are sealed with a key of your own account, and that key is "
                        "wrapped by one that is not in the database. Ids, times, numbers and the outline of "
                        "what happened are not sealed, because the service has to search and count by them."
                    ),
                    (
                        "Job postings are stored readable, because they are matched word by word; they are "
                        "deleted within 24 hours, as Upwork's rules ask."
                    ),
                    (
                        "Other people who use this installation see nothing of yours. Its console shows ids, "
                        "states and counts, never a text. Whoever runs the servers holds the wrapping key and "
                        "could, with effort, read what is stored: no service that works on your texts can "
                        "promise otherwise."
                    ),
                ),
            ),
            Section(
                "Who else gets something",
                (
                    (
                        "Telegram carries the chat: what you and the bot write there is with Telegram, under "
                        "its own rules."
                    ),
                    (
                        "Upwork gets what you approve, and answers what is asked with your consent: postings, "
                        "your proposals, your messages."
                    ),
                    (
                        "If you add an e-mail address or a phone number, the mail or SMS service of this "
                        "installation gets the warnings and codes sent there."
                    ),
                    (
                        "Nothing is sold, and there is no advertising and no tracking on these pages: one "
                        "cookie ties a one-time link to your browser, another one keeps you logged in if you "
                        "log in."
                    ),
                ),
            ),
        ),
    ),
    terms=Document(
        "Terms",
        "What you and this service owe each other, in plain words.",
        (
            Section(
                "What it does",
                (
                    (
                        "Gigwright looks for postings, scores them, drafts texts from what you told it, and "
                        "sends to Upwork what you approved, byte for byte. It approves nothing by itself."
                    ),
                    "Scores and drafts can be wrong. You read a text before it leaves, and it leaves in your name.",
                    (
                        "When an answer of Upwork's gets lost, the bot looks it up and, if it cannot tell, "
                        "asks you. It does not send a second time by itself."
                    ),
                ),
            ),
            Section(
                "What it asks of you",
                (
                    (
                        "Use your own Upwork account, keep to Upwork's rules, and tell the truth about "
                        "yourself: drafts are built on it."
                    ),
                    (
                        "Keep your Telegram account and your second factor to yourself. If something is "
                        "wrong, /lock stops everything at once."
                    ),
                    "Do not use it to write to people who did not ask for it, or to get into what is not yours.",
                ),
            ),
            Section(
                "What it does not promise",
                (
                    (
                        "The service comes as it is: it may be down, and Upwork or Telegram may change or "
                        "refuse something. It promises no work and no income."
                    ),
                    "It is not part of Upwork or Telegram and does not speak for them.",
                    (
                        "Whoever runs it may lock an account that harms others; its owner can still have a "
                        "copy of their data."
                    ),
                    (
                        "You can leave at any time with /forget. The law of your country protects you "
                        "whatever is written here."
                    ),
                ),
            ),
        ),
    ),
    table=("What", "What for", "How long", "Legal basis (GDPR, article 6(1))"),
    kept={
        Group.ACCOUNT: Kept(
            "Your account: Telegram id, language, consents, contacts if you add them, copies you asked for",
            "To know whose chat it is",
            "As long as the account; a copy 24 hours",
        ),
        Group.PROFILE: Kept(
            "Your profile, its facts and your searches",
            "To find postings and write drafts",
            "Until you change them or leave",
        ),
        Group.FEED: Kept(
            "Job postings and the cards made from them",
            "To show each posting once, with reasons",
            "The posting's text under 24 hours; ids, numbers and your decision as long as the account",
        ),
        Group.DRAFTS: Kept(
            "Drafts and their versions",
            "To write with you",
            "Your own words as long as the account; what a machine wrote from a posting goes with it",
        ),
        Group.MESSAGES: Kept(
            "Clients' names and messages",
            "To bring them to you and send your answers",
            "Texts and names under 24 hours; ids and times as long as the account",
        ),
        Group.SENT: Kept(
            "What you approved and what became of it",
            "So that nothing is sent twice, and for your statistics",
            "As long as the account; the client's questions under 24 hours",
        ),
        Group.UPWORK: Kept(
            "The connection to Upwork: ids and sealed tokens",
            "To act with your consent",
            "Until you disconnect; counts of requests 35 days",
        ),
        Group.SECURITY: Kept(
            "Second factors, logins, warnings and the record of what was changed",
            "To keep others out, and to show you what happened",
            "Codes and links minutes; ended logins 30 days; the record as long as the account",
        ),
        Group.SYSTEM: Kept(
            "Messages to the bot on their way in, and work that waits",
            "So that nothing is lost or done twice",
            "A message until it is handled, 24 hours at most; its number 48 hours",
        ),
    },
    basis={
        Basis.CONTRACT: "(b) the service you asked for",
        Basis.INTEREST: "(f) keeping accounts safe",
        Basis.CONSENT: "(a) your consent",
        Basis.DUTY: "(c) proof that your rights were honoured",
    },
    llm_title="Language models",
    llm_none="No vendor of language models gets anything from this installation: drafts are put together on "
    "its own server.",
    llm_some="Drafts and changes to them are written with a language model of: {vendors}. It gets the posting "
    "or the messages the draft is about and the facts of your profile that fit. It gets no tokens, no phone "
    "numbers or mail addresses found in the texts, and nothing of other people's. How long a vendor keeps "
    "what it was asked is in the vendor's own terms. A voice note goes to the service that turns it into text, "
    "a picture or a scan that you send for reading to the model; the files themselves are fetched from "
    "Telegram, passed on and let go, never stored here. Of a PDF with text nothing leaves the server.",
    vendors={"anthropic": "Anthropic (USA)", "openai": "OpenAI (USA)"},
    download_title="Your data",
    download_text="Everything stored about you, as one ZIP file.",
    download_size="{rows} rows, {size}. Made {at} UTC, kept until {until} UTC.",
    download_button="Download",
    download_note="This link downloads once. Keep the file in a safe place, and do not download it on "
    "somebody else's computer.",
)

_UK = PrivacyWords(
    version="Версія від {version}.",
    operator="Цей сервіс обслуговує {name}. Зв’язок: {contact}.",
    operator_unknown="Цей сервіс обслуговує той, хто дав вам адресу бота; свого імені він тут ще не вказав. "
    "Запитайте його, перш ніж під’єднувати акаунт.",
    privacy=Document(
        "Приватність",
        "Що Gigwright про вас зберігає, навіщо, як довго і хто ще це бачить.",
        (
            Section(
                "Що ви можете зробити самі",
                (
                    "/export у боті дає копію всього: ZIP, у якому по файлу на кожну таблицю.",
                    (
                        "/forget видаляє акаунт з усім, що в ньому. Спершу знищується ваш власний ключ: без "
                        "нього ваших текстів не прочитати, навіть у резервних копіях, щойно мине строк "
                        "окремої копії ключів (щонайбільше тиждень). Один рядок без імені пам’ятає про "
                        "видалення, щоб відновлена копія вас не повернула."
                    ),
                    (
                        "/profile, /searches і /upwork змінюють або прибирають окремі речі. Ви також можете "
                        "поскаржитися до органу захисту персональних даних своєї країни."
                    ),
                ),
            ),
            Section(
                "Як це зберігається",
                (
                    (
                        "Тексти, імена й токени запечатано ключем вашого акаунта, а сам ключ загорнуто іншим, "
                        "якого в базі немає. Ідентифікатори, час, числа й перелік подій не запечатано, бо "
                        "сервіс шукає і рахує за ними."
                    ),
                    (
                        "Вакансії зберігаються відкрито, бо зіставляються слово за словом; їх видаляють "
                        "протягом 24 годин, як того вимагають правила Upwork."
                    ),
                    (
                        "Інші люди, що користуються цим сервісом, не бачать нічого вашого. Консоль показує "
                        "ідентифікатори, стани й кількості, але жодного тексту. Той, хто обслуговує сервери, "
                        "має ключ-обгортку і за бажання міг би прочитати збережене: іншого не може обіцяти "
                        "жоден сервіс, що працює з вашими текстами."
                    ),
                ),
            ),
            Section(
                "Хто ще щось отримує",
                (
                    "Чат передає Telegram: те, що ви й бот там пишете, є в Telegram за його власними правилами.",
                    (
                        "Upwork отримує те, що ви схвалили, і з вашої згоди відповідає на запити: вакансії, "
                        "ваші пропозиції, ваші повідомлення."
                    ),
                    (
                        "Якщо ви додасте пошту чи телефон, поштова або SMS-служба цього сервісу отримуватиме "
                        "попередження й коди для них."
                    ),
                    (
                        "Нічого не продається; реклами й стеження на цих сторінках немає. Один файл cookie "
                        "прив’язує одноразове посилання до вашого браузера, другий тримає вас у системі, якщо "
                        "ви ввійшли."
                    ),
                ),
            ),
        ),
    ),
    terms=Document(
        "Умови",
        "Що ви й цей сервіс винні одне одному, простими словами.",
        (
            Section(
                "Що він робить",
                (
                    (
                        "Gigwright шукає вакансії, оцінює їх, пише чернетки з того, що ви розповіли, і "
                        "надсилає на Upwork схвалене вами байт у байт. Сам він нічого не схвалює."
                    ),
                    (
                        "Оцінки й чернетки бувають хибними. Ви читаєте текст, перш ніж він піде, і йде він "
                        "від вашого імені."
                    ),
                    (
                        "Якщо відповідь Upwork загубиться, бот перевірить, що сталося, а коли не зможе "
                        "з’ясувати, запитає вас. Удруге сам він не надсилає."
                    ),
                ),
            ),
            Section(
                "Чого він просить від вас",
                (
                    (
                        "Користуйтеся власним акаунтом Upwork, дотримуйтеся правил Upwork і кажіть про себе "
                        "правду: на ній стоять чернетки."
                    ),
                    "Бережіть свій Telegram і другий фактор. Якщо щось не так, /lock миттєво все зупиняє.",
                    "Не пишіть через нього людям, які про це не просили, і не лізьте в те, що вам не належить.",
                ),
            ),
            Section(
                "Чого він не обіцяє",
                (
                    (
                        "Сервіс є такий, як є: він може не працювати, а Upwork чи Telegram — щось змінити або "
                        "відмовити. Роботи чи заробітку він не обіцяє."
                    ),
                    "Він не є частиною Upwork чи Telegram і не говорить від їхнього імені.",
                    (
                        "Той, хто його обслуговує, може заблокувати акаунт, що шкодить іншим; власник і тоді "
                        "може отримати копію даних."
                    ),
                    "Піти можна будь-коли: /forget. Закон вашої країни захищає вас, що б тут не було написано.",
                ),
            ),
        ),
    ),
    table=("Що", "Навіщо", "Як довго", "Правова підстава (GDPR, стаття 6(1))"),
    kept={
        Group.ACCOUNT: Kept(
            "Ваш акаунт: Telegram id, мова, згоди, контакти, якщо ви їх додали, замовлені копії",
            "Щоб знати, чий це чат",
            "Доки є акаунт; копія — 24 години",
        ),
        Group.PROFILE: Kept(
            "Ваш профіль, факти в ньому й пошуки",
            "Щоб знаходити вакансії й писати чернетки",
            "Доки ви їх не зміните або не підете",
        ),
        Group.FEED: Kept(
            "Вакансії та картки з них",
            "Щоб показати кожну вакансію раз і пояснити оцінку",
            "Текст вакансії — менш як 24 години; номери, числа й ваше рішення — доки є акаунт",
        ),
        Group.DRAFTS: Kept(
            "Чернетки та їхні версії",
            "Щоб писати разом із вами",
            "Ваші слова — доки є акаунт; написане машиною з вакансії зникає разом із нею",
        ),
        Group.MESSAGES: Kept(
            "Імена й повідомлення клієнтів",
            "Щоб приносити їх вам і надсилати ваші відповіді",
            "Тексти й імена — менш як 24 години; номери й час — доки є акаунт",
        ),
        Group.SENT: Kept(
            "Що ви схвалили і що з того вийшло",
            "Щоб нічого не пішло двічі, і для вашої статистики",
            "Доки є акаунт; запитання клієнта — менш як 24 години",
        ),
        Group.UPWORK: Kept(
            "Зв’язок з Upwork: ідентифікатори й запечатані токени",
            "Щоб діяти з вашої згоди",
            "До від’єднання; кількість запитів — 35 днів",
        ),
        Group.SECURITY: Kept(
            "Другі фактори, входи, попередження й перелік змін",
            "Щоб не пустити чужих і показати вам, що відбувалося",
            "Коди й посилання — хвилини; завершені входи — 30 днів; перелік змін — доки є акаунт",
        ),
        Group.SYSTEM: Kept(
            "Повідомлення до бота, доки їх не опрацьовано, і робота, що чекає",
            "Щоб нічого не загубилося й не зробилося двічі",
            "Повідомлення — до опрацювання, щонайбільше 24 години; його номер — 48 годин",
        ),
    },
    basis={
        Basis.CONTRACT: "(b) послуга, про яку ви просили",
        Basis.INTEREST: "(f) безпека акаунтів",
        Basis.CONSENT: "(a) ваша згода",
        Basis.DUTY: "(c) доказ, що ваші права виконано",
    },
    llm_title="Мовні моделі",
    llm_none="Жоден постачальник мовних моделей нічого від цього сервісу не отримує: чернетки складаються на "
    "його власному сервері.",
    llm_some="Чернетки та зміни в них пише мовна модель: {vendors}. Вона отримує вакансію або повідомлення, "
    "яких стосується чернетка, і ті факти вашого профілю, що пасують. Вона не отримує токенів, знайдених у "
    "текстах телефонів і поштових адрес, ні чогось від інших людей. Скільки постачальник зберігає запити, "
    "сказано в його власних умовах. Голосове повідомлення отримує служба, що перетворює його на текст, а "
    "знімок чи скан, який ви надіслали прочитати, — модель; самі файли сервіс бере з Telegram, передає й "
    "не зберігає. PDF, у якому є текст, сервера не залишає.",
    vendors={"anthropic": "Anthropic (США)", "openai": "OpenAI (США)"},
    download_title="Ваші дані",
    download_text="Усе, що про вас зберігається, одним файлом ZIP.",
    download_size="Записів: {rows}, {size}. Зроблено {at} UTC, зберігається до {until} UTC.",
    download_button="Завантажити",
    download_note="Посилання спрацює один раз. Бережіть файл і не завантажуйте його на чужому комп’ютері.",
)

_LANGUAGES: Mapping[str, PrivacyWords] = {"en": _EN, "uk": _UK}


def words_in(language: str) -> PrivacyWords:
    return _LANGUAGES.get(language, _EN)
