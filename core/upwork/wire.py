"""Reading single values off the wire. Nothing here raises: what cannot be read is `None`.

Upwork nulls fields that its schema promises, sends times as ISO text or as epoch seconds or milliseconds, and numbers as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

_MAX_TEXT = 100_000
_EPOCH_MILLISECONDS_FROM = 100_000_000_000

Kind = TypeVar("Kind")


def dig(value: object, *path: str) -> Any:
    """The value at a path of keys, or `None` as soon as something on the way is no object."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def nodes(connection: object) -> Iterator[dict[str, Any]]:
    """The nodes of a connection that are there; a null edge or node is one that Upwork could not complete."""
    edges = dig(connection, "edges")
    for edge in edges if isinstance(edges, list) else ():
        node = dig(edge, "node")
        if isinstance(node, dict):
            yield node


def text(value: object) -> str | None:
    """Non-blank text; ids that come as numbers become text."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 128 else None
    if isinstance(value, str):
        cleaned = value.replace("\x00", "").encode("utf-8", "replace").decode()[:_MAX_TEXT]
        return cleaned if cleaned.strip() else None
    return None


def number(value: object) -> int | None:
    amount = decimal(value)
    if amount is None or abs(amount) > 10**12:
        return None
    return int(amount)


def decimal(value: object) -> Decimal | None:
    """A finite number of sane size, from a number, text, or Upwork's Money object."""
    if isinstance(value, dict):
        value = value.get("rawValue")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return None
    try:
        amount = Decimal(str(value).strip()[:40])
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > 10**15:
        return None
    return amount


def moment(value: object) -> datetime | None:
    """A time from ISO text, epoch seconds, epoch milliseconds, or Upwork's DateTime object."""
    if isinstance(value, dict):
        value = value.get("rawValue")
    epoch = decimal(value)
    try:
        if epoch is not None:
            seconds = epoch / 1000 if abs(epoch) >= _EPOCH_MILLISECONDS_FROM else epoch
            return datetime.fromtimestamp(float(seconds), UTC)
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def texts(value: object) -> tuple[str, ...]:
    return tuple(found for item in value if (found := text(item))) if isinstance(value, list) else ()


def choice(table: Mapping[str, Kind], value: object) -> Kind | None:
    return table.get(value) if isinstance(value, str) else None
