"""Red flags of a posting, each with the sentence it came from. Deterministic; a flag warns, it never decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.matching import flag_patterns as patterns
from core.matching.gates import contract_of
from core.matching.sentences import quote, sentences, spans


class FlagKind(StrEnum):
    OFF_PLATFORM = "off_platform"
    FREE_WORK = "free_work"
    UPFRONT_PAYMENT = "upfront_payment"
    ACCOUNT_SHARING = "account_sharing"
    PAY_TOO_GOOD = "pay_too_good"
    FAKE_REVIEWS = "fake_reviews"
    REPOST = "repost"


class Severity(StrEnum):
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Flag:
    """`sentence` is the client's own words, cut to 300 characters; empty when the flag comes from numbers.

    `params` holds the numbers as text, for example (("offered", "150"),).
    """

    kind: FlagKind
    severity: Severity
    sentence: str = ""
    params: tuple[tuple[str, str], ...] = ()


# Typing and copying at these prices is the bait of a known scheme.
EASY_HOURLY = Decimal(60)
EASY_BUDGET = Decimal(2000)
EASY_PIECE = Decimal(20)

# (kind, severity, pattern, whether a sentence about building something may mean it innocently)
_PATTERNS = (
    (FlagKind.ACCOUNT_SHARING, Severity.STOP, patterns.ACCOUNT_SHARING, False),
    (FlagKind.UPFRONT_PAYMENT, Severity.STOP, patterns.UPFRONT_PAYMENT, True),
    (FlagKind.OFF_PLATFORM, Severity.STOP, patterns.OFF_PLATFORM_DIRECT, False),
    (FlagKind.OFF_PLATFORM, Severity.STOP, patterns.OFF_PLATFORM, True),
    (FlagKind.FREE_WORK, Severity.WARN, patterns.FREE_WORK, False),
    (FlagKind.FAKE_REVIEWS, Severity.WARN, patterns.FAKE_REVIEWS, False),
    (FlagKind.REPOST, Severity.WARN, patterns.REPOST, False),
)


def find_flags(posting: JobPosting) -> tuple[Flag, ...]:
    """Every red flag, at most one of a kind, the gravest first."""
    found: dict[FlagKind, Flag] = {}
    for flag in _in_text(posting.text):
        found.setdefault(flag.kind, flag)
    pay = _pay_flag(posting)
    if pay is not None:
        found.setdefault(pay.kind, pay)
    order = list(FlagKind)
    return tuple(
        sorted(found.values(), key=lambda flag: (flag.severity is not Severity.STOP, order.index(flag.kind)))
    )


def add_repost(flags: Sequence[Flag]) -> tuple[Flag, ...]:
    """The flags with the caller's finding that the client put this job up before; said once, even if the text says it too."""
    if any(flag.kind is FlagKind.REPOST for flag in flags):
        return tuple(flags)
    return (*flags, Flag(FlagKind.REPOST, Severity.WARN))


def stops_instant(flags: Sequence[Flag]) -> bool:
    """Whether a posting is too suspicious to ring a bell for: it still arrives, in the digest."""
    return any(flag.severity is Severity.STOP for flag in flags)


def _in_text(text: str) -> Iterator[Flag]:
    for sentence in sentences(text.replace("’", "'")):
        about_product = patterns.PRODUCT.search(sentence) is not None
        for kind, severity, pattern, innocent in _PATTERNS:
            if innocent and about_product:
                continue
            match = next(
                (match for match in pattern.finditer(sentence) if _is_meant(kind, sentence, match)), None
            )
            if match:
                yield Flag(kind, severity, quote(sentence, match.span()))
        match = patterns.EASY_MONEY.search(sentence)
        if match:
            yield Flag(FlagKind.PAY_TOO_GOOD, Severity.WARN, quote(sentence, match.span()))


def _is_meant(kind: FlagKind, sentence: str, match: re.Match[str]) -> bool:
    """Whether the client says it for themselves: not refused, not quoted, not what somebody else does."""
    before = sentence[: match.start()]
    if patterns.NEGATED.search(before) or _is_quoted(before, sentence[match.end() :]):
        return False
    if kind in (FlagKind.OFF_PLATFORM, FlagKind.FREE_WORK):
        return patterns.OTHERS_DO.search(before) is None
    return kind is not FlagKind.UPFRONT_PAYMENT or not patterns.OTHERS_PAY.search(sentence[: match.end()])


def _is_quoted(before: str, after: str) -> bool:
    """Whether a place stands between quotation marks: 'people who post "DM me on Telegram"'."""
    straight = before.count('"') % 2 == 1 and '"' in after
    return straight or any(
        before.count(left) > before.count(right) and right in after for left, right in ("“”", "«»")
    )


def _pay_flag(posting: JobPosting) -> Flag | None:
    """Pay far above the work: simple typing at an expert's price."""
    easy = patterns.EASY_WORK.search(posting.title)
    contract = contract_of(posting)
    if posting.currency.upper() != "USD" or not easy or posting.experience is ExperienceLevel.EXPERT:
        return None
    pieces = patterns.PRICED_PIECES.search(posting.text)
    if pieces and Decimal(pieces["price"].replace(",", "")) >= EASY_PIECE * max(1, int(pieces["n"])):
        return Flag(
            FlagKind.PAY_TOO_GOOD, Severity.WARN, _sentence_of(posting.text, pieces), (("kind", "fixed"),)
        )
    hourly = posting.hourly_min or posting.hourly_max
    if contract is ContractType.HOURLY and hourly and hourly >= EASY_HOURLY:
        return Flag(
            FlagKind.PAY_TOO_GOOD, Severity.WARN, "", (("offered", f"{hourly:f}"), ("kind", "hourly"))
        )
    if contract is ContractType.FIXED and posting.budget and posting.budget >= EASY_BUDGET:
        return Flag(
            FlagKind.PAY_TOO_GOOD, Severity.WARN, "", (("offered", f"{posting.budget:f}"), ("kind", "fixed"))
        )
    return None


def _sentence_of(text: str, match: re.Match[str]) -> str:
    for offset, sentence in spans(text):
        if offset <= match.start() < offset + len(sentence):
            return quote(sentence, (match.start() - offset, match.end() - offset))
    return ""
