"""Levers for tests: planned failures, the outbox, raw updates, reset and tuning."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.errors import UserApiError
from sandbox.telegram.faults import Fault, FaultKind
from sandbox.telegram.reading import json_body, whole
from sandbox.telegram.registry import SPELLINGS
from sandbox.telegram.render import me_json


def _api(request: Request) -> BotApi:
    api: BotApi = request.app.state.bot_api
    return api


async def faults(request: Request) -> Response:
    """Plan a failure; an empty `times` means once."""
    body = await json_body(request)
    method = str(body.get("method") or "*").lower()
    if method != "*" and method not in SPELLINGS:
        raise UserApiError(400, f"There is no Bot API method {body.get('method')}.")
    try:
        kind = FaultKind(str(body.get("kind")))
    except ValueError:
        kinds = ", ".join(FaultKind)
        raise UserApiError(400, f"kind must be one of {kinds}.") from None
    times = whole(body.get("times"), "times")
    retry_after = whole(body.get("retry_after"), "retry_after")
    fault = Fault(
        method=method,
        kind=kind,
        times=1 if times is None else times,
        retry_after=1 if retry_after is None else retry_after,
        chat_id=whole(body.get("chat_id"), "chat_id"),
    )
    _api(request).faults.planned.append(fault)
    return await list_faults(request)


async def list_faults(request: Request) -> Response:
    return JSONResponse({"faults": [asdict(fault) for fault in _api(request).faults.planned]})


async def clear_faults(request: Request) -> Response:
    _api(request).faults.planned.clear()
    return JSONResponse({"faults": []})


async def outbox(request: Request) -> Response:
    """All calls after a number; successful polls only with `polls=1`."""
    after = whole(request.query_params.get("after"), "after") or 0
    polls = request.query_params.get("polls", "") not in {"", "0", "false"}
    return JSONResponse({"calls": _api(request).outbox.after(after, with_polls=polls)})


async def bots(request: Request) -> Response:
    """The bots known here, the newest (the one people talk to by default) first."""
    world = _api(request).world
    known = sorted(world.bots.values(), key=lambda bot: -bot.rank)
    shown = [
        {
            **me_json(bot),
            "webhook": bot.webhook.url or None,
            "polling": world.hub.pollers.is_polling(bot.bot_id),
        }
        for bot in known
    ]
    return JSONResponse({"bots": shown})


async def reset(request: Request) -> Response:
    body = await json_body(request)
    api = _api(request)
    api.world.reset(forget_bots=bool(body.get("bots")))
    api.faults.planned.clear()
    api.flood.buckets.clear()
    api.outbox.clear()
    return JSONResponse({"ok": True})


async def raw_update(request: Request) -> Response:
    """Queue any JSON as an update: {"update": {...}, "update_id"?, "times"?, "bot"?}.

    Without an `update_id` each copy gets a number of its own; with one, the copies are true duplicates.
    """
    body = await json_body(request)
    world = _api(request).world
    update = body.get("update")
    if not isinstance(update, dict):
        raise UserApiError(400, "update must be a JSON object.")
    bot_id = whole(body.get("bot"), "bot") or world.newest_bot().bot_id
    if bot_id not in world.bots:
        raise UserApiError(404, f"There is no bot {bot_id} in the sandbox.")
    fixed = whole(body.get("update_id"), "update_id")
    ids = [
        world.push_raw(bot_id, update, fixed)
        for _ in range(min(whole(body.get("times"), "times") or 1, 10_000))
    ]
    return JSONResponse({"update_ids": ids})


async def settings(request: Request) -> Response:
    """Read the tuning, or change some of it."""
    world = _api(request).world
    if request.method == "POST":
        body = await json_body(request)
        kinds = {item.name: type(getattr(world.tuning, item.name)) for item in fields(world.tuning)}
        unknown = sorted(set(body) - set(kinds))
        if unknown:
            raise UserApiError(400, f"Unknown setting: {', '.join(unknown)}.", settings=sorted(kinds))
        try:
            world.tuning = replace(world.tuning, **{name: kinds[name](body[name]) for name in body})
        except (TypeError, ValueError):
            raise UserApiError(400, "A setting has the wrong type.") from None
    return JSONResponse(asdict(world.tuning))


ROUTES = [
    Route("/control/telegram/faults", faults, methods=["POST"]),
    Route("/control/telegram/faults", list_faults, methods=["GET"]),
    Route("/control/telegram/faults", clear_faults, methods=["DELETE"]),
    Route("/control/telegram/outbox", outbox),
    Route("/control/telegram/bots", bots),
    Route("/control/telegram/reset", reset, methods=["POST"]),
    Route("/control/telegram/raw_update", raw_update, methods=["POST"]),
    Route("/control/telegram/settings", settings, methods=["GET", "POST"]),
]
