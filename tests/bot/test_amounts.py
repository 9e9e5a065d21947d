"""A price as a person types it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.amounts import read_amount
from core.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("65", "65"),
        ("$65", "65"),
        ("65$/h", "65"),
        ("65.5", "65.5"),
        ("65,50", "65.5"),
        ("1,200", "1200"),
        ("1.200", "1200"),
        ("$1,200.50", "1200.5"),
        ("1 200,50 грн", "1200.5"),
        ("1\u00a0200", "1200"),
        ("1'200", "1200"),
        ("12,345,678", "12345678"),
        ("1.5k", "1500"),
        ("2к", "2000"),
        ("65 kg", "65"),
        ("мабуть, 70 за годину", "70"),
        ("0", "0"),
    ],
)
def test_a_price_is_read_as_it_is_meant(typed: str, amount: str) -> None:
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "no_number"),
        ("a lot", "no_number"),
        ("½", "no_number"),
        ("60-70", "many_numbers"),
        ("1e9", "many_numbers"),
        ("65 or 70", "many_numbers"),
        ("1,2,3", "many_numbers"),
        ("-5", "not_a_price"),
        ("− 5", "not_a_price"),
        ("about 65 " * 20, "not_a_price"),
        ("7" * 100_000, "not_a_price"),
    ],
)
def test_what_is_no_price_is_not_guessed(typed: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_amount(typed)
    assert refused.value.data["reason"] == reason
