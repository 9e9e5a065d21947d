"""Words that are not ours, made safe to show: nothing hidden in them, nothing of them markup, next to nothing clickable.

Telegram makes links, addresses, mentions and commands of what looks like one, wherever it stands. A client's "/forget"
would be one tap from being said by the user, and any address one tap from being visited. In a run of code none of that
happens, and not a character of what is shown differs from what was written.
"""

from __future__ import annotations

import html
import re
from urllib.parse import SplitResult, urlsplit

from core.drafting.lint import reveal

TRUSTED_HOSTS = ("upwork.com",)
"""Links to these and to the names below them stay links, over https."""

_NO_DOMAINS = (
    "js jsx ts tsx mjs css scss html htm php json yml yaml xml sql txt pdf csv docx xlsx pptx png jpg jpeg gif svg exe dll"
    " java kt cpp hpp vue toml ini cfg env lock log jar psd fig"
)
_FILES = frozenset(_NO_DOMAINS.split())
_SHORT_DOMAINS = frozenset(
    [
        "com",
        "org",
        "net",
        "info",
        "biz",
        "dev",
        "app",
        "xyz",
        "online",
        "site",
        "store",
        "shop",
        "live",
        "link",
        "top",
        "club",
        "me",
        "io",
        "ru",
    ]
)
_LIVE = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]{1,20}:/{1,3}[^\s<>«»]+)"
    r"|(?P<word>\b(?:javascript|data|vbscript|file|mailto|tel|sms|viber|skype|whatsapp|intent|tg):[^\s<>«»]+)"
    r"|(?P<email>[^\s<>«»@/]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24})"
    r"|(?P<mention>(?<![\w/@])@\w{2,32})"
    r"|(?P<domain>(?<![\w@])(?:\w[\w-]{0,62}\.){1,8}(?P<top>[^\W\d_]{2,24})\b(?::\d{1,5})?(?:[/?#][^\s<>«»]*)?)"
    r"|(?P<address>(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)(?::\d{1,5})?(?:[/?#][^\s<>«»]*)?)"
    r"|(?P<command>(?<![\w/<>.])/\w{1,64}(?:@\w{3,32})?)"
    r"|(?P<phone>(?<![\w+])\+\d[\d\s().-]{7,18}\d)",
    re.IGNORECASE,
)
_TAIL = ".,:;!?'\"…)]}»”"


def markup(text: str) -> str:
    """`text` as Telegram HTML: hidden characters written out, markup escaped, what would become clickable set as code."""
    text = reveal(text)
    parts: list[str] = []
    place = 0
    for match in _LIVE.finditer(text):
        found = match.group()
        if not _would_live(match) or _is_trusted(found):
            continue
        bare = found.rstrip(_TAIL) or found
        parts.append(html.escape(text[place : match.start()], quote=False))
        parts.append(f"<code>{html.escape(bare, quote=False)}</code>")
        place = match.start() + len(bare)
    parts.append(html.escape(text[place:], quote=False))
    return "".join(parts)


def is_safe_link(url: str) -> bool:
    """Whether a button may lead there: https, or http on this machine, without a user name in front of the host."""
    parts = _split(url)
    if parts is None or "@" in parts.netloc or "\\" in url or any(sign.isspace() for sign in url):
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    )


def _would_live(match: re.Match[str]) -> bool:
    """A file's name and two sentences without a blank between them look like a domain, and are none; neither has a path."""
    top = match["top"]
    if top is None or match.end("top") < match.end("domain"):
        return True
    return top.lower() not in _FILES and not (top.istitle() and top.lower() not in _SHORT_DOMAINS)


def _is_trusted(link: str) -> bool:
    parts = _split(link.rstrip(_TAIL))
    if parts is None or parts.scheme != "https" or "@" in parts.netloc or "\\" in link or not link.isascii():
        return False
    host = parts.hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in TRUSTED_HOSTS)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
