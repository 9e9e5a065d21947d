"""Countries in every spelling, regions, and words that are not countries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.matching.countries import country_named, find_country, is_within, same_country
from tests.core.matching_cases import patient


@pytest.mark.parametrize(
    ("spelling", "country"),
    [
        ("Індії", "India"),
        ("USA", "United States"),
        ("us", None),
        ("US", "United States"),
        ("u.s.", "United States"),
        ("Великобританія", "United Kingdom"),
        ("UKR", "Ukraine"),
        ("in", None),
        ("Narnia", None),
        ("", None),
    ],
)
def test_a_name_or_code_is_one_country(spelling: str, country: str | None) -> None:
    assert country_named(spelling) == country


def test_a_country_is_found_at_the_end_of_a_place() -> None:
    assert find_country("Kyiv, Ukraine") == "Ukraine"
    assert find_country("Львові (Україна)") == "Ukraine"
    assert find_country("the south of Poland") == "Poland"
    assert find_country("my office, in a house") is None


def test_unknown_names_are_the_same_only_as_text() -> None:
    assert same_country("IND", "Індія")
    assert not same_country("India", "Indonesia")
    assert same_country("Narnia", "narnia")
    assert not same_country("", "")


def test_regions_hold_their_countries() -> None:
    assert is_within("Ukraine", ["Eastern Europe"]) is True
    assert is_within("Ukraine", ["European Union"]) is False
    assert is_within("Canada", ["Americas"]) is True
    assert is_within("Nepal", ["Worldwide"]) is True
    assert is_within("Ukraine", ["Poland", "Narnia"]) is None
    assert is_within("Narnia", ["Poland"]) is None


@patient
@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_breaks_it(place: str, other: str) -> None:
    country = find_country(place)

    assert country is None or country_named(country) == country
    assert same_country(place, other) == same_country(other, place)
