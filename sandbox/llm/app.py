"""The stand-in for language models, mounted at /llm: OpenAI's and Anthropic's wire formats, faults on demand.

POST openai/v1/chat/completions, GET openai/v1/models, POST openai/v1/audio/transcriptions, POST anthropic/v1/messages; the
same without "openai" and "anthropic". GET and POST control, GET control/prompts, POST control/reset. See docs/sandbox-llm.md.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator
from pathlib import PurePath
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.llm import misbehaviour, senses
from sandbox.llm.caching import tokens
from sandbox.llm.state import Call, Control, LLMState, Mode
from sandbox.llm.wires import AnthropicWire, Asked, BadRequest, Numbers, OpenAIWire, Wire
from sandbox.llm.writer import answer

MODELS = ("sandbox-smart", "sandbox-fast")
DEFAULT_PACE = 90.0
"""Words per second in normal operation: fast, and still visibly written."""
LONGEST_HANG = 120.0
IMAGE_TOKENS = 1100
SECONDS_A_WORD = 0.4
_PIECES = re.compile(r"\S+\s*|\s+")
_REFUSALS = {
    Mode.RATE_LIMIT: (429, "Rate limit reached. Try again later."),
    Mode.ERROR: (500, "The server had an error."),
    Mode.UNAUTHORIZED: (401, "Incorrect API key provided."),
    Mode.BAD_REQUEST: (400, "The request was not understood."),
}


def create_llm_app(words_per_second: float = DEFAULT_PACE) -> Starlette:
    """A new model with nothing recorded. `words_per_second` 0 writes as fast as possible."""
    openai, anthropic = _Endpoint(OpenAIWire()), _Endpoint(AnthropicWire())
    app = Starlette(
        routes=[
            *(
                Route(f"{prefix}/v1/chat/completions", openai.answer, methods=["POST"])
                for prefix in ("/openai", "")
            ),
            *(Route(f"{prefix}/v1/models", list_models) for prefix in ("/openai", "")),
            *(
                Route(f"{prefix}/v1/audio/transcriptions", transcribe, methods=["POST"])
                for prefix in ("/openai", "")
            ),
            *(
                Route(f"{prefix}/v1/messages", anthropic.answer, methods=["POST"])
                for prefix in ("/anthropic", "")
            ),
            Route("/control", read_control, methods=["GET"]),
            Route("/control", write_control, methods=["POST"]),
            Route("/control/prompts", list_prompts),
            Route("/control/reset", reset, methods=["POST"]),
        ]
    )
    app.state.llm = LLMState(pace=words_per_second)
    return app


def _state(request: Request) -> LLMState:
    state: LLMState = request.app.state.llm
    return state


class _Endpoint:
    """One vendor's completion endpoint."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def answer(self, request: Request) -> Response:
        if not self._wire.has_key(request.headers):
            return self._refuse(401, "You did not provide an API key.")
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict):
                raise BadRequest("a JSON object is required")
            asked = self._wire.read(body)
        except (BadRequest, ValueError) as error:
            return self._refuse(400, str(error))
        state = _state(request)
        call = state.open_call(
            vendor=self._wire.vendor,
            model=asked.model,
            stream=asked.stream,
            system=asked.system,
            user=asked.user,
            cache_key=asked.caching.key,
            images=len(asked.images),
        )
        if call.mode in _REFUSALS and not state.control.after:
            state.close_call(call, "fault")
            status, message = _REFUSALS[call.mode]
            return self._refuse(
                status, message, retry_after=state.control.retry_after if status == 429 else None
            )
        if call.mode is Mode.NOT_SSE:
            state.close_call(call, "fault")
            return HTMLResponse("<html><body>Welcome to the hotel network. Please sign in.</body></html>")
        text, stop = _text(asked, call.mode, state.control.sees)
        numbers = _numbers(state, asked, text)
        if asked.stream:
            return StreamingResponse(
                self._stream(state, call, asked=asked, text=text, stop=stop, numbers=numbers),
                media_type="text/event-stream",
            )
        if call.mode is Mode.HANG:
            return StreamingResponse(self._silence(state, call), media_type="application/json")
        state.close_call(call, "finished")
        return JSONResponse(self._wire.whole(asked, call.number, text, numbers, stop))

    async def _stream(
        self, state: LLMState, call: Call, *, asked: Asked, text: str, stop: str, numbers: Numbers
    ) -> AsyncIterator[str]:
        """Word by word. A client that goes away cancels this, which is recorded as "client_gone"."""
        outcome = "client_gone"
        breaks_off = call.mode in {Mode.HANG, Mode.DROP} or call.mode in _REFUSALS
        pause = 1 / state.speed(call.mode) if state.speed(call.mode) else 0.0
        try:
            if call.mode is Mode.HANG and not state.control.after:
                await asyncio.sleep(LONGEST_HANG)
            for event in self._wire.opening(asked, call.number, numbers):
                yield event
            for piece in _pieces(text, state.control.piece_words):
                if breaks_off and call.words_sent >= state.control.after:
                    break
                yield self._wire.piece(asked, call.number, piece)
                call.words_sent += 1
                if "{" in piece:
                    # the typed part is not watched by anybody
                    pause /= 20
                await asyncio.sleep(pause)
            if call.mode is Mode.HANG:
                await asyncio.sleep(LONGEST_HANG)
            if breaks_off:
                outcome = "fault"
                if call.mode in _REFUSALS:
                    yield self._error_event(*_REFUSALS[call.mode])
                else:
                    raise ConnectionResetError("cut on purpose")
                return
            for event in self._wire.closing(asked, call.number, numbers, stop):
                yield event
            outcome = "finished"
        finally:
            state.close_call(call, outcome)

    async def _silence(self, state: LLMState, call: Call) -> AsyncIterator[str]:
        outcome = "client_gone"
        try:
            await asyncio.sleep(LONGEST_HANG)
            outcome = "fault"
            yield ""
        finally:
            state.close_call(call, outcome)

    def _error_event(self, status: int, message: str) -> str:
        body = json.dumps(self._wire.error(status, message))
        return f"event: error\ndata: {body}\n\n" if self._wire.vendor == "anthropic" else f"data: {body}\n\n"

    def _refuse(self, status: int, message: str, *, retry_after: int | None = None) -> JSONResponse:
        headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
        return JSONResponse(self._wire.error(status, message), status, headers)


def _pieces(text: str, words: int) -> list[str]:
    """The text in pieces of so many words."""
    found = _PIECES.findall(text)
    return ["".join(found[start : start + words]) for start in range(0, len(found), max(1, words))]


def _text(asked: Asked, mode: Mode, sees: str) -> tuple[str, str]:
    """What is written, and why it ends: "end", "length" or "refused"."""
    if asked.images and mode is Mode.EVIL:
        return senses.obeyed(asked.images, sees), "end"
    if mode is Mode.EVIL:
        return misbehaviour.obey(asked.system, asked.user), "end"
    if mode is Mode.GARBAGE:
        return misbehaviour.babble(asked.user), "end"
    if mode is Mode.HUGE:
        return misbehaviour.flood(asked.user), "end"
    if mode is Mode.REFUSAL:
        return "", "refused"
    text = senses.reading(asked.images, sees) if asked.images else answer(asked.user)
    if mode is Mode.TRUNCATED:
        return misbehaviour.cut_short(text), "length"
    if mode is Mode.BROKEN_DATA:
        return misbehaviour.spoil_data(text), "end"
    if tokens(text) > asked.room:
        return text[: asked.room * 4], "length"
    return text, "end"


def _numbers(state: LLMState, asked: Asked, text: str) -> Numbers:
    read = tokens(asked.system) + tokens(asked.user) + IMAGE_TOKENS * len(asked.images)
    cached, stored = state.memory.look_up(asked.caching)
    return Numbers(max(0, read - cached - stored), tokens(text), cached=cached, stored=stored)


async def list_models(_request: Request) -> JSONResponse:
    entries = [{"id": name, "object": "model", "created": 0, "owned_by": "sandbox"} for name in MODELS]
    return JSONResponse({"object": "list", "data": entries})


async def transcribe(request: Request) -> Response:
    """What a recording says (see `senses`), with its length as the bill. Faults strike here as they do in a chat."""
    wire = OpenAIWire()
    if not wire.has_key(request.headers):
        return JSONResponse(wire.error(401, "You did not provide an API key."), 401)
    async with request.form() as form:
        upload, model = form.get("file"), form.get("model")
        if not isinstance(upload, UploadFile):
            return JSONResponse(wire.error(400, "file: an audio file is required"), 400)
        if not isinstance(model, str) or not model:
            return JSONResponse(wire.error(400, "model: a name is required"), 400)
        name, data = upload.filename or "", await upload.read()
    state = _state(request)
    call = state.open_call(vendor="openai", model=model, stream=False, system="", user=name)
    if call.mode in _REFUSALS:
        state.close_call(call, "fault")
        status, message = _REFUSALS[call.mode]
        headers = {"retry-after": str(state.control.retry_after)} if status == 429 else {}
        return JSONResponse(wire.error(status, message), status, headers)
    if call.mode is Mode.NOT_SSE:
        state.close_call(call, "fault")
        return HTMLResponse("<html><body>Welcome to the hotel network. Please sign in.</body></html>")
    if call.mode is Mode.HANG:
        await asyncio.sleep(LONGEST_HANG)
    if PurePath(name).suffix.lower() not in _AUDIO or not data:
        state.close_call(call, "fault")
        return JSONResponse(wire.error(400, "Invalid file format."), 400)
    text = "" if call.mode is Mode.REFUSAL else senses.heard(data, name, state.control.hears)
    state.close_call(call, "finished")
    seconds = max(1, round(len(text.split()) * SECONDS_A_WORD))
    return JSONResponse({"text": text, "usage": {"type": "duration", "seconds": seconds}})


_AUDIO = {".flac", ".m4a", ".mp3", ".mp4", ".mpeg", ".mpga", ".oga", ".ogg", ".wav", ".webm"}


async def read_control(request: Request) -> JSONResponse:
    return JSONResponse(dataclasses.asdict(_state(request).control))


async def write_control(request: Request) -> JSONResponse:
    """Replaces the whole control: {"mode", "vendor"?, "times"?, "after"?, "words_per_second"?, "retry_after"?, "hears"?,
    "sees"?}."""
    try:
        wanted: dict[str, Any] = json.loads(await request.body())
        control = Control(**{**wanted, "mode": Mode(wanted.get("mode", Mode.NORMAL))})
    except (TypeError, ValueError, AttributeError) as error:
        modes = ", ".join(Mode)
        return JSONResponse({"error": str(error), "modes": modes}, 400)
    _state(request).control = control
    return JSONResponse(dataclasses.asdict(control))


async def list_prompts(request: Request) -> JSONResponse:
    """The recorded calls, oldest first; `?after=N` only those with a higher number."""
    after = (
        int(request.query_params.get("after", "0"))
        if request.query_params.get("after", "0").isdecimal()
        else 0
    )
    calls = [dataclasses.asdict(call) for call in _state(request).calls if call.number > after]
    return JSONResponse({"prompts": calls})


async def reset(request: Request) -> JSONResponse:
    _state(request).reset()
    return JSONResponse({"ok": True})
