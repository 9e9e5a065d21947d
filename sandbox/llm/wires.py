"""The two wire formats: requests as OpenAI and Anthropic take them, answers and errors as they send them."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from starlette.datastructures import Headers

from sandbox.llm.caching import Caching


class BadRequest(Exception):
    """The body is not what this API takes; the message is for the error's `message`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in either format. `room` is the limit of output tokens, `with_usage` whether a stream ends with numbers."""

    model: str
    system: str
    user: str
    stream: bool
    room: int
    caching: Caching
    with_usage: bool = True
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Token counts of one call: `fresh`, `cached` and `stored` are parts of the input."""

    fresh: int
    output: int
    cached: int = 0
    stored: int = 0


class Wire(Protocol):
    """One vendor's format. Pieces of a stream are complete server-sent events."""

    vendor: str

    def has_key(self, headers: Headers) -> bool: ...
    def read(self, body: dict[str, Any]) -> Asked: ...
    def error(self, status: int, message: str) -> dict[str, Any]: ...
    def whole(self, asked: Asked, number: int, text: str, numbers: Numbers, stop: str) -> dict[str, Any]: ...
    def opening(self, asked: Asked, number: int, numbers: Numbers) -> Iterator[str]: ...
    def piece(self, asked: Asked, number: int, text: str) -> str: ...
    def closing(self, asked: Asked, number: int, numbers: Numbers, stop: str) -> Iterator[str]: ...


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def _marked(text: str, blocks: list[object], key: str) -> Caching:
    """Where the blocks of a prompt that are marked with `key` end in it."""
    place, ends = 0, []
    for block in blocks:
        parts = block if isinstance(block, list) else [block]
        for part in parts:
            place += len(_text_of([part] if isinstance(part, dict) else part))
            if isinstance(part, dict) and part.get(key):
                ends.append(place)
    return Caching(text, tuple(ends))


def _image_of(part: dict[str, Any]) -> bytes | None:
    """The bytes of a picture in either vendor's form; None for a part that is none. Raises BadRequest for one nobody can take."""
    if part.get("type") == "image_url":
        url = str((part.get("image_url") or {}).get("url", ""))
        head, comma, encoded = url.partition(",")
        if not comma or not re.fullmatch(r"data:image/(?:png|jpeg|webp|gif);base64", head):
            raise BadRequest("image_url: only data URLs of png, jpeg, webp and gif can be fetched here")
    elif part.get("type") == "image":
        source = part.get("source") or {}
        encoded = str(source.get("data", ""))
        if source.get("type") != "base64" or source.get("media_type") not in _IMAGE_TYPES:
            raise BadRequest("messages: image.source: base64 of png, jpeg, webp or gif is required")
    else:
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise BadRequest("image: this is no base64") from None
    if not data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")):
        raise BadRequest("image: could not process image")
    return data


_IMAGE_TYPES = {"image/png", "image/jpeg", "image/webp", "image/gif"}


def _images(messages: list[dict[str, Any]]) -> tuple[bytes, ...]:
    parts = [
        part
        for item in messages
        if isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict)
    ]
    return tuple(image for part in parts if (image := _image_of(part)) is not None)


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
        raise BadRequest("messages: a non-empty list is required")
    return messages


def _model(body: dict[str, Any]) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("model: a name is required")
    return model


class OpenAIWire:
    vendor = "openai"

    def has_key(self, headers: Headers) -> bool:
        return len(headers.get("authorization", "").removeprefix("Bearer ").strip()) > 0

    def read(self, body: dict[str, Any]) -> Asked:
        messages = _messages(body)
        system = "\n".join(
            _text_of(item.get("content")) for item in messages if item.get("role") in {"system", "developer"}
        )
        user = "\n".join(_text_of(item.get("content")) for item in messages if item.get("role") == "user")
        options = body.get("stream_options") or {}
        room = body.get("max_completion_tokens") or body.get("max_tokens") or 16_000
        return Asked(
            _model(body),
            system,
            user,
            bool(body.get("stream")),
            int(room),
            self._caching(body, messages),
            bool(options.get("include_usage")),
            _images(messages),
        )

    def _caching(self, body: dict[str, Any], messages: list[dict[str, Any]]) -> Caching:
        blocks = [item.get("content") for item in messages]
        found = _marked("".join(map(_text_of, blocks)), blocks, "prompt_cache_breakpoint")
        explicit = (body.get("prompt_cache_options") or {}).get("mode") == "explicit"
        key = str(body.get("prompt_cache_key") or "")
        automatic = not explicit and not found.ends
        return replace(found, by_itself=automatic, group=f"{body.get('model')} {key}", key=key)

    def error(self, status: int, message: str) -> dict[str, Any]:
        kinds = {401: "invalid_request_error", 400: "invalid_request_error", 429: "rate_limit_error"}
        codes = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
        kind = kinds.get(status, "server_error")
        return {"error": {"message": message, "type": kind, "param": None, "code": codes.get(status)}}

    def whole(self, asked: Asked, number: int, text: str, numbers: Numbers, stop: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            "id": f"chatcmpl-sandbox{number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": asked.model,
            "choices": [
                {"index": 0, "message": message, "finish_reason": _OPENAI_STOPS[stop], "logprobs": None}
            ],
            "usage": self._usage(numbers),
        }

    def opening(self, asked: Asked, number: int, numbers: Numbers) -> Iterator[str]:
        yield self._event(
            asked,
            number,
            [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
        )

    def piece(self, asked: Asked, number: int, text: str) -> str:
        return self._event(asked, number, [{"index": 0, "delta": {"content": text}, "finish_reason": None}])

    def closing(self, asked: Asked, number: int, numbers: Numbers, stop: str) -> Iterator[str]:
        yield self._event(asked, number, [{"index": 0, "delta": {}, "finish_reason": _OPENAI_STOPS[stop]}])
        if asked.with_usage:
            yield self._event(asked, number, [], usage=self._usage(numbers))
        yield "data: [DONE]\n\n"

    def _event(
        self, asked: Asked, number: int, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None
    ) -> str:
        chunk = {
            "id": f"chatcmpl-sandbox{number}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": asked.model,
            "choices": choices,
            "usage": usage,
        }
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    def _usage(self, numbers: Numbers) -> dict[str, Any]:
        asked = numbers.fresh + numbers.cached + numbers.stored
        return {
            "prompt_tokens": asked,
            "completion_tokens": numbers.output,
            "total_tokens": asked + numbers.output,
            "prompt_tokens_details": {
                "cached_tokens": numbers.cached,
                "cache_write_tokens": numbers.stored,
            },
            "completion_tokens_details": {"reasoning_tokens": 0},
        }


class AnthropicWire:
    vendor = "anthropic"

    def has_key(self, headers: Headers) -> bool:
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        return bool(headers.get("x-api-key", "").strip() or bearer)

    def read(self, body: dict[str, Any]) -> Asked:
        messages = _messages(body)
        room = body.get("max_tokens")
        if not isinstance(room, int) or room < 1:
            raise BadRequest("max_tokens: a positive number is required")
        if any(item.get("role") not in {"user", "assistant"} for item in messages):
            raise BadRequest("messages: role must be user or assistant")
        user = "\n".join(_text_of(item.get("content")) for item in messages if item.get("role") == "user")
        system = body.get("system", "")
        blocks = [system, *(item.get("content") for item in messages)]
        caching = _marked("".join(map(_text_of, blocks)), blocks, "cache_control")
        return Asked(
            _model(body),
            _text_of(system),
            user,
            bool(body.get("stream")),
            room,
            replace(caching, group=_model(body)),
            images=_images(messages),
        )

    def error(self, status: int, message: str) -> dict[str, Any]:
        kinds = {401: "authentication_error", 400: "invalid_request_error", 429: "rate_limit_error"}
        return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}

    def whole(self, asked: Asked, number: int, text: str, numbers: Numbers, stop: str) -> dict[str, Any]:
        return self._message(asked, number, numbers, [{"type": "text", "text": text}]) | {
            "stop_reason": _ANTHROPIC_STOPS[stop],
            "usage": self._usage(numbers, numbers.output),
        }

    def opening(self, asked: Asked, number: int, numbers: Numbers) -> Iterator[str]:
        yield self._event("message_start", message=self._message(asked, number, numbers, []))
        yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield self._event("ping")

    def piece(self, asked: Asked, number: int, text: str) -> str:
        return self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def closing(self, asked: Asked, number: int, numbers: Numbers, stop: str) -> Iterator[str]:
        yield self._event("content_block_stop", index=0)
        delta = {"stop_reason": _ANTHROPIC_STOPS[stop], "stop_sequence": None}
        yield self._event("message_delta", delta=delta, usage={"output_tokens": numbers.output})
        yield self._event("message_stop")

    def _message(
        self, asked: Asked, number: int, numbers: Numbers, content: list[dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            "id": f"msg_sandbox{number}",
            "type": "message",
            "role": "assistant",
            "model": asked.model,
            "content": content,
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage(numbers, 1),
        }

    def _usage(self, numbers: Numbers, output: int) -> dict[str, Any]:
        return {
            "input_tokens": numbers.fresh,
            "cache_creation_input_tokens": numbers.stored,
            "cache_read_input_tokens": numbers.cached,
            "output_tokens": output,
        }

    def _event(self, name: str, **fields: object) -> str:
        return f"event: {name}\ndata: {json.dumps({'type': name, **fields}, ensure_ascii=False)}\n\n"


_OPENAI_STOPS = {"end": "stop", "length": "length", "refused": "content_filter"}
_ANTHROPIC_STOPS = {"end": "end_turn", "length": "max_tokens", "refused": "refusal"}
