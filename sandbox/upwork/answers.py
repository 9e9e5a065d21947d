"""Bodies of GraphQL errors, in the shapes seen from the real service where they are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

VALIDATION_NAMES = (
    (re.compile(r"Cannot query field"), "FieldUndefined"),
    (re.compile(r"Unknown type"), "UnknownType"),
    (re.compile(r"Unknown argument"), "UnknownArgument"),
    (re.compile(r"(argument|Argument) .* is required"), "MissingFieldArgument"),
    (re.compile(r"must have a selection of subfields"), "SubselectionRequired"),
    (re.compile(r"must not have a selection"), "SubselectionNotAllowed"),
    (re.compile(r"is not defined( by operation)?\.?$|Variable .* is not defined"), "UndefinedVariable"),
    (re.compile(r"is never used"), "UnusedVariable"),
)


def missing_scope(fields: Sequence[str]) -> dict[str, Any]:
    """The error that fails a whole query when a field needs a scope the key lacks."""
    message = (
        "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: "
        f"[{', '.join(fields)}]."
    )
    return {"errors": [{"message": message, "extensions": {"classification": "ExecutionAborted"}}]}


def introspection_refused(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"classification": "BadFaithIntrospection"}}]}


def unreadable(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"classification": "InvalidSyntax"}}]}


def validation(errors: Sequence[GraphQLError]) -> dict[str, Any]:
    """Validation errors with a classification and locations."""
    return {
        "errors": [
            {
                "message": f"Validation error of type {_validation_name(error.message)}: {error.message}",
                "locations": _locations(error),
                "extensions": {"classification": "ValidationError"},
            }
            for error in errors
        ]
    }


def _validation_name(message: str) -> str:
    return next((name for pattern, name in VALIDATION_NAMES if pattern.search(message)), "WrongType")


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]


def execution(data: Any, errors: Sequence[GraphQLError]) -> dict[str, Any]:
    """Data with the errors met on the way; the data is kept even when there are errors."""
    body: dict[str, Any] = {"data": data}
    if errors:
        body["errors"] = [
            {
                "message": error.message,
                "locations": _locations(error),
                "path": error.path,
                "extensions": error.extensions or {"classification": "DataFetchingException"},
            }
            for error in errors
        ]
    return body


def refused(root: Sequence[str], message: str = "Authorization failed") -> dict[str, Any]:
    """Every root field refused, as for a resource the caller may not use."""
    return {
        "data": dict.fromkeys(root),
        "errors": [
            {"message": message, "path": [name], "extensions": {"classification": "DataFetchingException"}}
            for name in root
        ],
    }


def authorization_failed() -> GraphQLError:
    return GraphQLError("Authorization failed", extensions={"classification": "DataFetchingException"})


def exception_occurred() -> GraphQLError:
    return GraphQLError("Exception occurred", extensions={"code": 500})


def bad_parameter() -> GraphQLError:
    return GraphQLError(
        "VJCA-6 Input parameter provided has incorrect value",
        extensions={"classification": "DataFetchingException"},
    )
