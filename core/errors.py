"""The one error tree. Each edge translates it once: the bot into a reply, the web into a status, a worker into retry or stop.

Subclasses carry data, never text for people: the words are in `bot/texts`, in the reader's language.
"""

from __future__ import annotations


class AppError(Exception):
    """Anything the product expects to go wrong. `code` is stable and picks the text shown to the user."""

    code = "unexpected"

    def __init__(self, detail: str = "", **data: object) -> None:
        super().__init__(detail or self.code)
        self.data = data


class NotFound(AppError):
    code = "not_found"


class Conflict(AppError):
    code = "conflict"


class Forbidden(AppError):
    code = "forbidden"


class Invalid(AppError):
    code = "invalid"


class LimitReached(AppError):
    code = "limit_reached"

    def __init__(self, detail: str = "", *, retry_after: float = 60.0, **data: object) -> None:
        super().__init__(detail, **data)
        self.retry_after = retry_after


class Unavailable(AppError):
    """An outside service did not do its part. `retry_after` is seconds."""

    code = "unavailable"

    def __init__(self, detail: str = "", *, retry_after: float = 5.0, **data: object) -> None:
        super().__init__(detail, **data)
        self.retry_after = retry_after


class NeedsReauth(AppError):
    code = "needs_reauth"


class NetworkInTransaction(RuntimeError):
    """A bug of ours: an outbound call was attempted while a database transaction was open."""
