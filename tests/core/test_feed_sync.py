"""From a saved search to cards: once per user and posting, by the user's own rules, at a gentle pace."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from core.accounts.service import mark_reachable, mark_unreachable, set_paused
from core.jobs import Job
from core.jobs_feed import service as feed
from core.jobs_feed import sync
from core.jobs_feed.models import Band, CardState
from core.searches import service as searches
from core.upwork.budget import Budget
from tests.core.acting import Desk, Freelancer
from tests.core.feeding import (
    SEARCH,
    cards,
    items,
    known,
    poll,
    post,
    search,
    stored,
)
from tests.core.upwork_side import MovableClock


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await known(desk)


async def seconds_to_poll(desk: Desk) -> float:
    [(left,)] = await desk.owner_sql(
        "select extract(epoch from run_at - now()) from app.work_items where job = 'poll_search'"
    )
    return float(left)


async def test_a_posting_becomes_one_card_with_the_time_it_was_seen(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    search_id = await search(olena)
    job_id = await post(desk, age_seconds=240)
    await poll(desk)
    [card] = await cards(olena)
    assert (card.upwork_id, card.search_id, card.band) == (job_id, search_id, Band.INSTANT)
    assert card.seen_at == clock.now()
    assert 200 < (card.seen_at - card.published_at).total_seconds() < 300
    assert [item.ref for item in await items(desk, Job.DELIVER_CARD)] == [card.id]
    for _ in range(3):
        clock.advance(seconds=90)
        await poll(desk)
    assert len(await cards(olena)) == 1


async def test_two_searches_and_two_workers_make_one_card(desk: Desk, olena: Freelancer) -> None:
    first, second = await search(olena, query="python"), await search(olena, query="fastapi")
    for number in range(8):
        await post(desk, title=f"Service {'abcdefgh'[number] * 5} in Python and FastAPI")
    await asyncio.gather(
        *(
            sync.poll_search(desk.rt, tenant_id=olena.tenant_id, search_id=search_id)
            for search_id in (first, second, first, second)
        )
    )
    await asyncio.gather(*(sync.score_new_postings(desk.rt, tenant_id=olena.tenant_id) for _ in range(3)))
    made = await cards(olena)
    assert len(made) == len({card.upwork_id for card in made}) == len(await stored(olena))
    assert len(await items(desk, Job.DELIVER_CARD)) == sum(card.band == Band.INSTANT for card in made)


async def test_what_one_searchs_rules_refuse_another_may_take(desk: Desk, olena: Freelancer) -> None:
    picky = await search(olena, query="python", min_hourly=90)
    await post(desk)
    await poll(desk)
    assert await cards(olena) == []
    [row] = await stored(olena)
    assert row.score == {"refused": True}

    relaxed = await search(olena, query="fastapi")
    await poll(desk)
    [card] = await cards(olena)
    assert card.search_id == relaxed != picky


async def test_refused_by_every_rule_it_is_looked_at_once(
    desk: Desk, olena: Freelancer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await search(olena, min_hourly=90)
    await search(olena, query="backend", exclude_words=("stripe",))
    await post(desk)
    await poll(desk)
    looked = []
    monkeypatch.setattr(sync, "failed_gates", lambda *arguments: looked.append(arguments))
    for _ in range(3):
        await poll(desk)
    assert looked == []
    assert await cards(olena) == []
    assert await items(desk, Job.DELIVER_CARD) == []


async def test_a_deleted_searchs_postings_make_no_cards(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    search_id = await search(olena)
    await post(desk)
    await desk.work(Job.POLL_SEARCH, hurry=True)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await searches.delete_search(session, search_id=search_id, clock=clock)
    await poll(desk)
    assert await cards(olena) == []
    assert await items(desk, Job.POLL_SEARCH) == []


async def test_a_repost_counts_on_the_card_there_is(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await search(olena)
    job_id = await post(desk)
    await poll(desk)
    for reposts in (1, 2):
        await desk.server.control("POST", f"/jobs/{job_id}/repost")
        clock.advance(seconds=90)
        await poll(desk)
        [card] = await cards(olena)
        assert card.reposts == reposts

    # The text of the first is gone after a day; that it was there is still known a week later.
    clock.advance(hours=30)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    await desk.server.control("POST", "/clock", advance=30 * 3600)
    await desk.server.control("POST", f"/jobs/{job_id}/repost")
    await poll(desk)
    [card] = await cards(olena)
    assert card.reposts == 3


async def test_reposts_found_together_make_one_card(desk: Desk, olena: Freelancer) -> None:
    await search(olena)
    job_id = await post(desk)
    await desk.server.control("POST", f"/jobs/{job_id}/repost")
    await desk.server.control("POST", f"/jobs/{job_id}/repost")
    await poll(desk)
    [card] = await cards(olena)
    assert card.reposts == 2


async def test_a_new_searchs_backlog_rings_for_its_best_few(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    for number in range(15):
        await post(desk, title=f"Backend {'abcdefghijklmno'[number] * 6} in Python", age_seconds=600 + number)
    await search(olena)
    await poll(desk)
    made = await cards(olena)
    assert len(made) == 15
    loud = [card for card in made if card.band == Band.INSTANT]
    assert len(loud) == sync.FIRST_POLL_CARDS
    quiet = [card.total for card in made if card.band != Band.INSTANT]
    assert min(card.total for card in loud) >= max(quiet)

    # What comes later is news and rings by its own worth.
    clock.advance(seconds=90)
    for number in range(3):
        await post(desk, title=f"Fresh {'xyz'[number] * 6} in Python")
    await poll(desk)
    fresh = [card for card in await cards(olena) if card.seen_at == clock.now()]
    assert [card.band for card in fresh] == [Band.INSTANT] * 3


async def test_a_search_that_rested_finds_a_backlog_again(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await search(olena)
    await poll(desk)
    clock.advance(hours=8)
    for number in range(9):
        await post(desk, title=f"Overnight {'abcdefghi'[number] * 6} in Python")
    await poll(desk)
    made = await cards(olena)
    assert len(made) == 9
    assert sum(card.band == Band.INSTANT for card in made) == sync.FIRST_POLL_CARDS


async def test_a_warned_of_posting_of_a_backlog_does_not_ring(desk: Desk, olena: Freelancer) -> None:
    await post(
        desk,
        description="Python FastAPI job. Contact me on telegram @fastpay now and pay a registration fee of $50 first.",
    )
    await search(olena)
    await poll(desk)
    assert all(card.band != Band.INSTANT for card in await cards(olena))


async def test_the_digest_brings_the_rest_in_portions(
    desk: Desk, olena: Freelancer, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        await post(desk, title=f"Backend {'abcdefghijklmnopqrst'[number] * 6} in Python", age_seconds=600)
    await search(olena)
    await poll(desk)
    await desk.owner_sql("update app.job_cards set band = 'digest'")

    async def telling(tenant_id: UUID) -> None:
        """As the bot does: shows what waits, marks it as delivered."""
        async with desk.rt.db.begin(tenant_id) as session:
            for card in await feed.waiting_for_digest(session):
                card.row.delivered_at = clock.now()
                card.row.state = CardState.SHOWN

    monkeypatch.setattr(desk.told, "digest", telling)
    for left in (12, 4, 0):
        await olena.ask(Job.DELIVER_DIGEST)
        async with desk.rt.db.begin(olena.tenant_id) as session:
            assert len(await feed.waiting_for_digest(session, limit=100)) == left
        assert len(await items(desk, Job.DELIVER_DIGEST)) == (1 if left else 0)


async def test_purged_cards_do_not_block_the_digest(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    for number in range(9):
        await post(desk, title=f"Old {'abcdefghi'[number] * 6} in Python")
    await search(olena)
    await poll(desk)
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    await desk.server.control("POST", "/clock", advance=24 * 3600)
    new = await post(desk, title="New thing in Python")
    await poll(desk)
    await desk.owner_sql("update app.job_cards set band = 'digest', state = 'new', total = 90")
    await desk.owner_sql("update app.job_cards set total = 60 where upwork_id = :id", id=new)
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert [card.row.upwork_id for card in await feed.waiting_for_digest(session)] == [new]


@pytest.mark.parametrize("why", ["paused", "search paused", "deleted", "unreachable", "unlinked"])
async def test_polling_stops_and_starts_with_its_reason(
    desk: Desk, olena: Freelancer, clock: MovableClock, why: str
) -> None:
    search_id = await search(olena)
    await poll(desk)
    assert len(await items(desk, Job.POLL_SEARCH)) == 1
    db = desk.rt.db
    async with db.begin(olena.tenant_id) as session:
        if why == "paused":
            await set_paused(session, paused=True, clock=clock)
        elif why == "search paused":
            await searches.set_search_paused(session, search_id=search_id, paused=True, clock=clock)
        elif why == "deleted":
            await searches.delete_search(session, search_id=search_id, clock=clock)
        elif why == "unreachable":
            await mark_unreachable(session, clock=clock)
    if why == "unlinked":
        await desk.owner_sql("update app.upwork_accounts set status = 'needs_reauth'")
    asked = await desk.server.count(SEARCH)
    await desk.work(Job.POLL_SEARCH, hurry=True)
    assert await items(desk, Job.POLL_SEARCH) == []
    assert await desk.server.count(SEARCH) == asked

    async with db.begin(olena.tenant_id) as session:
        if why == "paused":
            await set_paused(session, paused=False, clock=clock)
            await searches.resume_polling(session)
        elif why == "search paused":
            await searches.set_search_paused(session, search_id=search_id, paused=False, clock=clock)
        elif why == "unreachable":
            await mark_reachable(session)
        elif why == "unlinked":
            await searches.resume_polling(session)  # linking again asks for this
    if why == "unlinked":
        await desk.owner_sql("update app.upwork_accounts set status = 'linked'")
    await desk.work(Job.POLL_SEARCH, hurry=True)
    assert await desk.server.count(SEARCH) == asked + (why != "deleted")


async def test_a_search_is_asked_for_every_ninety_seconds_or_so(desk: Desk, olena: Freelancer) -> None:
    await search(olena)
    seen = []
    for _ in range(6):
        await desk.work(Job.POLL_SEARCH, hurry=True)
        seen.append(await seconds_to_poll(desk))
    assert all(75 < left < 104 for left in seen)
    assert len({round(left) for left in seen}) > 1


@pytest.mark.parametrize("fault", ["502", "truncated", "partial", "429", "403_html"])
async def test_failing_polls_are_not_more_frequent_than_working_ones(
    desk: Desk, olena: Freelancer, clock: MovableClock, fault: str
) -> None:
    await search(olena)
    await desk.server.fault(SEARCH, fault, times=50, fields=[SEARCH])
    for _ in range(4):
        await desk.work(Job.POLL_SEARCH, hurry=True)
        assert await seconds_to_poll(desk) >= 75
        clock.advance(seconds=3600)
    [item] = await items(desk, Job.POLL_SEARCH)
    assert item.dead_at is None


async def test_the_days_budget_is_kept_and_people_keep_their_reserve(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    budget = Budget(desk.rt.db, clock, 20)
    desk.rt.upwork.governor.budget = budget
    await search(olena)
    for _ in range(40):
        await desk.work(Job.POLL_SEARCH, hurry=True)
        clock.advance(seconds=1)
    background = sum((await desk.server.control("GET", "/counters"))["operations"].values())
    assert background <= 16
    [item] = await items(desk, Job.POLL_SEARCH)
    assert item.last_error == "limit_reached"
    [(wait,)] = await desk.owner_sql(
        "select extract(epoch from run_at - now()) from app.work_items where job = 'poll_search'"
    )
    assert float(wait) > 60

    action = await olena.approved()
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) == "sent"
    total = sum((await desk.server.control("GET", "/counters"))["operations"].values())
    assert total <= 20
    polled = await desk.server.count(SEARCH)
    clock.advance(hours=24)
    await desk.work(Job.POLL_SEARCH, hurry=True)
    assert await desk.server.count(SEARCH) == polled + 1


async def test_two_tenants_with_the_same_posting_know_nothing_of_each_other(
    desk: Desk, olena: Freelancer
) -> None:
    accounts = await desk.server.control("GET", "/accounts")
    other = await known(desk, account=accounts[1]["id"])
    await search(olena)
    await search(other)
    job_id = await post(desk)
    await poll(desk)
    [mine], [theirs] = await cards(olena), await cards(other)
    assert mine.upwork_id == theirs.upwork_id == job_id
    assert (mine.fit, mine.client, mine.odds, mine.total) == (
        theirs.fit,
        theirs.client,
        theirs.odds,
        theirs.total,
    )
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await feed.skip_card(session, card_id=mine.id, reason="budget", clock=desk.rt.clock)
    [theirs] = await cards(other)
    assert (theirs.state, theirs.skip_reason) == (CardState.NEW, None)
    await desk.server.control("POST", f"/jobs/{job_id}/repost")
    async with desk.rt.db.begin(olena.tenant_id) as session:
        await set_paused(session, paused=True, clock=desk.rt.clock)
    await poll(desk)
    assert ([card.reposts for card in await cards(olena)], [card.reposts for card in await cards(other)]) == (
        [0],
        [1],
    )
