"""The page that lies on top of an export, in the person's language."""

from __future__ import annotations

from datetime import datetime

_EN = """Your data at Gigwright, {at} UTC

What is in here
  account/, profile/, feed/, drafts/, messages/, sent/, upwork/, security/, system/
      One JSON file per table, {tables} tables in all. "rows" is everything stored about you, opened: texts, numbers, times (UTC).
      "about" and "kept" say what a table is for and how long its rows live.
  proposals.csv   What you approved and what became of it, for a spreadsheet.
  cards.csv       Every job card you were shown.
  held.json       What is stored and not given out, by name: tokens, seeds, hashes, keys, numbers made from text for comparing.
                  You could not read them, and whoever got hold of this file could misuse them.

What is not in here
  Files: none are stored.
  What clients wrote is here only as far as it is still stored. Upwork's content is deleted within 24 hours.
  Messages of your Telegram chat are with Telegram; its own export has them.

In the CSV files an apostrophe stands in front of a cell that a spreadsheet would take for a formula.

Keep this file in a safe place: it is as private as the account itself.
"""

_UK = """Ваші дані в Gigwright, {at} UTC

Що тут є
  account/, profile/, feed/, drafts/, messages/, sent/, upwork/, security/, system/
      По одному файлу JSON на таблицю, усього таблиць: {tables}. У «rows» — усе, що про вас зберігається, у відкритому вигляді:
      тексти, числа, час (UTC). «about» і «kept» англійською пояснюють, навіщо таблиця і скільки живуть її записи.
  proposals.csv   Що ви схвалили і що з того вийшло, для електронної таблиці.
  cards.csv       Усі картки вакансій, які ви бачили.
  held.json       Що зберігається, але не видається, лише назви: токени, секрети, хеші, ключі, числа для порівняння текстів.
                  Прочитати їх ви не змогли б, а той, до кого потрапить цей файл, міг би ними зловжити.

Чого тут немає
  Файлів: вони не зберігаються.
  Слова клієнтів є лише настільки, наскільки вони ще зберігаються. Вміст з Upwork видаляється протягом 24 годин.
  Повідомлення вашого чату — у Telegram; їх має його власний експорт.

У файлах CSV апостроф стоїть перед клітинкою, яку таблиця сприйняла б за формулу.

Зберігайте цей файл у надійному місці: він такий самий приватний, як і ваш акаунт.
"""


def readme(language: str, *, at: datetime, tables: int) -> str:
    return (_UK if language == "uk" else _EN).format(at=f"{at:%Y-%m-%d %H:%M}", tables=tables)
