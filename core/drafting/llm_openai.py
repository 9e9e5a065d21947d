"""OpenAI, and everything that speaks its chat completions: the only module that imports the `openai` SDK."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx2
import openai
from openai.types import CompletionUsage

from core.db import refuse_network_in_transaction
from core.drafting import llm_border
from core.drafting.hearing import TRANSCRIPT_LIMIT, Audio, Heard, HearingEndpoint
from core.drafting.llm import Chunk, LLMEndpoint, LLMEvent, Opened, Prompt, StopReason, Usage
from core.drafting.prices import cost_of, cost_of_audio, estimated_usage, price_of
from core.errors import AppError

DEFAULT_BASE_URL = "https://api.openai.com/v1"
THINKING_TOKENS = 4000
"""Room for a model that thinks before it writes; its thoughts count as output."""


_FAILURES = (openai.OpenAIError, httpx2.HTTPError, TimeoutError, *llm_border.BROKEN_STREAM)


def _in_our_words(name: str, error: Exception) -> AppError:
    """One of `_FAILURES` as an error of ours; which of the vendor's it was decides, the closest kin first."""
    if isinstance(error, openai.APIStatusError):
        return llm_border.from_status(name, error.status_code, error.response.headers)
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return llm_border.timed_out(name)
    if isinstance(error, openai.APIConnectionError):
        return llm_border.unreachable(name)
    return llm_border.broken(name)


def _open_client(
    endpoint: LLMEndpoint | HearingEndpoint, timeout: httpx2.Timeout
) -> tuple[httpx2.AsyncClient, openai.AsyncOpenAI]:
    """The connection pool and the SDK's client on it."""
    http = httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)
    client = openai.AsyncOpenAI(
        api_key=endpoint.api_key.get_secret_value(),
        base_url=endpoint.base_url or DEFAULT_BASE_URL,
        # waiting here would honour a Retry-After of minutes while a person watches; the fallback decides instead
        max_retries=0,
        http_client=http,
    )
    return http, client


class OpenAILLM:
    """Holds one connection pool. The base URL is always explicit: the SDK would otherwise take it from the environment."""

    def __init__(self, endpoint: LLMEndpoint) -> None:
        self._endpoint = endpoint
        self._http, self._client = _open_client(
            endpoint, httpx2.Timeout(None, connect=5.0, write=20.0, pool=10.0)
        )

    @property
    def name(self) -> str:
        return self._endpoint.vendor.value

    async def aclose(self) -> None:
        await self._http.aclose()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        refuse_network_in_transaction()
        failure: AppError
        try:
            async with aclosing(self._stream(prompt)) as events:
                async for event in events:
                    yield event
            return
        except _FAILURES as error:
            failure = _in_our_words(self.name, error)
        # raised out here so that the vendor's exception, which holds the key in its request, is not its context
        raise failure

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        model = self._endpoint.model(prompt.tier)
        limit = prompt.max_output_tokens * 8
        written: list[str] = []
        length = 0
        bill: CompletionUsage | None = None
        stop: StopReason | None = None
        response = await self._open(model, prompt)
        events = llm_border.watched(aiter(response), silence=self._endpoint.timeout)
        try:
            yield Opened(self.name, model)
            async for chunk in events:
                bill = chunk.usage or bill
                for choice in chunk.choices[:1]:
                    if text := choice.delta.content:
                        written.append(text)
                        length += len(text)
                        yield Chunk(text)
                    if choice.finish_reason is not None:
                        stop = _STOPS.get(choice.finish_reason, StopReason.END)
                if length > limit:
                    stop, bill = StopReason.LENGTH, None
                    break
        finally:
            await events.aclose()
            await response.close()
        if stop is None:
            raise ValueError("the stream ended without a finish reason")
        yield self._usage(prompt, model, bill, stop, "".join(written))

    async def _open(self, model: str, prompt: Prompt) -> openai.AsyncStream[Any]:
        options: dict[str, Any] = {}
        price = price_of(model)
        room = prompt.max_output_tokens
        if price is not None and price.effort is not None:
            options["reasoning_effort"] = price.effort
            room += THINKING_TOKENS
        if price is not None and price.marked:
            # by itself it would also keep, and charge for, the part that no other prompt begins with
            options["prompt_cache_options"] = {"mode": "explicit"}
        if prompt.cache_key and (price is not None or not self._endpoint.base_url):
            options["prompt_cache_key"] = prompt.cache_key
        # other servers of this protocol know only the older name of the limit
        options["max_tokens" if self._endpoint.base_url else "max_completion_tokens"] = room
        response: openai.AsyncStream[Any] = await self._client.chat.completions.create(
            model=model,
            messages=[
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": _content(prompt, marked=price is not None and price.marked)},
            ],
            stream=True,
            stream_options={"include_usage": True},
            timeout=httpx2.Timeout(self._endpoint.timeout, connect=5.0),
            **options,
        )
        return response

    def _usage(
        self, prompt: Prompt, model: str, bill: CompletionUsage | None, stop: StopReason, written: str
    ) -> Usage:
        if bill is None:
            return estimated_usage(prompt, vendor=self.name, model=model, written=written, stop=stop)
        details = bill.prompt_tokens_details
        cached = (details and details.cached_tokens) or 0
        stored = (details and details.cache_write_tokens) or 0
        fresh = max(0, bill.prompt_tokens - cached - stored)
        return Usage(
            self.name,
            model,
            bill.prompt_tokens,
            bill.completion_tokens,
            cached,
            cost_of(model, fresh=fresh, cached=cached, written=stored, output=bill.completion_tokens),
            f"{prompt.name}@{prompt.version}",
            stop,
        )


def _content(prompt: Prompt, *, marked: bool) -> Any:
    """The user part: plain text where that will do, since other servers of this protocol know only that.

    In pieces with pictures, or when the model caches what ends at a mark; else its beginning is found by itself.
    """
    pictures = [
        {
            "type": "image_url",
            "image_url": {"url": f"data:{image.mime};base64,{b64encode(image.data).decode()}"},
        }
        for image in prompt.images
    ]
    if not marked or not prompt.stable:
        return [*pictures, {"type": "text", "text": prompt.user}] if pictures else prompt.user
    return [
        {
            "type": "text",
            "text": prompt.user[: prompt.stable],
            "prompt_cache_breakpoint": {"mode": "explicit"},
        },
        *pictures,
        {"type": "text", "text": prompt.user[prompt.stable :]},
    ]


class OpenAIHearing:
    """OpenAI's transcription and every server that speaks it. Holds one connection pool, like `OpenAILLM`."""

    def __init__(self, endpoint: HearingEndpoint) -> None:
        self._endpoint = endpoint
        self._http, self._client = _open_client(
            endpoint, httpx2.Timeout(endpoint.timeout, connect=5.0, pool=10.0)
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def hear(self, audio: Audio) -> Heard:
        refuse_network_in_transaction()
        failure: AppError
        try:
            async with asyncio.timeout(self._endpoint.timeout):
                answer: Any = await self._client.audio.transcriptions.create(
                    file=(f"voice.{audio.extension}", audio.data),
                    model=self._endpoint.model,
                    response_format="json",
                )
            return self._heard(answer, audio)
        except _FAILURES as error:
            failure = _in_our_words("openai", error)
        # out here for the same reason as above: the vendor's exception holds the key
        raise failure

    def _heard(self, answer: Any, audio: Audio) -> Heard:
        text = answer.text
        if not isinstance(text, str):
            raise TypeError("a transcription without text")
        usage = getattr(answer, "usage", None)
        told = getattr(usage, "seconds", None)
        # Billed is what the vendor measured; without its word what the file itself says.
        seconds = float(told) if isinstance(told, int | float) and told > 0 else audio.seconds
        return Heard(
            text[:TRANSCRIPT_LIMIT],
            Usage(
                "openai",
                self._endpoint.model,
                0,
                0,
                cost=cost_of_audio(self._endpoint.model, seconds),
                prompt="audio",
                estimated=told is None,
            ),
        )


_STOPS = {"length": StopReason.LENGTH, "content_filter": StopReason.REFUSED}
