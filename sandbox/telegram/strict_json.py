"""JSON as Telegram's server reads it: no NaN, no halves of characters."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """The decoded value; raises ValueError for anything that could not be written back as UTF-8."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
