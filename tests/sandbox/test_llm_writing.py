"""What the stand-in writes shows up in the demo's cards and drafts, so its slips look like the product's."""

from __future__ import annotations

import json
import re

import pytest

from sandbox.llm.noting import read
from sandbox.llm.writer import answer


@pytest.mark.parametrize(
    "sentence",
    [
        "Cover the billing code with tests before changing it.",
        "Hand over the code with a short read-me.",
        "Tidy code, no low-code unless it makes sense.",
    ],
)
def test_ordinary_code_is_no_test_of_attention(sentence: str) -> None:
    assert _tests(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "value", "kind"),
    [
        ('To show that you read it, start your reply with the word "saffron".', "saffron", "start_with"),
        ("Put the code word BLUE somewhere.", "BLUE", "include"),
    ],
)
def test_a_word_that_is_asked_for_is_found(sentence: str, value: str, kind: str) -> None:
    assert _tests(sentence) == [{"value": value, "kind": kind, "quote": sentence}]


def test_rate_limiting_is_no_question_about_the_price() -> None:
    written = answer(_prompt(questions="Q1: How would you make rate limiting safe?\nQ2: What is your rate?"))
    first, second = _data(written)["answers"]
    assert "$" not in first["text"]
    assert second["text"] == "$65 per hour."


def test_a_new_bid_reaches_the_price_and_no_other_sum() -> None:
    letter = "Hello,\n\nI saved a shop $4,000 a month.\n\nI would do this for $70 per hour.\n\nBob"
    written = answer(
        _prompt(
            questions="Q1: What is your rate?",
            letter=letter,
            **{"current answers": "Q1: $70 per hour."},
        )
    )
    assert "I saved a shop $4,000 a month." in written
    assert "I would do this for $65 per hour." in written
    assert _data(written)["answers"][0]["text"] == "$65 per hour."


@pytest.mark.parametrize(("language", "mixed"), [("English", False), ("Ukrainian", True)])
def test_a_letter_has_one_language_whatever_the_facts_have(language: str, mixed: bool) -> None:
    facts = "F1 (project): Зробила CRM для клініки на FastAPI\nF2 (other): Розробниця, шість років"
    written = answer(_prompt(facts=facts).replace(": English", f": {language}", 1))
    letter = written.partition("</letter>")[0]
    assert bool(re.search("[а-яі]", letter)) is mixed
    assert "FastAPI" in letter


def _tests(sentence: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = _data(read(sentence))["tests"]
    return found


def _prompt(**blocks: str) -> str:
    mark = "0123456789abcdef"
    everything = {"facts": "F1 (project): Built a shop in Django", "posting": "Title: An API"} | blocks
    parts = [f"=== {name} {mark} ===\n{body}\n=== end {name} {mark} ===" for name, body in everything.items()]
    return "\n\n".join(["Language of the letter: English\nBid: $65 per hour\nChange wanted: $65", *parts])


def _data(written: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(
        written.partition("<data>\n")[2].partition("\n</data>")[0]
    )
    return found
