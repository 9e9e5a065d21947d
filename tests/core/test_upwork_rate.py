"""The queue for Upwork's front door, on a real Valkey with a clock that the test moves."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from core.errors import LimitReached
from core.upwork import rate
from core.upwork.rate import ALONE_SPACING, SPACING, RateLimiter, Ticket, new_ticket
from core.upwork.views import Priority

START = 1_800_000_000.0


@dataclass
class Simulation:
    """Callers as events on one clock: each looks, and comes back when it was told to."""

    redis: Redis
    now: float = START
    granted: list[tuple[float, Ticket]] = field(default_factory=list)
    refused: list[tuple[float, Ticket, float]] = field(default_factory=list)
    _events: list[tuple[float, int, Ticket]] = field(default_factory=list)
    _order: int = 0

    def __post_init__(self) -> None:
        # Two limiters stand for two processes: nothing but Valkey is shared.
        self._limiters = [RateLimiter(self.redis, now=lambda: self.now) for _ in range(2)]

    def arrive(self, at: float, tenant_id: UUID, priority: Priority = Priority.BACKGROUND) -> Ticket:
        ticket = new_ticket(tenant_id, priority)
        self._push(START + at, ticket)
        return ticket

    def _push(self, at: float, ticket: Ticket) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, ticket))

    async def run(self, *, until: float = 60.0, dead: frozenset[str] = frozenset()) -> None:
        looked: set[str] = set()
        while self._events and self._events[0][0] <= START + until:
            self.now, _, ticket = heapq.heappop(self._events)
            if ticket.id in dead and ticket.id in looked:
                continue
            looked.add(ticket.id)
            try:
                wait = await self._limiters[hash(ticket.id) % 2].look(ticket)
            except LimitReached as refused:
                self.refused.append((self.now - START, ticket, refused.retry_after))
                continue
            if wait > 0:
                self._push(self.now + wait, ticket)
            else:
                self.granted.append((self.now - START, ticket))

    def waited(self, ticket: Ticket, since: float) -> float:
        return next(at for at, granted in self.granted if granted is ticket) - since


@pytest.fixture
def simulation(redis: Redis) -> Simulation:
    return Simulation(redis)


async def test_never_faster_than_five_a_second_and_three_hundred_a_minute(simulation: Simulation) -> None:
    tenants = [uuid4() for _ in range(4)]
    for number in range(700):
        simulation.arrive(number * 0.1, tenants[number % 4])
    await simulation.run(until=70)
    times = [at for at, _ in simulation.granted]
    assert len(times) > 300
    for index, at in enumerate(times):
        assert sum(at <= other < at + 1 for other in times[index : index + 8]) <= 5
        assert sum(at <= other < at + 60 for other in times[index:]) <= 300


async def test_no_turn_is_wasted_while_somebody_waits(simulation: Simulation) -> None:
    tenants = [uuid4() for _ in range(3)]
    for number in range(600):
        simulation.arrive(number * 0.1, tenants[number % 3])
    await simulation.run(until=60)
    assert len(simulation.granted) >= 0.98 * 60 / SPACING


async def test_a_lone_caller_does_not_wait(simulation: Simulation) -> None:
    tickets = [simulation.arrive(second, uuid4()) for second in range(10)]
    await simulation.run()
    assert [simulation.waited(ticket, second) for second, ticket in enumerate(tickets)] == [0.0] * 10


async def test_a_thousand_requests_of_one_tenant_do_not_hold_up_another(simulation: Simulation) -> None:
    noisy, quiet = uuid4(), uuid4()
    for _ in range(1000):
        simulation.arrive(0.0, noisy)
    moments = [0.05 + 1.7 * number for number in range(5)]
    tickets = [simulation.arrive(at, quiet) for at in moments]
    for number in range(100):
        simulation.arrive(number * 0.1, noisy)
    await simulation.run()
    assert max(simulation.waited(t, at) for t, at in zip(tickets, moments, strict=True)) <= 2 * SPACING + 1e-6
    assert len(simulation.refused) > 900
    assert min(retry for _, _, retry in simulation.refused) >= 3.0


async def test_tenants_that_always_ask_share_equally(simulation: Simulation) -> None:
    tenants = {name: uuid4() for name in "abc"}
    names = {tenant_id: name for name, tenant_id in tenants.items()}
    for number in range(300):
        simulation.arrive(number * 0.1, tenants["a"])
        simulation.arrive(number * 0.1, tenants["a"])
        simulation.arrive(number * 0.1, tenants["b"])
        if number % 2:
            simulation.arrive(number * 0.1, tenants["c"])
    await simulation.run(until=30)
    served = Counter(names[ticket.tenant_id] for _, ticket in simulation.granted)
    assert max(served.values()) - min(served.values()) <= 0.1 * max(served.values())


async def test_people_go_first_and_wait_longer(simulation: Simulation) -> None:
    noisy, person = uuid4(), uuid4()
    for number in range(200):
        simulation.arrive(number * 0.05, noisy)
    clicks = [simulation.arrive(2.0, person, Priority.PERSON) for _ in range(20)]
    await simulation.run()
    waits = sorted(simulation.waited(ticket, 2.0) for ticket in clicks)
    assert waits[0] <= SPACING
    assert waits[-1] <= 21 * SPACING
    assert waits[-1] > 3.0  # longer than background work would have waited


async def test_even_people_are_told_when_it_takes_too_long(simulation: Simulation) -> None:
    for _ in range(100):
        simulation.arrive(0.0, uuid4(), Priority.PERSON)
    await simulation.run()
    assert len(simulation.granted) == int(10 / SPACING) + 1
    assert len(simulation.granted) + len(simulation.refused) == 100


async def test_a_caller_that_died_while_waiting_is_passed_over(simulation: Simulation) -> None:
    tenants = [uuid4() for _ in range(4)]
    tickets = [simulation.arrive(number / 100, tenant_id) for number, tenant_id in enumerate(tenants)]
    await simulation.run(dead=frozenset({tickets[1].id}))
    assert [ticket for _, ticket in simulation.granted] == [tickets[0], *tickets[2:]]
    assert simulation.granted[-1][0] <= 3 * SPACING + rate.GRACE + 0.5


async def test_an_emptied_redis_costs_one_early_request_at_most(simulation: Simulation) -> None:
    for number in range(40):
        simulation.arrive(number * 0.05, uuid4())
    await simulation.run(until=1.0)
    before = len(simulation.granted)
    await simulation.redis.flushall()
    await simulation.run(until=2.0)
    assert len(simulation.granted) - before <= int(1.0 / SPACING) + 2


async def test_a_clock_that_jumped_ahead_does_not_stop_everything(redis: Redis) -> None:
    now = START + 3600
    limiter = RateLimiter(redis, now=lambda: now)
    assert await limiter.look(new_ticket(uuid4(), Priority.BACKGROUND)) == 0
    now = START
    assert await limiter.look(new_ticket(uuid4(), Priority.BACKGROUND)) <= SPACING


async def test_the_real_clock_of_the_server_spaces_requests(redis: Redis) -> None:
    times: list[float] = []
    limiter = RateLimiter(redis)

    async def one(tenant_id: UUID) -> None:
        await limiter.take(tenant_id, Priority.PERSON)
        seconds, micros = await redis.time()
        times.append(seconds + micros / 1e6)

    await asyncio.gather(*(one(uuid4()) for _ in range(6)))
    assert max(times) - min(times) >= 4 * SPACING


@pytest.mark.parametrize("redis_url", [None, "redis://127.0.0.1:9"])
async def test_without_redis_each_process_is_slow_but_goes_on(redis_url: str | None) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    unreachable = Redis.from_url(redis_url) if redis_url else None
    limiter = RateLimiter(unreachable, now=lambda: START, sleep=sleep)
    for _ in range(4):
        await limiter.take(uuid4(), Priority.BACKGROUND)
    assert waits == [0.0, ALONE_SPACING, 2 * ALONE_SPACING, 3 * ALONE_SPACING]
    with pytest.raises(LimitReached):
        await limiter.take(uuid4(), Priority.BACKGROUND)
    await limiter.take(uuid4(), Priority.PERSON)
    assert waits[-1] == 4 * ALONE_SPACING
    if unreachable is not None:
        await unreachable.aclose()
