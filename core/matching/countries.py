"""Countries as people write them (names, codes, Ukrainian cases) and the regions that postings name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from core.matching.words import key_of, normalise
from core.profile.facts import Profile

_DATA = Path(__file__).with_name("countries.json")
_HOME = re.compile(
    r"(?:based|living|live|located|residing|reside|resident|working remotely|я|мешкаю|живу|проживаю|перебуваю|працюю)"
    r"\s+(?:in|from|of|у|в|з|із)\s+([^.;\n]{2,80})",
    re.IGNORECASE,
)


def find_country(text: str) -> str | None:
    """English name of the country that `text` names, alone or at its end ("Kyiv, Ukraine"); `None` if none does."""
    parts = [part for part in re.split(r"[,;()/]", normalise(text)) if part.strip()]
    for part in reversed(parts):
        name = _names().get(key_of(part))
        if name is not None:
            return name
    words = key_of(text)
    for size in (4, 3, 2, 1):
        for start in range(len(words) - size + 1):
            name = _names().get(words[start : start + size])
            # Two- and three-letter codes are words of other meaning inside a sentence ("in", "is", "us").
            if name is not None and (size > 1 or len(words[start]) > 3):
                return name
    return None


def country_named(text: str) -> str | None:
    """English name of the country when `text` is a country's name and nothing else."""
    # "is", "in" and "it" are words; only capitals make them codes.
    if len(text.strip()) == 2 and not text.strip().isupper():
        return None
    return _names().get(key_of(text))


def same_country(left: str, right: str) -> bool:
    """Whether two spellings mean one country; unknown names are compared as text."""
    first, second = country_named(left), country_named(right)
    if first is None or second is None:
        return key_of(left) == key_of(right) != ()
    return first == second


def is_within(country: str, places: Iterable[str]) -> bool | None:
    """Whether a country is one of `places` or in one of those regions; `None` when a place is not understood."""
    home = country_named(country)
    unclear = home is None
    for place in places:
        if same_country(country, place):
            return True
        key = key_of(place)
        members = _regions().get(key)
        if members is not None:
            if home in members or "*" in members:
                return True
        elif key not in _names():
            unclear = True
    return None if unclear else False


def find_home(profile: Profile) -> str | None:
    """The country where the user says they are ("based in Kyiv, Ukraine"); `None` when they do not say."""
    for text in (profile.headline, *(fact.text for fact in profile.facts)):
        for match in _HOME.finditer(text):
            country = find_country(match.group(1))
            if country is not None:
                return country
    return None


@cache
def _names() -> dict[tuple[str, ...], str]:
    names: dict[tuple[str, ...], str] = {}
    for country, spellings in json.loads(_DATA.read_text(encoding="utf-8"))["countries"].items():
        for spelling in (country, *spellings):
            names.setdefault(key_of(spelling), country)
    return names


@cache
def _regions() -> dict[tuple[str, ...], frozenset[str]]:
    regions: dict[tuple[str, ...], frozenset[str]] = {}
    for spellings, members in json.loads(_DATA.read_text(encoding="utf-8"))["regions"]:
        for spelling in spellings:
            regions[key_of(spelling)] = frozenset(members)
    return regions
