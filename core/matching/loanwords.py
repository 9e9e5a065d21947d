"""International words, which Ukrainian and English share but for their endings: "ротація" is rotation, "логістика" logistics.

The guess need not be right: a wrong one is a word that no posting holds.
"""

from __future__ import annotations

import re

from core.matching.words import stem

# The longest ending first; each with what stands for it in English.
_ENDINGS = (
    ("изаці", "ization"), ("ізаці", "ization"), ("ифікаці", "ification"), ("аці", "ation"), ("яці", "iation"),
    ("уці", "ution"), ("кці", "ction"), ("пці", "ption"), ("ензі", "ension"), ("рсі", "rsion"), ("сі", "ssion"),
    ("зі", "sion"), ("логі", "logy"), ("графі", "graphy"), ("номі", "nomy"), ("метрі", "metry"), ("ері", "ery"),
    ("ологічн", "ological"), ("ичн", "ic"), ("ічн", "ic"), ("альн", "al"), ("ивн", "ive"), ("ативн", "ative"),
    ("ційн", "tional"), ("озн", "ous"), ("абельн", "able"), ("ізм", "ism"), ("изм", "ism"), ("іст", "ist"),
    ("ист", "ist"), ("мент", "ment"), ("тор", "tor"), ("ент", "ent"), ("ант", "ant"), ("енці", "ence"),
    ("анці", "ance"), ("анс", "ance"), ("інг", "ing"), ("инг", "ing"), ("аж", "age"), ("тик", "tics"),
    ("ик", "ic"), ("ер", "er"), ("ор", "or"), ("тур", "ture"), ("ур", "ure"), ("ет", "et"), ("оль", "ol"),
    ("ив", "ive"), ("інк", "ink"), ("ліст", "list"), ("арт", "art"), ("ест", "est"), ("люкс", "lux"),
    ("екс", "ex"), ("лайн", "line"), ("тайм", "time"), ("бук", "book"), ("шоп", "shop"), ("шот", "shot"),
    ("пейдж", "page"), ("гейм", "game"), ("фрейм", "frame"),
)  # fmt: skip
_PAIRS = (("кс", "x"), ("дж", "j"), ("тч", "tch"), ("ея", "ea"), ("ья", "ia"), ("'", ""))
_LETTERS = {
    **dict(zip("абвгґдеєжзиіїйклмнопрстуфхцюяыэё", "abvggdeejziiiyclmnoprstufhcuayeo", strict=True)),
    "ч": "ch", "ш": "sh", "щ": "sch", "ь": "",
}  # fmt: skip
_ABSTRACT = re.compile(r"і(?:[яїюєй]|єю|ями|ях|ям)$")
_SOFT_C = re.compile(r"c(?=[eiy])")
_LEAST_ROOT = 2


def anglicised(word: str) -> str | None:
    """The English word that a Ukrainian one in any form may be borrowed from, by its ending; `None` for one without such an
    ending."""
    # The light stemmer takes the whole "ія" away, which tells the most.
    bare = _ABSTRACT.sub("і", word)
    stemmed = bare if bare != word else stem(word)
    for ending, english in _ENDINGS:
        root = stemmed.removesuffix(ending)
        if root != stemmed and len(root) >= _LEAST_ROOT:
            return _letters(root) + english
    return None


def _letters(root: str) -> str:
    for pair, english in _PAIRS:
        root = root.replace(pair, english)
    # The letter of "конкурс" is a c, but before a soft vowel English keeps a k.
    return _SOFT_C.sub("k", "".join(_LETTERS.get(char, char) for char in root))
