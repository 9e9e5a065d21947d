"""When to stop asking, and when to begin again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from core.upwork import breaker
from core.upwork.breaker import Breaker, State, Trouble
from core.upwork.errors import CircuitOpen
from tests.core.upwork_side import MovableClock

NOW = 1_800_000_000.0
TROUBLES = st.sampled_from(list(Trouble))


def test_four_failures_are_bad_luck_and_the_fifth_is_a_pause() -> None:
    state = State()
    for _ in range(4):
        state = breaker.fail(state, NOW, Trouble.FAILED)
        assert breaker.admit(state, NOW) == (state, 0.0)
    state = breaker.fail(state, NOW, Trouble.FAILED)
    assert breaker.admit(state, NOW)[1] == 15.0


def test_failures_far_apart_never_add_up() -> None:
    state = State()
    for minute in range(20):
        state = breaker.fail(state, NOW + 61 * minute, Trouble.FAILED)
    assert breaker.admit(state, NOW + 61 * 20)[1] == 0.0


def test_a_success_in_between_starts_the_count_anew() -> None:
    state = State()
    for _ in range(10):
        state = breaker.fail(state, NOW, Trouble.FAILED)
        state = breaker.fail(state, NOW, Trouble.FAILED)
        state = breaker.succeed(state, NOW)
    assert state == State()


@pytest.mark.parametrize(("trouble", "pause"), [(Trouble.THROTTLED, 30.0), (Trouble.BLOCKED, 60.0)])
def test_a_plain_stop_pauses_at_once(trouble: Trouble, pause: float) -> None:
    assert breaker.admit(breaker.fail(State(), NOW, trouble), NOW)[1] == pause


def test_retry_after_is_honoured_within_reason() -> None:
    assert breaker.admit(breaker.fail(State(), NOW, Trouble.THROTTLED, 7), NOW)[1] == 7
    assert breaker.admit(breaker.fail(State(), NOW, Trouble.THROTTLED, 0), NOW)[1] == 1
    assert breaker.admit(breaker.fail(State(), NOW, Trouble.THROTTLED, 10**9), NOW)[1] == 900


def test_one_probe_goes_when_the_pause_is_over_and_decides() -> None:
    opened = breaker.fail(State(), NOW, Trouble.THROTTLED)
    later = NOW + 31
    probing, wait = breaker.admit(opened, later)
    assert wait == 0.0
    assert breaker.admit(probing, later)[1] > 0
    assert breaker.succeed(probing, later) == State()
    again = breaker.fail(probing, later, Trouble.FAILED)
    assert breaker.admit(again, later)[1] > 0
    worse = breaker.fail(probing, later, Trouble.THROTTLED)
    assert breaker.admit(worse, later)[1] == 60.0


def test_a_probe_that_never_returned_is_replaced() -> None:
    opened = breaker.fail(State(), NOW, Trouble.BLOCKED)
    probing, _ = breaker.admit(opened, NOW + 61)
    assert breaker.admit(probing, NOW + 61 + 31)[1] == 0.0


def test_an_answer_that_was_on_its_way_does_not_reopen_the_door() -> None:
    opened = breaker.fail(State(), NOW, Trouble.BLOCKED)
    assert breaker.succeed(opened, NOW + 1) == opened


@given(st.lists(st.tuples(TROUBLES, st.floats(0, 120), st.none() | st.floats(0, 1e12)), max_size=30))
def test_no_pause_is_longer_than_half_an_hour(events: list[tuple[Trouble, float, float | None]]) -> None:
    state, now = State(), NOW
    for trouble, passed, retry_after in events:
        now += passed
        state = breaker.fail(state, now, trouble, retry_after)
        after, wait = breaker.admit(state, now)
        assert 0 <= wait <= 1800
        assert breaker.admit(after, now + 1801)[1] == 0.0


async def test_processes_share_what_one_of_them_learnt(redis: Redis, clock: MovableClock) -> None:
    one, other = Breaker(redis, clock), Breaker(redis, clock)
    await one.failed(Trouble.THROTTLED, retry_after=40)
    with pytest.raises(CircuitOpen) as paused:
        await other.check()
    assert paused.value.retry_after == pytest.approx(40)
    with pytest.raises(CircuitOpen):
        await other.peek()
    clock.advance(41)
    await other.peek()
    await other.check()
    with pytest.raises(CircuitOpen):
        await one.check()
    await other.succeeded()
    await one.check()


async def test_without_redis_a_process_keeps_its_own(clock: MovableClock) -> None:
    for redis in (None, Redis.from_url("redis://127.0.0.1:9")):
        alone = Breaker(redis, clock)
        await alone.check()
        await alone.failed(Trouble.BLOCKED)
        with pytest.raises(CircuitOpen):
            await alone.check()
        clock.advance(61)
        await alone.check()
        await alone.succeeded()
        await alone.check()
        if redis is not None:
            await redis.aclose()


@pytest.mark.parametrize(
    "content", ["", "nonsense", "[]", "7", '"strikes"', '{"strikes": "x"}', '{"open_until": null}']
)
async def test_nonsense_in_redis_counts_as_closed(redis: Redis, clock: MovableClock, content: str) -> None:
    await redis.set("upwork:breaker", content)
    shared = Breaker(redis, clock)
    await shared.check()
    await shared.failed(Trouble.THROTTLED)
    with pytest.raises(CircuitOpen):
        await shared.check()
