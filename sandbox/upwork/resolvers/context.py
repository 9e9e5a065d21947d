"""What every resolver gets: who asks, as which organization, in which world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.upwork.answers import exception_occurred
from sandbox.upwork.records import Account, Organization
from sandbox.upwork.world import World

Node = dict[str, Any]
Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated request."""

    world: World
    account: Account
    organization: Organization
    submitted: Callable[[str], None]
    spoke: Callable[[str], None]


def caller(info: Info) -> Caller:
    found: Caller = info.context
    return found


def money(amount: float | None, *, currency: str = "USD") -> Node | None:
    """A Money node; None stays None."""
    if amount is None:
        return None
    return {"rawValue": f"{amount:.2f}", "currency": currency, "displayValue": f"${amount:,.2f}"}


def page(
    items: Sequence[Any], pagination: Node | None, *, default: int, limit: int
) -> tuple[Sequence[Any], int, Node]:
    """(items of the page, offset of the first one, PageInfo). The cursor is an offset written as a string."""
    after = (pagination or {}).get("after")
    if after is not None and not str(after).isdecimal():
        raise exception_occurred()
    first = min((pagination or {}).get("first", default), limit)
    if first < 0:
        raise exception_occurred()
    offset = int(after or 0)
    end = offset + first
    return (
        items[offset:end],
        offset,
        {"endCursor": str(min(end, len(items))), "hasNextPage": end < len(items)},
    )
