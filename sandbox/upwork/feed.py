"""The steady stream of new postings, driven by time and caught up when somebody looks."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from sandbox.upwork.companies import make_company
from sandbox.upwork.composer import compose, shared, stable_number
from sandbox.upwork.records import Company, Posting
from sandbox.upwork.world import World

REPOST_SHARE = 0.06
RETURNING_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """How the simulated marketplace moves. Defaults suit a demo.

    ``seed`` decides every text and number. ``backlog`` postings exist at the first start, spread over the last
    ``backlog_hours``. A new one appears about every ``interval_seconds``; ``speed`` divides that interval and
    multiplies how fast applicants arrive. ``reply_seconds`` is the range in which a client answers a proposal or a
    message; None means only on demand through the control API. ``keep`` bounds how many postings are remembered.
    """

    seed: int = 7
    backlog: int = 40
    backlog_hours: float = 6.0
    interval_seconds: float = 20.0
    speed: float = 1.0
    enabled: bool = True
    reply_seconds: tuple[float, float] | None = (8.0, 20.0)
    keep: int = 600


def start(world: World, feed: FeedSettings) -> None:
    """Fill an empty world with the backlog; a restored one continues where it stopped."""
    if world.settings.feed_next_at:
        return
    now = world.clock.now()
    world.settings.feed_on = feed.enabled
    _spread(world, feed, feed.backlog, now - feed.backlog_hours * 3600, now)
    world.settings.feed_next_at = now + feed.interval_seconds / feed.speed
    world.touch_settings()


def advance(world: World, feed: FeedSettings) -> None:
    """Create the postings that have become due. A long pause is bridged by one backlog, not by thousands."""
    settings = world.settings
    now = world.clock.now()
    interval = feed.interval_seconds / feed.speed
    if not settings.feed_on:
        settings.feed_next_at = max(settings.feed_next_at, now)
        return
    due = math.floor((now - settings.feed_next_at) / interval) + 1
    if due <= 0:
        return
    if due > max(feed.backlog, 60):
        _spread(world, feed, max(feed.backlog, 1), max(settings.feed_next_at, now - 6 * 3600), now)
        settings.feed_next_at = now
    else:
        for _ in range(due):
            publish(world, feed, settings.feed_next_at)
            # a metronome looks artificial; the mean stays the interval
            settings.feed_next_at += interval * _jitter(feed, settings.feed_sequence)
            if settings.feed_next_at > now:
                break
    world.touch_settings()


def _jitter(feed: FeedSettings, sequence: int) -> float:
    return random.Random(f"jitter:{feed.seed}:{sequence}").uniform(0.6, 1.4)


def _spread(world: World, feed: FeedSettings, count: int, begin: float, end: float) -> None:
    for step in range(count):
        publish(world, feed, begin + (end - begin) * (step + 0.5) / count)


def publish(world: World, feed: FeedSettings, published_at: float) -> Posting:
    """Generate and store the next posting."""
    settings = world.settings
    settings.feed_sequence += 1
    sequence = settings.feed_sequence
    rng = random.Random(f"course:{feed.seed}:{sequence}")
    posting_id = posting_number(feed.seed, sequence)
    original = _earlier(world, rng) if rng.random() < REPOST_SHARE else None
    if original is not None:
        posting = _repost(original, posting_id, published_at, rng)
    else:
        company = _company(world, feed, rng, sequence, published_at)
        posting = compose(
            seed=feed.seed,
            sequence=sequence,
            published_at=published_at,
            company=company,
            posting_id=posting_id,
        )
    world.add_posting(posting)
    world.forget_old_postings(feed.keep)
    return posting


def repost(world: World, feed: FeedSettings, original: Posting) -> Posting:
    """The client of a posting publishes nearly the same text again, now."""
    world.settings.feed_sequence += 1
    world.touch_settings()
    sequence = world.settings.feed_sequence
    rng = random.Random(f"course:{feed.seed}:{sequence}")
    posting = _repost(original, posting_number(feed.seed, sequence), world.clock.now(), rng)
    world.add_posting(posting)
    return posting


def posting_number(seed: int, sequence: int) -> str:
    """A 19 digit id that grows with the sequence and differs between seeds."""
    return "2" + stable_number("postings", seed, digits=8) + f"{sequence * 7919:010d}"


def _company(world: World, feed: FeedSettings, rng: random.Random, number: int, now: float) -> Company:
    if world.companies and rng.random() < RETURNING_SHARE:
        known = [company for company in world.companies.values() if company.posted_jobs > 1]
        if known:
            company = rng.choice(known[-30:])
            company.posted_jobs += 1
            world.store.put(company)
            return company
    company = make_company(seed=feed.seed, number=number, now=now)
    world.companies[company.id] = company
    world.store.put(company)
    return company


def _earlier(world: World, rng: random.Random) -> Posting | None:
    candidates = [
        posting for posting in list(world.postings.values())[-40:-4] if posting.archetype != "posted"
    ]
    return rng.choice(candidates) if candidates else None


def _repost(original: Posting, posting_id: str, published_at: float, rng: random.Random) -> Posting:
    remark = rng.choice(shared()["reposts"])
    text = rng.choice((f"{remark}\n\n{original.description}", f"{original.description}\n\n{remark}"))
    shift = published_at - original.published_at
    return replace(
        original,
        id=posting_id,
        description=text,
        created_at=original.created_at + shift,
        published_at=published_at,
        closes_at=original.closes_at + shift,
        extra_applicants=0,
        hired=0,
        closed_at=None,
        repost_of=original.id,
        marks=[*(mark for mark in original.marks if mark != "repost"), "repost"],
    )
