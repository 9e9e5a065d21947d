"""From one line typed in a chat to a saved search, in English or Ukrainian."""

from __future__ import annotations

from core.errors import Invalid
from core.searches.criteria import Criteria

MAX_LINE = 1000
MAX_QUERY = 300


def parse_search(text: str) -> Criteria:
    """Read a line such as `python fastapi, hourly from $40, no wordpress, max 20 applicants`.

    What is not understood as a rule becomes the query. Raises Invalid with `reason` "empty_query" (only rules, or
    nothing) or "query_too_long" with `limit` and `length` in characters.
    """
    query = " ".join(text.split())
    if not query:
        raise Invalid(reason="empty_query")
    if len(query) > MAX_QUERY:
        raise Invalid(reason="query_too_long", limit=MAX_QUERY, length=len(query))
    return Criteria(query=query)
