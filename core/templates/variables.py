"""The gaps of a template: `{job_title}` and its like, each filled from the posting, the profile or the bid."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from core.drafting.clauses import split_sentences
from core.drafting.draft import Bid
from core.drafting.prompts import one_line
from core.errors import Invalid
from core.jobs_feed.posting import ContractType, JobPosting
from core.profile.facts import Fact, Profile

_GAP = re.compile(r"\{\{?\s*([^\W\d]\w{0,39})\s*\}?\}")
_MEANT = re.compile(r"\{\{?\s*([^\W\d][\w .'’-]{0,39}?)\s*\}?\}")
"""What its writer took for a gap: left as it is, the braces would reach the client."""
_ADDRESS = re.compile(
    r"^(\W*\w+(?:[ \t]\w+)?)[ \t]*,?[ \t]*\{client_name\}(?=[ \t]*(?:[,!.:]|$))", re.MULTILINE
)
_SIGNED = re.compile(
    r"\b(?:regards|thanks|thank you|cheers|best|sincerely|дякую|з повагою)[,!.]?\s*\n+\s*([A-ZА-ЯІЇЄҐ][\w'’-]{1,20})[.!]?\s*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stock:
    """What the gaps of one letter are filled from. `tools` are tags of the posting that the person's facts name."""

    posting: JobPosting
    profile: Profile
    bid: Bid | None
    tools: tuple[str, ...]
    best: Fact | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A template without gaps. `missing` are the variables nothing was known for; their sentences were left out."""

    text: str
    missing: tuple[str, ...]


def _rate(stock: Stock) -> str:
    rate = stock.profile.hourly_rate
    return f"${rate.normalize():f}" if rate else ""


def _bid(stock: Stock) -> str:
    if stock.bid is None:
        return ""
    amount = f"{stock.bid.amount:,.2f}".removesuffix(".00")
    money = f"${amount}" if stock.bid.currency == "USD" else f"{amount} {stock.bid.currency}"
    return f"{money}/h" if stock.bid.contract is ContractType.HOURLY else money


def _client_name(stock: Stock) -> str:
    """Upwork does not name clients; some sign their postings with a first name."""
    found = _SIGNED.search(stock.posting.description.strip())
    return found[1] if found and found[1][0].isupper() else ""


VARIABLES: Mapping[str, Callable[[Stock], str]] = MappingProxyType(
    {
        "client_name": _client_name,
        "client_country": lambda stock: stock.posting.client.country or "",
        "job_title": lambda stock: one_line(stock.posting.title, limit=120),
        "skills": lambda stock: ", ".join(stock.tools),
        "my_name": lambda stock: stock.profile.signature or "",
        "my_headline": lambda stock: stock.profile.headline,
        "my_rate": _rate,
        "my_bid": _bid,
        "best_fact": lambda stock: stock.best.text.rstrip(".") if stock.best else "",
    }
)
"""Every variable there is, with where its words come from; "" means that nothing is known."""


def names_in(body: str) -> tuple[str, ...]:
    """The variables of a template, in order, each once."""
    return tuple(dict.fromkeys(match[1].lower() for match in _GAP.finditer(body)))


def checked_body(body: str) -> str:
    """`body` with its gaps written alike.

    Raises Invalid: "template_unknown" (`what`, `known`), or "template_near" (`near` as well) for one that looks mistyped.
    """
    for name in dict.fromkeys(match[1].lower() for match in _MEANT.finditer(body)):
        if name in VARIABLES:
            continue
        known = ", ".join(f"{{{known}}}" for known in VARIABLES)
        near = get_close_matches(name, VARIABLES, n=1, cutoff=0.6)
        if near:
            raise Invalid(reason="template_near", what=f"{{{name}}}", near=f"{{{near[0]}}}", known=known)
        raise Invalid(reason="template_unknown", what=f"{{{name}}}", known=known)
    return _GAP.sub(lambda match: f"{{{match[1].lower()}}}", body)


def fill(body: str, stock: Stock) -> Filled:
    """Every gap filled. An address without a name loses only the name; any other sentence with an empty gap goes whole."""
    values = {name: one_line(VARIABLES[name](stock), limit=400) for name in names_in(body)}
    text = body if values.get("client_name", "x") else _ADDRESS.sub(r"\1", body)
    missing = tuple(name for name, value in values.items() if not value and f"{{{name}}}" in text)
    for name in missing:
        text = _without(text, f"{{{name}}}")
    text = _GAP.sub(lambda match: values[match[1]], text)
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()
    return Filled(tidy, missing)


def _without(text: str, gap: str) -> str:
    for sentence in reversed(split_sentences(text)):
        if gap in sentence.text:
            end = sentence.start + len(sentence.text)
            text = text[: sentence.start] + text[end:].lstrip(" ")
    return text
