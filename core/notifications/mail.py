"""Mail over SMTP: plain text, one recipient, never inside a transaction."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from core.db import refuse_network_in_transaction
from core.errors import Invalid, Unavailable
from core.settings import Settings

_SECONDS = 15.0


async def send_mail(settings: Settings, *, to: str, subject: str, text: str) -> bool:
    """Send `text` (plain) to one address. False when no SMTP_URL is set: nothing can be mailed then.

    `smtps://` is TLS from the first byte; `smtp://` switches to TLS when the server offers it, and refuses to sign in without.
    Raises Unavailable when the server could not take it now, Invalid (`what`: "address") when it never will for this address, and
    NetworkInTransaction.
    """
    refuse_network_in_transaction()
    if settings.smtp_url is None:
        return False
    server = urlsplit(settings.smtp_url.get_secret_value())
    loopback = server.hostname in ("127.0.0.1", "::1", "localhost")
    message = _message(settings, to=to, subject=subject, text=text)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port or (465 if server.scheme == "smtps" else 587),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            start_tls=None if loopback else server.scheme != "smtps",
            tls_context=ssl.create_default_context() if server.scheme == "smtps" or not loopback else None,
            timeout=_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        if all(refused.code >= 500 for refused in error.recipients):
            raise Invalid(what="address") from None
        raise Unavailable("mail") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        # A server's words may quote the address or the message: the kind of error is enough.
        raise Unavailable("mail", kind=type(error).__name__) from None
    return True


def _message(settings: Settings, *, to: str, subject: str, text: str) -> EmailMessage:
    """Raises Invalid for what is no single address: a line break in it would become a header of somebody else's."""
    name, address = parseaddr(to)
    if name or address != to or "@" not in to or not to.isprintable() or any(c in to for c in ' ,;<>"'):
        raise Invalid(what="address")
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = make_msgid(
        domain=parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    )
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
