"""What becomes of stored postings: scored after the profile is there, whatever is written in either."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.jobs import Job
from core.jobs_feed import intake
from core.jobs_feed import service as feed
from core.jobs_feed.models import CardState
from core.jobs_feed.posting import JobPosting
from core.matching.score import DEFAULT_WEIGHTS
from tests.core.acting import Desk, Freelancer
from tests.core.feeding import cards, known, poll, post, search, tell
from tests.core.upwork_side import MovableClock


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await known(desk)


async def test_what_came_before_the_profile_is_scored_after_it(desk: Desk) -> None:
    newcomer = await desk.freelancer()
    await search(newcomer)
    await post(desk)
    await poll(desk)
    assert await cards(newcomer) == []
    await tell(newcomer)
    await desk.work(Job.EMBED_PROFILE, Job.SCORE_POSTINGS)
    assert len(await cards(newcomer)) == 1


@pytest.mark.parametrize("profile", ["Пишу код. " * 20, "''' \\ | & ! :* <-> " * 10, "²³ ½ 🦊 " * 20])
async def test_any_profile_can_be_compared(desk: Desk, profile: str) -> None:
    strange = await desk.freelancer()
    await tell(strange, profile)
    await search(strange)
    await post(desk)
    await desk.work(Job.POLL_SEARCH, hurry=True)
    assert "done" in await desk.work(Job.SCORE_POSTINGS)
    assert len(await cards(strange)) == 1


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "<b>&</b> \x00 \u202e {} %s ' ; drop table", "слово " * 20_000, "🦊" * 20_000]
)
async def test_any_posting_can_be_kept(desk: Desk, olena: Freelancer, text: str) -> None:
    await search(olena)
    await post(desk, title="Python helper", description=f"Python. {text}")
    await post(desk, title="Another Python task entirely")
    await poll(desk)
    assert len(await cards(olena)) == 2


async def test_a_card_is_never_pulled_back_from_what_became_of_it(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    await search(olena)
    await post(desk)
    await poll(desk)
    [card] = await cards(olena)
    for state in (CardState.DRAFTING, CardState.APPLIED):
        await desk.owner_sql("update app.job_cards set state = :state", state=state.value)
        async with desk.rt.db.begin(olena.tenant_id) as session:
            await feed.skip_card(session, card_id=card.id, reason="boring", clock=clock)
            await feed.save_card(session, card_id=card.id, clock=clock)
            await feed.restore_card(session, card_id=card.id)
        assert (await cards(olena))[0].state == state


def name(number: int) -> str:
    """A word of its own for each number, without digits: those count as equal."""
    return "".join(chr(97 + number // 26**place % 26) for place in range(4)) + "ish"


async def test_many_waiting_postings_are_scored_in_portions(
    desk: Desk, olena: Freelancer, clock: MovableClock
) -> None:
    search_id = await search(olena)
    postings = [
        JobPosting(
            upwork_id=str(number),
            ciphertext=f"~{number}",
            title=f"Task {name(number)}",
            description=" ".join(name(number * 50 + word) for word in range(30)),
            published_at=clock.now() - timedelta(seconds=number),
        )
        for number in range(130)
    ]
    async with desk.rt.db.begin(olena.tenant_id) as session:
        assert (
            await intake.store_postings(session, search_id=search_id, postings=postings, clock=clock) == 130
        )
        assert await intake.store_postings(session, search_id=search_id, postings=postings, clock=clock) == 0
    assert await desk.work(Job.SCORE_POSTINGS) == ["done"] * 3
    assert len(await cards(olena)) == 130
    assert DEFAULT_WEIGHTS.instant_at > 0
