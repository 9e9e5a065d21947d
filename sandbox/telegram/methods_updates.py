"""getUpdates and the webhook's settings."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.errors import POLLED_TWICE, POLLED_WITH_WEBHOOK, ApiError, bad_request
from sandbox.telegram.registry import Call, Described, method
from sandbox.telegram.state import Update, Webhook
from sandbox.telegram.world import World

LONGEST_POLL = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def update_json(update: Update) -> dict[str, Any]:
    return {"update_id": update.update_id, **update.body}


def _set_allowed(call: Call) -> None:
    given = call.params.items("allowed_updates")
    if given is not None:
        call.bot.allowed_updates = [str(kind).lower() for kind in given] or None
        call.world.save_bot(call.bot)


@method("getUpdates")
async def get_updates(call: Call) -> list[dict[str, Any]]:
    """Long poll. An `offset` confirms all older updates; a negative one keeps only the newest few."""
    world, bot, params = call.world, call.bot, call.params
    if bot.webhook.url:
        raise ApiError(409, POLLED_WITH_WEBHOOK)
    pollers, signal = world.hub.pollers, world.hub.bot_signal(bot.bot_id)
    ticket = pollers.enter(bot.bot_id)
    signal.notify()
    _set_allowed(call)
    offset = params.integer("offset") or 0
    _confirm(world, bot.bot_id, offset)
    limit = min(max(params.integer("limit") or 100, 1), 100)
    deadline = time.monotonic() + min(max(params.integer("timeout") or 0, 0), LONGEST_POLL)
    gone = asyncio.ensure_future(call.gone())
    try:
        while True:
            if not pollers.is_current(bot.bot_id, ticket):
                raise ApiError(409, POLLED_WITH_WEBHOOK if bot.webhook.url else POLLED_TWICE)
            found = [item for item in world.pending(bot.bot_id) if item.forced or item.update_id >= offset]
            left = deadline - time.monotonic()
            if found or left <= 0 or world.hub.stopping or gone.done():
                return [_delivered(world, update) for update in found[:limit]]
            waiting = asyncio.ensure_future(signal.wait(left))
            await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    finally:
        gone.cancel()
        pollers.leave(bot.bot_id, ticket)


def _delivered(world: World, update: Update) -> dict[str, Any]:
    if update.forced:
        update.delivered = True
        world.save_update(update)
    return update_json(update)


def _confirm(world: World, bot_id: int, offset: int) -> None:
    waiting = list(world.pending(bot_id))
    ordinary = [item for item in waiting if not item.forced]
    done = [item for item in ordinary if item.update_id < offset] if offset >= 0 else ordinary[:offset]
    done += [item for item in waiting if item.forced and item.delivered]
    for update in done:
        world.forget_update(update)


@method("setWebhook")
async def set_webhook(call: Call) -> Described:
    world, bot, params = call.world, call.bot, call.params
    url = params.text("url") or ""
    if not url:
        return _delete_webhook(call)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise bad_request("bad webhook: this sandbox delivers to loopback addresses only")
    secret = params.text("secret_token") or ""
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _set_allowed(call)
    connections = min(max(params.integer("max_connections") or 40, 1), 100)
    unchanged = (bot.webhook.url, bot.webhook.secret_token) == (url, secret)
    bot.webhook = Webhook(url=url, secret_token=secret, max_connections=connections)
    if params.flag("drop_pending_updates"):
        _drop_pending(call)
    world.hub.pollers.end(bot.bot_id)
    world.save_bot(bot)
    world.hub.bot_signal(bot.bot_id).notify()
    return Described(result=True, description="Webhook is already set" if unchanged else "Webhook was set")


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Described:
    return _delete_webhook(call)


def _delete_webhook(call: Call) -> Described:
    bot = call.bot
    had_one = bool(bot.webhook.url)
    bot.webhook = Webhook()
    if call.params.flag("drop_pending_updates"):
        _drop_pending(call)
    call.world.save_bot(bot)
    call.world.hub.bot_signal(bot.bot_id).notify()
    return Described(
        result=True, description="Webhook was deleted" if had_one else "Webhook is already deleted"
    )


def _drop_pending(call: Call) -> None:
    for update in list(call.world.pending(call.bot.bot_id)):
        call.world.forget_update(update)


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> dict[str, Any]:
    webhook = call.bot.webhook
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": sum(1 for _ in call.world.pending(call.bot.bot_id)),
    }
    if webhook.url:
        info |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
    if webhook.last_error_message:
        info |= {
            "last_error_date": webhook.last_error_date,
            "last_error_message": webhook.last_error_message,
        }
    if call.bot.allowed_updates:
        info["allowed_updates"] = call.bot.allowed_updates
    return info
