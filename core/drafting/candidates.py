"""The places of a text that may state something about its writer, found by their form and not yet judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.drafting.clauses import Clause, Sentence
from core.drafting.contacts import ContactKind, find_contacts
from core.drafting.crafts import TOOL_GROUPS
from core.drafting.draft import FindingKind
from core.drafting.names import Name, find_names, is_common, is_general
from core.drafting.quantities import Quantity, find_quantities
from core.drafting.sources import LINK, Source
from core.drafting.standing import Standing, find_standing
from core.drafting.trades import foreign_titles, foreign_trades
from core.matching.skills import Skill, canonical, display_name, find_skills, vocabulary

_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*$")
_ORDER = re.compile(
    r"\b(?:step|phase|part|point|option|question|stage|milestone|sprint|day|week|month|page|pages|chapter|slide"
    r"|episode|version|line|row|item|room"
    r"|крок|етап|частина|пункт|питання|запитання|день"
    r"|тиждень|сторінка|сторінці|сторінки|розділ|рядок|випуск|версія)\s*#?$",
    re.IGNORECASE,
)
_WITH = re.compile(r"\b(?:in|with|using|uses?|know)\s+$", re.IGNORECASE)
"""A product called by an ordinary word ("blender") is meant where something is done in it."""
_WORD = re.compile(r"[\w+#.-]*[\w+#]")
_ORDINARY_TOOL = re.compile(
    r"\b(?:in|with|using|uses?|know) (?P<name>blender|notion|sketch|pro tools|logic pro|final cut|after effects|unity"
    r"|unreal|maya"
    r"|cinema 4d|audacity|reaper|ableton|descript|canva|monday|asana|jira|zapier|make|slack|excel|swift|rust|scala|ruby|spark)"
    r"(?=\s*(?:$|[,.;!?)]|and\b|or\b|for\b|to\b|every\b|first\b|daily\b|as\b|since\b|too\b))"
)
ITSELF = re.compile(r"\s+(?:itself|themselves|самої|самого|самому)\b", re.IGNORECASE)
_TITLE_AFTER = re.compile(r"\s+(?:certificat\w+|certified|exam|badge|licen[cs]e)\b", re.IGNORECASE)
_RATIO = re.compile(r"(?<![\d.])(?!(?:[01]?\d|2[0-4]):[0-5]\d(?!\d))\d+(?:\.\d+)?\s?[/:]\s?\d+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of text that may state something. `what` is None for links and contacts, which are compared as they stand.

    `titled` marks the name of a certificate.
    """

    kind: FindingKind
    quote: str
    start: int
    end: int
    what: Quantity | Name | Standing | None = None
    titled: bool = False


def find_candidates(
    text: str, sentences: Sequence[Sentence], clauses: Sequence[Clause], sources: Sequence[Source]
) -> Iterator[Candidate]:
    """Every candidate of `text`, the surest reading of a place before the others."""
    for contact in find_contacts(text):
        if contact.kind in {ContactKind.EMAIL, ContactKind.PHONE}:
            kind = FindingKind.EMAIL if contact.kind is ContactKind.EMAIL else FindingKind.PHONE
            yield Candidate(kind, contact.quote, contact.start, contact.end)
    for match in LINK.finditer(text):
        yield Candidate(FindingKind.LINK, match.group().rstrip(".,;:!?"), *match.span())
    for match in _RATIO.finditer(text):
        yield Candidate(FindingKind.NUMBER, match.group(), *match.span())
    for quantity in find_quantities(text):
        if not _is_list_mark(text, quantity):
            yield Candidate(quantity.kind, quantity.quote, quantity.start, quantity.end, quantity)
    yield from _trades(sentences, sources)
    for sentence in sentences:
        for name in find_names(sentence):
            end = name.end
            if also := ITSELF.match(text, end):
                end = also.end()
            whole = replace(name, quote=text[name.start : end], end=end) if also else name
            titled = " " in whole.quote and (
                _TITLE_AFTER.match(text, end) is not None or "certified" in whole.quote.lower()
            )
            yield Candidate(FindingKind.NAME, whole.quote, whole.start, end, whole, titled)
    yield from _small_letter_skills(text, clauses, sources)
    for standing in find_standing(text):
        yield Candidate(FindingKind.STANDING, standing.quote, standing.start, standing.end, standing)


def _trades(sentences: Sequence[Sentence], sources: Sequence[Source]) -> Iterator[Candidate]:
    """Lines of business and titles of jobs the posting is not about; asking is no mistake."""
    theirs = [item.flat for item in sources if item.label == "posting"]
    for sentence in sentences if theirs else ():
        if sentence.text.rstrip().endswith("?"):
            continue
        spans = (*foreign_titles(sentence.text, theirs), *foreign_trades(sentence.text, theirs))
        for start, end in spans:
            place = sentence.start + start
            yield Candidate(FindingKind.NAME, sentence.text[start:end], place, sentence.start + end)


def _small_letter_skills(
    text: str, clauses: Sequence[Clause], sources: Sequence[Source]
) -> Iterator[Candidate]:
    """Products named without a capital, in clauses about the user's own record."""
    for clause in clauses:
        if not clause.own:
            continue
        part = text[clause.start : clause.end]
        for tool in _ORDINARY_TOOL.finditer(part):
            start, quote = clause.start + tool.start("name"), tool["name"]
            yield Candidate(
                FindingKind.NAME,
                quote,
                start,
                start + len(quote),
                Name(quote, start, start + len(quote), True),
            )
        for slug in find_skills(part):
            name = display_name(slug)
            skill = vocabulary().get(slug)
            if skill is None or skill.broad or any(item.own and slug in item.skills for item in sources):
                continue
            place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", part, re.IGNORECASE) or _alias(part, skill)
            if place is None or is_general(place.group()):
                continue
            ordinary = all(is_common(word) for word in place.group().split())
            if not ordinary or _WITH.search(part[: place.start()]):
                start = clause.start + place.start()
                quote = place.group()
                yield Candidate(
                    FindingKind.NAME,
                    quote,
                    start,
                    start + len(quote),
                    Name(quote, start, start + len(quote), False),
                )


def _alias(part: str, skill: Skill) -> re.Match[str] | None:
    """Where `part` names the tool by another of its names; a craft ("storyboards") is named by ordinary words."""
    parts = skill.name.lower().split()
    for match in _WORD.finditer(part):
        word = match.group().lower()
        if (word in parts or skill.group in TOOL_GROUPS) and canonical(word) == skill.slug:
            return match
    return None


def _is_list_mark(text: str, quantity: Quantity) -> bool:
    before = text[max(0, quantity.start - 20) : quantity.start]
    numbered = (
        _LIST_MARK.search(before) is not None
        and re.match(r"[.)]\s", text[quantity.end : quantity.end + 2]) is not None
    )
    return numbered or _ORDER.search(before) is not None
