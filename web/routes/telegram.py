"""Telegram's webhook: the update is a row before it is acknowledged, and nothing else happens here."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from core import inbox
from core.errors import NotFound
from core.runtime import Runtime
from web.errors import Malformed, WrongSecret
from web.security import WEBHOOK_PATH
from web.shapes import refusals

_INT64 = 2**63


def build_router(rt: Runtime) -> APIRouter:
    router = APIRouter(tags=["telegram"])

    @router.post(WEBHOOK_PATH, status_code=200, response_class=Response, responses=refusals(401, 404, 503))
    async def receive_update(
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> Response:
        """One update of Telegram's, stored before it is answered; 404 where the bot polls."""
        secret = rt.settings.telegram_webhook_secret
        if secret is None:
            raise NotFound
        if not hmac.compare_digest(
            x_telegram_bot_api_secret_token.encode(), secret.get_secret_value().encode()
        ):
            raise WrongSecret
        update = _parse(await request.body())
        async with rt.db.begin() as session:
            await inbox.store(session, rt.vault, [update])
        return Response(status_code=200)

    return router


def _parse(body: bytes) -> dict[str, Any]:
    """An update that the inbox can hold. Raises Malformed for everything else, however it is broken."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(update, dict):
        raise Malformed
    update_id = update.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id < _INT64:
        raise Malformed
    if not -_INT64 <= inbox.chat_of(update) < _INT64:
        raise Malformed
    return update
