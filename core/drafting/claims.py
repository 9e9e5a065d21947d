"""Checking by code what a draft states: numbers, years, durations, money, names, links, addresses.

Each is looked up in the user's facts, and, where the text speaks about the client's job and not about the user's record,
also in what the client wrote. Nothing is ever changed here: what nothing supports is marked "needs your fact".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from core.drafting.arithmetic import worked_out
from core.drafting.clauses import Clause, Sentence, clauses_of, split_sentences
from core.drafting.contacts import ContactKind, find_contacts
from core.drafting.draft import ClaimFinding, DraftOutput, DraftRequest, FindingKind, ReplyRequest
from core.drafting.names import Name, find_names, is_common, is_format
from core.drafting.quantities import Quantity, find_quantities
from core.drafting.sources import LINK, Source, content_of, source, sources_of
from core.drafting.standing import FLAWLESS, Standing, find_standing
from core.matching.skills import Skill, canonical, display_name, find_skills, vocabulary

SMALL = 3
PLAN_SMALL = 10
PROMISED = 60
"""A plan may speak of so many things nobody counted before ("test it on twenty boards"); more sounds like a record."""
_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*$")
_ORDER = re.compile(
    r"\b(?:step|phase|part|point|option|question|stage|milestone|sprint|day|week|month|page|pages|chapter|slide|episode|version|line|row|item|room"
    r"|крок|етап|частина|пункт|питання|запитання|день"
    r"|тиждень|сторінка|сторінці|сторінки|розділ|рядок|випуск|версія)\s*#?$",
    re.IGNORECASE,
)
_PLAN_NOUN = re.compile(
    r"\s*(?:\w+\s+)?(?:questions?|steps?|options?|things?|points?|ways?|phases?|parts?|stages?|milestones?|calls?|rounds?|ideas?|words?"
    r"|sentences?|lines?|запитан\w*|питан\w*|крок\w*|етап\w*|варіант\w*|частин\w*|реч\w*|пункт\w*)\b",
    re.IGNORECASE,
)
_YOURS = re.compile(r"\b(?:your|you|ваш\w*)\s+(?:[\w'’.+#&-]+\s+){0,3}$", re.IGNORECASE)
_WITH = re.compile(r"\b(?:in|with|using|uses?|know)\s+$", re.IGNORECASE)
"""A product called by an ordinary word ("blender") is meant where something is done in it."""
_WORD = re.compile(r"[\w+#.-]*[\w+#]")
_TOOL_GROUPS = frozenset({"automation", "backend", "data", "devops", "mobile", "programming", "web"})
_ORDINARY_TOOL = re.compile(
    r"\b(?:in|with|using|uses?|know) (?P<name>blender|notion|sketch|pro tools|logic pro|final cut|after effects|unity|unreal|maya"
    r"|cinema 4d|audacity|reaper|ableton|descript|canva|monday|asana|jira|zapier|make|slack|excel|swift|rust|scala|ruby|spark)"
    r"(?=\s*(?:$|[,.;!?)]|and\b|or\b|for\b|to\b|every\b|first\b|daily\b|as\b|since\b|too\b))"
)
_OTHERS = re.compile(r"\b(?:remaining|other|rest|решт\w+|інш\w+)\s+$", re.IGNORECASE)
FRAGMENT = 3
"""Content words a sentence has at most when it cannot be understood alone."""
_MINUTE = Fraction(1, 1440)
_YEAR = Fraction(365)
_ALWAYS = {FindingKind.LINK, FindingKind.EMAIL, FindingKind.PHONE, FindingKind.NAME, FindingKind.MONEY}
_ZONE_AFTER = re.compile(r"\s+(?:time\b|day\b|hours\b|business hours)", re.IGNORECASE)
_ZONE_BEFORE = re.compile(r"\d\d?:\d\d\s+(?:за|по)\s+$|\d\s?[ap]m\s+$", re.IGNORECASE)
_BY_MEANS = re.compile(r"\b(?:in|using|via|into|through|у|в|через)\s+(?:[a-z]+\s+)?$")
_OTHERS_AFTER = re.compile(r"\s+(?:other|others|more|colleagues|інш\w+|колег\w*)\b", re.IGNORECASE)
_ALL_OF = re.compile(
    r"\b(?:all|both|these|those|the other|усі|всі|обидв\w|ці|ті)\s+(?:of )?(?:the )?$", re.IGNORECASE
)
_TECHNICAL = re.compile(r"[A-Z]{2,5}\d?s?|[A-Z]\d|[A-Z]{2,4}-[A-Z]{2,4}|[a-z]+-[A-Z]{2,3}")
"""Letters that stand for a technology in talk about the client's job: "OTA", "S3", "cross-AZ"."""
_ONE = frozenset({"1", "one", "один", "одна", "одну", "одне", "одного"})
_SPELLINGS = frozenset({"american", "british", "european", "western"})
_ITSELF = re.compile(r"\s+(?:itself|themselves|самої|самого|самому)\b", re.IGNORECASE)
_ONE_AT_A_TIME = re.compile(r"\b(?:each|every|per|first|next|кожн\w+|перш\w+|наступн\w+)\s+$", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:in|within|for|takes?|after|under|only|just|about|за|через|протягом)\s+$", re.IGNORECASE
)
_RATIO = re.compile(r"(?<!\d)(?!(?:[01]?\d|2[0-4]):[0-5]\d(?!\d))\d+\s?[/:]\s?\d+")


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: FindingKind
    quote: str
    start: int
    end: int
    what: Quantity | Name | Standing | None = None


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
    sentences = split_sentences(text)
    clauses = clauses_of(sentences)
    for candidate in _candidates(text, sentences, clauses, sources):
        standing = candidate.kind is FindingKind.STANDING
        if any(
            candidate.start < end and start < candidate.end and not (standing and named)
            for start, end, named in taken
        ):
            continue
        clause = _clause_at(clauses, candidate.start)
        if _states_nothing(candidate, clause):
            continue
        own = clause is not None and clause.own
        sentence = _sentence_at(sentences, candidate.start)
        if not own and sentence.endswith("?") and candidate.kind not in _ALWAYS:
            continue  # an open question states nothing
        if own and _YOURS.search(text[max(0, candidate.start - 60) : candidate.start]):
            own = False
        told = _told(sentences, candidate.start) if isinstance(candidate.what, Quantity) else frozenset()
        support = _support(candidate, sources, told, own=own)
        if not support and isinstance(candidate.what, Quantity) and _OTHERS_AFTER.match(text, candidate.end):
            whole = replace(candidate, what=replace(candidate.what, amount=candidate.what.amount + 1))
            support = _support(whole, sources, told, own=own)  # "four other engineers" in a team of five
        taken.append((candidate.start, candidate.end, candidate.kind is FindingKind.NAME and bool(support)))
        if not support and _is_harmless(candidate, text, clause, own=own):
            continue
        found.append(
            ClaimFinding(
                candidate.kind, candidate.quote, sentence, support, candidate.start, candidate.end, answer
            )
        )
    yield from worked_out(sorted(found, key=lambda finding: finding.start))


def _candidates(
    text: str, sentences: Sequence[Sentence], clauses: Sequence[Clause], sources: Sequence[Source]
) -> Iterator[_Candidate]:
    for contact in find_contacts(text):
        if contact.kind in {ContactKind.EMAIL, ContactKind.PHONE}:
            kind = FindingKind.EMAIL if contact.kind is ContactKind.EMAIL else FindingKind.PHONE
            yield _Candidate(kind, contact.quote, contact.start, contact.end)
    for match in LINK.finditer(text):
        yield _Candidate(FindingKind.LINK, match.group().rstrip(".,;:!?"), *match.span())
    for match in _RATIO.finditer(text):
        yield _Candidate(FindingKind.NUMBER, match.group(), *match.span())
    for quantity in find_quantities(text):
        if not _is_list_mark(text, quantity):
            yield _Candidate(quantity.kind, quantity.quote, quantity.start, quantity.end, quantity)
    for sentence in sentences:
        for name in find_names(sentence):
            end = name.end
            if also := _ITSELF.match(text, end):
                end = also.end()
            whole = replace(name, quote=text[name.start : end], end=end) if also else name
            yield _Candidate(FindingKind.NAME, whole.quote, whole.start, end, whole)
    yield from _small_letter_skills(text, clauses, sources)
    for standing in find_standing(text):
        yield _Candidate(FindingKind.STANDING, standing.quote, standing.start, standing.end, standing)


def _small_letter_skills(
    text: str, clauses: Sequence[Clause], sources: Sequence[Source]
) -> Iterator[_Candidate]:
    """Products named without a capital, in clauses about the user's own record."""
    for clause in clauses:
        if not clause.own:
            continue
        part = text[clause.start : clause.end]
        for tool in _ORDINARY_TOOL.finditer(part):
            start, quote = clause.start + tool.start("name"), tool["name"]
            yield _Candidate(
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
            if place is None:
                continue
            ordinary = all(is_common(word) for word in place.group().split())
            if not ordinary or _WITH.search(part[: place.start()]):
                start = clause.start + place.start()
                quote = place.group()
                yield _Candidate(
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
        if (word in parts or skill.group in _TOOL_GROUPS) and canonical(word) == skill.slug:
            return match
    return None


def _states_nothing(candidate: _Candidate, clause: Clause | None) -> bool:
    """What is denied is not claimed, except that "never missed a deadline" claims a great deal. What is promised is no record."""
    if clause is None or not isinstance(candidate.what, Name | Standing):
        return False
    flawless = isinstance(candidate.what, Standing) and candidate.what.key in FLAWLESS
    return clause.plan or clause.lacking if flawless else clause.denied


def _support(
    candidate: _Candidate, sources: Sequence[Source], told: frozenset[str], *, own: bool
) -> tuple[str, ...]:
    allowed = [item for item in sources if item.own or not own]
    if candidate.kind in {FindingKind.LINK, FindingKind.EMAIL, FindingKind.PHONE}:
        allowed = list(sources)
    labels = [item.label for item in allowed if _carries(item, candidate, told)]
    return tuple(dict.fromkeys(labels))


def _carries(item: Source, candidate: _Candidate, told: frozenset[str]) -> bool:
    if isinstance(candidate.what, Quantity):
        return item.has_quantity(candidate.what, told) or (not item.own and item.restates(candidate.what))
    if isinstance(candidate.what, Name):
        return _names(item, candidate.what)
    if isinstance(candidate.what, Standing):
        return candidate.what.key in item.standing
    if candidate.kind is FindingKind.LINK:
        return item.has_link(candidate.quote)
    return item.says(candidate.quote)


def _names(item: Source, name: Name) -> bool:
    """The phrase itself; or, word by word, all of it that is not ordinary language. Ordinary words alone must stand together."""
    if item.says(name.quote):
        return True
    if _by_craft_alone(name.quote):
        return False
    if item.has_skill(name.quote):
        return True
    if _ITSELF.search(name.quote):
        return False
    telling = [word for word in name.quote.split() if not is_common(word) and word != "&"]
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
    return skill.group not in _TOOL_GROUPS or all(is_common(word) for word in skill.name.split())


def _is_harmless(candidate: _Candidate, text: str, clause: Clause | None, *, own: bool) -> bool:
    """What needs no support: an anaphora ("all three"), and outside the record small counts and what a plan promises."""
    before = text[max(0, candidate.start - 20) : candidate.start]
    quantity = candidate.what if isinstance(candidate.what, Quantity) else None
    if quantity is not None and _ALL_OF.search(before) and quantity.amount <= PLAN_SMALL:
        return True
    if isinstance(candidate.what, Name) and (
        _ZONE_AFTER.match(text, candidate.end) or _ZONE_BEFORE.search(before)
    ):
        return True
    if own:
        return False
    if (
        clause is not None
        and clause.yours
        and quantity is not None
        and not quantity.unit
        and quantity.amount <= PLAN_SMALL
    ):
        return True
    if clause is not None and clause.plan and _may_be_promised(candidate, before):
        return True
    ahead = clause is not None and clause.ahead
    if isinstance(candidate.what, Quantity) and candidate.kind is FindingKind.DURATION:
        small = candidate.quote.split()[0].lower() in _ONE or (ahead and _MINUTE <= candidate.what.amount < 1)
        return (small and not _WITHIN.search(before)) or _ONE_AT_A_TIME.search(before) is not None
    if (
        isinstance(candidate.what, Quantity)
        and candidate.kind is FindingKind.NUMBER
        and not candidate.what.unit
    ):
        amount = candidate.what.amount
        if amount != int(amount):
            return False
        if _ONE_AT_A_TIME.search(before):
            return True
        plan = _PLAN_NOUN.match(text, candidate.end) or _OTHERS.search(before)
        return amount <= SMALL or (amount <= PLAN_SMALL and plan is not None)
    if isinstance(candidate.what, Name):
        quote = candidate.quote
        return is_format(quote) or quote.lower() in _SPELLINGS or _TECHNICAL.fullmatch(quote) is not None
    return False


def _may_be_promised(candidate: _Candidate, before: str) -> bool:
    """Time and small counts of a plan, and the tools it would use. Money is the bid's, and a promised result is a guarantee."""
    if isinstance(candidate.what, Quantity):
        if candidate.kind is FindingKind.DURATION:
            return candidate.what.amount < _YEAR
        return (
            candidate.kind is FindingKind.NUMBER
            and not candidate.what.unit
            and candidate.what.amount <= PROMISED
        )
    return isinstance(candidate.what, Name) and (
        canonical(candidate.quote) is not None
        or (" " not in candidate.quote and _BY_MEANS.search(before) is not None)
    )


def _is_list_mark(text: str, quantity: Quantity) -> bool:
    before = text[max(0, quantity.start - 20) : quantity.start]
    numbered = (
        _LIST_MARK.search(before) is not None
        and re.match(r"[.)]\s", text[quantity.end : quantity.end + 2]) is not None
    )
    return numbered or _ORDER.search(before) is not None


def _clause_at(clauses: Sequence[Clause], place: int) -> Clause | None:
    index = bisect_right(clauses, place, key=lambda clause: clause.start) - 1
    return clauses[index] if index >= 0 and place < clauses[index].end else None


def _told(sentences: Sequence[Sentence], place: int) -> frozenset[str]:
    """What the sentence at `place` is about; a fragment ("An 85% drop.") is about what the one before it is."""
    index = bisect_right(sentences, place, key=lambda sentence: sentence.start) - 1
    words: frozenset[str] = frozenset()
    while index >= 0 and len(words) <= FRAGMENT:
        words |= content_of(sentences[index].text)
        index -= 1
    return words


def _sentence_at(sentences: Sequence[Sentence], place: int) -> str:
    index = bisect_right(sentences, place, key=lambda sentence: sentence.start) - 1
    return sentences[index].text.strip() if index >= 0 else ""
