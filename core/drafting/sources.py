"""What may support a statement in a draft: the user's facts above all, and what the client wrote where it is about the client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.drafting.draft import Bid, DraftRequest, FindingKind, ReplyRequest, RevisionRequest
from core.drafting.lookalikes import view_of
from core.drafting.quantities import Quantity, find_quantities
from core.jobs_feed.posting import JobPosting
from core.matching.skills import canonical, find_skills, implied
from core.profile.facts import Profile

LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”«»)\]]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.)+(?:com|org|net|io|dev|app|co|me|ua|ai|site|online|info"
    r"|biz|eu|uk|de|pl|xyz|tech|shop|store|pro|design|page)(?:/[^\s<>\"'“”«»)\]]*)?(?![\w-])",
    re.IGNORECASE,
)
FOREIGN_READ = 30_000
"""Characters of what a client wrote that can support a statement; reading more would only hold up other people."""

_WORD = re.compile(r"[^\W_]+(?:[.+#&'’-]+[^\W_]+)*[+#]*")


@dataclass(frozen=True, slots=True)
class Source:
    """`own` marks the user's own statements. `flat` is the text in lower case with single spaces, bounded by spaces."""

    label: str
    own: bool
    flat: str
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    links: frozenset[str]
    skills: frozenset[str]

    def says(self, phrase: str) -> bool:
        return f" {flatten(phrase)} " in self.flat

    def has_word(self, word: str) -> bool:
        low = word.lower()
        return (
            low in self.words or low.removesuffix("'s") in self.words or low.removesuffix("s") in self.words
        )

    def has_skill(self, name: str) -> bool:
        slug = canonical(name)
        return slug is not None and slug in self.skills

    def has_link(self, link: str) -> bool:
        """The very link, or a page above one that is here."""
        wanted = bare_link(link)
        return any(known == wanted or known.startswith(f"{wanted}/") for known in self.links)

    def has_quantity(self, wanted: Quantity) -> bool:
        return any(_same(wanted, known) for known in self.quantities)


def flatten(text: str) -> str:
    """Words only, lower case, look-alike letters plain: "Acme Corp." and "ACME  corp" are the same."""
    return " ".join(_WORD.findall(view_of(text).text))


def bare_link(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower()).rstrip("/.,;:!?)")


def source(label: str, text: str, *, own: bool, skills: Iterable[str] = ()) -> Source:
    flat = flatten(text)
    words = set(flat.split())
    words |= {part for word in words for part in re.split(r"[-.'’/&]", word) if part}
    slugs = {slug for skill in skills if (slug := canonical(skill))} | set(find_skills(text))
    return Source(
        label,
        own,
        f" {flat} ",
        frozenset(words),
        tuple(find_quantities(text)),
        frozenset(bare_link(match.group()) for match in LINK.finditer(text)),
        frozenset(implied(slugs)),
    )


def sources_of(request: DraftRequest) -> list[Source]:
    """Everything a draft for `request` may rest on, the user's facts first."""
    found = profile_sources(request.profile)
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


def _same(wanted: Quantity, known: Quantity) -> bool:
    """Equal amounts of the same thing; "over 5 years" is also true of 8. What is counted has to agree where both say it."""
    if wanted.unit != known.unit and {wanted.unit, known.unit} != {"year", ""}:
        return False
    if wanted.kind is FindingKind.MONEY or wanted.unit in {"%", "x", "days", "year"}:
        return _covers(wanted, known)
    return _covers(wanted, known) and (not wanted.near or not known.near or bool(wanted.near & known.near))


def _covers(wanted: Quantity, known: Quantity) -> bool:
    if wanted.amount == known.amount:
        return True
    close = wanted.unit == "days" and _close(wanted.amount, known.amount)
    return close or (wanted.at_least and wanted.unit != "year" and known.amount > wanted.amount)


def _close(first: Decimal | Fraction, second: Decimal | Fraction) -> bool:
    """A year is twelve months however the days are counted."""
    return abs(Fraction(first) - Fraction(second)) <= Fraction(second) / 60
