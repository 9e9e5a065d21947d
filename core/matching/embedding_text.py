"""What to hand to an English embedding model for a text that may be written in Ukrainian."""

from __future__ import annotations

import re

from core.matching.skills import display_name, find_skills

_CYRILLIC = re.compile(r"[а-яіїєґё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z][\w.+#-]+", re.IGNORECASE)
_FOREIGN_SHARE = 0.3


def embedding_text(text: str) -> str:
    """The text itself; for a mostly Cyrillic one, the English names of its skills and its Latin words.

    The model knows English only: a Ukrainian sentence lands nowhere near its translation, its skills' names do. A text
    without any comes back as it is.
    """
    if not is_cyrillic(text):
        return text
    words = [display_name(slug) for slug in find_skills(text)]
    known = " ".join(words).casefold()
    words += [word for word in _LATIN.findall(text) if word.casefold() not in known]
    return ", ".join(dict.fromkeys(words)) or text


def is_cyrillic(text: str) -> bool:
    """Whether at least three letters of ten are Cyrillic."""
    letters = sum(1 for char in text if char.isalpha())
    return letters > 0 and len(_CYRILLIC.findall(text)) / letters >= _FOREIGN_SHARE
