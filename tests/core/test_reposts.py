"""A posting put up again is recognised by what is left of it after 24 hours: a fingerprint without a word."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs_feed.posting import ClientFacts, JobPosting
from core.jobs_feed.reposts import bands, fingerprint, is_repost, is_same_job, similarity
from tests.core.matching_cases import any_posting, make_posting, patient

TEXT = (
    "We run a small chain of bakeries and need a booking page for cake orders. Customers choose a size, a filling and a "
    "pick-up time, pay online and get a message when the cake is ready. The staff needs a list of orders per shop and day, "
    "and the owner a weekly report. The design is ready in Figma, the texts are in English and German. "
    "Please tell us how you would test it."
)
CLIENT = ClientFacts(country="Germany", city="Leipzig")
OTHER = ClientFacts(country="Germany", city="Bremen")
FIRST = make_posting(upwork_id="1", title="Booking page for bakeries", description=TEXT, client=CLIENT)


def edited(share: float, *, seed: int) -> JobPosting:
    chance = random.Random(seed)
    words = [word if chance.random() > share else f"new{chance.randint(0, 99)}" for word in TEXT.split()]
    return replace(FIRST, upwork_id="2", description=f"Hello again! {' '.join(words)}")


@pytest.mark.parametrize("seed", range(10))
def test_a_small_edit_does_not_hide_a_repost(seed: int) -> None:
    again = edited(0.05, seed=seed)

    assert is_repost(FIRST, again)
    assert set(bands(fingerprint(FIRST))) & set(bands(fingerprint(again)))


@pytest.mark.parametrize("seed", range(10))
def test_a_smaller_edit_is_seen_through_even_without_the_client(seed: int) -> None:
    nobody = ClientFacts()

    assert is_repost(replace(FIRST, client=nobody), replace(edited(0.03, seed=seed), client=nobody))


def test_spelling_and_numbers_do_not_matter() -> None:
    shouted = replace(
        FIRST, upwork_id="2", title=FIRST.title.upper(), description=TEXT.replace(", ", " , ") + "!!"
    )

    assert fingerprint(shouted) == fingerprint(FIRST)
    assert fingerprint(replace(FIRST, title="Budget 500")) == fingerprint(replace(FIRST, title="Budget 900"))


def test_another_client_or_another_job_is_no_repost() -> None:
    other_job = replace(
        FIRST,
        upwork_id="2",
        title="Logo",
        description="A logo for our new coffee brand, three drafts, vector files.",
    )

    assert not is_repost(FIRST, replace(FIRST, upwork_id="2", client=OTHER))
    assert not is_repost(FIRST, other_job)
    assert not is_repost(FIRST, edited(0.6, seed=1))


def test_a_posting_is_not_its_own_repost() -> None:
    assert not is_repost(FIRST, FIRST)


def test_a_short_text_of_an_unknown_client_proves_nothing() -> None:
    short = make_posting(upwork_id="1", title="Need a logo", description="Need a logo")

    assert not is_repost(short, replace(short, upwork_id="2"))
    assert is_repost(replace(short, client=CLIENT), replace(short, upwork_id="2", client=CLIENT))


def test_a_country_alone_is_no_identity() -> None:
    country = ClientFacts(country="Germany")

    assert fingerprint(replace(FIRST, client=country)) == fingerprint(replace(FIRST, client=ClientFacts()))


def test_the_fingerprint_holds_no_words() -> None:
    mark = fingerprint(FIRST)

    assert set(mark) <= set("0123456789abcdef:")
    assert len(mark) < 160


@patient
@given(any_posting, any_posting)
def test_any_two_postings_can_be_compared(first: JobPosting, second: JobPosting) -> None:
    marks = fingerprint(first), fingerprint(second)

    assert similarity(marks[0], marks[0]) == 1
    assert 0 <= similarity(*marks) <= 1
    assert is_same_job(*marks) == is_same_job(*reversed(marks))
    assert fingerprint(first) == marks[0]


@patient
@given(st.text(min_size=1, max_size=500))
def test_texts_of_strangers_do_not_collide(text: str) -> None:
    assert not is_repost(
        FIRST, replace(FIRST, upwork_id="2", title="", description=text, client=ClientFacts())
    )
