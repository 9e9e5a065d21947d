"""One line typed in a chat becomes the rules it says, and everything else stays the query."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.jobs_feed.posting import ContractType, ExperienceLevel
from core.searches.criteria import Criteria
from core.searches.parsing import MAX_LINE, MAX_QUERY, english_terms, parse_search
from tests.core.matching_cases import patient

HOURLY, FIXED = ContractType.HOURLY, ContractType.FIXED

LINES: list[tuple[str, dict[str, Any]]] = [
    (
        "python fastapi, hourly from $40, no wordpress, payment verified, max 20 applicants",
        {
            "query": "python fastapi",
            "contract": HOURLY,
            "min_hourly": Decimal(40),
            "exclude_words": ("wordpress",),
            "payment_verified_only": True,
            "max_applicants": 20,
        },
    ),
    (
        "дизайн лендінгів від $500, без казино",
        {"query": "дизайн лендінгів", "min_budget": Decimal(500), "exclude_words": ("казино",)},
    ),
    (
        "Looking for React Native hourly $50+/hr no India or Pakistan",
        {
            "query": "React Native",
            "contract": HOURLY,
            "min_hourly": Decimal(50),
            "exclude_countries": ("India", "Pakistan"),
        },
    ),
    (
        "n8n automation fixed min 300 usd, under 10 proposals, last 6 hours",
        {
            "query": "n8n automation",
            "contract": FIXED,
            "min_budget": Decimal(300),
            "max_applicants": 9,
            "max_age_hours": 6,
        },
    ),
    (
        "копірайтинг, погодинна від 15$, не більше 15 відгуків, верифіковані клієнти, без студентів і агенцій",
        {
            "query": "копірайтинг",
            "contract": HOURLY,
            "min_hourly": Decimal(15),
            "max_applicants": 15,
            "payment_verified_only": True,
            "exclude_words": ("студентів", "агенцій"),
        },
    ),
    (
        "python, expert or intermediate, без клієнтів з Індії",
        {
            "query": "python",
            "experience": (ExperienceLevel.INTERMEDIATE, ExperienceLevel.EXPERT),
            "exclude_countries": ("India",),
        },
    ),
    (
        "figma, fixed from $300, hourly from $25/hr",
        {"query": "figma", "min_budget": Decimal(300), "min_hourly": Decimal(25)},
    ),
    (
        "django -wordpress -php from 1,500 usd",
        {"query": "django", "exclude_words": ("wordpress", "php"), "min_budget": Decimal(1500)},
    ),
    (
        "seo, фіксована ціна від $200, не старше 2 днів",
        {"query": "seo", "contract": FIXED, "min_budget": Decimal(200), "max_age_hours": 48},
    ),
    ("vue $1k+", {"query": "vue", "min_budget": Decimal(1000)}),
    ("video editing, $20-$40/hr", {"query": "video editing", "min_hourly": Decimal(20)}),
    ("senior python developer from $40", {"query": "senior python developer", "min_hourly": Decimal(40)}),
    ("no-code bubble", {"query": "no-code bubble"}),
    ("c++ / c#", {"query": "c++ / c#"}),
    ("node.js. from $40/hr", {"query": "node.js", "min_hourly": Decimal(40)}),
    ("logo design up to $500", {"query": "logo design up to $500"}),
    ("переклад з англійської, ставка від 20", {"query": "переклад з англійської", "min_hourly": Decimal(20)}),
    ("python <script> & *_x_ 😀", {"query": "python <script> & *_x_ 😀"}),
    ("it support, no it", {"query": "it support", "exclude_words": ("it",)}),
]


@pytest.mark.parametrize(("line", "rules"), LINES, ids=[line[:30] for line, _ in LINES])
def test_a_line_becomes_its_rules(line: str, rules: dict[str, Any]) -> None:
    assert parse_search(line) == Criteria(**rules)


@pytest.mark.parametrize("line", ["", "   ", "😀", "no wordpress", "hourly from $40", "шукаю", "\x00", ",,;"])
def test_rules_without_a_query_are_no_search(line: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_search(line)

    assert caught.value.data == {"reason": "empty_query"}


def test_a_query_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(Invalid) as caught:
        parse_search("python " * 60)
    assert caught.value.data == {"reason": "query_too_long", "limit": MAX_QUERY, "length": 419}

    with pytest.raises(Invalid) as caught:
        parse_search("x" * 100_000)
    assert caught.value.data == {"reason": "query_too_long", "limit": MAX_LINE, "length": 100_000}


@patient
@given(st.text(max_size=200))
def test_any_line_with_a_word_gives_a_search_in_its_own_words(line: str) -> None:
    line = f"python, {line}"
    criteria = parse_search(line)

    assert criteria.query.startswith("python")
    assert all(word in line for word in criteria.query.split())
    assert english_terms(criteria)


@patient
@given(
    st.lists(
        st.sampled_from(["python", "react", "figma", "дизайн", "logo", "shop", "api"]),
        min_size=1,
        max_size=12,
    )
)
def test_plain_words_come_back_as_the_query(words: list[str]) -> None:
    assert parse_search(" ".join(words)) == Criteria(query=" ".join(words))


@patient
@given(
    st.integers(1, 9999),
    st.sampled_from(["max {} applicants", "up to {} proposals", "до {} відгуків", "applicants max {}"]),
)
def test_the_applicant_limit_is_read_in_every_wording(limit: int, wording: str) -> None:
    criteria = parse_search(f"python, {wording.format(limit)}")

    assert (criteria.query, criteria.max_applicants) == ("python", limit)


@patient
@given(
    st.integers(100, 99_999),
    st.sampled_from(["from ${}", "від {}$", "min {} usd", "${}+", "budget from {}", "бюджет від {}"]),
)
def test_the_budget_floor_is_read_in_every_wording(amount: int, wording: str) -> None:
    criteria = parse_search(f"logo design {wording.format(amount)}")

    assert (criteria.query, criteria.min_budget) == ("logo design", Decimal(amount))


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("python fastapi", "python fastapi"),
        ("дизайн лендінгів", "Landing Page"),
        ("телеграм боти на aiogram", "Telegram Bot aiogram"),
        ("бджільництво", "бджільництво"),
    ],
)
def test_a_ukrainian_query_searches_in_english(query: str, terms: str) -> None:
    assert english_terms(parse_search(query)) == terms
