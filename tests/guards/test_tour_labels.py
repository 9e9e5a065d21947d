"""The tour presses buttons by their labels; these are the labels the bot really has."""

from __future__ import annotations

import pytest

from bot.texts import CATALOGUES
from sandbox.tour.labels import LABELS, WORDS


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_every_label_of_the_tour_is_the_bots_own(locale: str) -> None:
    for key, *_ in LABELS:
        assert WORDS[locale][key] == CATALOGUES[locale][key], key


def test_the_tour_speaks_every_language_of_the_bot() -> None:
    assert set(WORDS) == set(CATALOGUES)
    assert len({frozenset(words) for words in WORDS.values()}) == 1
