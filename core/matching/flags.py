"""Red flags of a posting, each with the sentence it came from. Deterministic; a flag warns, it never decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.jobs_feed.posting import JobPosting


class FlagKind(StrEnum):
    OFF_PLATFORM = "off_platform"
    FREE_WORK = "free_work"
    UPFRONT_PAYMENT = "upfront_payment"
    ACCOUNT_SHARING = "account_sharing"
    PAY_TOO_GOOD = "pay_too_good"
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


def stops_instant(flags: Sequence[Flag]) -> bool:
    """Whether a posting is too suspicious to ring a bell for: it still arrives, in the digest."""
    return any(flag.severity is Severity.STOP for flag in flags)


def find_flags(posting: JobPosting, *, repost: bool = False) -> tuple[Flag, ...]:
    """Every red flag, one per kind, in order of severity. `repost` is the caller's finding over earlier postings."""
    return (Flag(FlagKind.REPOST, Severity.WARN),) if repost else ()
