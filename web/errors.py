"""One translation of every failure: a kind becomes a status, a code becomes kind words, an accident becomes an id in the log."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from core.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NeedsReauth,
    NotFound,
    Unavailable,
)
from core.log import get_logger
from web.pages import language_of, page, wants_html
from web.texts import texts_in

log = get_logger(__name__)


class TooLarge(Invalid):
    code = "too_large"


class Malformed(Invalid):
    code = "malformed"


class TooSlow(Invalid):
    """The body did not arrive in time."""

    code = "too_slow"


class Insecure(Forbidden):
    """Something was sent to us without TLS."""

    code = "insecure"


class WrongHost(Invalid):
    """The request names an address that is not ours."""

    code = "wrong_host"


class WrongSecret(NeedsReauth):
    code = "wrong_secret"


class WrongMethod(Invalid):
    code = "wrong_method"


_STATUS: tuple[tuple[type[AppError], int], ...] = (
    (TooLarge, 413),
    (TooSlow, 408),
    (Malformed, 400),
    (WrongHost, 400),
    (WrongMethod, 405),
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (LimitReached, 429),
    (Unavailable, 503),
    (NeedsReauth, 401),
)
_LOST_DATABASE = (ConnectionError, TimeoutError)


def status_of(error: AppError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def translate(error: Exception) -> AppError:
    """Any exception as one of ours. What is not ours and not a lost database stays a plain AppError: status 500."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, RequestValidationError):
        return Malformed()
    if isinstance(error, HTTPException):
        return _from_status(error.status_code)
    if isinstance(error, _LOST_DATABASE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable("database")
    return AppError()


def _from_status(status: int) -> AppError:
    if status == HTTPStatus.NOT_FOUND:
        return NotFound()
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return WrongMethod()
    return Malformed() if status < 500 else AppError()


def respond(request: Request, error: Exception) -> Response:
    """The answer for a failure: words for a browser, `{error, detail, id}` for everything else. Nothing of the cause leaks."""
    known = translate(error)
    status = status_of(known)
    error_id = secrets.token_hex(4)
    facts = {"error_id": error_id, "status": status, "error": known.code, "method": request.method}
    if status == 500:
        log.error("web.failed", exc_info=error, **facts)
    else:
        log.info("web.refused", **facts)
    headers = {}
    if isinstance(known, LimitReached | Unavailable):
        headers["Retry-After"] = str(max(1, round(known.retry_after)))
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    words = texts_in(language_of(request)).error(known.code, status)
    if wants_html(request):
        return page(request, "error.html", status=status, headers=headers, words=words, error_id=error_id)
    body = {"error": known.code, "detail": words.text, "id": error_id}
    return JSONResponse(body, status_code=status, headers=headers)
