"""Every event of the audit trail can be read in both languages, and no word is kept for one that nobody notes."""

from __future__ import annotations

import re

import pytest

from bot.texts import CATALOGUES
from tests.guards.recorded import recorded_events


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_every_event_has_words(locale: str) -> None:
    events = recorded_events()
    assert len(events) > 50
    assert {event for event in events if f"event.{event}" not in CATALOGUES[locale]} == set()


def test_no_word_is_left_over() -> None:
    worded = {key.removeprefix("event.") for key in CATALOGUES["en"] if key.startswith("event.")}
    assert worded - recorded_events() - {"other"} == set()


def test_names_are_a_subject_and_what_became_of_it() -> None:
    assert {event for event in recorded_events() if not re.fullmatch(r"[a-z_]+\.[a-z_]+", event)} == set()
