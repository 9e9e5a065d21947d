"""What the contact check finds of a hundred contacts in ten families of spellings, and what it holds up of honest text."""

from __future__ import annotations

import pytest

from benchmarks.contacts.__main__ import WANTED, Measured, measure, table, written_sentences
from benchmarks.contacts.spellings import FAMILIES, baits
from core.drafting.contacts import find_contacts


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure()


def test_a_hundred_contacts_in_ten_spellings(measured: Measured) -> None:
    assert (len(set(baits())), len(FAMILIES), measured.tried.total()) == (100, 10, 1000)
    assert all("{" not in case.text for case in measured.missed)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_spellings_is_found(measured: Measured, family: str) -> None:
    assert measured.rate(family, False, True) >= WANTED, table(measured)


def test_the_half_that_was_only_counted_is_found_too(measured: Measured) -> None:
    found = sum(measured.found[family, True] for family in FAMILIES)
    assert found / 500 >= WANTED, table(measured)


def test_honest_sentences_are_let_through(measured: Measured) -> None:
    assert len(set(written_sentences())) >= 200
    assert measured.letters >= 200
    assert measured.false_rate <= 0.01, measured.false_alarms


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("see t dot me slash olena_codes today", "t dot me slash olena_codes"),
        ("see t [.] me [/] olena_codes today", "t [.] me [/] olena_codes"),
        ("or S\u200bkype, as you like", "S\u200bkype"),
        ("(Telegram) olena_codes", "Telegram"),
        ("write t . m e / o l e n a now", "t . m e / o l e n a"),
        ("call (38) [067] 123/4567 please", "(38) [067] 123/4567"),
    ],
)
def test_what_is_shown_is_what_was_found(text: str, quote: str) -> None:
    assert quote in [contact.quote.strip() for contact in find_contacts(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The server is 10.0.0.12 and its twin 10.0.0.13.",
        "Without the platform team it took longer.",
        "The Discord event on_message fires twice.",
        "See ticket #1234 and row #5678.",
        "Use @font-face and @layer.",
        "Invoice number 2024001153 was paid.",
    ],
)
def test_work_is_no_contact(text: str) -> None:
    assert find_contacts(text) == ()
