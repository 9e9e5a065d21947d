"""Which language a text is written in: by alphabet first, then by its most common words. Deterministic, no model."""

from __future__ import annotations

import re
from collections import Counter

_ADDRESS = re.compile(r"https?://|www\.|@")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON: dict[str, frozenset[str]] = {
    "en": _words(
        "the and to of a in is for you we are with on this our need will be have that i looking can should your who it as"
        " an or please my from want must all at if not any by but they what how do"
    ),
    "de": _words(
        "der die das und ist für wir sie ein eine mit auf nicht zu von den ich suchen sind oder im bei auch als dem des"
        " unsere werden haben sollte kann einen einer es an wird"
    ),
    "es": _words(
        "el la los las de que y en un una para con por se es necesito busco nuestro del como más su al lo o tiene este"
        " esta estamos buscamos debe ser hola necesitamos gracias"
    ),
    "fr": _words(
        "le la les des et est un une pour avec dans que qui nous vous je sur au du de ne pas recherche besoin notre"
        " ce cette sont ou plus être mon bonjour cherche votre en"
    ),
    "pl": _words(
        "i w na z do się jest że nie dla to jak potrzebuję szukam oraz po od który która mamy nasz lub przy aby będzie"
        " są o za proszę naszego strony"
    ),
    "it": _words(
        "il lo la gli le di che e un una per con non sono è cerco abbiamo nostro del della nel anche come più bisogno"
        " questo alla da si i"
    ),
    "pt": _words(
        "o a os as de que e um uma para com não por se do da em preciso nosso mais como no na dos das você procuro"
        " estamos ser ou é são"
    ),
    "nl": _words(
        "de het een en van voor met is we zijn op te niet die dat wij zoeken onze ik aan in of om naar bij ook moet"
        " kan wordt heeft"
    ),
    "uk": _words(
        "і та в на з до що не для як це ми ви потрібно потрібен треба наш який або є за про від по вам нам мені буде"
        " також якщо вже дякую привіт можна бути"
    ),
    "ru": _words(
        "и в на с что не для как это мы вы нужно нужен надо наш который или за от по вам нам мне будет также если уже"
        " спасибо привет можно быть есть к из"
    ),
}
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = {"uk": frozenset("іїєґ"), "ru": frozenset("ыэъё"), "be": frozenset("ў")}
_MARKS = {
    "de": frozenset("äöüß"),
    "es": frozenset("ñ¿¡"),
    "fr": frozenset("çèêàœ"),
    "pl": frozenset("ąęłńśźż"),
    "pt": frozenset("ãõ"),
}
_SCRIPTS = (
    ("el", 0x0370, 0x03FF),
    ("he", 0x0590, 0x05FF),
    ("ar", 0x0600, 0x06FF),
    ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
    ("ka", 0x10A0, 0x10FF),
    ("ja", 0x3040, 0x30FF),
    ("ko", 0xAC00, 0xD7AF),
    ("zh", 0x4E00, 0x9FFF),
)


def language_of(text: str, *, default: str = "en") -> str:
    """ISO 639-1 code of `text`; `default` when there is too little to tell. Links and code-like words do not count."""
    sample = " ".join(word for word in text[:6000].lower().split() if not _ADDRESS.search(word))
    letters = [sign for sign in sample if sign.isalpha()]
    if len(letters) < 3:
        return default
    if cyrillic_share(sample) * 3 > 1:
        return _cyrillic(sample)
    for code, first, last in _SCRIPTS:
        if sum(first <= ord(sign) <= last for sign in letters) * 4 > len(letters):
            return code
    return _latin(sample, default)


def cyrillic_share(text: str) -> float:
    """How many of its letters are Cyrillic, 0 to 1; 0 for a text without letters."""
    letters = [sign for sign in text if sign.isalpha()]
    return sum("Ѐ" <= sign <= "ӿ" for sign in letters) / len(letters) if letters else 0.0


def _cyrillic(sample: str) -> str:
    signs = Counter(sample)
    words = Counter(_WORD.findall(sample))
    score = {
        code: 3 * sum(signs[sign] for sign in own) + sum(words[word] for word in _COMMON.get(code, ()))
        for code, own in _LETTERS.items()
    }
    # "be" shares і with Ukrainian; only its own ў decides for it, and heavily
    score["be"] *= 4
    return max(score, key=lambda code: (score[code], code == "uk"))


def _latin(sample: str, default: str) -> str:
    words = Counter(_WORD.findall(sample))
    signs = Counter(sample)
    score = {
        code: sum(words[word] for word in common) + 2 * sum(signs[sign] for sign in _MARKS.get(code, ()))
        for code, common in _COMMON.items()
        if code not in _LETTERS
    }
    best = max(score, key=lambda code: (score[code], code == default))
    return best if score[best] else default
