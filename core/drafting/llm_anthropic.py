"""Anthropic's messages: the only module that imports the `anthropic` SDK."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anthropic
import httpx2
from anthropic.types import MessageDeltaUsage
from anthropic.types import Usage as Bill

from core.db import refuse_network_in_transaction
from core.drafting import llm_border
from core.drafting.llm import Chunk, LLMEndpoint, LLMEvent, Opened, Prompt, StopReason, Usage
from core.drafting.prices import cost_of, estimated_usage, price_of
from core.errors import AppError

DEFAULT_BASE_URL = "https://api.anthropic.com"
THINKING_TOKENS = 4000
"""Room for a model that thinks before it writes; its thoughts count as output."""


class AnthropicLLM:
    """Holds one connection pool. The base URL is always explicit: the SDK would otherwise take it from the environment."""

    def __init__(self, endpoint: LLMEndpoint) -> None:
        self._endpoint = endpoint
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=5.0, write=20.0, pool=10.0),
            follow_redirects=False,
            trust_env=False,
        )
        self._client = anthropic.AsyncAnthropic(
            api_key=endpoint.api_key.get_secret_value(),
            base_url=endpoint.base_url or DEFAULT_BASE_URL,
            # waiting here would honour a Retry-After of minutes while a person watches; the fallback decides instead
            max_retries=0,
            http_client=self._http,
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
        except anthropic.APIStatusError as error:
            # an error event inside a stream that began with 200 says in its body what kind of error it is
            status = error.status_code if error.status_code >= 400 else _IN_STREAM.get(error.type or "", 500)
            failure = llm_border.from_status(self.name, status, error.response.headers)
        except (anthropic.APITimeoutError, httpx2.TimeoutException, TimeoutError):
            failure = llm_border.timed_out(self.name)
        except (anthropic.APIConnectionError, httpx2.TransportError):
            failure = llm_border.unreachable(self.name)
        except (anthropic.AnthropicError, httpx2.HTTPError, *llm_border.BROKEN_STREAM):
            failure = llm_border.broken(self.name)
        # raised out here so that the vendor's exception, which holds the key in its request, is not its context
        raise failure

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
        model = self._endpoint.model(prompt.tier)
        limit = prompt.max_output_tokens * 8
        written: list[str] = []
        length = 0
        opening: Bill | None = None
        closing: MessageDeltaUsage | None = None
        stop: StopReason | None = None
        response = await self._open(model, prompt)
        events = llm_border.watched(aiter(response), silence=self._endpoint.timeout)
        try:
            yield Opened(self.name, model)
            async for event in events:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    written.append(event.delta.text)
                    length += len(event.delta.text)
                    yield Chunk(event.delta.text)
                elif event.type == "message_start":
                    opening = event.message.usage
                elif event.type == "message_delta":
                    closing = event.usage
                    stop = _STOPS.get(event.delta.stop_reason or "", StopReason.END)
                if length > limit:
                    stop, closing = StopReason.LENGTH, None
                    break
        finally:
            await events.aclose()
            await response.close()
        if stop is None:
            raise ValueError("the stream ended without a stop reason")
        yield self._usage(
            prompt, model, opening=opening, closing=closing, stop=stop, written="".join(written)
        )

    async def _open(self, model: str, prompt: Prompt) -> anthropic.AsyncStream[Any]:
        options: dict[str, Any] = {}
        price = price_of(model)
        room = prompt.max_output_tokens
        if price is not None and price.effort is not None:
            options["output_config"] = {"effort": price.effort}
            room += THINKING_TOKENS
        response: anthropic.AsyncStream[Any] = await self._client.messages.create(
            model=model,
            max_tokens=room,
            system=[{"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": _content(prompt)}],
            stream=True,
            timeout=httpx2.Timeout(self._endpoint.timeout, connect=5.0),
            **options,
        )
        return response

    def _usage(
        self,
        prompt: Prompt,
        model: str,
        *,
        opening: Bill | None,
        closing: MessageDeltaUsage | None,
        stop: StopReason,
        written: str,
    ) -> Usage:
        if opening is None or closing is None:
            return estimated_usage(prompt, vendor=self.name, model=model, written=written, stop=stop)
        cached = opening.cache_read_input_tokens or 0
        stored = opening.cache_creation_input_tokens or 0
        fresh, output = opening.input_tokens, closing.output_tokens
        return Usage(
            self.name,
            model,
            fresh + cached + stored,
            output,
            cached,
            cost_of(model, fresh=fresh, cached=cached, written=stored, output=output),
            f"{prompt.name}@{prompt.version}",
            stop,
        )


def _content(prompt: Prompt) -> Any:
    """The user part; in pieces when its beginning is worth keeping for this person's next prompt, or with pictures."""
    pictures = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.mime,
                "data": b64encode(image.data).decode(),
            },
        }
        for image in prompt.images
    ]
    if not prompt.stable:
        return [*pictures, {"type": "text", "text": prompt.user}] if pictures else prompt.user
    return [
        {"type": "text", "text": prompt.user[: prompt.stable], "cache_control": {"type": "ephemeral"}},
        *pictures,
        {"type": "text", "text": prompt.user[prompt.stable :]},
    ]


_STOPS = {
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSED,
}
_IN_STREAM = {
    "rate_limit_error": 429,
    "authentication_error": 401,
    "permission_error": 403,
    "invalid_request_error": 400,
}
