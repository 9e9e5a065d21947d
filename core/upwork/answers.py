"""What an HTTP answer of the GraphQL endpoint means.

HTTP 200 with `errors[]` is normal: partial data comes with errors, and a refusal comes as data that is null.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from core.errors import AppError, Unavailable
from core.upwork.errors import MissingScope, NotPermitted, Refused
from core.upwork.wire import dig

_SCOPE = re.compile(r"permissions?/scopes?\s+to\s+access:?\s*\[?([^\]]*)", re.IGNORECASE)
_COORDINATE = re.compile(r"\b_?[A-Za-z]\w{0,99}\.[A-Za-z_]\w{0,99}\b")
_INPUT_CODE = re.compile(r"\bVJCA-\d+\b")
_MAX_ERRORS = 50
_MAX_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `errors[]`. Text is Upwork's, cut; `path` is where in the data it happened."""

    message: str
    path: tuple[str | int, ...] = ()
    classification: str = ""
    status: int | None = None

    @property
    def missing_fields(self) -> frozenset[str]:
        """`Type.field` names that the key has no permission for; empty for any other problem."""
        found = _SCOPE.search(self.message)
        return frozenset(_COORDINATE.findall(found.group(1))) if found else frozenset()

    @property
    def is_certain_refusal(self) -> bool:
        """Whether Upwork surely stopped before doing anything. Anything vaguer may have happened after the effect."""
        return (
            self.classification in {"ValidationError", "InvalidSyntax", "BadFaithIntrospection"}
            or self.message.startswith("Validation error")
            or "Authorization failed" in self.message
            or _INPUT_CODE.search(self.message) is not None
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer: what came, and what was wrong with the rest."""

    data: dict[str, Any]
    problems: tuple[Problem, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no root field has a value."""
        return all(value is None for value in self.data.values())

    @property
    def missing_fields(self) -> frozenset[str]:
        return frozenset().union(*(problem.missing_fields for problem in self.problems))

    def bubbled_paths(self) -> list[tuple[str | int, ...]]:
        """Paths of problems whose null went further up than the field itself, taking its siblings along."""
        return [
            problem.path
            for problem in self.problems
            if len(problem.path) > 1 and not self._reaches(problem.path)
        ]

    def _reaches(self, path: Sequence[str | int]) -> bool:
        value: Any = self.data
        for key in path[:-1]:
            if isinstance(value, dict) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
                value = value[key]
            else:
                return False
        return isinstance(value, dict | list)

    def refusal(self) -> AppError:
        """What an empty answer with problems means. Only call it when there are problems."""
        if self.missing_fields:
            return MissingScope(fields=tuple(sorted(self.missing_fields)))
        reason = "; ".join(problem.message for problem in self.problems)[:300]
        if any("Authorization failed" in problem.message for problem in self.problems):
            return NotPermitted("not permitted", reason=reason)
        if all(problem.is_certain_refusal for problem in self.problems):
            return Refused("refused", reason=reason)
        return Unavailable("Upwork failed inside", retry_after=30.0)


def parse(content: object) -> Answer | None:
    """The GraphQL answer in a decoded JSON body; `None` when it is something else."""
    data, errors = dig(content, "data"), dig(content, "errors")
    if not isinstance(data, dict) and not (isinstance(errors, list) and errors):
        return None
    return Answer(
        data=data if isinstance(data, dict) else {},
        problems=tuple(
            _problem(error) for error in (errors if isinstance(errors, list) else ())[:_MAX_ERRORS]
        ),
    )


def _problem(error: object) -> Problem:
    message, path = dig(error, "message"), dig(error, "path")
    code = dig(error, "extensions", "code")
    return Problem(
        message=message[:_MAX_MESSAGE] if isinstance(message, str) else "",
        path=tuple(key for key in path if isinstance(key, str | int)) if isinstance(path, list) else (),
        classification=str(dig(error, "extensions", "classification") or "")[:60],
        status=code if isinstance(code, int) else None,
    )


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds of a Retry-After header, given as a number or a date; `None` when there is none worth believing."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def is_html(response: httpx.Response) -> bool:
    return "html" in response.headers.get("content-type", "").lower() or response.content.lstrip()[:1] == b"<"
