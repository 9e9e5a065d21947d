"""How this user writes, learned from the letters they wrote or edited and sent: tone, length, opening, greeting, sign-off.

Only numbers and set phrases are kept. A phrase is learned when it stands in at least half of the letters of its language and is a
known form of greeting or parting, so that no client's name can travel from one job's letter into another's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median
from typing import Any, TypeVar

from core.drafting.draft import Style, Tone
from core.drafting.language import language_of

T = TypeVar("T")

FEWEST = 3
"""Letters below which nothing is learned."""
MOST = 30
"""Letters that are looked at, newest first."""
_SHORT, _LONG = 40, 400

_GREETING = re.compile(
    r"(?P<phrase>(?:hi|hello|hey|greetings|good (?:day|morning|afternoon|evening)|dear (?:hiring (?:manager|team)"
    r"|client|team|all)"
    r"|вітаю|привіт|добрий (?:день|вечір|ранок)|доброго (?:дня|вечора|ранку)|шановн(?:і|ий|а) (?:клієнте|замовнику|команд\w)"
    r"|доброї доби)(?: there| all| everyone| team| вам| усім)?)(?=\s*(?:[,.!—–\n-]|$))",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"\n\s*(?P<phrase>(?:(?:best|kind|warm|kindest|warmest|friendly)(?: regards| wishes)?|(?:many "
    r"|all the )?(?:thanks|thank you|best|regards)"
    r"|cheers|sincerely(?: yours)?|yours (?:sincerely|truly)|respectfully|talk soon|take care|looking forward"
    r"|(?:with )?(?:best|kind|warm) (?:regards|wishes)|з повагою|щиро(?: ваш\w?)?|з найкращими побажаннями"
    r"|(?:щиро )?дякую|на все добре"
    r"|гарного дня|до зв['’]язку|з вдячністю|бувайте))\s*[,.!]?\s*(?:\n[^\n]{0,40})?\s*$",
    re.IGNORECASE,
)
_FORMAL = re.compile(
    r"\b(?:dear|sincerely|respectfully|kind(?:est)? regards|i would like to|please find|шановн\w+|з повагою|прошу|дозвольте)\b",
    re.IGNORECASE,
)
_WARM = re.compile(
    r"!|[☀-➿🌀-🫿]|\b(?:thank(?:s| you)|happy|glad|love|lovely|excited|delighted|enjoy|радо|рада|радий|залюбки|люблю"
    r"|приємно|чудов\w+)\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"^\s*(?:[-*•–]|\d[.)])\s+\S", re.MULTILINE)
_ME_FIRST = re.compile(
    r"^\W*(?:i|i['’]\w+|we|my|our|я|ми|мій|моя|моє|мої|маю|роблю|працюю|пишу|веду)\b", re.IGNORECASE
)


class Opener(StrEnum):
    """What the first sentence after the greeting does."""

    QUESTION = "question"
    SELF = "self"
    CLIENT = "client"


class Trait(StrEnum):
    """One thing that is learned; the key under which it is shown and forgotten."""

    TONE = "tone"
    LENGTH = "length"
    OPENER = "opener"
    GREETING = "greeting"
    SIGN_OFF = "sign_off"
    LISTS = "lists"


@dataclass(frozen=True, slots=True)
class StyleProfile:
    """`letters` is how many were read; `words` a letter's median length; phrases are by language, ISO 639-1.

    A trait that was not learned, or was forgotten, is None or empty. `counted` is how many letters were read for a trait that
    came from another number of them: by `Trait`.
    """

    letters: int = 0
    tone: Tone | None = None
    words: int | None = None
    opener: Opener | None = None
    greetings: Mapping[str, str] | None = None
    sign_offs: Mapping[str, str] | None = None
    lists: bool | None = None
    counted: Mapping[str, int] = field(default_factory=dict)


def learn(letters: Sequence[str]) -> StyleProfile:
    """The style of `letters`, newest first: what the user wrote or edited themselves and sent. Few letters teach nothing."""
    read = [text.strip() for text in letters if text.strip()][:MOST]
    if len(read) < FEWEST:
        return StyleProfile(letters=len(read))
    words = [len(text.split()) for text in read]
    return StyleProfile(
        letters=len(read),
        tone=_usual([_tone(text) for text in read]),
        words=min(_LONG, max(_SHORT, round(median(words) / 10) * 10)),
        opener=_usual([_opener(text) for text in read]),
        greetings=_phrases(read, _greeting),
        sign_offs=_phrases(read, _sign_off),
        lists=_usual([len(_LIST.findall(text)) > 1 for text in read]),
    )


_FIELDS = {
    Trait.TONE: "tone", Trait.LENGTH: "words", Trait.OPENER: "opener",
    Trait.GREETING: "greetings", Trait.SIGN_OFF: "sign_offs", Trait.LISTS: "lists",
}  # fmt: skip


def forget(style: StyleProfile, traits: Collection[str]) -> StyleProfile:
    """`style` without `traits` (keys of `Trait`); unknown keys are nothing to forget."""
    return merged(style, dict.fromkeys(traits, StyleProfile()))


def merged(style: StyleProfile, others: Mapping[str, StyleProfile]) -> StyleProfile:
    """`style` with single traits taken from other profiles: trait → profile."""
    taken: dict[str, Any] = {
        field: getattr(others[trait], field) for trait, field in _FIELDS.items() if trait in others
    }
    counted: dict[str, int] = {
        **style.counted,
        **{trait: others[trait].letters for trait in _FIELDS if trait in others},
    }
    return replace(style, **taken, counted=counted)


def describe(style: StyleProfile) -> list[tuple[str, dict[str, str]]]:
    """What was learned, for people: (key of a `Trait`, parameters). Every entry has `letters`, how many were read for it."""
    found: list[tuple[str, dict[str, str]]] = []
    if style.tone is not None:
        found.append((Trait.TONE, {"tone": style.tone.value}))
    if style.words is not None:
        found.append((Trait.LENGTH, {"words": str(style.words)}))
    if style.opener is not None:
        found.append((Trait.OPENER, {"opener": style.opener.value}))
    if style.greetings:
        found.append((Trait.GREETING, {"phrase": ", ".join(style.greetings.values())}))
    if style.sign_offs:
        found.append((Trait.SIGN_OFF, {"phrase": ", ".join(style.sign_offs.values())}))
    if style.lists is not None:
        found.append((Trait.LISTS, {"lists": "yes" if style.lists else "no"}))
    return [
        (str(key), params | {"letters": str(style.counted.get(key, style.letters))}) for key, params in found
    ]


def writing_style(style: StyleProfile, language: str) -> Style:
    """What a writer is told, for a letter in `language`."""
    greeting = (style.greetings or {}).get(language, "")
    sign_off = (style.sign_offs or {}).get(language, "")
    notes = [
        f"begins with “{greeting}”" if greeting else "",
        f"ends with “{sign_off}”" if sign_off else "",
        _OPENINGS[style.opener] if style.opener else "",
        "" if style.lists is None else "uses lists" if style.lists else "uses no lists",
    ]
    return Style(
        tone=style.tone or Tone.PLAIN,
        words=style.words,
        note="; ".join(filter(None, notes)),
        greeting=greeting,
        sign_off=sign_off,
        question_first=style.opener is Opener.QUESTION,
    )


_OPENINGS = {
    Opener.QUESTION: "opens with a question",
    Opener.SELF: "opens with the own record",
    Opener.CLIENT: "opens with the client's task",
}


def _usual(values: Sequence[T]) -> T | None:
    value, count = Counter(values).most_common(1)[0]
    return value if count * 2 > len(values) else None


def _phrases(letters: Sequence[str], of: Callable[[str], str]) -> dict[str, str]:
    """By language, the phrase at least half of the letters share; two letters are the least."""
    by_language: dict[str, list[str]] = {}
    for text in letters:
        by_language.setdefault(language_of(text), []).append(of(text))
    found = {}
    for language, phrases in by_language.items():
        phrase, count = Counter(phrases).most_common(1)[0]
        if phrase and count >= 2 and count * 2 >= len(phrases):
            found[language] = phrase
    return found


def _greeting(text: str) -> str:
    match = _GREETING.match(text)
    return _capital(match["phrase"]) if match else ""


def _sign_off(text: str) -> str:
    match = _SIGN_OFF.search(text)
    return _capital(match["phrase"]) if match else ""


def _capital(phrase: str) -> str:
    plain = " ".join(phrase.lower().split())
    return plain[0].upper() + plain[1:]


def _opener(text: str) -> Opener:
    greeting = _GREETING.match(text)
    body = text[greeting.end() :].lstrip(" ,.!—–-\n") if greeting else text
    first = re.split(r"(?<=[.!?])\s", body, maxsplit=1)[0]
    if first.rstrip().endswith("?"):
        return Opener.QUESTION
    return Opener.SELF if _ME_FIRST.match(first) else Opener.CLIENT


def _tone(text: str) -> Tone:
    greeting = _GREETING.match(text)
    body = text[greeting.end() :].lstrip(" ,.!") if greeting else text
    warm = len(_WARM.findall(body)) / max(1, len(text.split())) * 100
    if warm >= 3:
        return Tone.WARM
    return Tone.FORMAL if len(_FORMAL.findall(text)) >= 2 else Tone.PLAIN
