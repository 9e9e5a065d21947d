"""Small pure parts: the price suggestion, prices in the user's words, the diff, the language of a text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafting.diff import Change, diff_words
from core.drafting.language import language_of
from core.drafting.money import price_in_instruction
from core.drafting.pricing import PriceReason, suggest_bid, suggest_price
from core.jobs_feed.posting import ContractType
from tests.core.drafting_cases import posting


@pytest.mark.parametrize(
    ("low", "high", "rate", "amount", "reason"),
    [
        ("40", "70", "55", "55", PriceReason.OWN_RATE),
        ("60", "90", "55", "60", PriceReason.CLIENT_PAYS_MORE),
        ("20", "50", "55", "50", PriceReason.MEET_CLIENT),
        ("5", "15", "55", "55", PriceReason.ABOVE_RANGE),
        ("40", "70", None, "55", PriceReason.MIDDLE),
        (None, None, "55", "55", PriceReason.NO_RANGE),
        (None, "50", "55", "50", PriceReason.MEET_CLIENT),
        (None, None, None, None, PriceReason.UNKNOWN),
        ("70", "40", "55", "55", PriceReason.OWN_RATE),
    ],
)
def test_hourly_price(
    low: str | None, high: str | None, rate: str | None, amount: str | None, reason: PriceReason
) -> None:
    job = posting(hourly_min=Decimal(low) if low else None, hourly_max=Decimal(high) if high else None)
    found = suggest_price(job, Decimal(rate) if rate else None)
    assert (found.bid.amount if found.bid else None) == (Decimal(amount) if amount else None)
    assert found.reasons[0].code is reason
    assert found.bid is None or found.bid.contract is ContractType.HOURLY


@pytest.mark.parametrize(
    ("budget", "amount", "reasons"),
    [
        ("800", "800", [PriceReason.CLIENT_BUDGET, PriceReason.IMPLIED_HOURS]),
        ("5", None, [PriceReason.BUDGET_PLACEHOLDER]),
        (None, None, [PriceReason.UNKNOWN]),
    ],
)
def test_fixed_price(budget: str | None, amount: str | None, reasons: list[PriceReason]) -> None:
    job = posting(contract=ContractType.FIXED, budget=Decimal(budget) if budget else None)
    found = suggest_price(job, Decimal(40))
    assert (found.bid.amount if found.bid else None) == (Decimal(amount) if amount else None)
    assert [reason.code for reason in found.reasons] == reasons
    if amount:
        assert found.reasons[1].params == {"hours": "20", "rate": "40"}


def test_a_rate_in_dollars_is_not_compared_with_other_money() -> None:
    assert suggest_bid(posting(currency="EUR"), Decimal(500)) == suggest_bid(posting(currency="EUR"), None)


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("65", "65"),
        ("$65", "65"),
        ("shorter, mention my Stripe work, $65", "65"),
        ("price 1,200", "1200"),
        ("make it 1 200 usd", "1200"),
        ("1,200.50$", "1200.50"),
        ("rate 40", "40"),
        ("65,5", "65.5"),
        ("за 40 доларів", "40"),
        ("ставка 55", "55"),
        ("40/hr", "40"),
        ("raise by 10%", None),
        ("mention 3 projects", None),
        ("$40 or $50", None),
        ("$0", None),
        ("", None),
        ("since 2019", None),
    ],
)
def test_the_price_in_an_instruction(words: str, amount: str | None) -> None:
    assert price_in_instruction(words) == (Decimal(amount) if amount else None)


@given(st.text("ab \n.", max_size=60), st.text("ab \n.", max_size=60))
def test_a_diff_holds_both_versions(before: str, after: str) -> None:
    segments = diff_words(before, after)
    assert "".join(part.text for part in segments if part.change is not Change.ADDED) == before
    assert "".join(part.text for part in segments if part.change is not Change.REMOVED) == after
    assert all(part.text for part in segments)


def test_a_rewritten_phrase_is_shown_whole() -> None:
    segments = diff_words("I built a billing portal in 2021.", "I made one invoicing portal in 2021.")
    assert [(part.change.value, part.text) for part in segments] == [
        ("same", "I "),
        ("removed", "built a billing"),
        ("added", "made one invoicing"),
        ("same", " portal in 2021."),
    ]


@given(st.text(max_size=200))
def test_a_language_is_always_found(text: str) -> None:
    assert 2 <= len(language_of(text)) <= 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We need a React developer for our dashboard", "en"),
        ("Потрібен розробник на Python", "uk"),
        ("Привіт, чи є хтось?", "uk"),
        ("Нужен программист для сайта", "ru"),
        ("Wir suchen einen Entwickler für unsere Website", "de"),
        ("Necesito un diseñador para mi tienda", "es"),
        ("Je cherche un développeur pour notre site", "fr"),
        ("Szukam programisty do naszego sklepu", "pl"),
        ("Procuro um programador para o meu site, não é urgente", "pt"),
        ("需要一个网站开发人员", "zh"),
        ("https://example.com/der-die-das", "en"),
        ("", "en"),
        ("42 + 1", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language
