"""The client's hidden instruction ("start with the word BLUE"): a test of attention that a draft has to pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InstructionKind(StrEnum):
    START_WITH = "start_with"  # value: the words the proposal has to begin with
    INCLUDE = "include"  # value: the words that must appear somewhere
    ANSWER = "answer"  # value: what has to be told, such as "favourite colour"


@dataclass(frozen=True, slots=True)
class Instruction:
    """`value` is in the client's own spelling; `sentence` is the sentence it came from, cut to 300 characters."""

    kind: InstructionKind
    value: str
    sentence: str


def find_instructions(text: str) -> tuple[Instruction, ...]:
    """Every instruction in a posting's text, in order, without repeats."""
    return ()
