"""The lines that the reading of a posting adds to its card."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.texts import Words
from bot.views.posting import pay
from bot.views.reading import reading_lines
from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.matching.posting_facts import read_facts

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def shown(locale: str, description: str, **changes: object) -> str:
    fields: dict[str, object] = {
        "upwork_id": "1",
        "ciphertext": "~1",
        "title": "Help",
        "description": description,
        "published_at": NOW,
    }
    return reading_lines(Words(locale), read_facts(JobPosting(**(fields | changes))))  # type: ignore[arg-type] # a mix of types


@pytest.mark.parametrize("locale", ["en", "uk"])
def test_everything_found_is_told_in_the_clients_words(locale: str) -> None:
    text = (
        "We need a landing page <b>. A senior designer is required. Write 100 articles too. Fluent French required. "
        "When can you start? What is your price? Which tools do you use?"
    )
    lines = shown(
        locale,
        text,
        experience=ExperienceLevel.ENTRY,
        contract=ContractType.FIXED,
        budget=Decimal(40),
    )
    for words in (
        "landing page",
        "A senior designer",
        "Fluent French",
        "When can you start?",
        "What is your price?",
    ):
        assert words in lines
    assert "$0.53" in lines
    assert "Which tools" not in lines
    assert "<b>" not in lines


def test_a_plain_posting_adds_nothing() -> None:
    assert shown("en", "Sort our mail, please.") == ""


def test_pay_is_judged_in_words() -> None:
    low = shown("en", "Sort our mail.", contract=ContractType.HOURLY, hourly_max=Decimal(2))
    assert "$2/h" in low
    assert "not final" in shown("en", "The budget is a placeholder.", budget=Decimal(5))
    assert "(de)" in shown("en", "Wir suchen eine Person für die Pflege von unserem Garten und dem Haus.")


@pytest.mark.parametrize(
    ("contract", "said"), [(None, "pay not named"), (ContractType.HOURLY, "hourly, rate not named")]
)
def test_pay_that_nobody_named_is_not_made_up(contract: ContractType | None, said: str) -> None:
    posting = JobPosting("1", "~1", "Help", "Sort our mail.", NOW, contract=contract)
    assert pay(Words("en"), posting) == said


@pytest.mark.parametrize("locale", ["en", "uk"])
@pytest.mark.parametrize("many", [0, 1, 30])
def test_any_number_of_findings_fits_a_card(locale: str, many: int) -> None:
    text = "\n".join(
        f"We need a landing page <b>&{n}. Can you \u202estart in week {n}? Design a banner, a logo and a poster. "
        f"Fluent French required. Native German speaker no {n}."
        for n in range(many)
    )
    lines = shown(locale, text or "Sort our mail.")
    assert len(lines.splitlines()) == {0: 0, 1: 5, 30: 7}[many]
    assert len(lines) < 1000
    assert "\u202e" not in lines
    assert "<b>" not in lines
    assert ("…" in lines.partition("\n")[0]) == (many > 0)
