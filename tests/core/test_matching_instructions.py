"""The client's test of attention is found, with the word to use; a brief that merely talks of words is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.matching.instructions import InstructionKind, find_instructions
from tests.core.matching_cases import patient

START, INCLUDE, ANSWER = InstructionKind.START_WITH, InstructionKind.INCLUDE, InstructionKind.ANSWER

FOUND = [
    (START, "BLUE", "Please start your proposal with the word BLUE so I know you read this."),
    (START, "purple elephant", 'Start your cover letter with "purple elephant".'),
    (START, "I am human", "To prove you are not a bot, write “I am human” at the top of your proposal."),
    (START, "Green Tea", "Begin your reply with the phrase Green Tea"),
    (START, "Tango", "The first word of your proposal should be Tango."),
    (START, "#1234", 'Put "#1234" in the subject line'),
    (START, "КАВА", "Почніть відгук зі слова «КАВА», щоб я знав, що ви прочитали."),
    (INCLUDE, "banana", "Include the word 'banana' in your proposal"),
    (INCLUDE, "SUNSET", "Please use the code word SUNSET in your application."),
    (INCLUDE, "ready to go", 'Your proposal must include the phrase "ready to go".'),
    (INCLUDE, "mango", "Mention the word mango somewhere in your bid"),
    (INCLUDE, "океан", 'Додайте слово "океан" до заявки'),
    (ANSWER, "favourite colour", "Mention your favourite colour in the application"),
    (ANSWER, "улюблений колір", "Вкажіть у відгуку улюблений колір"),
    (ANSWER, "7+5", "What is 7+5? Include the answer."),
]
NOT_FOUND = [
    "Include the word count in the report.",
    'Add a "Contact us" button to the header',
    'Use the keyword "running shoes" in the article',
    "Start with the home page and then do the rest.",
    "Include the keyword research in your plan.",
    "Use the code from our repository.",
    "Please include links to your portfolio.",
]


@pytest.mark.parametrize(("kind", "value", "sentence"), FOUND, ids=[value for _, value, _ in FOUND])
def test_an_instruction_is_found_with_its_sentence(kind: InstructionKind, value: str, sentence: str) -> None:
    (found,) = find_instructions(f"We sell shoes.\n{sentence}\nThe budget is open")

    assert (found.kind, found.value) == (kind, value)
    assert found.sentence in sentence.replace("’", "'")


@pytest.mark.parametrize("sentence", NOT_FOUND)
def test_a_brief_about_words_is_no_instruction(sentence: str) -> None:
    assert find_instructions(sentence) == ()


def test_said_twice_is_found_once() -> None:
    text = "Start your proposal with the word Kiwi. Again: start your proposal with the word KIWI."

    assert [item.value for item in find_instructions(text)] == ["Kiwi"]


@patient
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    found = find_instructions(f'Start your reply with "{text}"')

    assert all(item.value and len(item.sentence) <= 300 for item in found)
