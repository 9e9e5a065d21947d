"""Reading the JSON bodies and query values of the user and control API."""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request

from sandbox.telegram import strict_json
from sandbox.telegram.errors import UserApiError


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    data = await request.body()
    if not data:
        return {}
    try:
        body = strict_json.loads(data)
    except ValueError:
        raise UserApiError(400, "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise UserApiError(400, "The body must be a JSON object.")
    return body


def whole(value: Any, name: str) -> int | None:
    """An integer, or None when it is missing."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise UserApiError(400, f"{name} must be a whole number.") from None


def needed(value: int | None, name: str) -> int:
    if value is None:
        raise UserApiError(400, f"{name} is missing.")
    return value


def seconds(value: Any, name: str, default: float, most: float) -> float:
    """A duration between 0 and `most`."""
    try:
        given = default if value in {None, ""} else float(value)
    except (TypeError, ValueError):
        raise UserApiError(400, f"{name} must be a number of seconds.") from None
    if math.isnan(given):
        raise UserApiError(400, f"{name} must be a number of seconds.")
    return min(max(given, 0.0), most)


def string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise UserApiError(400, f"{name} must be text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UserApiError(400, f"{name} holds half of a character.") from None
    return value
