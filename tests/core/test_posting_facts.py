"""A posting read by rules: what is found, what is not, and that every quote stands where it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.eval_nlp.cases import GROUPS, load
from benchmarks.eval_nlp.scoring import judge, unquoted
from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting, ScreeningQuestion
from core.matching.budget import Realism
from core.matching.flags import FlagKind
from core.matching.posting_facts import PostingFacts, read_facts
from core.matching.quotes import locate
from core.matching.sentences import MAX_QUOTE
from tests.core.matching_cases import make_posting, patient


def read(description: str, title: str = "Help wanted", **changes: Any) -> PostingFacts:
    return read_facts(make_posting(title=title, description=description, **changes))


def test_each_finding_quotes_its_sentence() -> None:
    text = "We grow herbs.  We need a landing page in Webflow.\nNative German speaker only. How fast can you start?"
    posting = make_posting(title="Herb farm", description=text)
    facts = read_facts(posting)
    (page,) = facts.deliverables
    assert (page.text, page.quote.text) == ("landing page", "We need a landing page in Webflow.")
    (german,) = facts.languages
    assert (german.code, german.quote.text) == ("de", "Native German speaker only.")
    (question,) = facts.questions
    assert question.quote is not None
    for quote in (page.quote, german.quote, question.quote):
        assert posting.text[quote.offset :].startswith(quote.text)


@pytest.mark.parametrize(
    ("sentence", "things"),
    [
        ("Please design a logo and a style guide for our hotel.", ["logo", "style guide"]),
        ("Our website has a dashboard that we built last year.", []),
        ("We are hiring a landing page copywriter.", []),
        ("Have you built a marketplace before?", []),
        ("Deliverables:\n- user manual\n- demo video", ["user manual", "demo video"]),
        ("Потрібно зробити сайт для пекарні.", ["сайт"]),
    ],
)
def test_deliverables_are_what_is_asked_for(sentence: str, things: list[str]) -> None:
    assert [item.text for item in read(sentence).deliverables] == things


@pytest.mark.parametrize(
    ("sentence", "level", "years"),
    [
        ("A senior backend engineer is required.", ExperienceLevel.EXPERT, None),
        ("You bring 3 years of experience with Rust.", ExperienceLevel.INTERMEDIATE, 3),
        ("Juniors are welcome.", ExperienceLevel.ENTRY, None),
        ("You will report to our senior engineer.", None, None),
        ("We have 12 years of experience in shipping.", None, None),
        ("The course is for senior citizens.", None, None),
        ("We are not looking for a junior developer.", None, None),
    ],
)
def test_the_level_is_the_applicants(sentence: str, level: ExperienceLevel | None, years: int | None) -> None:
    found = read(sentence).seniority
    assert (found.level, found.years) == (level, years)


def test_a_level_that_contradicts_the_ticked_one_is_marked() -> None:
    ticked = read("A senior engineer with 9 years of experience.", experience=ExperienceLevel.ENTRY).seniority
    assert ticked.contradicts
    alone = read("We sell bread.", experience=ExperienceLevel.ENTRY).seniority
    assert (alone.level, alone.quote, alone.contradicts) == (ExperienceLevel.ENTRY, None, False)


@pytest.mark.parametrize(
    ("text", "budget", "realism", "hours"),
    [
        ("Write 100 articles about fishing.", 60, Realism.LOW, 75),
        ("Write 4 articles about fishing.", 300, Realism.FAIR, 3),
        ("We need a marketplace like Etsy.", 200, Realism.LOW, 120),
        ("The budget is a placeholder.", 5, Realism.OPEN, None),
        ("Fix one typo.", 5, Realism.UNKNOWN, None),
    ],
)
def test_a_fixed_price_is_held_against_the_work(
    text: str, budget: int, realism: Realism, hours: int | None
) -> None:
    found = read(text, contract=ContractType.FIXED, budget=Decimal(budget)).budget
    assert (found.realism, found.hours) == (realism, hours)
    assert (found.quote is None) == (realism is Realism.UNKNOWN)


def test_an_hourly_rate_is_held_against_the_level() -> None:
    rate: dict[str, Any] = {"contract": ContractType.HOURLY, "hourly_max": Decimal(9)}
    assert read("A senior Go engineer is needed.", **rate).budget.realism is Realism.LOW
    assert read("Sort our mail.", **rate).budget.realism is Realism.FAIR
    foreign = read("A senior Go engineer is needed.", currency="PLN", **rate)
    assert foreign.budget.realism is Realism.UNKNOWN


def test_questions_of_the_client_come_first_and_once() -> None:
    asked = (ScreeningQuestion(0, "Which stack do you use?"),)
    facts = read("Which stack do you use? When can you start?", questions=asked)
    assert [(item.text, item.position) for item in facts.questions] == [
        ("Which stack do you use?", 0),
        ("When can you start?", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Tired of boring projects?",
        "Do you love coffee? Then join us!",
        'The first entry is "Do you ship abroad?"',
        "Are you a designer with taste?",
        "Please let me know if you have any questions.",
        "The report shows which week sold most. Which week sold most?",
    ],
)
def test_a_rhetorical_question_is_none(text: str) -> None:
    assert read(text).questions == ()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I am posting this again because nobody answered.", [FlagKind.REPOST]),
        ("Shoppers message us on WhatsApp. Customers can contact us via Telegram.", []),
        ("Testers send 30 USDT to our wallet first.", [FlagKind.UPFRONT_PAYMENT]),
        ("The first draft will not be compensated.", [FlagKind.FREE_WORK]),
        ("Users enter their account number after paying.", []),
    ],
)
def test_red_flags(text: str, kinds: list[FlagKind]) -> None:
    assert [flag.kind for flag in read(text).flags] == kinds


def test_a_repost_known_to_the_caller_is_said_once() -> None:
    text = "I am posting this again because nobody answered."
    for facts in (
        read_facts(make_posting(description=text), repost=True),
        read_facts(make_posting(), repost=True),
    ):
        assert [flag.kind for flag in facts.flags] == [FlagKind.REPOST]


def test_a_capital_word_is_an_attention_test_only_for_applicants() -> None:
    (test,) = read("If your proposal does not start with LANTERN, I skip it.").tests
    assert test.value == "LANTERN"
    assert test.quote is not None
    assert read("The menu items start with DRINKS, then food.").tests == ()


def test_skills_know_whether_the_client_tagged_them() -> None:
    facts = read("An API in Python with PostgreSQL.", skills=("Python", "Sphinx-Docs"))
    found = {skill.slug: (skill.tagged, skill.quote is not None) for skill in facts.skills}
    assert found["python"] == (True, True)
    assert found["postgresql"] == (False, True)
    assert found["sphinx docs"] == (True, False)


def test_words_are_found_again_whatever_the_white_space() -> None:
    place = locate("One.\nIt’s   a  test here. Two.", "it's a test".replace("it", "It"))
    assert place is not None
    assert (place.offset, place.text) == (5, "It’s   a  test here.")
    assert locate("One.", "Three.") is None
    assert locate("One.", "  ") is None


@patient
@given(st.text(max_size=1500), st.text(max_size=80))
def test_no_text_breaks_it_and_every_quote_stands_in_the_text(description: str, title: str) -> None:
    posting = make_posting(title=title, description=description, budget=Decimal(50))
    facts = read_facts(posting)
    assert unquoted(posting.text, facts) == 0
    assert all(len(item.quote.text) <= MAX_QUOTE for item in facts.deliverables)


def hostile() -> list[JobPosting]:
    walls = (
        "need a " * 4000,
        "5 years " * 3000,
        "native english " * 2000,
        "$1 per " * 4000,
        "start with A" * 3000,
    )
    return [make_posting(description=wall) for wall in walls]


@pytest.mark.parametrize("posting", hostile(), ids=range(5))
def test_a_wall_of_text_is_read_too(posting: JobPosting) -> None:
    assert unquoted(posting.text, read_facts(posting)) == 0


def test_the_labelled_set_is_whole_and_read_well() -> None:
    cases = {group: load(group) for group in GROUPS}
    assert sum(map(len, cases.values())) >= 150
    right = wrong = 0
    for case in cases["open"]:
        facts = read_facts(case.posting)
        assert unquoted(case.posting.text, facts) == 0
        judged = judge(case, facts)
        right += judged["flags"][0] + judged["instructions"][0]
        for kind in ("flags", "instructions"):
            _, extra, missed = judged[kind]
            wrong += len(extra) + len(missed)
    assert right > 10 * wrong
