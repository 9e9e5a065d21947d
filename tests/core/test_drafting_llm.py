"""The model seam over real HTTP: both vendors, every failure, the fallback, Stop."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from core.db import Database
from core.drafting.llm import (
    LLM,
    Chunk,
    LLMEndpoint,
    LLMEvent,
    Opened,
    Prompt,
    Restart,
    StopReason,
    Tier,
    Usage,
    Vendor,
    complete,
)
from core.drafting.llm_anthropic import AnthropicLLM
from core.drafting.llm_fallback import FallbackLLM
from core.drafting.llm_openai import OpenAILLM
from core.drafting.prices import cost_of, price_list, price_of
from core.errors import AppError, Invalid, LimitReached, NeedsReauth, NetworkInTransaction, Unavailable
from tests.sandbox.llm_side import LLMServer

KEY = "sk-test-0123456789-never-shown"
PROMPT = Prompt(
    "test/echo", 3, "You write.", "Tell me something about autumn, please.", max_output_tokens=500
)


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture
async def side(server: LLMServer) -> LLMServer:
    await server.reset()
    return server


def endpoint(side: LLMServer, vendor: Vendor, **over: Any) -> LLMEndpoint:
    base_url = side.openai_url if vendor is Vendor.OPENAI else side.anthropic_url
    models = {
        Vendor.OPENAI: {"model_fast": "gpt-6-luna", "model_smart": "gpt-6-sol"},
        Vendor.ANTHROPIC: {"model_fast": "claude-haiku-5-5", "model_smart": "claude-sonnet-5-5"},
    }[vendor]
    values: dict[str, Any] = {
        "vendor": vendor,
        "api_key": SecretStr(KEY),
        "base_url": base_url,
        "timeout": 5.0,
    }
    return LLMEndpoint(**{**values, **models, **over})


def open_vendor(side: LLMServer, vendor: Vendor, **over: Any) -> LLM:
    made = endpoint(side, vendor, **over)
    return OpenAILLM(made) if vendor is Vendor.OPENAI else AnthropicLLM(made)


@pytest.fixture(params=list(Vendor))
async def llm(side: LLMServer, request: pytest.FixtureRequest) -> AsyncIterator[LLM]:
    opened = open_vendor(side, request.param)
    yield opened
    await opened.aclose()


@pytest.fixture
async def both(side: LLMServer) -> AsyncIterator[FallbackLLM]:
    opened = FallbackLLM([open_vendor(side, Vendor.ANTHROPIC), open_vendor(side, Vendor.OPENAI)])
    yield opened
    await opened.aclose()


async def collect(llm: LLM, prompt: Prompt = PROMPT) -> list[LLMEvent]:
    async with aclosing(llm.stream(prompt)) as events:
        return [event async for event in events]


async def test_a_stream_opens_writes_and_ends_with_its_bill(llm: LLM) -> None:
    events = await collect(llm)
    assert isinstance(events[0], Opened)
    assert events[0].vendor == llm.name
    usage = events[-1]
    assert isinstance(usage, Usage)
    text = "".join(event.text for event in events if isinstance(event, Chunk))
    assert "autumn" in text
    assert len(events) > 5
    assert usage.input_tokens == 2 + 9
    assert usage.output_tokens == len(text) // 4
    assert usage.cost is not None
    assert 0 < usage.cost < Decimal("0.01")
    assert (usage.prompt, usage.stop, usage.estimated) == ("test/echo@3", StopReason.END, False)


async def test_the_cheaper_tier_uses_the_other_model(side: LLMServer, llm: LLM) -> None:
    fast = Prompt("test/echo", 1, "You write.", "Hello", tier=Tier.FAST)
    text, usage = await complete(llm, fast)
    assert "Hello" in text
    assert usage.model in {"gpt-6-luna", "claude-haiku-5-5"}
    assert (await side.calls())[-1]["model"] == usage.model


async def test_a_repeated_system_part_is_billed_as_cached(side: LLMServer) -> None:
    claude = open_vendor(side, Vendor.ANTHROPIC)
    long = Prompt("test/echo", 1, "Rule. " * 800, "Hello")
    (_, first), (_, second) = await complete(claude, long), await complete(claude, long)
    await claude.aclose()
    assert (first.cached_tokens, second.cached_tokens) == (0, 1200)
    assert first.cost is not None
    assert second.cost is not None
    assert second.cost < first.cost


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("401", NeedsReauth),
        ("429", LimitReached),
        ("400", Invalid),
        ("500", Unavailable),
        ("drop", Unavailable),
        ("not_sse", Unavailable),
    ],
)
async def test_every_failure_is_one_of_ours_and_says_nothing_of_the_key(
    side: LLMServer, llm: LLM, mode: str, error: type[AppError]
) -> None:
    await side.control(mode=mode, retry_after=33)
    with pytest.raises(AppError) as caught:
        await collect(llm)
    assert type(caught.value) is error
    if isinstance(caught.value, LimitReached):
        assert caught.value.retry_after == 33
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
    assert KEY not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_an_unreachable_vendor_is_unavailable() -> None:
    closed = LLMEndpoint(Vendor.OPENAI, SecretStr(KEY), "m", "m", "http://127.0.0.1:9/v1", 2.0)
    llm = OpenAILLM(closed)
    with pytest.raises(Unavailable):
        await collect(llm)
    await llm.aclose()
    assert KEY not in repr(closed)


@pytest.mark.parametrize("vendor", list(Vendor))
async def test_silence_ends_in_unavailable_and_closes_the_connection(side: LLMServer, vendor: Vendor) -> None:
    llm = open_vendor(side, vendor, timeout=1.0)
    for after in (0, 4):
        await side.control(mode="hang", after=after)
        with pytest.raises(Unavailable) as caught:
            await collect(llm)
        assert caught.value.data["slow"] is True
        assert (await side.outcome("client_gone"))["words_sent"] == after
    await llm.aclose()


async def test_a_model_that_never_stops_is_cut_off(side: LLMServer, llm: LLM) -> None:
    await side.control(mode="100KB")
    events = await collect(llm)
    usage = events[-1]
    assert isinstance(usage, Usage)
    assert (usage.stop, usage.estimated) == (StopReason.LENGTH, True)
    assert sum(len(event.text) for event in events if isinstance(event, Chunk)) < 500 * 8 + 100
    assert await side.outcome("client_gone") or await side.outcome("finished")


async def test_a_refusal_is_told_apart(side: LLMServer, llm: LLM) -> None:
    await side.control(mode="refusal")
    usage = (await collect(llm))[-1]
    assert isinstance(usage, Usage)
    assert usage.stop is StopReason.REFUSED


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_stop_closes_the_http_stream(side: LLMServer, llm: LLM, how: str) -> None:
    await side.control(mode="hang", after=3)
    written = asyncio.Event()

    async def read() -> None:
        async with aclosing(llm.stream(PROMPT)) as events:
            async for event in events:
                if isinstance(event, Chunk):
                    written.set()
                    if how == "close":
                        return

    task = asyncio.ensure_future(read())
    await asyncio.wait_for(written.wait(), 30)
    if how == "cancel":
        task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() is (how == "cancel")
    assert (await side.outcome("client_gone"))["words_sent"] <= 3


async def test_no_call_is_made_inside_a_transaction(side: LLMServer, llm: LLM, db: Database) -> None:
    async with db.begin():
        with pytest.raises(NetworkInTransaction):
            await collect(llm)
    assert await side.calls() == []


async def test_the_next_vendor_takes_over_unseen_before_the_first_word(
    side: LLMServer, both: FallbackLLM
) -> None:
    await side.control(mode="500", vendor="anthropic")
    events = await collect(both)
    assert not [event for event in events if isinstance(event, Restart)]
    assert isinstance(events[-1], Usage)
    assert events[-1].vendor == "openai"


async def test_the_next_vendor_starts_over_after_the_first_word(side: LLMServer, both: FallbackLLM) -> None:
    await side.control(mode="500", vendor="anthropic", after=5)
    events = await collect(both)
    place = next(index for index, event in enumerate(events) if isinstance(event, Restart))
    assert events[place] == Restart("anthropic", "unavailable")
    before = [event for event in events[:place] if isinstance(event, Chunk)]
    assert len(before) == 5
    after = "".join(event.text for event in events[place:] if isinstance(event, Chunk))
    assert "autumn" in after
    assert await complete(both, PROMPT)


async def test_a_failing_vendor_rests_so_the_next_draft_does_not_wait(
    side: LLMServer, both: FallbackLLM
) -> None:
    await side.control(mode="500", vendor="anthropic", times=1)
    for _ in range(2):
        await complete(both, PROMPT)
    assert [call["vendor"] for call in await side.calls()] == ["anthropic", "openai", "openai"]


async def test_when_all_fail_the_most_useful_error_is_raised(side: LLMServer) -> None:
    await side.control(mode="401")
    both = FallbackLLM([open_vendor(side, Vendor.OPENAI), open_vendor(side, Vendor.ANTHROPIC)])
    with pytest.raises(NeedsReauth):
        await collect(both)
    await both.aclose()


async def test_a_lone_vendor_gets_a_second_try_for_a_hiccup(side: LLMServer) -> None:
    lone = FallbackLLM([open_vendor(side, Vendor.OPENAI)])
    await side.control(mode="500", times=1)
    text, _ = await complete(lone, PROMPT)
    assert "autumn" in text
    await side.control(mode="429")
    with pytest.raises(LimitReached):
        await collect(lone)
    assert len(await side.calls()) == 3
    await lone.aclose()


def test_prices_are_dated_and_know_snapshots_but_not_strangers() -> None:
    day, prices = price_list()
    assert day.year >= 2026
    assert all(price.output > price.input >= price.cached > 0 for price in prices.values())
    assert price_of("claude-haiku-4-5-20251001") == price_of("claude-haiku-4-5")
    assert price_of("gpt-5-2025-08-07") == price_of("gpt-5")
    assert price_of("gpt-5-turbo-x") is None
    assert cost_of("llama-local", fresh=1, cached=1, written=0, output=1) is None
    assert cost_of("gpt-5", fresh=1_000_000, cached=0, written=0, output=100_000) == Decimal("2.25")
