"""The stream parser: whatever the pieces, the text shown is the letter, and what cannot be read is said so."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafting.parser import DraftParser, Parsed, parse_data

DATA = {
    "answers": [{"question": "Q2", "text": "Yes", "needs_fact": None}],
    "claims": [{"quote": "I built it.", "facts": "F1"}],
    "gaps": ["a link"],
}
LETTER = "Hello,\n\nI built it. 2 < 3 and <b>so</b> on.\n\nBest,\nOlena"
WHOLE = f"<letter>\n{LETTER}\n</letter>\n<data>\n{json.dumps(DATA)}\n</data>"


def parse(pieces: list[str]) -> tuple[str, Parsed]:
    parser = DraftParser()
    shown = "".join(parser.feed(piece) for piece in pieces)
    rest, parsed = parser.finish()
    return shown + rest, parsed


def cut(text: str, places: list[int]) -> list[str]:
    marks = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(marks)]


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_however_it_is_cut_the_letter_is_the_same(places: list[int]) -> None:
    shown, parsed = parse(cut(WHOLE, places))
    assert shown == parsed.letter == LETTER
    assert parsed.closed
    assert parsed.data is not None
    assert parsed.data.answers[0].question == 2
    assert parsed.data.claims[0].facts == ("F1",)


@given(
    st.lists(
        st.text(st.one_of(st.characters(), st.sampled_from('<>/letterdata{}"')), max_size=60), max_size=8
    )
)
def test_any_nonsense_is_survived_and_shown_text_is_the_letter(pieces: list[str]) -> None:
    shown, parsed = parse(pieces)
    assert shown == parsed.letter
    assert parsed.letter == parsed.letter.strip()
    assert not set("\x00\x08\x1b\r") & set(parsed.letter)


def test_text_appears_as_soon_as_it_is_certain() -> None:
    parser = DraftParser()
    assert parser.feed("<letter>\nDear") == "Dear"
    assert parser.feed(" client") == " client"
    assert parser.feed("\n\n") == ""
    assert parser.feed("I can<") == "\n\nI can"
    assert parser.feed("/le") == ""
    assert parser.feed("gal>") == "</legal>"
    assert parser.feed("</letter>") == ""


@pytest.mark.parametrize(
    ("text", "letter", "has_data", "closed"),
    [
        ("Here is the letter:\n<letter>Hi</letter><data>{}</data>", "Hi", True, True),
        ('<LETTER>Hi</Letter>\n```json\n{"claims": []}\n```', "Hi", True, True),
        ("<letter>Hi <data>{}</data>", "Hi", True, True),
        ("<letter>Half a let", "Half a let", False, False),
        ("<letter>Half a letter</let", "Half a letter", False, False),
        ("<letter>a <", "a <", False, False),
        ("Just a text without any form.", "Just a text without any form.", False, False),
        ("word " * 200, ("word " * 200).strip(), False, False),
        ('{"letter": "Hi\\u0000 there", "claims": []}', "Hi there", True, True),
        ("{ not json", "", False, False),
        ("<letter></letter><data>{}</data>", "", True, True),
        ('<letter>Hi</letter><data>{"answers": [{"text": "no number"}]}</data>', "Hi", False, True),
        ("<letter>Hi</letter><data>[1, 2]</data>", "Hi", False, True),
        ("", "", False, False),
    ],
)
def test_bad_forms_keep_what_is_readable(text: str, letter: str, has_data: bool, closed: bool) -> None:
    shown, parsed = parse(list(text))
    assert shown == parsed.letter == letter
    assert (parsed.data is not None, parsed.closed) == (has_data, closed)


def test_deeply_nested_or_huge_data_is_refused_quietly() -> None:
    assert parse_data("{" * 100_000) is None
    assert parse_data('{"a":' + "[" * 50_000 + "]" * 50_000 + "}") is None
    assert parse_data("no json at all") is None
