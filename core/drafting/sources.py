"""What may support a statement in a draft: the user's facts above all, and what the client wrote where it is about the client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from core.drafting.changes import Change, find_changes, follows, near_enough
from core.drafting.crafts import PERIOD, Craft, crafts_meant, crafts_of, is_form, other_craft
from core.drafting.draft import Bid, DraftRequest, FindingKind, ReplyRequest, RevisionRequest
from core.drafting.evidence import words_of
from core.drafting.lookalikes import view_of
from core.drafting.quantities import Quantity, face_of, find_quantities
from core.drafting.standing import standing_of
from core.jobs_feed.posting import JobPosting
from core.matching.skills import canonical, find_skills, implied
from core.profile.facts import Profile

LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”«»)\]]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.)+(?:com|org|net|io|dev|app|co|me|ua|ai"
    r"|site|online|info"
    r"|biz|eu|uk|de|pl|xyz|tech|shop|store|pro|design|page|ly|gg|tv|cc|us|ca|au|fr|es|nl|se|ch|cz|sk|ro|pt|br|jp|cn"
    r"|ru|by|kz|cloud"
    r"|space|website|link|works|studio|agency|digital|media|blog|fm|sh|edu|gov|ws|io)(?:/[^\s<>\"'“”«»)\]]*)?(?![\w-])"
    r"|(?<![\w@.-])[a-z][a-z0-9-]{1,62}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,12}/[^\s<>\"'“”«»)\]]+",
    re.IGNORECASE,
)
FOREIGN_READ = 30_000
"""Characters of what a client wrote that can support a statement; reading more would only hold up other people."""

LONG = 300
"""Days from which a duration speaks of somebody's experience."""
SURELY = 2
"""Words in common that make two texts speak of the same thing."""
_INFLECTED, _ENDING = 4, 2
"""Letters a Ukrainian word must share with another to be a form of it, and letters an ending may have."""
_SAME_THING = tuple(
    frozenset(words_of(words))
    for words in (
        "clients customers buyers entrepreneurs shops",
        "users people readers subscribers followers",
        "records entries rows transactions",
        "posts articles texts",
        "клієнтів замовників підприємців",
        "користувачів людей читачів підписників",
        "записів рядків операцій",
    )
)
_SINCE = re.compile(
    r"\b(?:since|from|з|із|від)\s+(?P<year>(?:19[5-9]|20)\d\d)\b(?!\s*(?:to|till|until|до|по|[–—-])\s*\d)",
    re.IGNORECASE,
)
_ENDING_OFF = re.compile(r"(?:ого|ому|ими|ою|ою|оо|ой|ий|им|их|ам|ах|а|я|у|ю|о|и)$")
"""The ending of a Ukrainian name, read after the vowels are folded."""
_OFFSET = re.compile(r"\b(?:UTC|GMT)\s?[+−-]\s?(?P<hours>\d{1,2})\b", re.IGNORECASE)
A_WEEK = re.compile(
    r"\b(?:hours?|hrs?) (?:a|per|each|every) week\b|\bгодин\w*(?: на тиждень|/тижд)|\bна тиждень\b"
    r"|\b(?:hours?|hrs?)\s?/\s?w(?:ee)?k|\bhours? weekly\b|\bщотижня\b",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?<=[^\W\d])[\d.]+$|(?<=[+#])[\d.]+$")
_SHORT_NAME = re.compile(r"(?<![\w'’])[А-ЯІЇЄҐ][а-яіїєґ]{2}(?![\w'’])")
_FOLD = str.maketrans("іїеє", "оооо")
"""Ukrainian stems change their vowel with the ending: "стіл" and "столу", "камінь" and "каменя"."""
_WORD = re.compile(r"[^\W_]+(?:[.+#&'’-]+[^\W_]+)*[+#]*")


@dataclass(frozen=True, slots=True)
class Source:
    """`own` marks the user's own statements. `flat` is the text in lower case with single spaces, bounded by spaces.

    `weekly` are the hours a week it offers, in days; `year` is the one the text is read in, 0 when that is not known.
    """

    label: str
    own: bool
    flat: str
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    links: frozenset[str]
    skills: frozenset[str]
    standing: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    short_names: frozenset[str] = frozenset()
    content: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()
    weekly: tuple[Fraction, ...] = ()
    crafts: tuple[Craft, ...] = ()
    year: int = 0

    def says(self, phrase: str) -> bool:
        return f" {flatten(phrase)} " in self.flat

    def has_word(self, word: str) -> bool:
        low = word.lower()
        return (
            low in self.words
            or low.removesuffix("'s") in self.words
            or low.removesuffix("s") in self.words
            or ("а" <= low[0] <= "ґ" and len(low) >= _INFLECTED - 1 and self._has_form(low.translate(_FOLD)))
        )

    def _has_form(self, word: str) -> bool:
        """Ukrainian names change their endings: "Вовна", "Вовни", "Вовною" are one."""
        bare = _ENDING_OFF.sub("", word)
        if len(bare) >= 3 and any(
            _ENDING_OFF.sub("", known) == bare for known in self.stems if known[:3] == word[:3]
        ):
            return True
        if len(word) <= _INFLECTED + 1 and any(_shared(name, word) >= 2 for name in self.short_names):
            return True
        return any(
            known[:_INFLECTED] == word[:_INFLECTED]
            and abs(len(known) - len(word)) <= _ENDING
            and _shared(known, word) >= max(_INFLECTED, min(len(known), len(word)) - _ENDING)
            for known in self.stems
            if known[0] == word[0]
        )

    def has_skill(self, name: str) -> bool:
        slug = canonical(name)
        return slug is not None and slug in self.skills

    def has_link(self, link: str) -> bool:
        """The very link, or a page above one that is here."""
        wanted = bare_link(link)
        return any(known == wanted or known.startswith(f"{wanted}/") for known in self.links)

    def has_quantity(self, wanted: Quantity, told: frozenset[str] = frozenset()) -> bool:
        """`told` are the content words of the sentence `wanted` stands in."""
        alike = _alike(told, self.content)
        if len(told & self.content) >= SURELY and self._unit_unsaid(wanted):
            return True
        if wanted.at_least and len(wanted.after & self.content) >= SURELY:
            return any(
                _covers(wanted, known)
                and wanted.unit == known.unit
                and _alike(wanted.after, known.after or known.near)
                for known in self.quantities
            )
        return any(_same(wanted, known, alike=bool(told) and alike) for known in self.quantities) or (
            alike
            and any(
                follows(wanted, change)
                for change in self.changes
                if change.unit or shared_content(told, self.content)
            )
        )

    def _unit_unsaid(self, wanted: Quantity) -> bool:
        """In "from four months on a battery to fourteen" the unit is said of the other number only."""
        if wanted.unit or wanted.at_least:
            return False
        return any(known.unit == "days" and wanted.amount == face_of(known) for known in self.quantities)

    def counts(self, wanted: Quantity) -> bool:
        """Whether the very amount stands here, of the same thing."""
        return any(
            wanted.amount == known.amount
            and wanted.unit == known.unit
            and bool(wanted.near)
            and shared_content(wanted.near, known.near) > 0
            for known in self.quantities
        )

    def restates(self, wanted: Quantity) -> bool:
        """Whether the number itself stands here, whatever it counts: talk about the client's job may quote it freely."""
        face = face_of(wanted)
        return any(face == face_of(known) and _one_kind(wanted, known) for known in self.quantities) or any(
            follows(wanted, change) for change in self.changes
        )


def _one_kind(wanted: Quantity, known: Quantity) -> bool:
    return wanted.unit == known.unit or not {wanted.unit, known.unit} & {"%", "x"}


def _shared(first: str, second: str) -> int:
    """Letters two words have in common from the start."""
    return next(
        (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )


def flatten(text: str) -> str:
    """Words only, lower case, look-alike letters plain: "Acme Corp." and "ACME  corp" are the same."""
    return " ".join(_WORD.findall(view_of(text).text))


def bare_link(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower()).rstrip("/.,;:!?)")


def source(label: str, text: str, *, own: bool, skills: Iterable[str] = ()) -> Source:
    flat = flatten(text)
    words = set(flat.split())
    words |= {part for word in words for part in re.split(r"[-.'’/&]", word) if part}
    words |= {bare for word in words if (bare := _VERSION.sub("", word))}
    quantities = tuple(find_quantities(text))
    slugs = {slug for skill in skills if (slug := canonical(skill))} | set(find_skills(text))
    return Source(
        label,
        own,
        f" {flat} ",
        frozenset(words),
        (*quantities, *_time_zones(text), *_periods(text)),
        frozenset(bare_link(match.group()) for match in LINK.finditer(text)),
        frozenset(implied(slugs)),
        standing_of(text),
        frozenset(
            word.translate(_FOLD) for word in words if len(word) >= _INFLECTED and "а" <= word[0] <= "ґ"
        ),
        frozenset(name.lower().translate(_FOLD) for name in _SHORT_NAME.findall(text)),
        frozenset(content_of(text)),
        find_changes(text, quantities),
        tuple(
            Fraction(one.amount)
            for one in quantities
            if one.kind is FindingKind.DURATION and A_WEEK.search(text[one.start : one.end + 25])
        ),
        tuple(crafts_of(text, quantities)) if own else (),
    )


def content_of(text: str) -> frozenset[str]:
    """What a text is about: its longer words without their endings, numbers left out."""
    return frozenset(word for word in words_of(text) if len(word) > 2 and word[0].isalpha())


def _periods(text: str) -> Iterator[Quantity]:
    """ "2021–2023" is two years, or three with both counted."""
    for match in PERIOD.finditer(text):
        span = int(match["last"]) - int(match["first"])
        for years in (span, span + 1) if 0 < span < 60 else ():
            yield Quantity(
                FindingKind.DURATION, match.group(), 0, 0, Fraction(365 * years), "days", frozenset()
            )


def shared_content(words: frozenset[str], known: frozenset[str]) -> int:
    """How many of `words` stand among `known`, in whatever form."""
    return sum(any(is_form(word, other) for other in known) for word in words)


def _time_zones(text: str) -> Iterator[Quantity]:
    """ "UTC+2" is two hours ahead."""
    for match in _OFFSET.finditer(text):
        hours = Fraction(int(match["hours"]), 24)
        yield Quantity(FindingKind.DURATION, match["hours"], 0, 0, hours, "days", frozenset())


def sources_of(request: DraftRequest) -> list[Source]:
    """Everything a draft for `request` may rest on, the user's facts first."""
    found = profile_sources(request.profile)
    if request.posting is not None:
        found = [_with_time_since(item, request.posting.published_at.year) for item in found]
    if isinstance(request, RevisionRequest | ReplyRequest) and request.instruction.strip():
        found.append(source("instruction", request.instruction, own=True))
    if isinstance(request, ReplyRequest):
        if request.letter.strip():
            found.append(source("letter", request.letter, own=True))
        mine = "\n".join(message.text for message in request.thread if message.mine)
        theirs = "\n".join(message.text for message in request.thread if not message.mine)
        found.extend(
            source("thread", text[-FOREIGN_READ:], own=own)
            for text, own in ((mine, True), (theirs, False))
            if text
        )
    if request.posting is not None:
        found.append(
            source("posting", _posting_words(request.posting), own=False, skills=request.posting.skills)
        )
    if request.bid is not None:
        found.append(_bid_source(request.bid))
    return found


def _with_time_since(item: Source, year: int) -> Source:
    """Who works "since 2015" may say in 2026 that it has been eleven years."""
    spans = [
        span
        for match in _SINCE.finditer(item.flat)
        for span in (year - int(match["year"]), year - int(match["year"]) - 1)
    ]  # it may have begun late in that year
    derived = tuple(
        Quantity(FindingKind.DURATION, f"{span} years", 0, 0, Fraction(365 * span), "days", frozenset())
        for span in spans
        if span > 0
    )
    career = _career(item.flat, year)
    return replace(item, quantities=(*item.quantities, *derived, *career), year=year)


def _career(flat: str, year: int) -> Iterator[Quantity]:
    """ "2014-2019 in an office, on my own since 2019" is one stretch of years from 2014 on."""
    period = PERIOD.search(flat)
    since = _SINCE.search(flat)
    if period and since and 0 <= int(since["year"]) - int(period["last"]) <= 1:
        span = year - int(period["first"])
        for years in (span, span - 1):
            yield Quantity(
                FindingKind.DURATION, f"{years} years", 0, 0, Fraction(365 * years), "days", frozenset()
            )


def profile_sources(profile: Profile) -> list[Source]:
    """What the user says about themselves: every fact, the headline, the signature, the rate."""
    found = [source(fact.label, fact.text, own=True, skills=fact.skills) for fact in profile.facts]
    rate = f" ${profile.hourly_rate} per hour" if profile.hourly_rate else ""
    found.append(source("profile", f"{profile.headline}\n{profile.signature or ''}\n{rate}", own=True))
    return found


def _bid_source(bid: Bid) -> Source:
    money = Quantity(FindingKind.MONEY, str(bid.amount), 0, 0, bid.amount, bid.currency, frozenset())
    return Source("bid", True, " ", frozenset(), (money,), frozenset(), frozenset())


def _posting_words(posting: JobPosting) -> str:
    bounds = [
        amount for amount in (posting.budget, posting.hourly_min, posting.hourly_max) if amount is not None
    ]
    parts: Sequence[str | None] = [
        posting.title,
        posting.description,
        ", ".join(posting.skills),
        *(question.text for question in posting.questions),
        posting.duration,
        posting.workload,
        posting.category,
        posting.client.city,
        posting.client.country,
        *(f"{amount} {posting.currency}" for amount in bounds),
    ]
    return "\n".join(filter(None, parts))[:FOREIGN_READ]


def _same(wanted: Quantity, known: Quantity, *, alike: bool) -> bool:
    """Equal amounts of the same thing; "over 5 years" is also true of 8. What is counted has to agree where both say it.

    An equal number may also be told in other words (`alike`: the sentences speak of one thing); a lower bound or a rounding
    must name the thing counted.
    """
    if wanted.unit == "%" and not known.unit and known.amount < 1:
        return wanted.amount == known.amount * 100 and _alike(wanted.near, known.near)
    if wanted.unit != known.unit and {wanted.unit, known.unit} != {"year", ""}:
        return False
    if wanted.kind is FindingKind.MONEY or wanted.unit in {"%", "x", "days", "year"}:
        return _covers(wanted, known)
    if wanted.amount == known.amount:
        return alike or _alike(wanted.near, known.near)
    if wanted.at_least and not known.near:
        return False
    return _covers(wanted, known) and _alike(wanted.after or wanted.near, known.near)


def _alike(wanted: frozenset[str], known: frozenset[str]) -> bool:
    """Whether the same is counted: a word in common, in whatever form. Silence on either side contradicts nothing."""
    if not wanted or not known or wanted & known or not _scripts(wanted) & _scripts(known):
        return True
    if any(group & wanted and group & known for group in _SAME_THING):
        return True
    return any(
        "а" <= word[0] <= "ґ"
        and _shared(word, other) >= max(_INFLECTED, min(len(word), len(other)) - _ENDING)
        for word in wanted
        for other in known
        if word[0] == other[0]
    )


def _scripts(words: frozenset[str]) -> set[bool]:
    """Facts in Ukrainian and a letter in English have no word in common and contradict nothing."""
    return {word[0].isascii() for word in words}


def _covers(wanted: Quantity, known: Quantity) -> bool:
    if wanted.amount == known.amount:
        return True
    if wanted.unit != "year" and near_enough(Fraction(wanted.amount), Fraction(known.amount), wanted.hedge):
        return True
    close = wanted.unit == "days" and _close(wanted.amount, known.amount)
    return close or (
        wanted.at_least and "year" not in {wanted.unit, known.unit} and known.amount > wanted.amount
    )


def of_another_craft(wanted: Quantity, text: str, clause: str, sources: Sequence[Source]) -> bool:
    """Whether years are claimed for a craft the facts give other years to, or none."""
    if wanted.unit != "days" or wanted.amount < LONG:
        return False
    timed = {craft: item.year for item in sources for craft in item.crafts}
    if not timed:
        return False
    if other_craft(text, wanted, list(timed)):
        return True
    meant = crafts_meant(text, wanted, clause, list(timed))
    if len(meant) == len(timed):
        return False
    spans = (days for craft in meant for days in craft.lasted(timed[craft]))
    return not any(_covers(wanted, replace(wanted, amount=days)) for days in spans)


def _close(first: Decimal | Fraction, second: Decimal | Fraction) -> bool:
    """A year is twelve months however the days are counted."""
    return abs(Fraction(first) - Fraction(second)) <= Fraction(second) / 60
