"""Every word the tour looks for, in one table: button labels, and what the person writes. Keys are those of the bot's texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

# Labels as the bot shows them: key, English, Ukrainian. A test compares them with the bot's own texts.
LABELS: Final = (
    ("language.name", "🇬🇧 English", "🇺🇦 Українська"),
    ("button.looks_right", "✅ Looks right", "✅ Усе правильно"),
    ("button.connect", "🔗 Connect Upwork", "🔗 Прив'язати Upwork"),
    ("button.protect", "🛡 Protect my account", "🛡 Захистити акаунт"),
    ("button.verify", "🔐 Confirm", "🔐 Підтвердити"),
    ("button.go_on", "▶️ Go on", "▶️ Далі"),
    ("button.audit", "📜 What happened", "📜 Що відбувалося"),
    ("event.limits.changed", "a limit was changed", "змінено обмеження"),
    ("button.bids_a_day", "Proposals a day", "Пропозиції за день"),
    ("button.draft", "✍️ Draft", "✍️ Чернетка"),
    ("button.skip", "⏭ Skip", "⏭ Пропустити"),
    ("skip.budget", "pay too low", "мало платять"),
    ("button.review", "✅ Review and send", "✅ Перевірити й надіслати"),
    ("button.instruct", "🪄 Instruct", "🪄 Вказівка"),
    ("button.send", "✅ Send exactly this", "✅ Надіслати саме це"),
    ("button.draft_answer", "✍️ Draft an answer", "✍️ Чернетка відповіді"),
    ("button.answer", "❓ Answer {n}", "❓ Відповідь {n}"),
    ("stats.step_sent", "Proposals sent", "Надіслано пропозицій"),
    ("stats.step_replied", "Clients replied", "Клієнти відповіли"),
)

# What the person types, and who they are.
LINES: Final = (
    ("person", "Olena", "Олена"),
    (
        "profile",
        (
            "Python back-end developer, 8 years. I build FastAPI services and Telegram bots with PostgreSQL.\n"
            "- Built a Telegram bot with Stripe payments for a language school: 4,000 users, 12% more renewals.\n"
            "- Moved a shop's reports from Excel to a FastAPI service, saving 20 hours a month.\n"
            "- Web scraping in Python that survives layout changes: 60 sites a day for a price watch.\n"
            "Rate: $45/hour. English: C1."
        ),
        (
            "Розробниця back-end на Python, 8 років. Роблю сервіси на FastAPI і Telegram-боти з PostgreSQL.\n"
            "- Зробила Telegram-бот з оплатою через Stripe для мовної школи: 4000 користувачів, на 12% більше продовжень.\n"
            "- Перенесла звіти магазину з Excel у сервіс на FastAPI, це економить 20 годин на місяць.\n"
            "- Web scraping на Python, що переживає зміни верстки: 60 сайтів на день для моніторингу цін.\n"
            "Ставка: $45/год. Англійська: C1."
        ),
    ),
    ("search", "python telegram bot, fastapi, from $30/h", "python telegram bot, fastapi, від $30/год"),
    ("instruction", "Make it shorter and ask for $50 an hour", "Зроби коротше і постав $50 за годину"),
)

# Who signs in at Upwork: an account of its own for each walk, because one account belongs to one user of the bot.
UPWORK_NAME: Final = "Olena Kovalenko"
SHOWN_NAME: Final = "Olena K"

# The proposal speaks the client's language, whatever the interface speaks.
LETTER: Final = (
    "Hello,\n\nA Telegram bot that takes Stripe payments is what I built for a language school: 4,000 users and 12% more "
    "renewals. Yours would be a FastAPI service with PostgreSQL behind it, so that the bot and the admin page share one "
    "set of rules.\n\nI would start with the payment flow and show it working by the end of the first week.\n\nOlena"
)
ANSWER: Final = (
    "A bot that sells lessons for a language school: 4,000 users pay through Stripe, "
    "and 12% more of them renew since then."
)
CLIENT_WRITES: Final = (
    "Thanks, that sounds right. When could you start, and how long would the payment part take?"
)
REPLY: Final = "I can start on Monday; the payment part takes about a week, with a test run on day three."

WORDS: Final[Mapping[str, Words]] = {
    "en": {key: english for key, english, _ in (*LABELS, *LINES)},
    "uk": {key: ukrainian for key, _, ukrainian in (*LABELS, *LINES)},
}
