"""Which addresses Telegram accepts in buttons and text links, and how it writes them down."""

from __future__ import annotations

import re

_APP_SCHEMES = ("tg://", "ton://", "tonsite://")
_WEB = re.compile(r"(?i)(?:(https?)://)?([^/?#]*)([/?#].*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^@]*@)?(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_HOST = re.compile(r"[\w.-]+", re.UNICODE)
_USER = re.compile(r"tg://user\?id=(\d{1,19})", re.IGNORECASE)


def mentioned_user(url: str) -> int | None:
    """The user id of a `tg://user?id=` link."""
    match = _USER.fullmatch(url.strip())
    return int(match[1]) if match else None


def checked_link(url: str) -> str | None:
    """The address as Telegram stores it (scheme and path completed), or None when it refuses it.

    A host needs a dot, so `http://localhost` is refused exactly as the real service refuses it.
    """
    url = url.strip()
    if url.lower().startswith(_APP_SCHEMES):
        return url
    match = _WEB.fullmatch(url)
    if match is None or not match[2]:
        return None
    authority = _AUTHORITY.fullmatch(match[2])
    if authority is None:
        return None
    host, port = authority[1], authority[2]
    if not host.startswith("[") and ("." not in host.strip(".") or not _HOST.fullmatch(host)):
        return None
    if port is not None and not 0 < int(port) < 65536:
        return None
    path = match[3] or "/"
    if not path.startswith("/"):
        path = "/" + path
    scheme = (match[1] or "http").lower()
    return f"{scheme}://{match[2].lower()}{path}".replace(" ", "%20").replace("\n", "%0A")
