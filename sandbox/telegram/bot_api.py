"""The HTTP face of the Bot API: tokens, dispatch, planned failures and the outbox."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.telegram import (
    methods_bot,
    methods_chat,
    methods_media,
    methods_messages,
    methods_updates,
)
from sandbox.telegram.errors import ApiError, bad_request, forbidden, not_found, too_many_requests
from sandbox.telegram.faults import Fault, FaultKind, Faults, FloodGate
from sandbox.telegram.hangup import HangUp, wait_for_disconnect
from sandbox.telegram.outbox import Outbox
from sandbox.telegram.params import Params, read_params
from sandbox.telegram.registry import METHODS, SPELLINGS, Call, Described
from sandbox.telegram.world import World

log = logging.getLogger(__name__)

REGISTERED = (methods_bot, methods_chat, methods_media, methods_messages, methods_updates)
TOKEN = re.compile(r"([1-9]\d{0,18}):([A-Za-z0-9_-]{1,100})")
LONGEST_HANG = 600.0


@dataclass(slots=True)
class BotApi:
    """Executes calls for the HTTP endpoint and for answers of webhooks."""

    world: World
    faults: Faults = field(default_factory=Faults)
    flood: FloodGate = field(default_factory=FloodGate)
    outbox: Outbox = field(default_factory=Outbox)
    on_webhook: Callable[[int], None] = lambda _bot_id: None

    async def execute(
        self, token: str, method: str, params: Params, gone: Any = None
    ) -> tuple[int, dict[str, Any]]:
        """Run one call; returns the HTTP status and the body. Never raises but for hang-ups and cancellation."""
        status = 500
        answer: dict[str, Any] = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        try:
            result = await self._run(token, method, params, gone or asyncio.Event().wait)
            status, answer = 200, {"ok": True, "result": result}
            if isinstance(result, Described):
                answer = {"ok": True, "result": result.result, "description": result.description}
        except ApiError as error:
            status = error.status
            answer = {"ok": False, "error_code": error.status, "description": error.description}
            if error.parameters:
                answer["parameters"] = error.parameters
        except HangUp:
            status, answer = 0, {"description": "connection dropped"}
            raise
        except Exception:
            log.exception("telegram.method_failed", extra={"method": method})
        finally:
            shown = answer.get("result")
            if method.lower() == "getupdates" and isinstance(shown, list):
                shown = len(shown)
            spelled = SPELLINGS.get(method.lower(), method[:64])
            self.outbox.add(
                token,
                method=spelled,
                params=params.readable(),
                status=status,
                result=shown,
                description=answer.get("description"),
            )
        return status, answer

    async def _run(self, token: str, method: str, params: Params, gone: Any) -> Any:
        matched = TOKEN.fullmatch(token)
        if matched is None:
            raise ApiError(401, "Unauthorized") if ":" in token else not_found()
        name = method.lower()
        function = METHODS.get(name)
        if function is None:
            raise not_found()
        bot = self.world.register_bot(int(matched[1]))
        chat_id = params.integer("chat_id")
        fault = self.faults.take(name, chat_id)
        if fault is not None and fault.kind is not FaultKind.DROP_AFTER:
            await self._fail(fault, gone)
        if self.world.tuning.flood and chat_id and name.startswith(("send", "edit", "copy", "forward")):
            wait = self.flood.retry_after(self.world.tuning, bot.bot_id, chat_id)
            if wait:
                raise too_many_requests(wait)
        result = await function(Call(self.world, bot, params, gone))
        if name == "setwebhook" and bot.webhook.url:
            bot.webhook.token = token
            self.world.save_bot(bot)
            self.on_webhook(bot.bot_id)
        if fault is not None:
            raise HangUp
        return result

    async def _fail(self, fault: Fault, gone: Any) -> None:
        match fault.kind:
            case FaultKind.TOO_MANY:
                raise too_many_requests(fault.retry_after)
            case FaultKind.INTERNAL:
                raise ApiError(500, "Internal Server Error")
            case FaultKind.BAD_GATEWAY:
                raise ApiError(502, "Bad Gateway")
            case FaultKind.UNAUTHORIZED:
                raise ApiError(401, "Unauthorized")
            case FaultKind.FORBIDDEN:
                raise forbidden("bot was blocked by the user")
            case FaultKind.NO_CHAT:
                raise bad_request("chat not found")
            case FaultKind.HANG:
                await self.world.hub.until_stop(gone, LONGEST_HANG)
        raise HangUp


async def call_endpoint(request: Request) -> Response:
    """`/bot{token}/{method}`, GET or POST."""
    api: BotApi = request.app.state.bot_api
    token, method = request.path_params["token"], request.path_params["method"]
    try:
        params = await read_params(request.query_params, request.headers, request.stream())
    except ApiError as error:
        body = {"ok": False, "error_code": error.status, "description": error.description}
        return JSONResponse(body, status_code=error.status)
    status, answer = await api.execute(token, method, params, lambda: wait_for_disconnect(request))
    return JSONResponse(answer, status_code=status, headers=_headers(answer))


def _headers(answer: Mapping[str, Any]) -> dict[str, str]:
    retry_after = (answer.get("parameters") or {}).get("retry_after")
    return {"Retry-After": str(retry_after)} if retry_after else {}


async def file_endpoint(request: Request) -> Response:
    """`/file/bot{token}/{path}`: the bytes behind a `file_path`."""
    world: World = request.app.state.bot_api.world
    matched = TOKEN.fullmatch(request.path_params["token"])
    path = request.path_params["path"]
    if matched is not None:
        for stored in world.files.values():
            if stored.path == path and stored.bot_id == int(matched[1]):
                data = world.store.blob(stored.file_id)
                return Response(data or b"", media_type="application/octet-stream")
    body = {"ok": False, "error_code": 404, "description": "Not Found"}
    return JSONResponse(body, status_code=404)
