"""Pasted text becomes facts in the user's own words: sorted, deduplicated, never longer or richer than what was pasted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.matching.skills import vocabulary
from core.profile.facts import FactKind
from core.profile.parsing import (
    MAX_BYTES,
    MAX_FACT_CHARACTERS,
    MAX_FACTS,
    MAX_HEADLINE,
    ParsedProfile,
    parse_profile,
)
from core.profile.rates import find_hourly_rate, is_rate_only, without_rate
from tests.core.matching_cases import patient

ENGLISH = """Senior Python Developer | FastAPI, Django & PostgreSQL

I'm a back-end developer with 7+ years of experience building APIs, e.g. payment systems and marketplaces. I built a booking
platform with FastAPI and Stripe that handles 20k orders a month. My rate is $45/hr.

✅ Web scraping with Scrapy & Playwright
- Automated reporting for a logistics company: saved 12 hours a week
- Automated reporting for a logistics company: saved 12 hours a week

Skills: Python, FastAPI, Django, PostgreSQL, Redis, Docker, Blorptech
Languages: English (C1), Ukrainian (native)
EDUCATION
Kyiv Polytechnic Institute, BSc Computer Science, 2014
https://github.com/example-dev
Email: dev@example.com | +380 50 123 45 67
"""
UKRAINIAN = """Графічний дизайнер з досвідом 5 років
Створила айдентику для мережі кав'ярень (12 закладів). Ставка 25 дол/год
Навички:
• логотипи
• лендінги у Figma
Мови:
Українська — рідна
Англійська — B2
Живу у Львові, Україна
"""


def kinds(parsed: ParsedProfile) -> dict[str, FactKind]:
    return {fact.text: fact.kind for fact in parsed.facts}


def test_an_english_overview_becomes_facts() -> None:
    parsed = parse_profile(ENGLISH)
    found = kinds(parsed)

    assert parsed.headline == "Senior Python Developer | FastAPI, Django & PostgreSQL"
    assert parsed.hourly_rate == Decimal(45)
    assert parsed.languages == ("English (C1), Ukrainian (native)",)
    assert found["Python, FastAPI, Django, PostgreSQL, Redis, Docker, Blorptech"] is FactKind.SKILL
    assert (
        found["I built a booking platform with FastAPI and Stripe that handles 20k orders a month."]
        is FactKind.PROJECT
    )
    assert found["Kyiv Polytechnic Institute, BSc Computer Science, 2014"] is FactKind.EDUCATION
    assert found["https://github.com/example-dev"] is FactKind.LINK
    assert found["Automated reporting for a logistics company: saved 12 hours a week"] is FactKind.PROJECT
    experience = [fact for fact in parsed.facts if fact.kind is FactKind.EXPERIENCE]
    assert [fact.text for fact in experience] == [
        "I'm a back-end developer with 7+ years of experience building APIs, e.g. payment systems and marketplaces."
    ]
    assert "✅ Web scraping with Scrapy & Playwright" in found


def test_rates_contacts_and_repeats_are_no_facts() -> None:
    texts = [fact.text for fact in parse_profile(ENGLISH).facts]

    assert len(texts) == len(set(texts))
    assert not [text for text in texts if "$45" in text or "@example.com" in text or "+380" in text]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Python developer, $40/h. 7 years of Django and PostgreSQL.", "Python developer."),
        ("Розробниця Python, $40/год. 7 років пишу на Django.", "Розробниця Python."),
        ("Illustrator for books — my rate is $40 per hour", "Illustrator for books"),
        ("Illustrator (45 USD/hr)", "Illustrator"),
        ("I cut the hosting from $40/h to $3/h.", "I cut the hosting from $40/h to $3/h."),
        ("Teams paid me $40/h.", "Teams paid me $40/h."),
    ],
)
def test_a_rate_set_off_at_the_end_of_a_statement_is_no_part_of_the_fact(text: str, kept: str) -> None:
    parsed = parse_profile(text)
    assert parsed.facts[0].text.startswith(kept)
    assert without_rate(text.partition(" 7 ")[0]) == kept
    assert parsed.hourly_rate is not None


def test_a_ukrainian_profile_becomes_facts() -> None:
    parsed = parse_profile(UKRAINIAN)
    found = kinds(parsed)
    skills = {skill for fact in parsed.facts for skill in fact.skills}

    assert parsed.headline == "Графічний дизайнер з досвідом 5 років"
    assert parsed.hourly_rate == Decimal(25)
    assert parsed.languages == ("Українська — рідна", "Англійська — B2")
    assert found["Графічний дизайнер з досвідом 5 років"] is FactKind.EXPERIENCE
    assert found["Створила айдентику для мережі кав'ярень (12 закладів)."] is FactKind.PROJECT
    assert found["логотипи"] is FactKind.SKILL
    assert found["Живу у Львові, Україна"] is FactKind.OTHER
    assert {"graphic design", "brand identity", "logo design", "landing page", "figma"} <= skills


def test_markup_emoji_and_bidi_survive_as_text() -> None:
    lines = [
        "<b>React</b> & **bold** _snake_case_ `code`",
        "😀 I ship <script>alert(1)</script> daily",
        "שלום עולם 🌍 team",
    ]

    texts = [fact.text for fact in parse_profile("\n".join(lines)).facts]

    assert texts == lines


def test_a_name_on_top_of_a_cv_is_not_the_headline() -> None:
    parsed = parse_profile("Sample Person\nFull-stack developer, React and Node.js\nBuilt shops for 3 brands")

    assert parsed.headline == "Full-stack developer, React and Node.js"


def test_a_sentence_broken_by_a_pdf_is_one_fact() -> None:
    parsed = parse_profile(
        "I built a warehouse system that counts parcels for three companies\nin Poland and Germany."
    )

    assert [fact.text for fact in parsed.facts] == [
        "I built a warehouse system that counts parcels for three companies in Poland and Germany."
    ]


def test_a_wall_of_text_is_cut_into_short_facts_and_loses_no_word() -> None:
    wall = ", ".join(f"built the module number {number} for a client" for number in range(40))

    facts = parse_profile(wall).facts

    assert max(len(fact.text) for fact in facts) <= MAX_FACT_CHARACTERS
    assert " ".join(fact.text for fact in facts).split() == wall.split()


def test_of_too_many_facts_the_telling_ones_stay() -> None:
    chatter = [f"Note {word} of no weight at all" for word in map(str, range(70))]
    work = [f"Built shop {number} in Django" for number in range(20)]

    facts = parse_profile("\n".join(chatter + work)).facts

    assert len(facts) == MAX_FACTS
    assert [fact.text for fact in facts[-20:]] == work


@pytest.mark.parametrize("text", ["", " \n\t", "😀", "\x00\x00", "—", "$45/hr"])
def test_nothing_said_gives_nothing(text: str) -> None:
    parsed = parse_profile(text)

    assert (parsed.headline, parsed.facts) == ("", ())


@patient
@given(st.text(max_size=600))
def test_facts_are_stretches_of_the_text(text: str) -> None:
    parsed = parse_profile(text)
    flat = "".join(text.split())

    assert len(parsed.facts) <= MAX_FACTS
    assert len(parsed.headline) <= MAX_HEADLINE
    for fact in parsed.facts:
        assert 0 < len(fact.text) <= MAX_FACT_CHARACTERS
        assert set(fact.skills) <= set(vocabulary())
        # Control characters and lone surrogates are debris, everything else is the user's.
        if flat.isprintable():
            assert "".join(fact.text.split()) in flat


@patient
@given(st.lists(st.sampled_from(ENGLISH.split() + UKRAINIAN.split() + [".", "\n", "-", "•"]), max_size=120))
def test_words_of_ordinary_text_are_kept_in_order(words: list[str]) -> None:
    text = " ".join(words)
    source = iter(text.replace("•", " ").split())

    for fact in parse_profile(text).facts:
        assert set(fact.text.split()) <= set(text.split())
    assert next(source, "") in text


def test_twenty_kilobytes_and_more_are_fine() -> None:
    facts = parse_profile("I build APIs in Python. " * 4000).facts

    assert [fact.text for fact in facts][:1] == ["I build APIs in Python."]
    assert len(parse_profile("слово " * MAX_BYTES).facts) <= MAX_FACTS


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("$45/hr", "45"),
        ("45 USD/год", "45"),
        ("$40-60 per hour", "40"),
        ("ставка 45 дол/год", "45"),
        ("Hourly rate: $50", "50"),
        ("45$/h", "45"),
        ("$7.50 / hour", "7.50"),
        ("від 30 $ за годину", "30"),
        ("USD 35/hour", "35"),
        ("Built for $20,000. I charge 25 dollars an hour", "25"),
        ("€45/hr", None),
        ("400 грн/год", None),
        ("a $5000 project", None),
        ("conversion rate: $45k", None),
        ("$0/hr", None),
        ("$9000/hr", None),
    ],
)
def test_the_hourly_rate_is_read_in_dollars_only(text: str, rate: str | None) -> None:
    assert find_hourly_rate(text) == (Decimal(rate) if rate else None)


def test_only_a_bare_rate_is_dropped() -> None:
    assert is_rate_only("My rate: $45/hr.")
    assert is_rate_only("Ставка 25 дол/год")
    assert not is_rate_only("At $45/hr I build APIs")
