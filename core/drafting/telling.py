"""Turning the user's facts into sentences without changing what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.drafting.language import language_of
from core.drafting.phrases import Voice
from core.profile.facts import Fact

TOLD_LIMIT = 280
_FIRST_PERSON = re.compile(
    r"(?:I|I'm|I've|I’ve|I’m|My|We|We've|Я|Ми|Мій|Моя|Моє|Мої|Маю|Працюю|Знаю|Володію|Роблю|Пишу)\b"
)
_PAST_WORDS = (
    "built led wrote ran made took grew cut drew sold taught won brought set rebuilt rewrote shipped spent held kept put drove"
    " began did gave went found spoke shot"
)
_PAST = frozenset(_PAST_WORDS.split())
_NOT_PAST_WORDS = (
    "certified experienced skilled advanced talented licensed based trained dedicated detailed seasoned qualified accomplished"
    " need speed embedded distributed applied automated related limited united native-speed feed"
)
_NOT_PAST = frozenset(_NOT_PAST_WORDS.split())
_STATE = frozenset({"certified", "experienced", "skilled", "licensed", "trained", "seasoned", "qualified"})
_UK_PAST = re.compile(r"[А-ЯІЇЄҐ][а-яіїєґ'’]+(?:ив|ала|ила|ав|ів|їв|увала|ував|ла|лася|вся)$")


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence and the fact it retells."""

    sentence: str
    fact: Fact


def in_language(facts: Sequence[Fact], language: str) -> tuple[list[Fact], list[Fact]]:
    """Facts that can be retold in `language`, and the others. A text too short to tell belongs to any language."""
    fitting: list[Fact] = []
    foreign: list[Fact] = []
    for fact in facts:
        (fitting if language_of(fact.text, default=language) == language else foreign).append(fact)
    return fitting, foreign


def retell(fact: Fact, lead: str, voice: Voice) -> Told:
    """`fact` as one sentence: in the first person where its grammar allows, else after `lead` and a colon."""
    text = _trim(" ".join(fact.text.split()))
    first = text.split(" ", 1)[0].rstrip(",:")
    low = first.lower()
    direct = voice.number(f"direct-{fact.label}") % 5 < 3
    if _FIRST_PERSON.match(text) or _UK_PAST.fullmatch(first):
        sentence = text if direct else f"{lead}: {text}"
    elif low in _STATE:
        sentence = f"I am {text[0].lower()}{text[1:]}"
    elif low in _PAST or (low.endswith("ed") and low not in _NOT_PAST and len(low) > 4 and low.isascii()):
        verb = f"I {text[0].lower()}{text[1:]}"
        sentence = verb if direct else f"{lead}, {verb}" if lead.endswith("that") else f"{lead}: {verb}"
    else:
        sentence = f"{lead}: {text}"
    return Told(sentence if sentence[-1] in ".!?…" else sentence + ".", fact)


def _trim(text: str) -> str:
    """At most `TOLD_LIMIT` characters, ending where a sentence or a clause ends."""
    text = text.strip(" -–—•*;,")
    if len(text) <= TOLD_LIMIT:
        return text
    short = text[:TOLD_LIMIT]
    for mark in (". ", "; ", ", ", " "):
        cut = short.rfind(mark)
        if cut > TOLD_LIMIT // 3:
            return short[:cut].rstrip(" ,;.")
    return short
