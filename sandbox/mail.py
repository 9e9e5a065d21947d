"""Captures mail: an SMTP server on loopback, the messages as JSON and as a page.

GET    /mail/            the page
GET    /mail/messages    {"messages": [{id, received_at, sender, recipients, subject, text, attachments}]}, newest first;
                         `?to=address` keeps one recipient's
DELETE /mail/messages    forget them all
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.capture_page import Captured, capture_page

_KEPT = 200
_LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mail:
    """One captured message. `sender` and `recipients` are the envelope's, the rest the message's."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...]


class Mailbox:
    """Holds the newest messages, in memory."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=_KEPT)
        self._ids = count(1)

    def add(self, sender: str, recipients: list[str], content: bytes) -> Mail:
        message = message_from_bytes(content, policy=policy.default)
        mail = Mail(
            id=next(self._ids),
            received_at=datetime.now(UTC),
            sender=sender,
            recipients=tuple(recipients),
            subject=str(message.get("subject", "")),
            text=_text(message).replace("\r\n", "\n"),
            attachments=tuple(part.get_filename() or "unnamed" for part in message.iter_attachments()),
        )
        self._mails.appendleft(mail)
        return mail

    def newest_first(self, to: str | None = None) -> list[Mail]:
        wanted = to and to.casefold()
        return [
            mail for mail in self._mails if not wanted or wanted in {r.casefold() for r in mail.recipients}
        ]

    def clear(self) -> None:
        self._mails.clear()


@asynccontextmanager
async def smtp_server(mailbox: Mailbox, host: str, port: int) -> AsyncIterator[None]:
    """Take mail on `host:port` for the length of the block. Any sign-in is accepted, none is needed."""
    loop = asyncio.get_running_loop()
    open_connections: set[SMTP] = set()

    def connection() -> SMTP:
        smtp = SMTP(
            _Handler(mailbox),
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            hostname="sandbox.localhost",
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
            loop=loop,
        )
        open_connections.add(smtp)
        return smtp

    server = await loop.create_server(connection, host, port)
    try:
        yield
    finally:
        server.close()
        for smtp in open_connections:
            if smtp.transport is not None:
                smtp.transport.close()
        await server.wait_closed()


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        mail = self._mailbox.add(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return f"250 2.0.0 Ok: captured as {mail.id}"


def create_mail_app(mailbox: Mailbox) -> Starlette:
    async def page(_request: Request) -> HTMLResponse:
        return capture_page(
            "Captured mail", "No mail yet.", [_captured(mail) for mail in mailbox.newest_first()]
        )

    async def messages(request: Request) -> JSONResponse:
        found = mailbox.newest_first(request.query_params.get("to"))
        return JSONResponse({"messages": [_as_json(mail) for mail in found]})

    async def clear(_request: Request) -> Response:
        mailbox.clear()
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/messages", messages, methods=["GET"]),
            Route("/messages", clear, methods=["DELETE"]),
        ]
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):  # an unknown or broken charset
        return bytes(body.get_payload(decode=True) or b"").decode(errors="replace")


def _as_json(mail: Mail) -> dict[str, Any]:
    return asdict(mail) | {"received_at": mail.received_at.isoformat()}


def _captured(mail: Mail) -> Captured:
    lines = [("From", mail.sender), ("To", ", ".join(mail.recipients))]
    if mail.attachments:
        lines.append(("Attached", ", ".join(mail.attachments)))
    return Captured(mail.subject or "(no subject)", mail.received_at, tuple(lines), mail.text)
