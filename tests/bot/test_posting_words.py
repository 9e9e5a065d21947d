"""What Upwork says in English alone is shown in the person's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import text_for
from bot.texts import Words
from bot.views.posting import LENGTHS, terms
from core.errors import LimitReached
from sandbox.upwork.composer import DURATIONS
from tests.core.drafting_cases import posting


@pytest.mark.parametrize(
    ("locale", "shown"), [("uk", "понад 6 місяців"), ("en", "more than 6 months")], ids=["uk", "en"]
)
def test_how_long_a_job_lasts_is_translated(locale: str, shown: str) -> None:
    job = replace(posting(), duration="More than 6 months")
    assert terms(Words(locale), job).endswith(f" · {shown}")


def test_a_code_without_a_label_is_translated_too() -> None:
    assert terms(Words("uk"), replace(posting(), duration="SEMESTER")).endswith(" · 3–6 місяців")


@pytest.mark.parametrize(
    ("seconds", "locale", "said"),
    [
        (1, "en", "in 1 second."),
        (120, "en", "in 120 seconds."),
        (410, "en", "in 7 minutes."),
        (7201, "en", "in 3 hours."),
        (410, "uk", "через 7 хвилин."),
    ],
)
def test_a_wait_is_told_in_a_unit_that_people_count_in(seconds: float, locale: str, said: str) -> None:
    assert text_for(Words(locale), LimitReached(retry_after=seconds)).endswith(said)


def test_a_label_nobody_knows_is_shown_as_it_is() -> None:
    assert terms(Words("uk"), replace(posting(), duration="A fortnight")).endswith(" · A fortnight")


def test_every_label_of_the_stand_in_is_known() -> None:
    assert {label.casefold() for label, _ in DURATIONS.values()} <= set(LENGTHS)
