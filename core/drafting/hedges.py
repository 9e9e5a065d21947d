"""The words around a number that say how exactly it is meant: "over 40", "nearly a third", "by seven points"."""

from __future__ import annotations

import re

MORE = re.compile(
    r"\b(?:more than|(?:well )?over|above|at least|upwards of|north of|exceeding|no fewer than|no less than|понад"
    r"|більше?(?: ніж| як| за)?|щонайменше|не менше?(?: ніж| як)?|добрих|более)(?: an?)?\s*$",
    re.IGNORECASE,
)
_NEARLY = re.compile(
    r"\b(?:nearly|almost|close to|just under|under|less than|fewer than|up to|not quite|майже|близько|заледве"
    r"|менше?(?: ніж| як| за)?"
    r"|без малого)(?: an?)?\s*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|some|circa|приблизно|орієнтовно|десь|близько|зо)|~|≈)\s*$",
    re.IGNORECASE,
)
BY = re.compile(r"\b(?:by|на|by (?:nearly|almost|about|over))\s+$", re.IGNORECASE)
LESS = re.compile(
    r"\s*(?:\w+\s+)?(?:less|fewer|faster|shorter|quicker|earlier|sooner|longer|more|points?|off|saved|менш\w*"
    r"|швидш\w*|довш\w*|пункт\w*)\b",
    re.IGNORECASE,
)
END_POINT = re.compile(r"\b(?:to|from|till|is|was|do|до|з|із|від|замість)\s+$", re.IGNORECASE)
TAKEN_AWAY = re.compile(
    r"\b(?:removed?|removing|took out|taken out|taking out|dropped|eliminated|saved|saving|cut out|got rid of|прибра\w+"
    r"|зекономи\w+|заощади\w+|позбу\w+)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_OUT = re.compile(r"\s+(?:[\w-]+ ){1,2}out of\b", re.IGNORECASE)
_OR_SO = re.compile(
    r"\s*(?:[\w%-]+\s+)?(?:or so|or thereabouts|give or take|more or less|чи (?:близько того|щось таке)|плюс-мінус)\b",
    re.IGNORECASE,
)
PLUS = re.compile(r"(?:-| )plus\b|гаком|лишком|хвостиком", re.IGNORECASE)
NEARLY, ABOUT = "nearly", "about"


def taken_out(after: str) -> bool:
    """Whether a number tells how much less there is: "four screens out of the flow"."""
    return _OUT.match(after) is not None


def or_so(after: str) -> bool:
    """Whether the words after a number round it: "seven years or so"."""
    return _OR_SO.match(after) is not None


def hedge_before(before: str) -> str:
    """NEARLY or ABOUT when the words that end `before` say so of the number that follows."""
    if _NEARLY.search(before):
        return NEARLY
    return ABOUT if _ABOUT.search(before) else ""
