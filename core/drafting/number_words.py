"""Numbers written as words, English and Ukrainian: "two hundred and fifty", "forty-five thousand", "триста сорок", "півтора"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH = {word: value for value, word in enumerate(_ONES)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_UKRAINIAN = {
    1: "один одна одне одного однієї одну", 2: "два дві двох двом двома двоє", 3: "три трьох трьом трьома троє",
    4: "чотири чотирьох чотирьом чотирма четверо", 5: "п'ять п'яти п'ятьох п'ятьма п'ятеро",
    6: "шість шести шістьох шістьма шестеро",
    7: "сім семи сімох сьома семеро",
    8: "вісім восьми вісьмох вісьма восьмеро",
    9: "дев'ять дев'яти дев'ятьох дев'ятьма дев'ятеро",
    10: "десять десяти десятьох десятьма десятеро десяток",
    11: "одинадцять одинадцяти", 12: "дванадцять дванадцяти дюжина дюжину",
    13: "тринадцять тринадцяти", 14: "чотирнадцять чотирнадцяти чотирнадцятьох", 15: "п'ятнадцять п'ятнадцяти",
    16: "шістнадцять шістнадцяти",
    17: "сімнадцять сімнадцяти", 18: "вісімнадцять вісімнадцяти", 19: "дев'ятнадцять дев'ятнадцяти",
    20: "двадцять двадцяти", 30: "тридцять тридцяти", 40: "сорок сорока", 50: "п'ятдесят п'ятдесяти півсотні",
    60: "шістдесят шістдесяти", 70: "сімдесят сімдесяти", 80: "вісімдесят вісімдесяти", 90: "дев'яносто дев'яноста",
    100: "сто ста сотня сотню", 200: "двісті двохсот", 300: "триста трьохсот", 400: "чотириста чотирьохсот",
    500: "п'ятсот п'ятисот", 600: "шістсот шестисот", 700: "сімсот семисот", 800: "вісімсот восьмисот",
    900: "дев'ятсот дев'ятисот",
}  # fmt: skip
_PLAIN = _ENGLISH | {word: value for value, words in _UKRAINIAN.items() for word in words.split()}
_SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12,
    "тисяча": 1000, "тисячу": 1000, "тисячі": 1000, "тисяч": 1000, "мільйон": 10**6, "мільйона": 10**6, "мільйони": 10**6,
    "мільйонів": 10**6,
}  # fmt: skip
_HALVES = {
    "half": Decimal("0.5"),
    "пів": Decimal("0.5"),
    "півтора": Decimal("1.5"),
    "півтори": Decimal("1.5"),
    "половиною": Decimal("0.5"),
}
_COUPLE = {"couple": 2}
_WORDS: dict[str, int | Decimal] = {**_PLAIN, **_SCALES, **_HALVES, **_COUPLE}
NUMBER_WORDS = "|".join(
    sorted((re.escape(word).replace("'", "['’ʼ]") for word in _WORDS), key=len, reverse=True)
)
_RUN = re.compile(
    rf"(?<![\w-])(?:{NUMBER_WORDS})(?:(?:\s+and\s+a\s+|\s+and\s+|\s+an?\s+|[ -])(?:{NUMBER_WORDS})(?!\w)|\s+(?:із|з"
    rf"|и)\s+половиною)*(?!['’]?\w)(?!-(?!years?"
    rf"|yrs?|months?|weeks?|days?|hours?|minutes?|plus|odd)\w)",
    re.IGNORECASE,
)
_WORD = re.compile(rf"(?:{NUMBER_WORDS})(?!\w)", re.IGNORECASE)


_TENS_UK = re.compile(
    r"\b(?P<many>півтора|два|три|чотири|п'ять|шість|сім|вісім|дев'ять) десятк(?:и|а|ів|ами|ах)\b",
    re.IGNORECASE,
)


@cache
def year_prefixes() -> dict[str, int]:
    """What stands before "-річний": "дво", "п'яти", "п'ятнадцяти"."""
    forms = {form: value for value, words in _UKRAINIAN.items() for form in words.split()}
    return forms | {"дво": 2, "три": 3, "трьох": 3, "чотири": 4, "чотирьох": 4, "сто": 100}


_SHARE = re.compile(
    r"\b(?P<share>half|quarter) of an? (?P<whole>hundred|thousand|million|billion|dozen)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SpelledNumber:
    amount: Decimal
    start: int
    end: int


def spelled_numbers(text: str) -> Iterator[SpelledNumber]:
    """Numbers in words with their offsets; two that only stand side by side ("one two") are two."""
    for match in _SHARE.finditer(text):
        share = Decimal("0.25") if match["share"].lower() == "quarter" else Decimal("0.5")
        yield SpelledNumber(share * _SCALES[match["whole"].lower()], *match.span())
    for match in _TENS_UK.finditer(text):
        low = match["many"].lower()
        several = next(
            (Decimal(value) for value, words in _UKRAINIAN.items() if low in words.split()),
            _HALVES["півтора"],
        )
        yield SpelledNumber(several * 10, *match.span())
    for run in _RUN.finditer(text):
        words = [
            (
                match.group().lower().replace("’", "'").replace("ʼ", "'"),
                run.start() + match.start(),
                run.start() + match.end(),
            )
            for match in _WORD.finditer(run.group())
        ]
        yield from _split(words)


def _split(words: list[tuple[str, int, int]]) -> Iterator[SpelledNumber]:
    place = 0
    while place < len(words):
        start = words[place][1]
        total, part, low, end = Decimal(0), Decimal(0), Decimal(10**12), words[place][2]
        first = True
        while place < len(words):
            word, _, stop = words[place]
            value = Decimal(_WORDS[word])
            if word in _SCALES:
                scale_of_part = value == 100 and part and part < 100
                if scale_of_part:
                    part *= value
                    low = Decimal(100)
                elif value >= low and not part:
                    break
                else:
                    total += (part or Decimal(1)) * value
                    part, low = Decimal(0), value
            elif first or value < low:
                part += value
                low = Decimal(1) if value < 20 else Decimal(10) if value < 100 else Decimal(100)
                if value == Decimal("0.5"):
                    low = Decimal(0)
            else:
                break
            first, end, place = False, stop, place + 1
        yield SpelledNumber(total + part, start, end)
