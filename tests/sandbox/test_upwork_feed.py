"""The generator of postings: variety, shares, repeatability, and the passing of time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.upwork import feed as feed_module
from sandbox.upwork.composer import archetypes
from sandbox.upwork.feed import FeedSettings
from sandbox.upwork.records import Posting
from sandbox.upwork.world import World

MANY = FeedSettings(seed=3, backlog=500, keep=1000)


def started(feed: FeedSettings) -> World:
    world = World(None, speed=feed.speed)
    feed_module.start(world, feed)
    return world


@pytest.fixture(scope="module")
def crowd() -> World:
    return started(MANY)


def share(world: World, mark: str) -> float:
    return sum(mark in posting.marks for posting in world.postings.values()) / len(world.postings)


def test_texts_do_not_look_copied(crowd: World) -> None:
    postings = [posting for posting in crowd.postings.values() if posting.repost_of is None]
    assert len(archetypes()) >= 12
    assert {posting.archetype for posting in postings} == {kind.key for kind in archetypes()}
    assert len({posting.title for posting in postings}) > 0.85 * len(postings)
    assert len({posting.description for posting in postings}) > 0.98 * len(postings)
    openings = Counter(posting.description[:40] for posting in postings)
    assert openings.most_common(1)[0][1] < 0.05 * len(postings)
    for posting in postings:
        written = "".join([posting.title, posting.description, *posting.questions])
        assert "{" not in written
        assert 3 <= len(posting.skills) <= 8
        assert len({skill.name for skill in posting.skills}) == len(posting.skills)


def test_shares(crowd: World) -> None:
    assert 0.25 < share(crowd, "questions") < 0.42
    assert 0.03 < share(crowd, "instruction") < 0.13
    assert 0.02 < share(crowd, "red_flag") < 0.2
    assert 0.02 < share(crowd, "repost") < 0.11
    kinds = Counter(posting.kind for posting in crowd.postings.values())
    assert 0.35 < kinds["FIXED"] / len(crowd.postings) < 0.6
    assert all(posting.amount > 0 for posting in crowd.postings.values() if posting.kind == "FIXED")
    assert {posting.experience for posting in crowd.postings.values()} == {
        "ENTRY_LEVEL",
        "INTERMEDIATE",
        "EXPERT",
    }


def test_clients_range_from_new_to_large(crowd: World) -> None:
    clients = list(crowd.companies.values())
    new = sum(client.hires == 0 for client in clients)
    large = sum(client.spent > 50_000 for client in clients)
    assert 0.15 < new / len(clients) < 0.35
    assert large / len(clients) > 0.05
    assert any(not client.verified for client in clients)
    assert len({client.country for client in clients}) > 8
    assert all(client.hires <= client.posted_jobs for client in clients)


def test_reposts_keep_client_and_text_but_not_the_id(crowd: World) -> None:
    reposts = [posting for posting in crowd.postings.values() if posting.repost_of]
    assert reposts
    for posting in reposts:
        original = crowd.postings[posting.repost_of or ""]
        assert posting.id != original.id
        assert posting.company_id == original.company_id
        assert posting.title == original.title
        assert original.description in posting.description
        assert posting.published_at > original.published_at


def test_same_seed_same_postings() -> None:
    def texts(seed: int) -> list[tuple[str, str, str]]:
        world = started(FeedSettings(seed=seed, backlog=30))
        return [(posting.id, posting.title, posting.description) for posting in world.postings.values()]

    assert texts(1) == texts(1)
    assert not set(texts(1)) & set(texts(2))


def test_backlog_is_spread_and_new_ones_come_with_time() -> None:
    feed = FeedSettings(seed=1, backlog=10, backlog_hours=6, interval_seconds=20)
    world = started(feed)
    now = world.clock.now()
    ages = [(now - posting.published_at) / 3600 for posting in world.postings.values()]
    assert len(ages) == 10
    assert 5 < max(ages) <= 6
    feed_module.advance(world, feed)
    assert len(world.postings) == 10
    world.clock.offset += 400
    feed_module.advance(world, feed)
    assert 15 <= len(world.postings) - 10 <= 25
    newest = list(world.postings.values())[-1]
    assert newest.published_at <= world.clock.now()
    ids = [posting.id for posting in world.postings.values()]
    assert ids == sorted(ids)


def test_speed_and_switch() -> None:
    slow = FeedSettings(seed=1, backlog=5, interval_seconds=20)
    for feed, low, high in ((slow, 3, 7), (replace(slow, speed=4.0), 14, 26)):
        world = started(feed)
        world.clock.offset += 100
        feed_module.advance(world, feed)
        assert low <= len(world.postings) - 5 <= high
    world = started(slow)
    world.settings.feed_on = False
    world.clock.offset += 1000
    feed_module.advance(world, slow)
    assert len(world.postings) == 5


def test_a_long_pause_is_bridged_and_memory_stays_bounded() -> None:
    feed = FeedSettings(seed=1, backlog=20, interval_seconds=10, keep=50)
    world = started(feed)
    for _ in range(8):
        world.clock.offset += 3 * 86_400
        feed_module.advance(world, feed)
        assert world.open_postings()
    assert len(world.postings) <= 50
    assert len(world.companies) <= 50


def test_activity_grows_and_postings_close() -> None:
    world = started(FeedSettings(seed=9, backlog=60, backlog_hours=1))
    postings = list(world.postings.values())

    def total(count: Any) -> int:
        return sum(count(posting) for posting in postings)

    before, talking = total(world.applicants), total(world.interviewing)
    world.clock.offset += 12 * 3600
    assert total(world.applicants) > 2 * before
    assert total(world.interviewing) > talking
    world.clock.offset += 7 * 86_400
    assert world.open_postings() == []


def test_a_returning_world_continues(tmp_path: Path) -> None:
    feed = FeedSettings(seed=4, backlog=6, interval_seconds=30)
    first = World(tmp_path)
    feed_module.start(first, feed)
    before: list[Posting] = list(first.postings.values())
    first.store.close()
    second = World(tmp_path)
    feed_module.start(second, feed)
    assert list(second.postings.values()) == before
    assert feed_module.publish(second, feed, second.clock.now()).id > before[-1].id


async def test_feed_through_the_control_api(upwork: Any) -> None:
    made = await upwork.control("feed", now=3, on=False)
    assert made["on"] is False
    assert len({entry["id"] for entry in made["created"]}) == 3
    await upwork.control("clock", advance=900)
    jobs = await upwork.control("jobs", "GET")
    assert jobs[-1]["id"] == made["created"][-1]["id"]
    again = await upwork.control(f"jobs/{jobs[-1]['id']}/repost")
    assert (again["title"], again["id"] != jobs[-1]["id"]) == (jobs[-1]["title"], True)
    grown = await upwork.control(f"jobs/{again['id']}/applicants", count=4)
    assert grown["applicants"] >= 4
