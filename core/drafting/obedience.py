"""Doing what the client asks every applicant to do ("start with BLUE"), as far as it is harmless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Template

from core.drafting.contacts import find_contacts
from core.drafting.evidence import words_of
from core.drafting.phrases import Phrases, Voice
from core.drafting.prompts import visible
from core.drafting.telling import retell
from core.matching.instructions import Instruction, InstructionKind
from core.profile.facts import Fact

VALUE_LIMIT = 80
_RISKY = re.compile(
    r"https?:|www\.|[$€£<>{}@\n]|\d{3,}|\b(?:free|discount|ignore|безкоштовно|знижк\w+)\b", re.IGNORECASE
)


def harmless(instruction: Instruction) -> bool:
    """Whether the asked words can stand in a letter: short, visible, no contact, link, price or giveaway."""
    value = instruction.value
    return (
        0 < len(value.strip()) <= VALUE_LIMIT
        and visible(value) == value
        and not _RISKY.search(value)
        and not find_contacts(value)
    )


def fulfilled(instruction: Instruction, letter: str) -> bool:
    """Whether `letter` does what was asked. What has to be told (`ANSWER`) cannot be judged by code and counts as done."""
    value = _flat(instruction.value)
    if instruction.kind is InstructionKind.START_WITH:
        return _flat(letter).startswith(value)
    return instruction.kind is InstructionKind.ANSWER or value in _flat(letter)


def obeyed(
    letter: str, instructions: Sequence[Instruction], *, phrases: Phrases, voice: Voice, facts: Sequence[Fact]
) -> tuple[str, tuple[str, ...]]:
    """`letter` with every harmless request met, and what only the user can tell (their words are the client's)."""
    gaps: list[str] = []
    opening: list[str] = []
    for item in filter(harmless, instructions):
        value = item.value.strip()
        if item.kind is InstructionKind.START_WITH:
            opening.append(value)
        elif item.kind is InstructionKind.INCLUDE and not fulfilled(item, letter):
            line = Template(voice.pick("as-asked", phrases.as_asked)).safe_substitute(value=value)
            letter = _before_sign_off(letter, line)
        elif item.kind is InstructionKind.ANSWER:
            asked = set(words_of(value))
            known = [fact for fact in facts if asked and asked & set(words_of(fact.text))]
            if known:
                letter = _before_sign_off(
                    letter, retell(known[0], voice.pick("as-told", phrases.proof_nexts), voice).sentence
                )
            else:
                gaps.append(value)
    return "\n\n".join([*opening[:1], letter]), tuple(gaps)


def _before_sign_off(letter: str, line: str) -> str:
    body, gap, ending = letter.rpartition("\n\n")
    return f"{body}\n\n{line}\n\n{ending}" if gap else f"{letter}\n\n{line}"


def _flat(text: str) -> str:
    """Compared without case, quotes and runs of space; a leading greeting mark or markdown does not hide the word."""
    return " ".join(re.sub(r"[\"'“”«»*_`]", "", text).lower().split())
