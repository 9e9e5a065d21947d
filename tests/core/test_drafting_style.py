"""Learning how a user writes from their own letters, and forgetting it again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafting.draft import Style, Tone
from core.drafting.offline import write_offline
from core.drafting.render import render
from core.drafting.style import FEWEST, Opener, StyleProfile, Trait, describe, forget, learn, writing_style
from tests.core.drafting_cases import PROFILE, proposal

WARM = (
    "Hi there!\n\nWhich of your reports is the slowest? I love making those fast, happy to look today!\n\nCheers,\nOlena",
    "Hi there,\n\nDo the failed payments come from one country? Thanks for the clear brief!\n\nCheers,\nOlena",
    "Hi there,\n\nWho handles refunds today? I'm glad you wrote it all down!\n\nCheers!\nOlena",
    "Hello Acme,\n\nYour portal needs webhooks. Happy to help! Thank you!\n\nCheers,\nOlena",
)
FORMAL = (
    "Шановний замовнику,\n\nМаю досвід перенесення баз.\n- перевірка\n- перенесення\n\nЗ повагою,\nОлена",
    "Шановний замовнику!\n\nЯ перенесла базу звітів. Прошу надіслати схему.\n1. копія\n2. звірка\n\nЗ повагою,\nОлена",
    "Шановний замовнику,\n\nПрацюю з PostgreSQL щодня.\n- план\n- строки\n\nЗ повагою\nОлена",
)


def test_tone_length_opening_and_set_phrases_are_learned() -> None:
    style = learn(WARM)
    assert (style.tone, style.opener, style.lists, style.letters) == (Tone.WARM, Opener.QUESTION, False, 4)
    assert (style.greetings, style.sign_offs) == ({"en": "Hi there"}, {"en": "Cheers"})
    assert style.words == 40
    assert learn([letter + " word" * 130 for letter in WARM]).words == 150
    formal = learn(FORMAL)
    assert (formal.tone, formal.opener, formal.lists) == (Tone.FORMAL, Opener.SELF, True)
    assert formal.sign_offs == {"uk": "З повагою"}


def test_few_letters_and_mixed_ones_teach_nothing() -> None:
    assert learn(WARM[: FEWEST - 1]) == StyleProfile(letters=FEWEST - 1)
    assert describe(learn(())) == []
    mixed = learn((*WARM[:3], *FORMAL))
    assert (mixed.tone, mixed.opener, mixed.lists) == (None, None, None)
    assert mixed.greetings == {"en": "Hi there", "uk": "Шановний замовнику"}


def test_no_clients_name_is_ever_learned() -> None:
    letters = [
        f"Dear Northwind,\n\nyour billing {place} is clear to me.\n\nYours, Northwind fan\nOlena"
        for place in range(5)
    ]
    style = learn(letters)
    assert style.greetings == {}
    assert style.sign_offs == {}
    assert "northwind" not in str(describe(style)).lower()
    assert "northwind" not in writing_style(style, "en").note.lower()


def test_what_is_shown_can_be_forgotten_one_by_one() -> None:
    style = learn(WARM)
    shown = dict(describe(style))
    assert shown[Trait.GREETING] == {"phrase": "Hi there", "letters": "4"}
    assert set(shown) == set(Trait)
    for trait in Trait:
        assert set(dict(describe(forget(style, [trait])))) == set(Trait) - {trait}
    assert describe(forget(style, list(Trait))) == []
    assert forget(style, ["nothing of ours"]) == style


def test_the_offline_writer_and_the_prompt_use_it() -> None:
    style = writing_style(learn(WARM), "en")
    letter = write_offline(proposal(style=style)).letter
    assert letter.startswith("Hi there,\n\n")
    assert letter.endswith("Cheers,\nOlena")
    assert "?" in letter.split("\n\n")[1]
    prompt = render(proposal(style=style), PROFILE.facts).user
    assert "Tone: warm" in prompt
    assert "Length: about 40 words" in prompt
    assert "begins with “Hi there”; ends with “Cheers”; opens with a question" in prompt


def test_phrases_stay_in_their_language() -> None:
    style = writing_style(learn(WARM), "uk")
    assert (style.greeting, style.sign_off) == ("", "")
    assert "Hi there" not in style.note


def test_a_learned_style_states_nothing_about_the_user() -> None:
    plain = replace(proposal(), style=Style())
    assert set(writing_style(learn(FORMAL), "uk").note) & set("0123456789@$") == set()
    assert write_offline(plain).claims


@pytest.mark.parametrize("letters", [("", " ", "\n"), ("!!!",) * 5, ("?",) * 3])
def test_odd_letters_do_no_harm(letters: tuple[str, ...]) -> None:
    assert learn(letters).greetings in (None, {})


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_letters_are_survived(letters: list[str]) -> None:
    style = learn(letters)
    assert all(params["letters"] == str(style.letters) for _, params in describe(style))
