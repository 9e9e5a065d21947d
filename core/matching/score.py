"""From a posting and a profile to a score that explains itself: three axes, one total, one band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from core.jobs_feed.models import Band
from core.jobs_feed.posting import JobPosting
from core.matching.client import rate_client
from core.matching.evidence import NEUTRAL, Axis, Evidence, EvidenceCode, sign_of
from core.matching.fit import rate_fit
from core.matching.flags import Flag, add_repost, stops_instant
from core.matching.odds import rate_odds
from core.matching.reading import PostingReading, ProfileReading, read_posting, read_profile
from core.profile.facts import Profile
from core.searches.criteria import Criteria

LEARNED_HALF = 100


@dataclass(frozen=True, slots=True)
class Weights:
    """The user's own weights, shown and editable. Axis weights are relative; thresholds are totals, 0..100."""

    fit: float = 0.60
    client: float = 0.20
    odds: float = 0.20
    instant_at: float = 70.0
    digest_at: float = 50.0

    def __post_init__(self) -> None:
        axes = (self.fit, self.client, self.odds)
        if not all(0 <= weight <= 1000 for weight in axes) or not sum(axes) > 0:
            raise ValueError("axis weights must be 0 or more, and one of them more")
        if not 0 <= self.digest_at <= self.instant_at <= 100:
            raise ValueError("thresholds must satisfy 0 <= digest_at <= instant_at <= 100")


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Learned:
    """What the user's own answers predict for this posting: `score` 0..100 from `answers` answers."""

    score: float
    answers: int


@dataclass(frozen=True, slots=True)
class Score:
    """`total` 0..100 picks the band. `learned_share` 0..1 is how much of it came from the user's own answers."""

    fit: Axis
    client: Axis
    odds: Axis
    total: float
    band: Band
    flags: tuple[Flag, ...] = ()
    learned_share: float = 0.0


def score_posting(
    posting: JobPosting,
    profile: Profile,
    criteria: Criteria,
    *,
    vector: Sequence[float] | None = None,
    text_rank: float | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
    now: datetime,
    learned: Learned | None = None,
    repost: bool = False,
    posting_reading: PostingReading | None = None,
    profile_reading: ProfileReading | None = None,
) -> Score:
    """Score one posting for one search of one user. Pure: same input, same score.

    `vector` is the posting's unit-length embedding; the facts carry their own. `text_rank` is Postgres full-text's
    `ts_rank_cd(…, 32)`, 0..1, of the posting for the profile's words. Callers that score one posting for many
    people, or many postings for one person, pass the readings made once with `read_posting` and `read_profile`.
    """
    posting_reading = posting_reading or read_posting(posting)
    profile_reading = profile_reading or read_profile(profile, criteria)
    fit = rate_fit(posting, posting_reading, profile_reading, vector=vector, text_rank=text_rank)
    client = rate_client(posting.client, now=now)
    odds = rate_odds(posting, now=now)
    total = _blend_axes(weights, fit, client, odds)
    flags = add_repost(posting_reading.flags) if repost else posting_reading.flags
    cold = Score(fit, client, odds, round(total, 2), _band(total, weights, flags), flags)
    return cold if learned is None else blend_learned(cold, learned, weights)


def blend_learned(cold: Score, learned: Learned, weights: Weights) -> Score:
    """The cold-start score, moved by n / (n + 100) of the way to what n answers predict; the card says by how much."""
    if learned.answers <= 0:
        return cold
    share = learned.answers / (learned.answers + LEARNED_HALF)
    total = round((1 - share) * cold.total + share * min(100.0, max(0.0, learned.score)), 2)
    told = Evidence(
        EvidenceCode.LEARNED,
        sign_of(NEUTRAL + total - cold.total, dead_zone=0.5),
        {"answers": learned.answers, "before": round(cold.total), "after": round(total)},
    )
    fit = replace(cold.fit, evidence=(*cold.fit.evidence, told))
    return replace(
        cold,
        fit=fit,
        total=total,
        band=_band(total, weights, cold.flags),
        learned_share=round(share, 3),
    )


def dump_score(score: Score) -> dict[str, object]:
    """The score as JSON-ready data, for a JSONB column."""
    dumped: dict[str, object] = _ADAPTER.dump_python(score, mode="json")
    return dumped


def load_score(data: object) -> Score:
    """The score that `dump_score` wrote. Raises pydantic's ValidationError on anything else."""
    return _ADAPTER.validate_python(data)


def _blend_axes(weights: Weights, fit: Axis, client: Axis, odds: Axis) -> float:
    total = weights.fit + weights.client + weights.odds
    return (weights.fit * fit.score + weights.client * client.score + weights.odds * odds.score) / total


def _band(total: float, weights: Weights, flags: Sequence[Flag]) -> Band:
    if total >= weights.instant_at and not stops_instant(flags):
        return Band.INSTANT
    return Band.DIGEST if total >= weights.digest_at else Band.SILENT


_ADAPTER = TypeAdapter(Score)
