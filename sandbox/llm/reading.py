"""Reading a prompt of the product's as a model would: blocks of data between marked lines, and the lines around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^=== (?P<name>[a-z ]+) (?P<mark>[0-9a-f]{8,}) ===\n(?P<body>.*?)\n=== end (?P=name) (?P=mark) ===$",
    re.DOTALL | re.MULTILINE,
)
_FACT = re.compile(r"^(?P<label>F\d+) \((?P<kind>\w+)\): (?P<text>.+)$", re.MULTILINE)
_QUESTION = re.compile(r"^Q(?P<number>\d+): (?P<text>.*)$", re.MULTILINE)
_LINE = re.compile(r"^(?P<name>[A-Z][\w ',()-]{2,60}): (?P<value>.*)$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY_WORDS = (
    "the and for with you your our are was this that have has from need will job work years experience"
    " для або що як ваш наш нам потрібно треба робота роботи досвід"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt taken apart. `blocks` by name, `lines` are "Name: value" pairs outside the blocks."""

    blocks: dict[str, str]
    lines: dict[str, str]
    facts: tuple[Fact, ...]
    questions: tuple[tuple[int, str], ...]

    @property
    def ukrainian(self) -> bool:
        return (
            next((value for name, value in self.lines.items() if name.startswith("Language")), "")
            == "Ukrainian"
        )

    @property
    def for_a_ukrainian(self) -> bool:
        """Whether notes to the freelancer are wanted in Ukrainian, whatever language the letter has."""
        return self.line("The freelancer reads") == "Ukrainian"

    def line(self, start: str) -> str:
        """The value of the first line whose name begins so; "" for none and for "none"."""
        value = next((value for name, value in self.lines.items() if name.startswith(start)), "")
        return "" if value == "none" else value

    def facts_about(self, text: str) -> list[Fact]:
        """Facts that share a word with `text`, most shared words first."""
        wanted = words_of(text)
        scored = [(len(wanted & words_of(fact.text)), -place, fact) for place, fact in enumerate(self.facts)]
        return [fact for score, _, fact in sorted(scored, key=lambda row: row[:2], reverse=True) if score]


def read_prompt(user: str) -> Reading | None:
    """The parts of a prompt; `None` when it is not one of ours."""
    blocks = {match["name"]: match["body"] for match in _BLOCK.finditer(user)}
    if not blocks:
        return None
    outside = _BLOCK.sub("", user)
    return Reading(
        blocks=blocks,
        lines={match["name"]: match["value"].strip() for match in _LINE.finditer(outside)},
        facts=tuple(
            Fact(m["label"], m["kind"], m["text"].strip()) for m in _FACT.finditer(blocks.get("facts", ""))
        ),
        questions=tuple(
            (int(m["number"]), m["text"].strip()) for m in _QUESTION.finditer(blocks.get("questions", ""))
        ),
    )


def words_of(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(text.lower()) if word not in _EMPTY}
