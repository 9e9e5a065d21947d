"""Checking by code what a draft states: numbers, years, durations, money, names, links, addresses.

Each is looked up in the user's facts, and, where the text speaks about the client's job and not about the user's record,
also in what the client wrote. Nothing is ever changed here: what nothing supports is marked "needs your fact".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from core.drafting.arithmetic import Rate, worked_out
from core.drafting.candidates import ITSELF, Candidate, find_candidates
from core.drafting.clauses import Clause, Sentence, clauses_of, mentions_record, split_sentences
from core.drafting.crafts import TOOL_GROUPS
from core.drafting.draft import ClaimFinding, DraftOutput, DraftRequest, FindingKind, ReplyRequest
from core.drafting.free import is_harmless, is_small_detail, only_asks, states_nothing
from core.drafting.names import Name, is_common
from core.drafting.quantities import Quantity
from core.drafting.record import retells
from core.drafting.sources import LONG, Source, content_of, of_another_craft, source, sources_of
from core.drafting.standing import Standing
from core.matching.skills import canonical, vocabulary

_YOURS = re.compile(r"\b(?:your|you|ваш\w*)\s+(?:[\w'’.+#&-]+\s+){0,3}$", re.IGNORECASE)
_KIND_OF = re.compile(
    r"-(?:heavy|based|driven|like|style|only|ready|specific|related|powered|first|friendly|speaking|native|side|level|facing)$"
)
FRAGMENT = 3
"""Content words a sentence has at most when it cannot be understood alone."""
_AGAINST = re.compile(
    r"\b(?:instead of|rather than|versus|vs\.?|compared (?:to|with)|against|unlike|замість|проти|а не|на відміну від"
    r"|порівняно з)\s+"
    r"(?:(?:your|the|ваших|ваші)\s+)?$",
    re.IGNORECASE,
)
_SAMPLE = re.compile(
    r"\b(?:наприклад|приклад\w*|for example|for instance|example|sample"
    r"|e\.g\.)[^«\"“\n.!?]{0,40}[«\"“](?P<sample>[^»\"”\n]{8,400})[»\"”]",
    re.IGNORECASE,
)
"""What is quoted to show a style states nothing."""
_MINE = re.compile(r"(?:my|our|we|i|мо\w+|мій|наш\w*|ми|нас)\b", re.IGNORECASE)
_LEVELS = frozenset(
    [
        "advanced",
        "expert",
        "professional",
        "pro",
        "premier",
        "master",
        "gold",
        "platinum",
        "plus",
        "associate",
        "practitioner",
        "i",
        "ii",
        "iii",
        "iv",
        "senior",
        "lead",
        "chief",
    ]
)
"""Ordinary words that change what a name claims: a Foundation certificate is no evidence for an Advanced one."""
_OTHERS_AFTER = re.compile(r"\s+(?:other|others|more|colleagues|інш\w+|колег\w*)\b", re.IGNORECASE)


def check_claims(request: DraftRequest, output: DraftOutput) -> tuple[ClaimFinding, ...]:
    """Every checkable statement of the letter and the answers, supported or not, in reading order."""
    sources = sources_of(request)
    findings = list(check_text(output.letter, sources))
    questions = (
        {} if isinstance(request, ReplyRequest) else {q.position: q.text for q in request.posting.questions}
    )
    for answer in output.answers:
        asked = source("posting", questions.get(answer.position, ""), own=False)
        findings.extend(check_text(answer.text, [*sources, asked], answer=answer.position))
    return tuple(findings)


def check_text(text: str, sources: Sequence[Source], *, answer: int | None = None) -> Iterator[ClaimFinding]:
    """The findings of one text against `sources`."""
    taken: list[tuple[int, int, bool]] = []
    found: list[ClaimFinding] = []
    harmless: list[ClaimFinding] = []
    mine: set[str] = set()
    contents: dict[str, frozenset[str]] = {}
    theirs = {item.label for item in sources if not item.own}
    sentences = split_sentences(text)
    clauses = clauses_of(sentences)
    samples = [match.span("sample") for match in _SAMPLE.finditer(text)]
    for candidate in find_candidates(text, sentences, clauses, sources):
        sampled = any(start <= candidate.start < end for start, end in samples)
        if (sampled and candidate.what is not None) or _is_taken(candidate, taken):
            continue
        clause = _clause_at(clauses, candidate.start)
        if states_nothing(candidate, clause, text[max(0, candidate.start - 30) : candidate.start]):
            continue
        sentence = _sentence_at(sentences, candidate.start)
        here = _content(sentence, contents)
        if not (clause is not None and clause.own) and only_asks(candidate, sentence):
            continue
        own = clause is not None and _is_own(candidate, clause, text, here, sources, told=sentence in mine)
        told = (
            _told(sentences, candidate.start, contents)
            if isinstance(candidate.what, Quantity)
            else frozenset()
        )
        support = _support(candidate, sources, told, own=own)
        if not support and isinstance(candidate.what, Quantity) and _OTHERS_AFTER.match(text, candidate.end):
            whole = replace(candidate, what=replace(candidate.what, amount=candidate.what.amount + 1))
            support = _support(whole, sources, told, own=own)  # "four other engineers" in a team of five
        if not support and sentence in mine and is_small_detail(candidate, text):
            continue
        if clause and (own or clause.did) and _lent(candidate, clause, text, sources):
            support = ()
        harm = bool(support) or not is_harmless(candidate, text, clause, here, sources, own=own)
        taken.append((candidate.start, candidate.end, bool(support) or not harm))
        if not harm:
            if isinstance(candidate.what, Quantity):
                harmless.append(_finding(candidate, sentence, ("posting",), answer))
            continue
        if support and not theirs.intersection(support):
            mine.add(sentence)
        found.append(_finding(candidate, sentence, support, answer))
    yield from worked_out(sorted(found, key=lambda finding: finding.start), harmless, _rates(sources))


def _is_taken(candidate: Candidate, taken: Sequence[tuple[int, int, bool]]) -> bool:
    """Whether a surer reading of the place is there; what was found true does not rule out a claim of standing around it."""
    standing = candidate.kind is FindingKind.STANDING
    return any(
        candidate.start < end and start < candidate.end and not (standing and passed)
        for start, end, passed in taken
    )


def _is_own(
    candidate: Candidate,
    clause: Clause,
    text: str,
    here: frozenset[str],
    sources: Sequence[Source],
    *,
    told: bool,
) -> bool:
    """Whether only the user's facts may support it; `told`: one of them already supports something of the sentence."""
    if clause.own:
        around = text[max(0, candidate.start - 60) : candidate.start]
        return not (
            _YOURS.search(around)
            or _AGAINST.search(around)
            or (isinstance(candidate.what, Name) and _is_quality(candidate.quote))
            or _is_theirs(candidate.what, clause, text, sources)
        )
    if not clause.did or clause.yours or not isinstance(candidate.what, Quantity):
        return False
    return told or retells(candidate.what, here, sources)


def _lent(candidate: Candidate, clause: Clause, text: str, sources: Sequence[Source]) -> bool:
    what = candidate.what
    return isinstance(what, Quantity) and of_another_craft(
        what, text, text[clause.start : clause.end], sources
    )


def _is_theirs(
    what: Quantity | Name | Standing | None, clause: Clause, text: str, sources: Sequence[Source]
) -> bool:
    """An amount of the posting's in a clause that tells of nothing done: "moving 22,000 contacts is a job I know well"."""
    if not isinstance(what, Quantity) or clause.did or what.at_least:
        return False
    if what.kind in {FindingKind.YEAR, FindingKind.MONEY}:
        return False
    if what.unit == "days" and (what.amount >= LONG or mentions_record(text[clause.start : clause.end])):
        return False
    return any(not item.own and item.counts(what) for item in sources)


def _finding(
    candidate: Candidate, sentence: str, support: tuple[str, ...], answer: int | None
) -> ClaimFinding:
    return ClaimFinding(
        candidate.kind, candidate.quote, sentence, support, candidate.start, candidate.end, answer
    )


def _rates(sources: Sequence[Source]) -> list[Rate]:
    """What the user asks for an hour: the profile's rate and an hourly bid."""
    return [
        Rate(Fraction(known.amount), item.label)
        for item in sources
        if item.label in {"profile", "bid"}
        for known in item.quantities
        if known.kind is FindingKind.MONEY
    ]


def _support(
    candidate: Candidate, sources: Sequence[Source], told: frozenset[str], *, own: bool
) -> tuple[str, ...]:
    allowed = [item for item in sources if item.own or not own]
    if candidate.kind is FindingKind.NAME and candidate.what is None:
        return ()  # a trade the posting is not about
    if candidate.kind in {FindingKind.LINK, FindingKind.EMAIL, FindingKind.PHONE}:
        allowed = list(sources)
    labels = [item.label for item in allowed if _carries(item, candidate, told)]
    return tuple(dict.fromkeys(labels))


def _carries(item: Source, candidate: Candidate, told: frozenset[str]) -> bool:
    if isinstance(candidate.what, Quantity):
        return item.has_quantity(candidate.what, told) or (not item.own and item.restates(candidate.what))
    if isinstance(candidate.what, Name):
        return _names(item, candidate.what, whole=candidate.titled or "&" in candidate.quote)
    if isinstance(candidate.what, Standing):
        return candidate.what.key in item.standing and (item.own or not _MINE.match(candidate.quote))
    if candidate.kind is FindingKind.LINK:
        return item.has_link(candidate.quote)
    return item.says(candidate.quote)


def _is_quality(quote: str) -> bool:
    """ "JavaScript-heavy" tells of a page and not of its writer."""
    return _KIND_OF.search(quote) is not None


def _names(item: Source, name: Name, *, whole: bool = False) -> bool:
    """The phrase itself; or, word by word, all of it that is not ordinary language. Ordinary words alone must stand together.

    `whole`: ordinary words count too, as in the title of a certificate.
    """
    if item.says(name.quote) or (_is_quality(name.quote) and item.has_word(_KIND_OF.sub("", name.quote))):
        return True
    if _by_craft_alone(name.quote):
        return False
    if item.has_skill(name.quote):
        return True
    if ITSELF.search(name.quote):
        return False
    telling = [
        word
        for word in name.quote.split()
        if (whole or not is_common(word) or word.lower() in _LEVELS) and word != "&"
    ]
    if not telling:
        return False
    return all(
        item.has_word(word) or (item.has_skill(word) and not _by_craft_alone(word)) for word in telling
    )


def _by_craft_alone(quote: str) -> bool:
    """Whether a product is known only as a kind of work: one audio editor is no evidence for another."""
    skill = vocabulary().get(canonical(quote) or "")
    if skill is None or set(quote.lower().split()) & set(skill.name.lower().split()):
        return False
    return skill.group not in TOOL_GROUPS or all(is_common(word) for word in skill.name.split())


def _clause_at(clauses: Sequence[Clause], place: int) -> Clause | None:
    index = bisect_right(clauses, place, key=lambda clause: clause.start) - 1
    return clauses[index] if index >= 0 and place < clauses[index].end else None


def _content(text: str, contents: dict[str, frozenset[str]]) -> frozenset[str]:
    """What a sentence is about, worked out once for all its amounts."""
    if text not in contents:
        contents[text] = content_of(text)
    return contents[text]


def _told(sentences: Sequence[Sentence], place: int, contents: dict[str, frozenset[str]]) -> frozenset[str]:
    """What the sentence at `place` is about; a fragment ("An 85% drop.") is about what the one before it is."""
    index = bisect_right(sentences, place, key=lambda sentence: sentence.start) - 1
    words: frozenset[str] = frozenset()
    while index >= 0 and len(words) <= FRAGMENT:
        words |= _content(sentences[index].text, contents)
        index -= 1
    return words


def _sentence_at(sentences: Sequence[Sentence], place: int) -> str:
    index = bisect_right(sentences, place, key=lambda sentence: sentence.start) - 1
    return sentences[index].text.strip() if index >= 0 else ""
