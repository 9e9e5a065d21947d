"""What the client wants to hold in hand at the end: "a landing page", "five rendered images". By grammar, not by a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.matching.deliverable_words import (
    AFTER,
    ASIDE,
    BACK_OFF,
    BEFORE_VERBS,
    BESIDE,
    BULLET,
    CHAIN,
    CLAUSE,
    COUNT,
    CYRILLIC,
    DEMANDED,
    DETERMINERS,
    FORMATS,
    FROM_APPLICANTS,
    GATHERED,
    GIVEN,
    HANDED,
    HEAD_ENDINGS,
    HEADS,
    JOINED,
    LEAST_THING,
    LIMIT,
    LIST_HEAD,
    LIST_LEAD,
    MADE_NEW,
    MAKE,
    MAKERS,
    MEASURES,
    NO_HEADING,
    NO_THING,
    NO_THINGS,
    NUMBER,
    OPENERS,
    OWNED,
    PAIRED,
    PAST,
    PEOPLE,
    PERSON,
    PREPOSITIONS,
    REACH,
    RELATIVE,
    REMADE,
    RESET,
    STOP,
    SUPPLIED,
    TO_US,
    TOKEN,
    UNRELATED,
    VERB_LIKE,
    VERBS,
    WANT,
    WANTING,
    WITH_WHAT,
)
from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans
from core.matching.words import key_of, stem


@dataclass(frozen=True, slots=True)
class Deliverable:
    """`text` is the thing in the client's words with its count, without the article; `quote` the sentence that asks for it."""

    text: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence in which phrases of several words are one word, with its words in lower case and whether it is a heading."""

    text: str
    tokens: list[re.Match[str]]
    words: list[str]
    heading: bool

    def lead(self, first: int) -> str:
        return self.text[: self.tokens[first].start()]


def find_deliverables(title: str, description: str) -> tuple[Deliverable, ...]:
    """The things asked for, at most `LIMIT`, the description's wording before the title's. Offsets are into title, line
    break, description."""
    shift = len(title) + 1
    found: list[Deliverable] = []
    seen: list[frozenset[str]] = []
    in_list = False
    for offset, sentence in spans(description):
        listed = in_list and bool(BULLET.match(sentence))
        in_list = bool(LIST_HEAD.match(sentence)) or listed
        for text, span in _things(sentence, listed=listed):
            keys = frozenset(key_of(text))
            if not any(keys <= other or other <= keys for other in seen):
                seen.append(keys)
                found.append(Deliverable(text, quote_at(shift + offset, sentence, span)))
    # A title sums up: beside a described thing its own is the same thing in other words.
    for offset, sentence in spans(title) if not found else ():
        for text, span in _things(sentence, titled=True):
            found.append(Deliverable(text, quote_at(offset, sentence, span)))
    return tuple(found[:LIMIT])


def _hyphened(match: re.Match[str]) -> str:
    return re.sub(r"[\s&]", "-", match.group())


def _things(
    sentence: str, *, listed: bool = False, titled: bool = False
) -> Iterator[tuple[str, tuple[int, int]]]:
    joined = PAIRED.sub(_hyphened, JOINED.sub(_hyphened, sentence))
    joined = WANTING.sub(lambda match: WANT.ljust(len(match.group())), joined)
    tokens = list(TOKEN.finditer(joined))
    words = [token.group().lower().replace("’", "'") for token in tokens]
    reading = _Sentence(joined, tokens, words, _is_heading(words) and not GIVEN.search(joined))
    last_end = -1
    for index, word in enumerate(words):
        last = stem(word.rsplit("-", 1)[-1])
        known = _is_head(word, last)
        if not (known or _may_be_a_thing(word)) or not _ends_here(joined, tokens, words, index):
            continue
        first = _first(joined, tokens, words, index)
        start, end = tokens[first].start(), tokens[index].end()
        if _is_no_thing(reading, first, index, last_end):
            continue
        # "…illustrations + cover": a member of the same list.
        measured = COUNT.match(words[first]) is not None and last in MEASURES
        chained = known and last_end >= 0 and not measured and _is_next(joined, last_end, start)
        wanted = (
            _wanted(reading, first, index, listed=listed, titled=titled)
            if known
            else _is_ordered(reading, first, index)
        )
        if chained or wanted:
            last_end = end
            yield sentence[start:end], (start, end)


def _is_next(text: str, last_end: int, start: int) -> bool:
    """Whether a phrase goes on with the list that the last one belongs to: "a concept, icons for doors, and print files"."""
    between = text[last_end:start]
    if CHAIN.fullmatch(between):
        return True
    said = re.findall(r"[\w']+", between.lower())
    joint = re.search(r",\s*(?:(?:and|plus)\s+)?(?:(?:an?|one)\s+)?$", between, re.IGNORECASE)
    return (
        bool(joint) and said[:1] != [] and said[0] in BESIDE and not any(word in UNRELATED for word in said)
    )


def _is_no_thing(reading: _Sentence, first: int, index: int, last_end: int) -> bool:
    """Whether the phrase is a name or a verb after all, says more of a thing that was found before, or is there already."""
    text, words = reading.text, reading.words
    start, end = reading.tokens[first].start(), reading.tokens[index].end()
    if (
        NO_THING.search(text[start:end])
        or SUPPLIED.match(text, end)
        or _is_command(text, reading.tokens, words, index)
    ):
        return True
    if first == index and first > 0 and words[first - 1] in BEFORE_VERBS:
        return True
    if _is_aside(text[:start], words, (first, index), beside=last_end >= 0):
        return True
    # "Three dashboards: sales, stock, returns" and "a shop: catalogue, cart" tell the parts of what they ask for.
    if last_end >= 0 and COUNT.match(words[first]) and stem(words[index]) in MEASURES and first + 1 == index:
        return True
    colon = text.rfind(":", 0, start)
    if 0 <= last_end <= colon and re.search(rf"(?:{NUMBER})\b[^,:]{{0,40}}$", text[:last_end], re.IGNORECASE):
        return words[first - 1] not in DETERMINERS and not COUNT.match(words[first])
    return (
        first == index
        and 0 <= last_end <= text.rfind(":", 0, start)
        and "," in text[start:] + text[last_end:start]
    )


def _is_head(word: str, last: str) -> bool:
    return last in HEADS or JOINED.fullmatch(word) is not None or HEAD_ENDINGS.search(word) is not None


def _is_aside(lead: str, words: list[str], span: tuple[int, int], *, beside: bool) -> bool:
    """Whether brackets say more of a thing, its form or its parts: "drawings (PDF and DXF)", "a site (7 pages, a blog)"."""
    first, index = span
    if lead.count("(") <= lead.count(")"):
        return False
    return beside or stem(words[index]) in MEASURES or (stem(words[index]) in FORMATS and first == index)


def _is_command(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> bool:
    """Whether the first word of a sentence is a verb: "Copy 500 cards", "Design a menu"."""
    if index or len(words) == 1 or text[tokens[0].end() : tokens[1].start()].strip():
        return False
    return words[1] in DETERMINERS or words[1] in OWNED or COUNT.match(words[1]) is not None


def _is_heading(words: list[str]) -> bool:
    if any(word in VERBS or "'" in word for word in words) or any(stem(word) in PAST for word in words):
        return False
    return len(words) <= 40 and not any(VERB_LIKE.search(word) for word in words)


def _ends_here(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> bool:
    """Whether the noun phrase is over after this word: "landing page copywriter" is no page."""
    if index + 1 == len(tokens):
        return True
    gap = text[tokens[index].end() : tokens[index + 1].start()]
    following = words[index + 1]
    if words[index] in GATHERED and following in {"of", "з", "із"}:
        return False
    if CYRILLIC.match(words[index]):
        # The Ukrainian noun comes first and its genitive after it.
        return True
    return bool(gap.strip()) or following in AFTER or following.endswith("ed") or following[0].isdigit()


def _first(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> int:
    first = index
    while first > 0 and index - first < 6:
        gap = text[tokens[first - 1].end() : tokens[first].start()]
        previous = words[first - 1]
        if gap.strip() or previous in STOP:
            break
        if CYRILLIC.match(previous) and (stem(previous) in MAKE or VERB_LIKE.search(previous)):
            break
        first -= 1
        if COUNT.match(words[first]):
            break
    return first


def _may_be_a_thing(word: str) -> bool:
    """Whether a word that is not listed may name a thing: Latin, no person, no time, no money and nothing abstract."""
    return (
        len(word) >= LEAST_THING
        and word[0].isalpha()
        and word.isascii()
        and word not in STOP
        and stem(word) not in NO_THINGS
    )


def _is_ordered(reading: _Sentence, first: int, index: int) -> bool:
    """Whether an article or a number and a verb of making or wanting say that a thing of any name is asked for."""
    words = reading.words
    before = words[:first]
    counted = COUNT.match(words[first]) is not None
    if not before or not (counted or before[-1] in DETERMINERS) or (counted and first == index):
        return False
    lead = reading.lead(first)
    if BACK_OFF.search(lead) or reading.text.endswith("?"):
        return False
    clause = next((place for place in range(first - 1, -1, -1) if words[place] in CLAUSE), -1)
    before = before[clause + 1 :]
    verb = _governor(before, lead, fixed=True)
    if verb in MAKERS:
        return True
    # "You need an eye for detail" speaks of the person, and who is hired may be anybody: "a developer", "an architect".
    return (
        verb is not None and verb not in ASIDE and before[:1] != ["you"] and not PERSON.search(words[index])
    )


def _wanted(reading: _Sentence, first: int, index: int, *, listed: bool, titled: bool) -> bool:
    """Whether the sentence asks for the phrase from the word `first` to the word `index`, which names a thing."""
    words = reading.words
    before, lead = words[:first], reading.lead(first)
    if before == ["the"]:
        return any(word in {"should", "must"} for word in words[first : first + 5])
    if before and before[-1] in OWNED:
        verb = stem(before[-2]) if len(before) > 1 else ""
        return verb in REMADE or (before[-1] in {"the", "our", "my"} and verb in MADE_NEW)
    if (
        DEMANDED.match(reading.text, reading.tokens[index].end())
        and stem(words[index]) not in FROM_APPLICANTS
    ):
        return True
    opening = [word for word in before if word not in OPENERS]
    if not opening or (len(opening) == 1 and opening[0] in DETERMINERS):
        return listed or titled or _opens(reading, first, index)
    if BACK_OFF.search(lead):
        return False
    cyrillic = CYRILLIC.match(words[first]) is not None
    among = next((word for word in reversed(before) if word not in {"та", "і", "й"}), "")
    counted = COUNT.match(words[first]) is not None or before[-1] == "one"
    fixed = (
        (cyrillic and not WITH_WHAT.search(words[first]) and not WITH_WHAT.search(among))
        or before[-1] in DETERMINERS
        or counted
    )
    if not fixed and first == index and stem(words[index]) in FORMATS:
        return False
    if _in_colon_list(lead, fixed=fixed):
        return True
    # "Besides that, three case studies": a number after a comma, and no verb before it.
    ended = re.sub(r"\bone\s*$", "", lead, flags=re.IGNORECASE).rstrip().endswith((",", "+", ";"))
    if counted and ended and not any(word in VERBS or stem(word) in PAST for word in before):
        return True
    if not fixed:
        # "A script which saves profiles" makes a script.
        clause = next((place for place in range(first - 1, -1, -1) if words[place] in RELATIVE), -1)
        before = before[clause + 1 :]
    return _governor(before, lead, fixed=fixed, long=first < index) is not None


def _opens(reading: _Sentence, first: int, index: int) -> bool:
    """Whether a phrase at the head of its sentence is asked for: by its number, as a heading, or by what is said of it."""
    words = reading.words
    kind = stem(words[index])
    following = words[index + 1 : first + 8]
    modal = " has to " in f" {' '.join(following)} " or any(
        word in {"should", "must", "має", "повинен"} for word in following
    )
    if following[:1] and following[0] in {"required", "needed", "wanted"}:
        return True
    if any(word in {"потрібен", "потрібна", "потрібно", "потрібні"} for word in words[first : first + 8]):
        return True
    if first > 0 or COUNT.match(words[first]):
        return True
    if modal and kind not in NO_HEADING:
        return True
    bare = index == first and kind in NO_HEADING
    return reading.heading and not bare and kind not in FORMATS and not PEOPLE.match(words[first])


def _governor(before: list[str], lead: str, *, fixed: bool, long: bool = False) -> str | None:
    """The stem of the verb that asks for what comes after `before`; `None` if none does."""
    for place in range(len(before) - 1, max(-1, len(before) - REACH), -1):
        word = before[place]
        if word in {"me", "us"}:
            verb = stem(before[place - 1]) if place > 0 else ""
            return verb if (fixed or (long and verb in HANDED)) and verb in (HANDED | MAKE) - TO_US else None
        # "I write novels" says who asks, and "in draft form" makes nothing.
        earlier = before[place - 1] if place > 0 else ""
        if stem(word) in MAKERS and (earlier in {"i", "we"} or earlier in PREPOSITIONS - {"to"}):
            return None
        if stem(word) in MAKE:
            denied = {"not", "don't", "no", "без"}.intersection(before[max(0, place - 2) : place])
            return None if denied else stem(word)
        if stem(word) in PAST:
            return None
        if word == "of" and before[place - 1 : place] and before[place - 1] in GATHERED:
            continue
        if word in PREPOSITIONS:
            # "…in Blender plus five images": a new member of the list, not part of the place.
            members = re.sub(r"\b(?:an?|one)$", "", lead.rstrip(), flags=re.IGNORECASE).rstrip()
            if not (fixed and RESET.search(members)):
                return None
    return None


def _in_colon_list(lead: str, *, fixed: bool) -> bool:
    """Whether a phrase is an item after a colon: "Every week: show notes, 5 clips and a thumbnail"."""
    head, colon, items = lead.rpartition(":")
    if (
        not colon
        or GIVEN.search(head)
        or re.search(r"\b(?:test|trial)\b", head)
        or not (fixed or LIST_LEAD.search(head))
    ):
        return False
    if any(word.lower() in VERBS for word in re.findall(r"[\w']+", items)):
        return False
    bare = re.sub(r"\b(?:an?|one)$", "", items.rstrip(), flags=re.IGNORECASE).rstrip()
    return not bare or bare.endswith(";") or RESET.search(bare) is not None
