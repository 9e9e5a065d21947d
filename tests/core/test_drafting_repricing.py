"""One price in the bid, the letter and the answers, whichever way it was changed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.drafting.draft import Answer, Bid, ClaimFinding, DraftOutput, FindingKind
from core.drafting.repricing import repriced, restated
from core.jobs_feed.posting import ContractType

HOURLY = ContractType.HOURLY


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("$70 per hour.", "$65 per hour."),
        ("My rate for this is $70 per hour.", "My rate for this is $65 per hour."),
        ("I would do this at $70 per hour.", "I would do this at $65 per hour."),
        ("$70/h works. I start on Monday.", "$65/h works. I start on Monday."),
        ("Моя ставка для цієї роботи: $70 за годину.", "Моя ставка для цієї роботи: $65 за годину."),
        ("My price for the whole is $70.", "My price for the whole is $65."),
        ("I would do the complete job for $70.00.", "I would do the complete job for $65."),
        ("Виконаю всю роботу за $70.", "Виконаю всю роботу за $65."),
    ],
)
def test_the_price_asked_is_the_new_one(text: str, after: str) -> None:
    assert restated(text, _bid(70), _bid(65)) == after


@pytest.mark.parametrize(
    "text",
    [
        "The plan costs $70 and takes a day.",
        "At Acme I earned $70 per hour.",
        "Your range is $70–$97 per hour.",
        "My rate is within $40–$70 per hour.",
        "I would start with the $700 module.",
        "I would do it for $70.50.",
        "Your budget of $70 is enough.",
        "I saved a shop $70 a day.",
    ],
)
def test_any_other_sum_stays(text: str) -> None:
    assert restated(text, _bid(70), _bid(65)) == text


def test_big_sums_keep_their_form() -> None:
    old, new = (Bid(Decimal(amount), ContractType.FIXED) for amount in (3580, 4100))
    assert restated("My price for the whole is $3,580.", old, new) == "My price for the whole is $4,100."


def test_what_the_old_bid_had_proven_is_judged_again() -> None:
    proven = [
        ClaimFinding(FindingKind.MONEY, "$70", "A day is $70.", by, 9, 12) for by in (("bid",), ("F1", "bid"))
    ]
    output = DraftOutput(
        "A day is $70.", "en", answers=(Answer(0, "$70 per hour."),), findings=tuple(proven), bid=_bid(70)
    )
    changed = repriced(output, _bid(65))
    assert changed.letter == output.letter
    assert changed.answers[0].text == "$65 per hour."
    assert changed.findings == (proven[1],)
    assert changed.bid == _bid(65)


def test_a_first_price_changes_no_word() -> None:
    output = DraftOutput("I would do it for $70.", "en", bid=None)
    assert repriced(output, _bid(65)).letter == output.letter


def _bid(amount: int) -> Bid:
    return Bid(Decimal(amount), HOURLY)
