"""Captures text messages sent the way Twilio's REST API takes them.

    POST   /sms/2010-04-01/Accounts/{sid}/Messages.json   form To, From (or MessagingServiceSid), Body; HTTP Basic
    GET    /sms/                                          the page
    GET    /sms/messages                                  {"messages": [as returned by POST]}, newest first; `?to=number`
    DELETE /sms/messages                                  forget them all

Answers, codes and status follow https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/api/errors .
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.capture_page import Captured, capture_page

_KEPT = 200
_LONGEST_BODY = 1600
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_TWO_UNITS = frozenset("^{}\\[~]|€\f")


class _Refused(Exception):
    """An error in Twilio's words: its code, the HTTP status, the message."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self) -> JSONResponse:
        return JSONResponse(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            status_code=self.status,
            headers={"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None,
        )


def create_sms_app() -> Starlette:
    sent: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    async def send(request: Request) -> JSONResponse:
        account = str(request.path_params["account"])
        try:
            _sign_in(request, account)
            message = _message(account, await request.form())
        except _Refused as refused:
            return refused.response()
        sent.appendleft(message)
        return JSONResponse(message, status_code=201)

    async def messages(request: Request) -> JSONResponse:
        to = request.query_params.get("to")
        return JSONResponse({"messages": [message for message in sent if to in (None, message["to"])]})

    async def clear(_request: Request) -> Response:
        sent.clear()
        return Response(status_code=204)

    async def page(_request: Request) -> HTMLResponse:
        return capture_page("Captured text messages", "No text messages yet.", map(_captured, sent))

    return Starlette(
        routes=[
            Route("/2010-04-01/Accounts/{account}/Messages.json", send, methods=["POST"]),
            Route("/", page),
            Route("/messages", messages, methods=["GET"]),
            Route("/messages", clear, methods=["DELETE"]),
        ]
    )


def _sign_in(request: Request, account: str) -> None:
    """HTTP Basic with the account's SID (or an API key's) and any secret."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = secret = ""
    if scheme.lower() != "basic" or not user or not secret:
        raise _Refused(20003, "Authenticate", 401)
    if user != account and not re.fullmatch(r"SK[0-9a-f]{32}", user):
        raise _Refused(20003, "Authenticate", 401)
    if not _ACCOUNT_SID.fullmatch(account):
        raise _Refused(20404, f"The requested resource /2010-04-01/Accounts/{account} was not found", 404)


def _message(account: str, form: FormData) -> dict[str, Any]:
    """The message resource as it is returned at creation. Raises _Refused."""
    to, sender, service, body = (
        str(form.get(name, "")).strip() for name in ("To", "From", "MessagingServiceSid", "Body")
    )
    if not to:
        raise _Refused(21604, "A 'To' phone number is required.")
    if not _E164.fullmatch(to):
        raise _Refused(21211, f"The 'To' number {to} is not a valid phone number.")
    if not sender and not _SERVICE_SID.fullmatch(service):
        raise _Refused(21603, "A 'From' phone number is required.")
    if sender and not _SENDER.fullmatch(sender):
        raise _Refused(
            21212,
            f"The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID.",
        )
    if not body:
        raise _Refused(21602, "Message body is required.")
    if len(body) > _LONGEST_BODY:
        raise _Refused(21617, f"The concatenated message body exceeds the {_LONGEST_BODY} character limit")
    sid = f"SM{secrets.token_hex(16)}"
    now = format_datetime(datetime.now(UTC)).replace("GMT", "+0000")
    path = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": body,
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sender or None,
        "messaging_service_sid": service or None,
        "num_media": "0",
        "num_segments": str(_segments(body)),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": to,
        "uri": f"{path}.json",
    }


def _segments(body: str) -> int:
    """How many text messages carriers make of it: 160 (153 each when joined) in GSM-7, else 70 (67) UTF-16 units."""
    if all(character in _GSM7 or character in _GSM7_TWO_UNITS for character in body):
        units, single, joined = sum(2 if c in _GSM7_TWO_UNITS else 1 for c in body), 160, 153
    else:
        units, single, joined = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // joined)


def _captured(message: dict[str, Any]) -> Captured:
    return Captured(
        heading=f"To {message['to']}",
        received_at=parsedate_to_datetime(message["date_created"]),
        lines=(("From", str(message["from"] or message["messaging_service_sid"])),),
        text=str(message["body"]),
    )
